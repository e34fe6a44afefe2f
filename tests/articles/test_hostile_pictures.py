"""Pictures that were made to harm: refused with a sentence, and whoever asked lives on."""

import io
import os
import signal
import time
from pathlib import Path

import pytest
from django.core.exceptions import ValidationError
from django.core.files import File
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from articles import darkroom, photos

TORTURE = os.environ.get("PILLOW_IMAGES")  # “Tests/images” of Pillow's source archive


def jpeg(width=60, height=40):
    out = io.BytesIO()
    Image.new("RGB", (width, height), "teal").save(out, "JPEG")
    return out.getvalue()


def refusal(content, name="x.jpg"):
    with pytest.raises(ValidationError) as error:
        photos.check_upload(SimpleUploadedFile(name, content))
    return error.value.messages


ZIP = b"PK\x03\x04" + b"\0" * 26 + b"PK\x05\x06" + b"\0" * 18


@pytest.mark.threat("T18")
@pytest.mark.parametrize(
    "content",
    [
        jpeg() + b"<script>alert(1)</script>",
        jpeg() + b"<!DOCTYPE HTML><title>x</title>",
        jpeg()[:2] + b"\xff\xfe\x00\x10<html><body>  " + jpeg()[2:],
        jpeg()[:2] + b"\xff\xfe\x00\x0b%PDF-1.7\n" + jpeg()[2:],
        jpeg() + ZIP,
        jpeg() + b"<?php system($_GET[0]); ?>",
    ],
)
def test_a_picture_that_is_something_else_too_is_refused(content):
    Image.open(io.BytesIO(content)).load()  # it is one
    assert refusal(content) == [
        "“x.jpg” is a picture and something else at once. Please save it anew as a picture alone."
    ]


@pytest.mark.threat("T17")
def test_a_picture_whose_decoder_dies_or_hangs_is_refused_and_the_next_one_is_taken(monkeypatch):
    taken = photos.check_upload(SimpleUploadedFile("x.jpg", jpeg()))
    running = darkroom._running

    def dying():
        process = running()
        os.kill(process.pid, signal.SIGSTOP)
        return process

    monkeypatch.setattr(darkroom, "_running", dying)
    began = time.monotonic()
    with pytest.raises(darkroom.Refused, match="cannot be decoded within a gigabyte"):
        darkroom.ask({"do": "look", "path": "/dev/null", "most_pixels": 1}, seconds=0.05)
    assert time.monotonic() - began < 10
    monkeypatch.setattr(darkroom, "_running", running)
    os.kill(running().pid, signal.SIGKILL)
    darkroom._child[1].wait()
    assert photos.check_upload(SimpleUploadedFile("x.jpg", jpeg())) == taken


@pytest.mark.threat("T17")
def test_memory_has_a_limit():
    process = darkroom._running()
    photos.check_upload(SimpleUploadedFile("x.jpg", jpeg()))
    limits = Path(f"/proc/{process.pid}/limits")
    if not limits.exists():
        pytest.skip("this system does not tell the limits of a process")
    process = darkroom._child[1]
    line = next(
        li for li in Path(f"/proc/{process.pid}/limits").read_text().splitlines() if "address space" in li
    )
    assert line.split()[3] == str(1024**3)


@pytest.mark.skipif(not TORTURE, reason="PILLOW_IMAGES names no folder with Pillow's torture set")
def test_the_torture_set_is_taken_or_refused_with_a_sentence():
    results = {True: 0, False: 0}
    for path in sorted(path for path in Path(TORTURE).rglob("*") if path.is_file()):
        with path.open("rb") as file:
            try:
                facts = photos.check_upload(File(file, path.name))
                results[facts["width"] > 1] += 1
            except ValidationError as error:
                assert "cannot be decoded within" not in error.messages[0], path.name
                assert error.messages[0].endswith((".", "!")), path.name
                results[False] += 1
    assert results[True] > 300 and results[False] > 300
