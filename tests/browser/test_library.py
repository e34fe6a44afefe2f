"""The photo library and the viewer of a gallery, where a browser is needed: progress, dropping, keys, focus."""

import base64
import re
import threading
from pathlib import Path

import pytest
from django.urls import reverse
from PIL import Image
from playwright.sync_api import expect

from articles import photos
from articles.models import Article, Author, Byline, Gallery, GalleryPhoto, Photo, Topic
from tests.browser.axe import found_by_axe
from tests.browser.writing import open_article, press, save, stored


@pytest.fixture
def files(tmp_path):
    """Two pictures that do not look alike, and one file that is none."""
    Image.linear_gradient("L").resize((600, 400)).save(tmp_path / "one.jpg")
    Image.radial_gradient("L").resize((600, 400)).save(tmp_path / "two.jpg")
    (tmp_path / "notes.jpg").write_bytes(b"no picture")
    return [str(tmp_path / name) for name in ("one.jpg", "notes.jpg", "two.jpg")]


_DROP = """(files) => {
  const data = new DataTransfer();
  for (const [name, content] of files) {
    const bytes = Uint8Array.from(atob(content), (character) => character.charCodeAt(0));
    data.items.add(new File([bytes], name, { type: "image/jpeg" }));
  }
  for (const type of ["dragenter", "dragover", "drop"]) {
    document.body.dispatchEvent(new DragEvent(type, { dataTransfer: data, bubbles: true, cancelable: true }));
  }
}"""


# the browser takes a moment until it believes that the line is there again
_ONLINE = """async () => {
  const pause = () => new Promise((done) => setTimeout(done, 50));
  while (!(await fetch("/healthz").catch(() => null))) await pause();
}"""


def test_many_files_are_dropped_each_goes_by_itself_and_what_is_there_is_asked_about(
    editor_page, live_server, files, complaints, picture
):
    page = editor_page
    page.goto(live_server.url + reverse("admin:articles_photo_upload"))
    page.get_by_label("Credit of all of them").fill("Bo Lind")
    page.evaluate(
        _DROP, [[Path(file).name, base64.b64encode(Path(file).read_bytes()).decode()] for file in files]
    )
    lines = page.locator("[data-upload-files] > li")
    expect(lines.filter(has_text="is in the library.")).to_have_count(2)
    expect(lines.filter(has_text="notes.jpg")).to_contain_text("cannot be read as a picture")
    assert found_by_axe(page, dark_too=True) == []
    assert sorted(Photo.objects.values_list("file_name", "credit")) == [
        ("one.jpg", "Bo Lind"),
        ("two.jpg", "Bo Lind"),
    ]
    page.set_input_files("[name=image]", [files[0], files[2]])
    expect(lines.get_by_text("The library has “one.jpg” already.")).to_be_visible()
    page.get_by_role("button", name="Use the one we have “one.jpg”").click()
    page.get_by_role("button", name="Keep both “two.jpg”").click()
    expect(lines.filter(has_text="nothing new was stored")).to_have_count(1)
    expect(lines.filter(has_text="is in the library.")).to_have_count(3)

    # on a slow line one sees how far it is, and may stop it; on a broken one it is tried again
    line = page.context.new_cdp_session(page)
    line.send("Network.enable")

    def network(**conditions):
        usual = {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1}
        line.send("Network.emulateNetworkConditions", usual | conditions)

    network(uploadThroughput=10_000)  # slow enough to be cancelled on a busy machine
    large = {"name": "large.jpg", "mimeType": "image/jpeg", "buffer": picture().read() + bytes(500_000)}
    page.set_input_files("[name=image]", large)
    progress = page.get_by_role("progressbar", name="Uploading large.jpg")
    progress.evaluate(
        "(bar) => new Promise((done) => { const look = () => bar.value > 0 && bar.value < 1 ? done() : requestAnimationFrame(look); look(); })"
    )
    page.get_by_role("button", name="Cancel “large.jpg”").click()
    expect(lines.filter(has_text="“large.jpg” was cancelled; nothing of it is stored.")).to_have_count(1)
    # changing the line at once would let go of what its slowness held back, cancelled or not
    page.wait_for_timeout(300)
    network(offline=True)
    page.get_by_role("button", name="Upload it after all “large.jpg”").click()
    expect(lines.filter(has_text="The server cannot be reached.")).to_have_count(1)
    network()
    page.evaluate(_ONLINE)
    page.get_by_role("button", name="Try again “large.jpg”").click()
    expect(lines.filter(has_text="is in the library.")).to_have_count(4)
    assert sorted(Photo.objects.values_list("file_name", flat=True)) == [
        "large.jpg", "one.jpg", "two.jpg", "two.jpg",
    ]  # fmt: skip
    # that a file is refused or asked about is an answer with a status of its own, which the browser logs
    assert [text for text in complaints if not re.search("400|409|ERR_INTERNET_DISCONNECTED", text)] == []
    complaints.clear()


