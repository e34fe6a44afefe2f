"""What a picture says about itself, and what its renditions say: IPTC-IIM, XMP and EXIF, read and written.

Runs beside the web server (`darkroom.py`): nothing here knows Django. Reading takes what it can and never raises; only
the words of FIELDS are handed on, so that places, devices and serial numbers stay where they are: in the original.
"""

import contextlib
import re
from datetime import date
from xml.sax.saxutils import escape

from defusedxml import ElementTree
from defusedxml.common import DefusedXmlException

FIELDS = (
    "caption", "credit", "copyright", "headline", "keywords", "taken_on", "alt", "source_url", "credit_kind"
)  # fmt: skip
_LONGEST = {"credit": 200, "copyright": 300, "headline": 250, "source_url": 500}
# what cameras write into the description by themselves: it names the device, and is nobody's caption
_CAMERA_WORDS = re.compile(
    r"(olympus|sony|kodak|minolta|dcf|konica|maginon|samsung|pentax|nikon|canon|fujifilm|default|"
    r"digital|camera|pictures?|dsc|dcim|created with gimp|screenshot|image|untitled|\d|[\s_.,-])*",
    re.IGNORECASE,
)
_GENERATED = re.compile(
    r"/(?:trainedAlgorithmicMedia|compositeWithTrainedAlgorithmicMedia|algorithmicMedia)$"
)
_NS = {
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "dc": "http://purl.org/dc/elements/1.1/",
    "photoshop": "http://ns.adobe.com/photoshop/1.0/",
    "xmp": "http://ns.adobe.com/xap/1.0/",
    "xmpRights": "http://ns.adobe.com/xap/1.0/rights/",
    "core": "http://iptc.org/std/Iptc4xmpCore/1.0/xmlns/",
    "ext": "http://iptc.org/std/Iptc4xmpExt/2008-02-29/",
}


def read(image):
    """Return {field: words} of FIELDS that the PIL `image` knows; XMP before IPTC-IIM before EXIF, as the IPTC advises."""
    found = {}
    for read_one, source in ((_xmp, _xmp_of), (_iptc, _iptc_of), (_exif, lambda image: image)):
        # a broken block of one kind keeps nothing of the others; so many things can be wrong that none is named
        with contextlib.suppress(Exception):
            for name, value in read_one(source(image)).items():
                if value and name not in found:
                    found[name] = value
    if _CAMERA_WORDS.fullmatch(found.get("caption", "")):
        found.pop("caption", None)
    for name, longest in _LONGEST.items():
        if name in found:
            found[name] = found[name][:longest]
    if not re.match(r"https?://\S+$", found.get("source_url", "")):
        found.pop("source_url", None)
    return found


