"""What may be uploaded, and what readers get of it."""

import io
import os
import struct
import zlib
from pathlib import Path

import pytest
from django.conf import settings as django_settings
from django.core.exceptions import ValidationError
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image, ImageChops, ImageStat

from articles import darkroom, photos
from articles.models import Photo

SAMPLES = Path(django_settings.BASE_DIR).parent / "shared" / "samples"


def upload(image, format="JPEG", name=None, **options):
    out = io.BytesIO()
    image.save(out, format, **options)
    return SimpleUploadedFile(name or f"picture.{format.lower()}", out.getvalue())


def finish(photo):
    """Do what the worker does."""
    assert photos.work_off(photo.pk)
    photo.refresh_from_db()
    assert (photo.failure, photo.made_at is None) == ("", False)
    return photo


def every(photo):
    """All the files of a photo that readers may have."""
    return [
        rendition
        for shape in ("whole", *photos.CROPS)
        for format in photos.TYPES
        for rendition in photos.renditions(photo, shape, format)
    ]


def opened(rendition):
    with default_storage.open(rendition.name) as file:
        image = Image.open(file)
        image.load()
        return image


def png_that_claims(width, height):
    """A PNG of a few bytes whose header claims to be huge."""

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(b"\0" * 1000))
        + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP", "AVIF"])
@pytest.mark.django_db
def test_each_format_that_we_take_becomes_jpeg_and_avif_no_larger_than_the_original(format):
    photo = Photo(image=upload(Image.new("RGB", (1000, 500), "teal"), format))
    photo.save()
    finish(photo)
    sizes = {
        "whole": [(320, 160), (480, 240), (720, 360), (1000, 500)],
        "3:2": [(320, 213), (480, 320), (720, 480), (750, 500)],
    }
    for shape, expected in sizes.items():
        for made_as, name in (("jpg", "JPEG"), ("avif", "AVIF")):
            there = photos.renditions(photo, shape, made_as)
            assert [(r.width, r.height) for r in there] == expected
            assert [(opened(r).format, opened(r).size) for r in there] == [(name, size) for size in expected]
            assert [r.bytes for r in there] == [default_storage.size(r.name) for r in there]
    crops = {
        shape: [opened(r).size for r in photos.renditions(photo, shape)] for shape in ("16:9", "4:3", "1:1")
    }
    assert crops == {"16:9": [(888, 500)], "4:3": [(666, 500)], "1:1": [(320, 320), (500, 500)]}
    assert all(opened(r).info.get("progressive") for r in photo.renditions)


@pytest.mark.django_db
def test_an_editor_has_a_jpeg_of_each_shape_at_once():
    photo = Photo(image=upload(Image.new("RGB", (3000, 2000), "teal")))
    photo.save()
    assert [(r.width, r.height, opened(r).format) for r in every(photo)] == [
        (1080, 720, "JPEG"), (720, 480, "JPEG"), (1200, 675, "JPEG"), (1200, 900, "JPEG"), (1200, 1200, "JPEG"),
    ]  # fmt: skip
    assert photo.made_at is None and list(Photo.objects.due()) == [photo]


def refusal(file):
    with pytest.raises(ValidationError) as error:
        photos.check_upload(file)
    return error.value.messages


