"""What a picture of 24 megapixels costs: until an editor sees it, and until readers have it in every width."""

import io
import os
import time

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image
from playwright.sync_api import sync_playwright

from articles import darkroom, photos
from articles.models import Article, Author, Byline, Photo, Topic
from tests.browser import chromium

pytestmark = pytest.mark.django_db


def taken(name, width, height):
    """A JPEG of that size with the structure of a picture and the noise of a sensor."""
    with Image.open(settings.BASE_DIR / "articles" / "demo" / "photos" / name) as image:
        image = image.convert("RGB").resize((width, height), Image.Resampling.BICUBIC)
    noise = Image.merge("RGB", [Image.effect_noise((width, height), 12) for _ in range(3)])
    out = io.BytesIO()
    Image.blend(image, noise, 0.06).save(out, "JPEG", quality=92)
    return out.getvalue()


@pytest.fixture(scope="module")
def large():
    return taken("harbour-dawn.jpg", 6000, 4000)


def cpu():
    """CPU seconds of this process and of the darkroom."""
    seconds = time.process_time()
    if darkroom._child and darkroom._child[1].poll() is None:
        with open(f"/proc/{darkroom._child[1].pid}/stat") as stat:
            fields = stat.read().rsplit(")", 1)[1].split()
        seconds += (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return seconds


def peak():
    with open(f"/proc/{darkroom._child[1].pid}/status") as status:
        return next(int(line.split()[1]) // 1024 for line in status if line.startswith("VmHWM"))


def test_first_picture_and_all_renditions(note, large):
    photos.check_upload(SimpleUploadedFile("warm.jpg", large))  # starts the darkroom
    began, began_cpu = time.perf_counter(), cpu()
    photo = Photo(image=SimpleUploadedFile("large.jpg", large), credit="Bo Lind")
    photo.save()
    note("first picture, CPU seconds (target 1.5)", round(cpu() - began_cpu, 2))
    note("first picture, seconds", round(time.perf_counter() - began, 2))
    began, began_cpu = time.perf_counter(), cpu()
    assert photos.work_off(photo.pk)
    photo.refresh_from_db()
    note("all renditions, CPU seconds", round(cpu() - began_cpu, 2))
    note("all renditions, seconds", round(time.perf_counter() - began, 2))
    note("darkroom, most memory, MB", peak())
    for format in photos.TYPES:
        there = photos.renditions(photo, "whole", format)
        note(f"kB of {format}, by width", {r.width: round(r.bytes / 1000) for r in there})


def test_six_widths_beside_vips(note, large, tmp_path):
    pyvips = pytest.importorskip("pyvips")
    pyvips.cache_set_max(0)
    path = tmp_path / "large.jpg"
    path.write_bytes(large)
    jobs = [
        {
            "box": (0, 0, 1, 1), "width": w, "height": round(w / 1.5), "format": f, "quality": photos.QUALITY[f],
            "file": str(tmp_path / f"{w}.{f}"),
        }
        for w in reversed(photos.WIDTHS)
        for f in ("jpg", "avif")
    ]  # fmt: skip
    photos.check_upload(SimpleUploadedFile("warm.jpg", large))
    began = cpu()
    darkroom.ask({"do": "develop", "path": str(path), "renditions": jobs, "facts": {}}, seconds=120)
    ours = cpu() - began
    our_bytes = sum(os.path.getsize(job["file"]) for job in jobs)
    began = time.process_time()
    for width in photos.WIDTHS:
        image = pyvips.Image.thumbnail(str(path), width, size="down").copy_memory()
        image.jpegsave(
            str(tmp_path / f"v{width}.jpg"),
            Q=photos.QUALITY["jpg"],
            interlace=True,
            optimize_coding=True,
            keep="none",
        )
        image.heifsave(
            str(tmp_path / f"v{width}.avif"), Q=photos.QUALITY["avif"], compression="av1", effort=1, keep="none"
        )  # fmt: skip
    theirs = time.process_time() - began
    their_bytes = sum(os.path.getsize(tmp_path / f"v{w}.{f}") for w in photos.WIDTHS for f in ("jpg", "avif"))
    note("six widths, AVIF and JPEG: CPU seconds (Pillow, vips)", [round(ours, 2), round(theirs, 2)])
    note("six widths, AVIF and JPEG: kB (Pillow, vips)", [our_bytes // 1000, their_bytes // 1000])
    note("six widths: CPU of vips to ours", round(theirs / ours, 2))


@pytest.mark.django_db(transaction=True)
def test_the_pictures_of_an_article_on_a_phone(note, live_server):
    """A hero and four photos of 12 megapixels each, read to the end at 360 pixels and a density of 2."""
    names = ("harbour-dawn.jpg", "market-roofs.jpg", "old-quay.jpg", "library-stacks.jpg", "upper-valley.jpg")
    placed = []
    for name in names:
        photo = Photo.objects.create(
            image=SimpleUploadedFile(name, taken(name, 4000, 3000)), credit="Bo", alt="A view."
        )
        assert photos.work_off(photo.pk)
        placed.append(photo)
    text = "<p>" + "A dam is a wall. " * 60 + "</p>"
    article = Article.objects.create(
        headline="Dams", standfirst="Five.", hero=placed[0], topic=Topic.objects.create(name="Rivers", slug="rivers"),
        body="".join(f'{text}<figure data-photo="{photo.pk}"></figure>' for photo in placed[1:]),
    )  # fmt: skip
    Byline.objects.create(article=article, author=Author.objects.create(name="Ana"))
    article.publish()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium.executable(), args=chromium.ARGUMENTS)
        page = browser.new_page(viewport={"width": 360, "height": 740}, device_scale_factor=2)
        page.goto(live_server.url + article.get_absolute_url())
        for figure in page.locator("figure[data-photo]").all():
            figure.scroll_into_view_if_needed()
        page.wait_for_load_state("networkidle")
        sizes = page.evaluate(
            "performance.getEntriesByType('resource').filter((one) => one.name.includes('/renditions/'))"
            ".map((one) => one.encodedBodySize)"
        )
        browser.close()
    note(
        "kB of pictures of an article with five photos, at 360 px, density 2 (target 300)",
        round(sum(sizes) / 1000),
    )
    assert len(sizes) == 5 and sum(sizes) <= 300_000
