"""The bytes of a text file as text: UTF-8, UTF-16 and UTF-32 with or without a mark, else Windows-1252."""

import codecs
import json

from .document import ImportRefused

_SIGNATURES = {
    b"\x89PNG": "a PNG image",
    b"\xff\xd8\xff": "a JPEG image",
    b"GIF8": "a GIF image",
    b"RIFF": "a RIFF file (a WebP image, a sound or a film)",
    b"%PDF": "a PDF document",
    b"PK\x03\x04": "a ZIP archive (a Word or LibreOffice document is one)",
    b"PK\x05\x06": "a ZIP archive",
    b"\x1f\x8b": "a gzip archive",
    b"BZh": "a bzip2 archive",
    b"\xfd7zXZ": "an xz archive",
    b"7z\xbc\xaf": "a 7z archive",
    b"\xd0\xcf\x11\xe0": "an old Word document",
    b"{\\rtf": "a rich-text (RTF) document",
    b"SQLite format 3": "an SQLite database",
    b"\x7fELF": "a program",
    b"MZ\x90": "a program",
    b"OggS": "a sound or a film",
    b"ID3": "a sound",
}
_MARKS = (
    (codecs.BOM_UTF8, "utf-8", "UTF-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le", "UTF-32"),
    (codecs.BOM_UTF32_BE, "utf-32-be", "UTF-32"),
    (codecs.BOM_UTF16_LE, "utf-16-le", "UTF-16"),
    (codecs.BOM_UTF16_BE, "utf-16-be", "UTF-16"),
)
_MARKUP = (b"<!doctype", b"<html", b"<?xml", b"<rss", b"<feed", b"<svg")


def decode(data):
    """Return `(text, notes)`, or raise ImportRefused saying what the bytes are instead of text."""
    if not data.strip(b" \t\r\n\x00\xef\xbb\xbf\xff\xfe"):
        raise ImportRefused("the file is empty.")
    for signature, what in _SIGNATURES.items():
        if data.startswith(signature):
            raise ImportRefused(f"this is {what}, not text.")
    if data.lstrip(b"\xef\xbb\xbf \t\r\n")[:9].lower().startswith(_MARKUP):
        raise ImportRefused("this is the markup of a page or a feed, not the text of a page.")
    if _is_json(data):
        raise ImportRefused("this is JSON, data and not the text of a page.")
    for mark, encoding, name in _MARKS:
        if data.startswith(mark):
            return _strictly(data[len(mark) :], encoding, name), []
    if b"\x00" in data:
        return _without_mark(data)
    try:
        return _plausible(data.decode("utf-8")), []
    except UnicodeDecodeError as error:
        return _western(data, error)


def _is_json(data):
    if data.lstrip()[:1] not in (b"{", b"["):
        return False
    try:
        json.loads(data)
    except (ValueError, RecursionError):
        return False
    return True


def _strictly(data, encoding, name):
    try:
        return _plausible(data.decode(encoding))
    except UnicodeDecodeError as error:
        raise ImportRefused(f"it is marked as {name}, but is damaged at byte {error.start}.") from error


def _without_mark(data):
    """UTF-16 written without its mark has a zero beside every Western letter; anything else with zeros is no text."""
    for encoding, zeros in (("utf-16-le", data[1::2]), ("utf-16-be", data[0::2])):
        if len(data) % 2 == 0 and zeros.count(0) > 0.5 * len(zeros):
            try:
                text = data.decode(encoding)
            except UnicodeDecodeError:
                continue
            if "\x00" not in text:
                return _plausible(text), ["Read as UTF-16, which the file does not say of itself."]
    raise ImportRefused("this is a binary file, not text.")


def _western(data, error):
    """Latin-1 and Windows-1252, unless it is UTF-8 with a few damaged bytes or another alphabet's old encoding."""
    repaired = data.decode("utf-8", errors="replace")
    broken = repaired.count("\ufffd") - data.count("\ufffd".encode())
    whole = sum(c > "\x7f" and c != "\ufffd" for c in repaired)
    if whole > 4 * broken:
        line = data[: error.start].count(b"\n") + 1
        raise ImportRefused(
            f"it is UTF-8, but damaged in {broken} place{'s' if broken > 1 else ''}, first in line {line}."
        )
    try:
        text = data.decode("cp1252")
    except UnicodeDecodeError:
        raise ImportRefused(
            "it is neither UTF-8 nor Windows-1252 (Latin-1): not text that can be read."
        ) from None
    letters = sum(c.isalpha() for c in text)
    if sum(c > "\x7f" for c in text) > 0.3 * max(letters, 1):
        raise ImportRefused(
            "it is not UTF-8, and reads as nonsense in Windows-1252 (Latin-1): save it as UTF-8."
        )
    return _plausible(text), [
        "Not UTF-8: read as Windows-1252 (which Latin-1 is part of). Save it as UTF-8 if a letter is wrong."
    ]


def _plausible(text):
    controls = sum(c < " " and c not in "\t\n\r\x0b\x0c" for c in text)
    if controls > 20 and controls > 0.02 * len(text):
        raise ImportRefused("this is a binary file, not text.")
    return text