def test_what_was_sent_whole_cannot_be_cancelled_any_more(editor_page, live_server, files, monkeypatch):
    """The server may be storing it: “nothing of it is stored” would be a guess."""
    page, look, may_go_on = editor_page, photos.check_upload, threading.Event()
    monkeypatch.setattr(photos, "check_upload", lambda *args: may_go_on.wait(30) and look(*args))
    page.goto(live_server.url + reverse("admin:articles_photo_upload"))
    page.set_input_files("[name=image]", files[0])
    line = page.locator("[data-upload-files] > li")
    expect(line).to_contain_text("“one.jpg” is looked at…")
    expect(line.get_by_role("button")).to_have_count(0)
    may_go_on.set()
    expect(line).to_contain_text("is in the library.")


def test_from_the_upload_to_the_day_on_which_the_rights_end(editor_page, live_server, files, editor):
    """One photo: brought in, its crop set by keys, placed, captioned, replaced, taken away by a date."""
    page = editor_page
    article = Article.objects.create(
        headline="Dams", standfirst="One.", topic=Topic.objects.create(name="Rivers", slug="rivers"),
        body="<p>Before</p><p>After</p>", created_by=editor,
    )  # fmt: skip
    Byline.objects.create(article=article, author=Author.objects.create(name="Ana"))
    page.goto(live_server.url + reverse("admin:articles_photo_upload"))
    page.get_by_label("Credit of all of them").fill("Bo Lind")
    page.set_input_files("[name=image]", files[0])
    page.get_by_role("link", name="one.jpg").click()

    page.get_by_label("Caption").fill("The dam (L)\nat dawn (R)")
    page.get_by_label("Alternative text").fill("A wall.")
    crops = page.locator("[data-focal-crops] svg")
    before = [crop.get_attribute("viewBox") for crop in crops.all()]
    page.get_by_role("button", name="Focal point").focus()
    press(
        page,
        "Shift+ArrowRight",
        "Shift+ArrowRight",
        "ArrowRight",
        "Shift+ArrowUp",
        "Shift+ArrowUp",
        "ArrowUp",
    )
    after = [crop.get_attribute("viewBox") for crop in crops.all()]
    assert [old != new for old, new in zip(before, after, strict=True)] == [False, True, True, True]
    assert found_by_axe(page, dark_too=True) == []
    with page.expect_navigation():
        page.locator("[name=_save]").click()
    assert found_by_axe(page, dark_too=True) == []  # the library
    photo = Photo.objects.get()
    assert (photo.focal_x, photo.focal_y, photo.caption) == (0.71, 0.29, "The dam (L)\nat dawn (R)")

    text = open_article(page, live_server, article)
    text.get_by_text("Before").click()
    press(page, "Control+Alt+i")
    page.get_by_role("dialog").get_by_role("option").first.click()
    expect(text.locator("figure img")).to_be_visible()
    save(page)
    assert stored(article) == f'<p>Before</p>\n<figure data-photo="{photo.pk}"></figure>\n<p>After</p>'
    article.publish()

    def shown():
        """What a reader gets: the address of the picture, its alternative text, and the words below it."""
        page.goto(live_server.url + article.get_absolute_url())
        figure = page.locator(f"figure[data-photo='{photo.pk}']")
        if not figure.count():
            return None
        image = figure.locator("img")
        image.scroll_into_view_if_needed()
        page.wait_for_function(
            "(image) => image.complete && image.naturalWidth > 0", arg=image.element_handle()
        )
        return (
            image.get_attribute("src"),
            image.get_attribute("alt"),
            figure.locator("figcaption").inner_text(),
        )

    first = shown()
    assert first[1:] == ("A wall.", "The dam (L)\nat dawn (R)\nBo Lind")
    form = live_server.url + reverse("admin:articles_photo_change", args=[photo.pk])
    page.goto(form)
    page.set_input_files("[name=image]", files[2])
    with page.expect_navigation():
        page.locator("[name=_save]").click()
    replaced = shown()
    assert (replaced[0] != first[0], replaced[1:]) == (True, first[1:])
    page.goto(form)
    page.get_by_label("Rights end on").fill("2020-01-31")
    with page.expect_navigation():
        page.locator("[name=_save]").click()
    assert shown() is None


