"""What a file knows of itself fills what is empty; what readers get says whose it is, and nothing more."""

import io
from datetime import date

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, IptcImagePlugin

from articles import metadata, photos
from articles.models import Photo

RDF = (
    '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    '<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/" '
    'xmlns:photoshop="http://ns.adobe.com/photoshop/1.0/" xmlns:xmpRights="http://ns.adobe.com/xap/1.0/rights/" '
    'xmlns:core="http://iptc.org/std/Iptc4xmpCore/1.0/xmlns/" '
    'xmlns:ext="http://iptc.org/std/Iptc4xmpExt/2008-02-29/" {attributes}>{inside}</rdf:Description></rdf:RDF></x:xmpmeta>'
)
XMP = RDF.format(
    attributes='photoshop:Headline="The Šalić dam" photoshop:DateCreated="2024-05-01T06:30:00+02:00" photoshop:Credit="Wire"',
    inside=(
        '<dc:description><rdf:Alt><rdf:li xml:lang="x-default">The dam at dawn,\nseen from Brčko.</rdf:li></rdf:Alt></dc:description>'
        "<dc:creator><rdf:Seq><rdf:li>Ana Šalić</rdf:li></rdf:Seq></dc:creator>"
        '<dc:rights><rdf:Alt><rdf:li xml:lang="x-default">© 2024 Wire</rdf:li></rdf:Alt></dc:rights>'
        "<dc:subject><rdf:Bag><rdf:li>dam</rdf:li><rdf:li>river</rdf:li><rdf:li>dam</rdf:li></rdf:Bag></dc:subject>"
        '<core:AltTextAccessibility><rdf:Alt><rdf:li xml:lang="x-default">A wall.</rdf:li></rdf:Alt></core:AltTextAccessibility>'
        "<xmpRights:WebStatement>https://wire.example/1</xmpRights:WebStatement>"
        "<ext:DigitalSourceType>http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia</ext:DigitalSourceType>"
    ),
)
KNOWN = {
    "caption": "The dam at dawn,\nseen from Brčko.",
    "credit": "Ana Šalić / Wire",
    "copyright": "© 2024 Wire",
    "headline": "The Šalić dam",
    "keywords": "dam, river",
    "taken_on": "2024-05-01",
    "alt": "A wall.",
    "source_url": "https://wire.example/1",
    "credit_kind": "generated",
}


def jpeg(*, size=(60, 40), extra=b"", **options):
    out = io.BytesIO()
    Image.new("RGB", size, "teal").save(out, "JPEG", extra=extra, **options)
    return SimpleUploadedFile("dam.jpg", out.getvalue())


def known(file):
    return photos.check_upload(file)["metadata"]


def iim(sets):
    """A JPEG segment with IPTC-IIM as Photoshop writes it."""
    data = b"".join(b"\x1c" + bytes(s[:2]) + len(s[2]).to_bytes(2, "big") + s[2] for s in sets)
    block = (
        b"Photoshop 3.0\x008BIM\x04\x04\0\0" + len(data).to_bytes(4, "big") + data + b"\0" * (len(data) % 2)
    )
    return b"\xff\xed" + (len(block) + 2).to_bytes(2, "big") + block


@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP", "AVIF"])
def test_xmp_is_read_from_every_format(format):
    out = io.BytesIO()
    options = {"xmp": XMP.encode()}
    if format == "PNG":
        from PIL.PngImagePlugin import PngInfo

        info = PngInfo()
        info.add_itxt("XML:com.adobe.xmp", XMP)
        options = {"pnginfo": info}
    Image.new("RGB", (60, 40), "teal").save(out, format, **options)
    assert known(SimpleUploadedFile("dam", out.getvalue())) == KNOWN


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_xmp_is_read_in_whatever_encoding(encoding):
    assert known(jpeg(xmp=XMP.encode(encoding))) == KNOWN


def test_xmp_with_an_encoding_that_is_not_the_declared_one_is_read():
    xmp = '<?xml version="1.0" encoding="utf-8"?>' + RDF.format(
        attributes='photoshop:Credit="Zoë Wire"', inside=""
    )
    assert known(jpeg(xmp=xmp.encode("latin-1"))) == {"credit": "Zoë Wire"}


