"""What bytes are: text in one of a few encodings, or a clear reason why not."""

import pytest

from articles.importing.decoding import decode
from articles.importing.document import ImportRefused

TEXT = "Ein Tag im Café — “señor” sagt: 3 € für 1 Müsli…\r\nUnd Schluß.\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_what_says_its_encoding_or_is_utf_8_is_read(encoding):
    assert decode(TEXT.encode(encoding)) == (TEXT, [])


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_utf_16_without_its_mark_is_read_with_a_note(encoding):
    text, notes = decode(TEXT.encode(encoding))
    assert (text, notes) == (TEXT, ["Read as UTF-16, which the file does not say of itself."])


def test_windows_1252_is_read_with_a_note():
    text, notes = decode(TEXT.encode("cp1252"))
    assert text == TEXT
    assert notes == [
        "Not UTF-8: read as Windows-1252 (which Latin-1 is part of). Save it as UTF-8 if a letter is wrong."
    ]


def test_latin_1_is_read_as_the_part_of_windows_1252_that_it_is():
    text = "Señora Müller aß Crème brûlée.\n"
    assert decode(text.encode("latin-1"))[0] == text


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "the file is empty."),
        (b" \r\n\t \n", "the file is empty."),
        (b"\xef\xbb\xbf", "the file is empty."),
        (b"\xff\xfe", "the file is empty."),
        (b"\x89PNG\r\n\x1a\n....", "this is a PNG image, not text."),
        (b"\xff\xd8\xff\xe0....", "this is a JPEG image, not text."),
        (b"%PDF-1.7 ...", "this is a PDF document, not text."),
        (
            b"PK\x03\x04....",
            "this is a ZIP archive (a Word or LibreOffice document is one), not text.",
        ),
        (b"{\\rtf1\\ansi Hello}", "this is a rich-text (RTF) document, not text."),
        (b"Some words\x00\x01\x02 and more", "this is a binary file, not text."),
        (b"\x01\x02\x03\x04\x05\x06\x07\x08" * 20, "this is a binary file, not text."),
        (
            b"<!DOCTYPE html><html><body><p>x</p></body></html>",
            "this is the markup of a page or a feed, not the text of a page.",
        ),
        (
            b'\n<?xml version="1.0"?><rss></rss>',
            "this is the markup of a page or a feed, not the text of a page.",
        ),
        (b'[{"headline": "A bridge"}]', "this is JSON, data and not the text of a page."),
        (b"\xff\xfea", "it is marked as UTF-16, but is damaged at byte 0."),
        (
            "Señor, çok güzel, été, naïve\nzweite Zeile: Ärger".encode() + b"\n\xe2\x80",
            "it is UTF-8, but damaged in 1 place, first in line 3.",
        ),
        (
            b"caf\x81 and \x8d more",
            "it is neither UTF-8 nor Windows-1252 (Latin-1): not text that can be read.",
        ),
        (
            "Привет, это другая кодировка".encode("cp1251"),
            "it is not UTF-8, and reads as nonsense in Windows-1252 (Latin-1): save it as UTF-8.",
        ),
    ],
)
def test_what_is_no_text_is_refused_with_the_reason(data, reason):
    with pytest.raises(ImportRefused) as refused:
        decode(data)
    assert str(refused.value) == reason