@pytest.mark.threat("T18")
def test_what_is_not_a_whole_picture_is_refused_with_a_sentence(settings):
    whole = upload(Image.effect_noise((400, 400), 90).convert("RGB")).read()
    unreadable = ["“x.jpg” cannot be read as a picture. Please upload a whole JPEG, PNG, WebP or AVIF file."]
    svg = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
    tiff = upload(Image.new("RGB", (9, 9)), "TIFF").read()
    for content in (
        svg,
        b"<html><script>alert(1)</script>",
        whole[: len(whole) // 2],
        tiff,
        b"%!PS-Adobe-3.0 EPSF",
        b"\0" * 99,
    ):
        assert refusal(SimpleUploadedFile("x.jpg", content)) == unreadable
    assert refusal(SimpleUploadedFile("x.jpg", b"")) == ["“x.jpg” is empty."]


@pytest.mark.threat("T17")
def test_a_picture_that_would_unfold_into_gigabytes_is_refused_before_it_is_decoded():
    assert refusal(SimpleUploadedFile("bomb.png", png_that_claims(13_000, 13_000))) == [
        "“bomb.png” has 169 megapixels. Pictures may have 60 at most: please scale it down."
    ]


@pytest.mark.threat("T17")
def test_too_many_bytes_and_moving_pictures_are_refused(settings):
    frames = [Image.new("RGB", (9, 9), colour) for colour in ("red", "blue")]
    moving = upload(frames[0], "WEBP", "moving.webp", save_all=True, append_images=frames[1:])
    assert refusal(moving) == ["“moving.webp” moves. Please upload a still picture."]
    settings.PHOTO_MAX_BYTES = 1024**2
    assert refusal(SimpleUploadedFile("big.jpg", b"\0" * (3 * 1024**2))) == [
        "“big.jpg” has 3 MB. Pictures may have 1 MB at most."
    ]


@pytest.mark.django_db
def test_a_refused_picture_leaves_no_row_and_no_file(settings):
    with pytest.raises(ValidationError):
        Photo(image=SimpleUploadedFile("x.jpg", b"<svg/>")).save()
    assert Photo.objects.count() == 0
    assert not Path(settings.MEDIA_ROOT).exists() or not any(Path(settings.MEDIA_ROOT).rglob("*.*"))


@pytest.mark.threat("T19")
@pytest.mark.django_db
def test_no_rendition_knows_where_or_with_what_the_picture_was_taken():
    exif = Image.Exif()
    exif[0x010F] = "Maker-of-the-camera"
    exif.get_ifd(0x8825)[2] = (52.0, 31.0, 12.0)
    photo = Photo(image=upload(Image.new("RGB", (600, 400), "teal"), exif=exif))
    photo.save()
    assert len(every(finish(photo))) > 15
    for rendition in every(photo):
        with default_storage.open(rendition.name) as file:
            content = file.read()
        assert b"Maker-of-the-camera" not in content
        assert (b"Exif" in content, dict(opened(rendition).getexif())) == (False, {})


@pytest.mark.threat("T18")
@pytest.mark.django_db
def test_bytes_hidden_behind_a_picture_are_not_in_what_readers_get():
    content = upload(Image.new("RGB", (600, 400), "teal")).read() + b"serial number 12345"
    photo = Photo(image=SimpleUploadedFile("x.jpg", content))
    photo.save()
    for rendition in every(finish(photo)):
        with default_storage.open(rendition.name) as file:
            assert b"12345" not in file.read()
    with photo.image.open() as original:
        assert original.read() == content  # kept as it came


@pytest.mark.django_db
def test_a_picture_that_lies_on_its_side_is_measured_and_shown_upright():
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera was turned: show it a quarter clockwise
    lying = Image.new("RGB", (600, 400), "white")
    lying.paste("black", (0, 0, 300, 400))
    photo = Photo(image=upload(lying, exif=exif))
    photo.save()
    shown = opened(photo.renditions[-1]).convert("L")
    assert ((photo.width, photo.height), shown.size) == ((400, 600), (400, 600))
    assert shown.getpixel((200, 100)) < 20 and shown.getpixel((200, 500)) > 235


@pytest.mark.skipif(not SAMPLES.is_dir(), reason="the orientation samples are not on this machine")
@pytest.mark.parametrize("shape", ["Landscape", "Portrait"])
def test_all_eight_orientations_come_out_upright(shape, tmp_path):
    folder, made = SAMPLES / "images" / "exif-orientation", tmp_path / "made.jpg"
    reference = Image.open(folder / f"{shape}_1.jpg").convert("RGB")
    small = reference.resize((reference.width // 3, reference.height // 3), Image.Resampling.LANCZOS)
    rendition = {
        "box": (0, 0, 1, 1), "width": small.width, "height": small.height, "format": "jpg", "quality": 90,
        "file": str(made),
    }  # fmt: skip
    for number in range(1, 9):
        path = str(folder / f"{shape}_{number}.jpg")
        facts = darkroom.ask({"do": "look", "path": path, "most_pixels": 10**8})
        assert (facts["width"], facts["height"]) == reference.size
        darkroom.ask({"do": "develop", "path": path, "renditions": [rendition], "facts": {}})
        difference = ImageStat.Stat(ImageChops.difference(Image.open(made).convert("RGB"), small)).mean
        assert max(difference) < 8, (number, difference)


@pytest.mark.django_db
def test_transparent_pictures_stand_on_white():
    photo = Photo(image=upload(Image.new("RGBA", (600, 400), (0, 0, 0, 0)), "PNG"))
    photo.save()
    assert opened(photo.renditions[0]).getpixel((10, 10)) == (255, 255, 255)


@pytest.mark.django_db
def test_the_card_keeps_what_the_focal_point_marks():
    panorama = Image.new("RGB", (3000, 1000), "white")
    panorama.paste("black", (2700, 0, 3000, 1000))
    photo = Photo(image=upload(panorama), focal_x=0.95)
    photo.save()
    card = opened(finish(photo).cards[-1]).convert("L")
    assert (card.size, card.getpixel((10, 500)) > 235, card.getpixel((1490, 500)) < 20) == (
        (1500, 1000),
        True,
        True,
    )
    before = {r.name for r in photo.cards}
    photo.focal_x = 0.1
    photo.save()
    assert before.isdisjoint(r.name for r in photo.cards)
    assert all(default_storage.exists(r.name) for r in photo.cards)


@pytest.mark.django_db
def test_making_renditions_again_makes_nothing_twice(settings):
    photo = Photo(image=upload(Image.new("RGB", (600, 400), "teal")))
    photo.save()

    def files():
        return {(f.name, f.stat().st_mtime_ns) for f in Path(settings.MEDIA_ROOT).rglob("*.jpg")}

    before = files()
    photo.caption = "Words"
    photo.save()
    assert files() == before


@pytest.mark.django_db
def test_a_replaced_picture_gets_new_addresses_and_its_own_size():
    photo = Photo(image=upload(Image.new("RGB", (600, 400), "teal")))
    photo.save()
    before = photo.renditions[0].url
    photo.image = upload(Image.new("RGB", (900, 1200), "teal"))
    photo.save()
    photo = Photo.objects.get()
    assert (photo.width, photo.height, photo.renditions[0].url != before) == (900, 1200, True)


@pytest.mark.threat("T5")
@pytest.mark.threat("T18")
@pytest.mark.threat("T19")
@pytest.mark.django_db
def test_only_renditions_are_served_and_they_may_be_kept_for_ever(client):
    photo = Photo(image=upload(Image.new("RGB", (600, 400), "teal")))
    photo.save()
    response = client.get(photo.renditions[0].url)
    assert (
        response.status_code,
        response["Content-Type"],
        response["Cache-Control"],
        response["X-Content-Type-Options"],
        response["Content-Security-Policy"],
        response["Cross-Origin-Resource-Policy"],
    ) == (
        200,
        "image/jpeg",
        "public, max-age=31536000, immutable",
        "nosniff",
        "default-src 'none'; base-uri 'none'; frame-ancestors 'none'; sandbox",
        "cross-origin",
    )
    for name in (
        photo.image.name,
        "../newsroom.sqlite3",
        "renditions/../" + photo.image.name,
        "renditions/x.jpg",
        "%2e%2e/x",
    ):
        assert client.get(f"/media/{name}").status_code == 404


def test_the_darkroom_does_not_hear_ctrl_c_that_is_meant_for_the_server(picture):
    photos.check_upload(picture())
    assert os.getpgid(darkroom._running().pid) != os.getpgrp()