@pytest.mark.parametrize(
    ("encoding", "declared"),
    [("utf-8", b"\x1b%G"), ("utf-8", None), ("latin-1", None), ("latin-1", b"\x1b.A"), ("cp1252", None), ("utf-16", None)],
)  # fmt: skip
def test_iptc_is_read_in_whatever_encoding_declared_or_not(encoding, declared):
    sets = [(1, 90, declared)] if declared else []
    words = [
        (120, "Zoë at the dam,\rat dawn"),
        (80, "Zoë Ruiz"),
        (110, "Wire"),
        (116, "© Wire"),
        (105, "A dam"),
        (25, "dam"),
        (25, "Brück"),
    ]
    sets += [(2, number, text.encode(encoding)) for number, text in words] + [(2, 55, b"20240501")]
    assert known(jpeg(extra=iim(sets))) == {
        "caption": "Zoë at the dam,\nat dawn", "credit": "Zoë Ruiz / Wire", "copyright": "© Wire", "headline": "A dam",
        "keywords": "dam, Brück", "taken_on": "2024-05-01",
    }  # fmt: skip


def test_exif_is_read_where_nothing_better_is_there():
    exif = Image.Exif()
    exif[0x010E], exif[0x013B], exif[0x8298] = (
        "Zoë at the dam".encode(),
        "Ana Ruiz",
        "© Wire".encode("latin-1"),
    )
    exif.get_ifd(0x8769)[0x9003] = "2024:05:01 06:30:00"
    assert known(jpeg(exif=exif)) == {
        "caption": "Zoë at the dam", "credit": "Ana Ruiz", "copyright": "© Wire", "taken_on": "2024-05-01",
    }  # fmt: skip
    assert (
        known(jpeg(exif=exif, extra=iim([(2, 120, b"As the agency has it")])))["caption"]
        == "As the agency has it"
    )


def test_what_windows_writes_is_read():
    exif = Image.Exif()
    exif[0x9C9B], exif[0x9C9E] = "Das Wehr – früh\0".encode("utf-16-le"), "Wehr;Fluß\0".encode("utf-16-le")
    assert known(jpeg(exif=exif)) == {"caption": "Das Wehr – früh", "keywords": "Wehr, Fluß"}


@pytest.mark.parametrize("words", ["OLYMPUS DIGITAL CAMERA", "SONY DSC", "DCIM 0042", "Screenshot"])
def test_the_name_of_a_device_is_nobodys_caption(words):
    exif = Image.Exif()
    exif[0x010E] = words
    assert known(jpeg(exif=exif)) == {}


@pytest.mark.threat("T20")
@pytest.mark.parametrize(
    "xmp",
    [
        b'<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;&a;">]>' + RDF.format(attributes='photoshop:Credit="&b;"', inside="").encode(),
        b'<!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/passwd">]>' + RDF.format(attributes="", inside="<photoshop:Credit>&f;</photoshop:Credit>").encode(),
        b"<x:xmpmeta", b"\0\0\0", b"<" * 5000,
    ],
)  # fmt: skip
def test_a_hostile_packet_says_nothing_and_the_rest_is_read(xmp):
    assert known(jpeg(xmp=xmp, extra=iim([(2, 110, b"Wire")]))) == {"credit": "Wire"}


@given(st.binary(max_size=400))
@settings(max_examples=150, deadline=None)
def test_no_bytes_keep_a_picture_from_being_read(data):
    class Picture:
        info = {"xmp": data, "photoshop": {0x0404: b"\x1c\x02" + data}}

        def getexif(self):
            raise ValueError

    for words in metadata.read(Picture()).values():
        assert isinstance(words, str) and words == words.strip() and "\0" not in words


@pytest.mark.django_db
def test_a_new_file_fills_empty_fields_and_writes_over_none():
    photo = Photo(image=jpeg(xmp=XMP.encode()), caption="Ours", credit_kind="agency", headline="")
    photo.save()
    photo.refresh_from_db()
    assert {name: getattr(photo, name) for name in metadata.FIELDS} == KNOWN | {
        "caption": "Ours", "credit_kind": "agency", "taken_on": date(2024, 5, 1),
    }  # fmt: skip
    photo.replace(jpeg(size=(90, 60), xmp=XMP.replace("Wire", "Other").encode()))
    photo.refresh_from_db()
    assert (photo.width, photo.caption, photo.credit) == (90, "Ours", "Ana Šalić / Wire")