def test_a_gallery_is_leafed_through_by_keys_and_by_touch_and_the_focus_returns(
    page, transactional_db, live_server, picture
):
    gallery = Gallery.objects.create(title="The dams")
    for n in (1, 2, 3):
        photo = Photo.objects.create(
            image=picture(800, 1200 if n == 2 else 500, f"{n}.jpg", (60 * n, 90, 90)), caption=f"Dam {n}", credit="Bo", alt=f"Wall {n}"
        )  # fmt: skip
        GalleryPhoto.objects.create(gallery=gallery, photo=photo, position=n)
    article = Article.objects.create(
        headline="Dams", standfirst="Three.", topic=Topic.objects.create(name="Rivers", slug="rivers"),
        body=f'<p>Text.</p><figure data-gallery="{gallery.pk}"></figure>',
    )  # fmt: skip
    Byline.objects.create(article=article, author=Author.objects.create(name="Ana"))
    article.publish()
    page.goto(live_server.url + article.get_absolute_url())
    assert found_by_axe(page, dark_too=True) == []
    page.get_by_role("button", name="Open photo 1 of 3: Wall 1").focus()
    page.keyboard.press("Enter")
    viewer = page.get_by_role("dialog", name="The dams")
    expect(viewer.get_by_text("Photo 1 of 3")).to_be_visible()
    page.keyboard.press("ArrowRight")
    expect(viewer.locator("[aria-live]")).to_contain_text("Photo 2 of 3Dam 2")
    tower = viewer.get_by_role("img", name="Wall 2")
    expect(tower).to_have_js_property("complete", True)
    assert tower.evaluate("(image) => image.naturalHeight / image.naturalWidth") == 1.5  # the whole of it
    assert found_by_axe(page, dark_too=True) == []
    finger = page.context.new_cdp_session(page)
    finger.send("Emulation.setTouchEmulationEnabled", {"enabled": True})
    box = viewer.locator(".viewer__stage").bounding_box()
    y = box["y"] + box["height"] / 2
    for start, end, counter in (
        (300, 120, "Photo 3 of 3"),
        (120, 300, "Photo 2 of 3"),
        (120, 150, "Photo 2 of 3"),
    ):
        finger.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [{"x": start, "y": y}]})
        finger.send("Input.dispatchTouchEvent", {"type": "touchMove", "touchPoints": [{"x": end, "y": y}]})
        finger.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
        expect(viewer.locator(".viewer__counter")).to_have_text(counter)
    page.keyboard.press("End")
    page.keyboard.press("Escape")
    expect(viewer).to_be_hidden()
    expect(page.get_by_role("button", name="Open photo 3 of 3: Wall 3")).to_be_focused()