# --- words, in whatever encoding ------------------------------------------------------------------------------------
def decoded(data, declared=None):
    """Return bytes as text: by their mark, as declared, by how UTF-16 looks, as UTF-8, else as Windows-1252."""
    if isinstance(data, str):
        data = data.encode("latin-1", "ignore")  # as Pillow hands out EXIF
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return _tidy(data.decode("utf-16", "replace"))
    if data.startswith(b"\xef\xbb\xbf"):
        return _tidy(data[3:].decode("utf-8", "replace"))
    zeros_first, zeros_second = data[0::2].count(0), data[1::2].count(0)
    half = max(1, len(data) // 2)
    if len(data) >= 4 and max(zeros_first, zeros_second) > half * 0.6:
        return _tidy(data.decode("utf-16-be" if zeros_first > zeros_second else "utf-16-le", "replace"))
    for encoding in (declared, "utf-8", "cp1252", "latin-1"):
        with contextlib.suppress(UnicodeDecodeError, LookupError, TypeError):
            return _tidy(data.decode(encoding))
    return ""


def _tidy(text):
    """Without what no text holds: control characters, and space at the ends of its lines."""
    text = text.split("\0\0\0")[0].replace("\r\n", "\n").replace("\r", "\n")
    text = "".join(c for c in text if c == "\n" or (c.isprintable() and c != "\ufeff"))
    return "\n".join(line.strip() for line in text.split("\n")).strip()


def _line(text):
    return " ".join(text.split())


def _date(text):
    """The day in “2024:05:01 12:00:00”, “2024-05-01T…” or “20240501”, as it is written there; "" for none."""
    if found := re.match(r"(\d{4})[:-]?(\d\d)[:-]?(\d\d)", text.strip()):
        with contextlib.suppress(ValueError):
            day = date(*map(int, found.groups()))
            return day.isoformat() if day.year >= 1826 else ""  # the year of the first photograph
    return ""


def _credit(writers, credit):
    """“Ana Ruiz / Parallel”: who made it, and who gave it."""
    writers, credit = _line(writers), _line(credit)
    if not writers or not credit or writers.casefold() in credit.casefold():
        return credit or writers
    return writers if credit.casefold() in writers.casefold() else f"{writers} / {credit}"


# --- reading --------------------------------------------------------------------------------------------------------
def _xmp_of(image):
    packet = image.info.get("xmp") or b""
    return packet.encode() if isinstance(packet, str) else packet


def _xmp(packet):
    if not packet.strip(b"\0 \r\n\t"):
        return {}
    try:
        if b"\0" in packet[:8]:  # UTF-16, which may not say so
            packet = re.sub(r"^\s*<\?xml[^>]*\?>", "", decoded(packet)).encode()
        root = ElementTree.fromstring(packet.strip(b"\0 \r\n\t"), forbid_dtd=True)
    except DefusedXmlException:
        return {}
    except ElementTree.ParseError:  # an encoding that is not the declared one
        text = re.sub(r"^\s*<\?xml[^>]*\?>", "", decoded(packet))
        root = ElementTree.fromstring(text.encode(), forbid_dtd=True)
    values = {}
    for description in root.iter(f"{{{_NS['rdf']}}}Description"):
        for name, value in description.attrib.items():
            values.setdefault(name, [value])
        for child in description:
            values.setdefault(child.tag, _xmp_values(child))

    def get(prefix, name):
        return [
            _tidy(value) for value in values.get(f"{{{_NS[prefix]}}}{name}", []) if value and value.strip()
        ]

    def one(prefix, name):
        return next(iter(get(prefix, name)), "")

    kind = "generated" if _GENERATED.search(one("ext", "DigitalSourceType")) else ""
    return {
        "caption": one("dc", "description"),
        "credit": _credit(", ".join(get("dc", "creator")), one("photoshop", "Credit")),
        "copyright": _line(one("dc", "rights")),
        "headline": _line(one("photoshop", "Headline")),
        "keywords": _keywords(get("dc", "subject")),
        "taken_on": _date(one("photoshop", "DateCreated") or one("xmp", "CreateDate")),
        "alt": one("core", "AltTextAccessibility"),
        "source_url": one("xmpRights", "WebStatement"),
        "credit_kind": kind,
    }


def _xmp_values(element):
    items = list(element.iter(f"{{{_NS['rdf']}}}li"))
    if not items:
        return ["".join(element.itertext())]
    lang = "{http://www.w3.org/XML/1998/namespace}lang"
    items.sort(key=lambda item: item.get(lang) not in (None, "x-default"))
    return ["".join(item.itertext()) for item in items]


def _keywords(words):
    return ", ".join(dict.fromkeys(_line(word).replace(",", " ") for word in words if word.strip()))


def _iptc_of(image):
    blocks = image.info.get("photoshop") or {}  # JPEG: Photoshop's resources, 0x0404 is IPTC-IIM
    return blocks.get(0x0404, b"")


def _iptc(data):
    """IPTC-IIM 4.2, chapter 3: 0x1C, record, dataset, length (two bytes, the first bit clear), words."""
    sets, at = {}, 0
    while at + 5 <= len(data) and data[at] == 0x1C:
        record, number, length = data[at + 1], data[at + 2], int.from_bytes(data[at + 3 : at + 5], "big")
        at += 5
        if length & 0x8000:  # an extended length: how many bytes hold it
            size = length & 0x7FFF
            length, at = int.from_bytes(data[at : at + size], "big"), at + size
        sets.setdefault((record, number), []).append(data[at : at + length])
        at += length
    declared = {b"\x1b%G": "utf-8", b"\x1b.A": "latin-1"}.get(sets.get((1, 90), [b""])[0])

    def get(number):
        return [decoded(value, declared) for value in sets.get((2, number), [])]

    def one(number):
        return next(iter(get(number)), "")

    return {
        "caption": one(120),
        "credit": _credit(", ".join(get(80)), one(110)),
        "copyright": _line(one(116)),
        "headline": _line(one(105)),
        "keywords": _keywords(get(25)),
        "taken_on": _date(one(55)),
    }


def _exif(image):
    exif = image.getexif()
    inside = exif.get_ifd(0x8769)

    def words(tag, wide=None):
        if wide and (value := exif.get(wide)):  # what Windows writes: UTF-16, as bytes
            return _tidy(bytes(value).decode("utf-16-le", "replace"))
        value = exif.get(tag)
        return decoded(value) if isinstance(value, (str, bytes)) else ""

    comment = inside.get(0x9286)
    if isinstance(comment, bytes) and comment[:8] in (b"ASCII\0\0\0", b"UNICODE\0", b"\0" * 8):
        comment = decoded(comment[8:], "utf-16-le" if comment.startswith(b"UNICODE") else None)
    else:
        comment = ""
    return {
        "caption": words(0x010E, 0x9C9B) or comment,
        "credit": _line(words(0x013B, 0x9C9D)),
        "copyright": _line(words(0x8298).replace("\0", " ")),
        "keywords": _keywords(words(0, 0x9C9E).replace(";", ",").split(",")),
        "taken_on": _date(str(inside.get(0x9003) or "")),
    }


# --- writing --------------------------------------------------------------------------------------------------------
def xmp_packet(facts):
    """Return the XMP packet (ISO 16684-1) with “credit”, “copyright”, “source_url” and “is_generated” of `facts`."""

    def alternatives(name, text):
        words = escape(text)
        return f'<{name}><rdf:Alt><rdf:li xml:lang="x-default">{words}</rdf:li></rdf:Alt></{name}>'

    inside = ""
    if credit := facts.get("credit"):
        inside += f"<dc:creator><rdf:Seq><rdf:li>{escape(credit)}</rdf:li></rdf:Seq></dc:creator>"
        inside += f"<photoshop:Credit>{escape(credit)}</photoshop:Credit>"
    if copyright := facts.get("copyright"):
        inside += alternatives("dc:rights", copyright) + "<xmpRights:Marked>True</xmpRights:Marked>"
    if address := facts.get("source_url"):
        inside += f"<xmpRights:WebStatement>{escape(address)}</xmpRights:WebStatement>"
    if facts.get("is_generated"):
        kind = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"
        inside += f"<ext:DigitalSourceType>{kind}</ext:DigitalSourceType>"
    if not inside:
        return b""
    names = " ".join(f'xmlns:{prefix}="{_NS[prefix]}"' for prefix in ("dc", "photoshop", "xmpRights", "ext"))
    return (
        '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/">'
        f'<rdf:RDF xmlns:rdf="{_NS["rdf"]}"><rdf:Description rdf:about="" {names}>{inside}</rdf:Description></rdf:RDF>'
        '</x:xmpmeta><?xpacket end="r"?>'
    ).encode()


def iptc_segment(facts):
    """Return the JPEG segment (APP13) with credit and copyright as IPTC-IIM, or b"" where there is nothing to say."""
    words = [(80, facts.get("credit")), (110, facts.get("credit")), (116, facts.get("copyright"))]
    sets = [(2, number, text.encode()) for number, text in words if text]
    if not sets:
        return b""
    sets = [(1, 90, b"\x1b%G"), (2, 0, b"\0\x04"), *sets]  # it is UTF-8; version 4
    data = b"".join(b"\x1c" + bytes(s[:2]) + len(s[2]).to_bytes(2, "big") + s[2] for s in sets)
    block = (
        b"Photoshop 3.0\x008BIM\x04\x04\0\0" + len(data).to_bytes(4, "big") + data + b"\0" * (len(data) % 2)
    )
    return b"\xff\xed" + (len(block) + 2).to_bytes(2, "big") + block