@pytest.mark.threat("T19")
@pytest.mark.django_db
def test_every_rendition_says_whose_it_is_and_nothing_of_place_and_device():
    exif = Image.Exif()
    exif[0x010F], exif[0x0110], exif[0xA431] = "Maker-of-it", "Model-of-it", "Serial-of-it"
    exif.get_ifd(0x8769)[0xA433] = "Lens-of-it"
    exif.get_ifd(0x8825).update({1: "N", 2: (52.0, 31.0, 12.0)})
    secrets = RDF.format(
        attributes='xmlns:exif="http://ns.adobe.com/exif/1.0/" exif:GPSLatitude="52,31.2N" photoshop:City="City-of-it"',
        inside="",
    )
    file = jpeg(
        size=(700, 500),
        exif=exif,
        xmp=secrets.encode(),
        extra=iim([(2, 90, b"Town-of-it")]),
        comment=b"Comment-of-it",
    )
    photo = Photo(
        image=file,
        credit="Zoë Ruiz & Söhne",
        copyright="© 2026 <Parallel>",
        credit_kind="generated",
        source_url="https://wire.example/1",
    )
    photo.save()
    photos.work_off(photo.pk)
    photo.refresh_from_db()
    files = [
        r
        for shape in ("whole", *photos.CROPS)
        for format in photos.TYPES
        for r in photos.renditions(photo, shape, format)
    ]
    assert len(files) == 16
    for rendition in files:
        with default_storage.open(rendition.name) as stored:
            content = stored.read()
        assert b"of-it" not in content and b"GPS" not in content and b"Exif\0" not in content
        image = Image.open(io.BytesIO(content))
        assert (dict(image.getexif()), image.info.get("icc_profile"), image.info.get("comment")) == (
            {},
            None,
            None,
        )
        assert metadata.read(image) == {
            "credit": "Generated by AI: Zoë Ruiz & Söhne", "copyright": "© 2026 <Parallel>",
            "source_url": "https://wire.example/1", "credit_kind": "generated",
        }  # fmt: skip
        if rendition.type == "image/jpeg":
            iptc = IptcImagePlugin.getiptcinfo(image)
            assert (iptc[(2, 110)].decode(), iptc[(2, 116)].decode()) == (
                "Generated by AI: Zoë Ruiz & Söhne",
                "© 2026 <Parallel>",
            )


@pytest.mark.django_db
def test_another_credit_makes_other_files_and_until_they_are_there_the_old_ones_are_shown():
    photo = Photo(image=jpeg(size=(700, 500)), credit="Bo")
    photo.save()
    photos.work_off(photo.pk)
    photo.refresh_from_db()
    before = photo.srcset
    photo.credit = "Bo Lind"
    photo.save(update_fields=["credit"])
    photo.refresh_from_db()
    assert (photo.srcset, photo.made_at, photo.is_shown) == (before, None, True)
    photos.work_off(photo.pk)
    photo.refresh_from_db()
    assert (photo.srcset == before, photo.made_at is None) == (False, False)


def profile(*primaries):
    """An ICC profile (ICC.1:2001-04) of a screen whose red, green and blue are these colours in XYZ, gamma 1.8."""

    def fixed(*numbers):
        return b"".join(round(n * 65536).to_bytes(4, "big", signed=True) for n in numbers)

    tags = {
        b"desc": b"desc" + bytes(4) + (2).to_bytes(4, "big") + b"x\0" + bytes(78),
        b"cprt": b"text" + bytes(4) + b"none\0" + bytes(3),
        b"wtpt": b"XYZ " + bytes(4) + fixed(0.9642, 1, 0.8249),
        **{
            name: b"XYZ " + bytes(4) + fixed(*xyz)
            for name, xyz in zip((b"rXYZ", b"gXYZ", b"bXYZ"), primaries, strict=True)
        },
        **{name: b"curv" + bytes(4) + b"\0\0\0\1\1\xcd" + bytes(2) for name in (b"rTRC", b"gTRC", b"bTRC")},
    }
    table, data, at = len(tags).to_bytes(4, "big"), b"", 132 + 12 * len(tags)
    for name, content in tags.items():
        table += name + (at + len(data)).to_bytes(4, "big") + len(content).to_bytes(4, "big")
        data += content
    head = bytes(4) + b"\2\x10\0\0mntrRGB XYZ " + bytes(12) + b"acsp" + bytes(28) + fixed(0.9642, 1, 0.8249)
    rest = head.ljust(124, b"\0") + table + data
    return (len(rest) + 4).to_bytes(4, "big") + rest


@pytest.mark.django_db
def test_colours_of_a_profile_are_shown_as_what_they_are():
    """In a file whose profile calls blue what others call red, red is shown as blue; a broken profile changes nothing."""
    red, green, blue = (0.4361, 0.2225, 0.0139), (0.3851, 0.7169, 0.0971), (0.1431, 0.0606, 0.7141)

    def shown(icc_profile):
        out = io.BytesIO()
        Image.new("RGB", (60, 40), (255, 0, 0)).save(out, "PNG", icc_profile=icc_profile)
        photo = Photo.objects.create(image=SimpleUploadedFile("x.png", out.getvalue()))
        with default_storage.open(photo.renditions[0].name) as file:
            image = Image.open(file)
            return [round(part / 255) for part in image.getpixel((30, 20))], image.info.get("icc_profile")

    assert shown(profile(blue, green, red)) == ([0, 0, 1], None)
    assert shown(profile(red, green, blue)) == ([1, 0, 0], None)
    assert shown(profile(blue, green, red)[:150]) == ([1, 0, 0], None)
