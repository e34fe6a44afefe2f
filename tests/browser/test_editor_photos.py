"""Photos in the body editor: insert, upload, caption, credit, order; and what is stored of them."""

import base64
import json
import re

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from articles.models import Article, Photo
from tests.browser.axe import found_by_axe
from tests.browser.writing import open_article, paste, press, save, stored, text_of


@pytest.fixture
def article(editor):
    return Article.objects.create(
        headline="A quiet harbour", body="<p>Before</p><p>After</p>", created_by=editor
    )


@pytest.fixture
def photos(db, picture):
    """Three photos of the library: harbour and ridge with their pictures, lectern still awaiting its own."""
    facts = {"credit": "Ana Ruiz / Parallel", "alt": "Boats at a quay"}
    return {
        "harbour": Photo.objects.create(
            image=picture(name="harbour.jpg"), caption="The harbour\nat dusk", **facts
        ),
        "ridge": Photo.objects.create(
            image=picture(name="ridge.jpg", colour="seagreen"), caption="The ridge"
        ),
        "lectern": Photo.objects.create(caption="A lectern"),
    }


def figure(text, photo):
    return text.locator(f"figure[data-photo='{photo.pk}']")


def place(article, *blocks):
    article.body = "".join(blocks)
    article.save()


# --- inserting ---
def test_a_photo_is_inserted_from_the_library_with_the_keyboard_alone(
    editor_page, live_server, article, photos
):
    page = editor_page
    text = open_article(page, live_server, article)
    text.focus()
    press(page, "Control+Home", "Control+Alt+i")
    dialog = page.get_by_role("dialog", name="Insert a photo")
    expect(dialog.get_by_role("option")).to_have_count(3)
    page.keyboard.type("harbour ana")
    press(page, "Enter")
    expect(dialog.get_by_role("option")).to_have_count(1)
    expect(dialog.get_by_role("option")).to_be_focused()
    press(page, "Enter")
    expect(dialog).to_be_hidden()
    expect(figure(text, photos["harbour"]).locator("figcaption")).to_have_text(
        "The harbour\nat dusk", use_inner_text=True
    )
    page.keyboard.type("Goes on here")
    save(page)
    assert stored(article) == "\n".join(
        [
            "<p>Before</p>",
            f'<figure data-photo="{photos["harbour"].pk}"></figure>',
            "<p>Goes on here</p>",
            "<p>After</p>",
        ]
    )


def test_arrow_keys_choose_among_the_results(editor_page, live_server, article, photos):
    page = editor_page
    text = open_article(page, live_server, article)
    text.focus()
    page.get_by_role("button", name="Photo", exact=True).click()
    options = page.get_by_role("dialog").get_by_role("option")
    expect(options).to_have_count(3)
    seen = []
    for key in ("ArrowDown", "ArrowRight", "ArrowRight", "ArrowRight", "Home", "End"):
        press(page, key)
        seen.append(options.evaluate_all("all => all.indexOf(document.activeElement)"))
    assert seen == [0, 1, 2, 2, 0, 2]
    press(page, "ArrowUp")
    expect(page.get_by_role("dialog").get_by_role("searchbox")).to_be_focused()


def test_escape_closes_the_dialog_and_the_cursor_is_where_it_was(editor_page, live_server, article, photos):
    page = editor_page
    text = open_article(page, live_server, article)
    text.get_by_text("Before").click()
    press(page, "End", "Control+Alt+i")
    page.get_by_role("dialog").wait_for()
    press(page, "Escape")
    page.keyboard.type(" the storm")
    expect(text.locator("> p").first).to_have_text("Before the storm")


def test_a_photo_may_be_the_first_thing_in_an_article(editor_page, live_server, article, photos):
    page = editor_page
    place(article, "")
    text = open_article(page, live_server, article)
    text.focus()
    press(page, "Control+Alt+i")
    page.get_by_role("dialog").get_by_role("option").get_by_text("The ridge").click()
    page.keyboard.type("Words below")
    save(page)
    assert stored(article) == f'<figure data-photo="{photos["ridge"].pk}"></figure>\n<p>Words below</p>'


def test_a_search_without_result_says_so(editor_page, live_server, article, photos):
    page = editor_page
    open_article(page, live_server, article).focus()
    press(page, "Control+Alt+i")
    page.keyboard.type("zeppelin")
    expect(page.locator(".photo-dialog__status")).to_have_text(
        "No photo has these words in caption, credit, alternative text or file name."
    )
    expect(page.get_by_role("dialog").get_by_role("option")).to_have_count(0)


def test_a_picture_is_uploaded_in_the_dialog_and_inserted_with_enter(
    editor_page, live_server, article, picture
):
    page = editor_page
    text = open_article(page, live_server, article)
    text.get_by_text("Before").click()
    page.get_by_role("button", name="Photo", exact=True).click()
    upload = picture(name="market.jpg")
    page.locator("dialog input[type=file]").set_input_files(
        {"name": upload.name, "mimeType": upload.content_type, "buffer": upload.read()}
    )
    expect(page.get_by_role("dialog").get_by_role("option")).to_be_focused()
    press(page, "Enter")
    photo = Photo.objects.get()
    assert (photo.file_name, photo.width, photo.height, photo.uploaded_by.username) == (
        "market.jpg",
        1200,
        800,
        "edith",
    )
    expect(figure(text, photo).locator("img")).to_be_visible()
    expect(figure(text, photo).locator(".body-photo__missing")).to_have_text(
        "Missing: a credit, an alternative text (or the mark “decorative”)."
    )
    save(page)
    assert stored(article) == f'<p>Before</p>\n<figure data-photo="{photo.pk}"></figure>\n<p>After</p>'


def test_a_picture_that_the_library_has_is_asked_about_before_it_is_stored(
    editor_page, live_server, article, photos, picture
):
    page, harbour = editor_page, photos["harbour"]
    text = open_article(page, live_server, article)
    text.get_by_text("Before").click()
    paste(page, files=[picture(name="again.jpg")])
    question = page.get_by_role("dialog", name="The library has “again.jpg” already.")
    expect(question.get_by_text("The harbour at dusk. Ana Ruiz / Parallel.")).to_be_visible()
    assert found_by_axe(page, dark_too=True) == []
    page.keyboard.press("Enter")
    expect(figure(text, harbour)).to_be_visible()
    paste(page, files=[picture(name="again.jpg")])
    question.get_by_role("button", name="Keep both").click()
    expect(text.locator("figure img")).to_have_count(2)
    assert sorted(Photo.objects.exclude(image="").values_list("file_name", flat=True)) == [
        "again.jpg", "harbour.jpg", "ridge.jpg",
    ]  # fmt: skip


def test_a_file_that_is_no_picture_is_refused_with_the_servers_sentence(
    editor_page, live_server, article, complaints
):
    page = editor_page
    open_article(page, live_server, article).focus()
    press(page, "Control+Alt+i")
    page.locator("dialog input[type=file]").set_input_files(
        {"name": "notes.jpg", "mimeType": "image/jpeg", "buffer": b"only words"}
    )
    expect(page.get_by_role("dialog").locator(".editor-error")).to_have_text(
        "“notes.jpg” cannot be read as a picture. Please upload a whole JPEG, PNG, WebP or AVIF file."
    )
    assert Photo.objects.count() == 0
    assert complaints == [
        "console: Failed to load resource: the server responded with a status of 400 (Bad Request)"
    ]
    complaints.clear()


def test_a_pasted_picture_file_is_uploaded_where_it_was_pasted(editor_page, live_server, article, picture):
    text = open_article(editor_page, live_server, article)
    text.get_by_text("Before").click()
    paste(editor_page, files=[picture(name="quay.jpg")])
    text.locator("figure img").wait_for()
    save(editor_page)
    assert (
        stored(article)
        == f'<p>Before</p>\n<figure data-photo="{Photo.objects.get().pk}"></figure>\n<p>After</p>'
    )


_DROP = """([target, content]) => {
  const data = new DataTransfer();
  const bytes = Uint8Array.from(atob(content), (character) => character.charCodeAt(0));
  data.items.add(new File([bytes], "dropped.jpg", { type: "image/jpeg" }));
  const box = target.getBoundingClientRect();
  const at = { clientX: box.right - 20, clientY: box.bottom - 5 };
  target.dispatchEvent(new DragEvent("drop", { dataTransfer: data, bubbles: true, cancelable: true, ...at }));
}"""


def test_a_dropped_picture_file_is_uploaded_where_it_was_dropped(editor_page, live_server, article, picture):
    text = open_article(editor_page, live_server, article)
    content = base64.b64encode(picture().read()).decode()
    target = text.get_by_text("Before").element_handle()
    editor_page.evaluate(_DROP, [target, content])
    text.locator("figure img").wait_for()
    save(editor_page)
    assert (
        stored(article)
        == f'<p>Before</p>\n<figure data-photo="{Photo.objects.get().pk}"></figure>\n<p>After</p>'
    )


# --- captions ---
def test_a_caption_is_the_librarys_then_its_own_then_the_librarys_again(
    editor_page, live_server, article, photos
):
    page, harbour = editor_page, photos["harbour"]
    place(article, f'<figure data-photo="{harbour.pk}"></figure>')
    text = open_article(page, live_server, article)
    caption = figure(text, harbour).locator("figcaption")
    expect(figure(text, harbour)).to_contain_text("Caption from the library")
    caption.click()
    press(page, "End")
    page.keyboard.type(", in winter")
    expect(figure(text, harbour)).to_contain_text("Caption of this article")
    save(page)
    own = f'<figure data-photo="{harbour.pk}"><figcaption>The harbour<br>at dusk, in winter</figcaption></figure>'
    assert stored(article) == own
    figure(text_of(page), harbour).get_by_role("button", name="Use the library text again").click()
    expect(figure(text_of(page), harbour)).to_contain_text("Caption from the library")
    save(page)
    assert stored(article) == f'<figure data-photo="{harbour.pk}"></figure>'


def test_an_inherited_caption_follows_the_library(editor_page, live_server, article, photos):
    page, harbour = editor_page, photos["harbour"]
    place(article, f'<figure data-photo="{harbour.pk}"></figure>', "<p>Words</p>")
    open_article(page, live_server, article)
    harbour.caption = "Another caption"
    harbour.save()
    text = open_article(page, live_server, article)
    expect(figure(text, harbour).locator("figcaption")).to_have_text("Another caption")
    text.get_by_text("Words").click()
    press(page, "End")
    page.keyboard.type(" more")
    save(page)
    assert stored(article) == f'<figure data-photo="{harbour.pk}"></figure>\n<p>Words more</p>'


def test_an_emptied_caption_is_stored_as_none(editor_page, live_server, article, photos):
    page, ridge = editor_page, photos["ridge"]
    place(article, f'<figure data-photo="{ridge.pk}"></figure>')
    text = open_article(page, live_server, article)
    figure(text, ridge).locator("figcaption").click(click_count=3)
    press(page, "Delete")
    save(page)
    assert stored(article) == f'<figure data-photo="{ridge.pk}"><figcaption></figcaption></figure>'


def test_a_caption_takes_bold_italic_links_and_lines_and_enter_leaves_it(
    editor_page, live_server, article, photos
):
    page, ridge = editor_page, photos["ridge"]
    place(article, f'<figure data-photo="{ridge.pk}"></figure>', "<p>After</p>")
    text = open_article(page, live_server, article)
    figure(text, ridge).locator("figcaption").click(click_count=3)
    press(page, "Control+b")
    page.keyboard.type("Ridge")
    press(page, "Control+b", "Shift+Enter")
    page.keyboard.type("at noon")
    press(page, "Enter", "Home")
    page.keyboard.type("And ")
    save(page)
    assert stored(article) == (
        f'<figure data-photo="{ridge.pk}"><figcaption><strong>Ridge</strong><br>at noon</figcaption></figure>\n'
        "<p>And After</p>"
    )


def test_a_caption_cannot_become_a_heading_or_a_list(editor_page, live_server, article, photos):
    page, ridge = editor_page, photos["ridge"]
    before = f'<figure data-photo="{ridge.pk}"></figure>\n<p>After</p>'
    place(article, before)
    text = open_article(page, live_server, article)
    figure(text, ridge).locator("figcaption").click()
    press(page, "Control+Alt+2", "Control+Alt+0", "Control+Shift+8", "Control+Shift+7", "Control+Shift+b")
    page.locator("#id_standfirst").fill("Changed")
    save(page)
    assert stored(article) == before


# --- undo ---
def test_undo_and_redo_go_through_photo_caption_and_text(editor_page, live_server, article, photos):
    page, ridge = editor_page, photos["ridge"]
    text = open_article(page, live_server, article)
    states = []

    def state():
        states.append(page.evaluate("document.querySelector('#id_body').value"))

    text.get_by_text("Before").click()
    press(page, "Control+Alt+i")
    page.keyboard.type("ridge")
    press(page, "Enter")
    expect(page.get_by_role("dialog").get_by_role("option")).to_have_count(1)
    expect(page.get_by_role("dialog").get_by_role("option")).to_be_focused()
    state()
    press(page, "Enter")
    figure(text, ridge).wait_for()
    state()
    press(page, "Enter")  # into the caption
    page.keyboard.type("!")
    expect(figure(text, ridge)).to_contain_text("Caption of this article")
    state()
    inherited = (
        f'<figure data-photo="{ridge.pk}" data-caption="library"><figcaption>The ridge</figcaption></figure>'
    )
    own = f'<figure data-photo="{ridge.pk}"><figcaption>The ridge!</figcaption></figure>'
    expected = [f"<p>Before</p>{photo}<p>After</p>" for photo in ("", inherited, own)]
    assert states == expected
    states.clear()
    for key in ("Control+z", "Control+z", "Control+y", "Control+y"):
        press(page, key)
        state()
    assert states == [expected[1], expected[0], expected[1], expected[2]]


# --- order ---
def order(page):
    return page.evaluate(
        "[...document.querySelectorAll('.body-text > *')].map(node => node.dataset.photo || node.innerText.trim())"
    )


def test_a_photo_is_moved_with_the_keyboard(editor_page, live_server, article, photos):
    page, ridge = editor_page, photos["ridge"]
    place(article, "<p>One</p><p>Two</p>", f'<figure data-photo="{ridge.pk}"></figure>', "<p>Three</p>")
    text = open_article(page, live_server, article)
    pk = str(ridge.pk)
    figure(text, ridge).locator("figcaption").click()
    expect(figure(text, ridge)).to_have_class("body-photo is-active")
    seen = [order(page)]
    for key in ("Alt+ArrowUp", "Alt+ArrowUp", "Alt+ArrowUp", "Alt+ArrowDown", "Control+z"):
        press(page, key)
        seen.append(order(page))
    assert seen == [
        ["One", "Two", pk, "Three"],
        ["One", pk, "Two", "Three"],
        [pk, "One", "Two", "Three"],
        [pk, "One", "Two", "Three"],
        ["One", pk, "Two", "Three"],
        [pk, "One", "Two", "Three"],
    ]
    save(page)
    assert stored(article) == f'<figure data-photo="{pk}"></figure>\n<p>One</p>\n<p>Two</p>\n<p>Three</p>'


def test_a_photo_is_moved_and_removed_with_its_buttons(editor_page, live_server, article, photos):
    page, ridge = editor_page, photos["ridge"]
    place(article, "<p>One</p>", f'<figure data-photo="{ridge.pk}"></figure>', "<p>Two</p>")
    text = open_article(page, live_server, article)
    pk = str(ridge.pk)
    figure(text, ridge).get_by_role("button", name="Move up").click()
    assert order(page) == [pk, "One", "Two"]
    figure(text, ridge).get_by_role("button", name="Move down").click()
    figure(text, ridge).get_by_role("button", name="Move down").click()
    assert order(page)[:3] == ["One", "Two", pk]
    figure(text, ridge).get_by_role("button", name="Remove").click()
    save(page)
    assert stored(article) == "<p>One</p>\n<p>Two</p>"


def drag(page, start, end, *, to_its_end):
    """Drag with the mouse as a hand does, in many small moves: one jump starts no drag."""
    source, target = start.bounding_box(), end.bounding_box()
    across = target["width"] - 5 if to_its_end else 5
    page.mouse.move(source["x"] + 60, source["y"] + 60)
    page.mouse.down()
    page.mouse.move(source["x"] + 90, source["y"] + 90, steps=10)
    page.mouse.move(target["x"] + across, target["y"] + target["height"] / 2, steps=20)
    page.mouse.up()
    page.wait_for_timeout(100)  # the browser tells the page of a drop after it has told us


def test_a_photo_is_moved_by_dragging_its_picture(editor_page, live_server, article, picture):
    page = editor_page
    page.set_viewport_size({"width": 1280, "height": 1400})  # near an edge, dragging scrolls
    wide = Photo.objects.create(image=picture(1200, 200), caption="Wide")
    place(
        article,
        "<p>One</p><p>Two</p>",
        f'<figure data-photo="{wide.pk}"><figcaption>Own</figcaption></figure>',
    )
    text = open_article(page, live_server, article)
    image = figure(text, wide).locator("img")
    drag(page, image, text.get_by_text("One"), to_its_end=False)
    assert order(page)[:3] == [str(wide.pk), "One", "Two"]
    drag(page, image, text.get_by_text("One"), to_its_end=True)
    assert order(page)[:3] == ["One", str(wide.pk), "Two"]
    press(page, "Control+z", "Control+z")
    assert order(page)[:3] == ["One", "Two", str(wide.pk)]
    press(page, "Control+y")
    save(page)
    assert stored(article) == (
        f'<figure data-photo="{wide.pk}"><figcaption>Own</figcaption></figure>\n<p>One</p>\n<p>Two</p>'
    )


def test_backspace_selects_a_photo_before_it_removes_it(editor_page, live_server, article, photos):
    page, ridge = editor_page, photos["ridge"]
    place(article, "<p>One</p>", f'<figure data-photo="{ridge.pk}"></figure>', "<p>Two</p>")
    text = open_article(page, live_server, article)
    text.get_by_text("Two").click()
    press(page, "Home", "Backspace")
    expect(figure(text, ridge)).to_have_class("body-photo is-active ProseMirror-selectednode")
    press(page, "Backspace")
    assert order(page) == ["One", "Two"]


def test_typing_while_a_photo_is_selected_goes_on_below_it(editor_page, live_server, article, photos):
    page, ridge = editor_page, photos["ridge"]
    place(article, f'<figure data-photo="{ridge.pk}"></figure>', "<p>After</p>")
    text = open_article(page, live_server, article)
    figure(text, ridge).locator("img").click()
    expect(figure(text, ridge)).to_have_class(re.compile("ProseMirror-selectednode"))
    page.keyboard.type("New words")
    save(page)
    assert stored(article) == f'<figure data-photo="{ridge.pk}"></figure>\n<p>New words</p>\n<p>After</p>'


# --- credit and description ---
def test_credit_and_alternative_text_are_mended_under_the_picture(editor_page, live_server, article, photos):
    page, ridge = editor_page, photos["ridge"]
    place(article, f'<figure data-photo="{ridge.pk}"></figure>')
    text = open_article(page, live_server, article)
    figure(text, ridge).locator("figcaption").click()
    press(page, "Alt+Enter")
    form = figure(text, ridge).get_by_role("group", name="Credit and description")
    expect(form.get_by_label("Credit", exact=True)).to_be_focused()
    page.keyboard.type("Bo Lind")
    press(page, "Tab")
    page.keyboard.type("A green ridge under clouds")
    form.get_by_role("button", name="Save in the library").click()
    expect(form).to_be_hidden()
    expect(figure(text, ridge).locator(".body-photo__credit")).to_have_text("Credit: Bo Lind")
    expect(figure(text, ridge).locator(".body-photo__missing")).to_have_count(0)
    ridge.refresh_from_db()
    assert (ridge.credit, ridge.alt, ridge.decorative) == ("Bo Lind", "A green ridge under clouds", False)
    assert page.url.endswith("/change/")


def test_enter_in_the_credit_saves_the_credit_and_not_the_article(editor_page, live_server, article, photos):
    page, ridge = editor_page, photos["ridge"]
    place(article, f'<figure data-photo="{ridge.pk}"></figure>')
    text = open_article(page, live_server, article)
    modified_at = article.modified_at
    figure(text, ridge).get_by_role("button", name="Credit and description").click()
    page.keyboard.type("Bo Lind")
    figure(text, ridge).get_by_label("Decorative: it says nothing that the text does not").check()
    figure(text, ridge).get_by_label("Credit", exact=True).press("Enter")
    expect(figure(text, ridge).locator(".body-photo__credit")).to_have_text("Credit: Bo Lind")
    ridge.refresh_from_db()
    article.refresh_from_db()
    assert (ridge.credit, ridge.decorative, article.modified_at) == ("Bo Lind", True, modified_at)


def test_an_awaited_photo_gets_its_picture_where_it_stands(
    editor_page, live_server, article, photos, picture
):
    page, lectern = editor_page, photos["lectern"]
    place(article, f'<figure data-photo="{lectern.pk}"></figure>')
    text = open_article(page, live_server, article)
    expect(figure(text, lectern)).to_contain_text("Awaiting its picture")
    upload = picture(name="lectern.jpg", colour="maroon")
    figure(text, lectern).locator("input[type=file]").set_input_files(
        {"name": upload.name, "mimeType": upload.content_type, "buffer": upload.read()}
    )
    expect(figure(text, lectern).locator("img")).to_be_visible()
    expect(figure(text, lectern)).not_to_contain_text("its picture")
    lectern.refresh_from_db()
    assert (lectern.file_name, lectern.is_awaiting) == ("lectern.jpg", False)


def test_a_picture_for_an_awaited_photo_that_the_library_has_is_asked_about(
    editor_page, live_server, article, photos, picture
):
    page, lectern, harbour = editor_page, photos["lectern"], photos["harbour"]
    place(article, f'<figure data-photo="{lectern.pk}"></figure>')
    text = open_article(page, live_server, article)
    again = picture(name="again.jpg").read()

    def upload():
        figure(text, lectern).locator("input[type=file]").set_input_files(
            {"name": "again.jpg", "mimeType": "image/jpeg", "buffer": again}
        )

    question = page.get_by_role("dialog", name="The library has “again.jpg” already.")
    upload()
    question.press("Escape")
    expect(figure(text, lectern)).to_contain_text("“again.jpg” was not stored.")
    upload()
    question.get_by_role("button", name="Use this one").click()
    expect(figure(text, harbour).locator("img")).to_be_visible()
    expect(figure(text, harbour)).to_contain_text("A lectern")  # the words that stood here stay
    page.keyboard.press("Control+z")
    upload()
    question.get_by_role("button", name="Use this file all the same").click()
    expect(figure(text, lectern).locator("img")).to_be_visible()
    lectern.refresh_from_db()
    assert lectern.file_name == "again.jpg"


# --- what an import was not sure of ---
@pytest.mark.parametrize(
    ("button", "settled"),
    [
        ("It is a caption", '<p>One</p>\n<figure data-photo="{pk}"></figure>\n<p>Two</p>'),
        (
            "It is body text",
            '<p>One</p>\n<figure data-photo="{pk}"><figcaption></figcaption></figure>\n'
            "<p>The harbour<br>at dusk</p>\n<p>Two</p>",
        ),
    ],
)
def test_an_uncertain_caption_is_settled_with_one_click(
    editor_page, live_server, article, photos, button, settled
):
    page, harbour = editor_page, photos["harbour"]
    uncertain = f'<figure data-photo="{harbour.pk}" data-uncertain="caption"></figure>'
    place(article, "<p>One</p>", uncertain, "<p>Two</p>")
    text = open_article(page, live_server, article)
    figure(text, harbour).get_by_role("button", name=button).click()
    expect(figure(text, harbour).get_by_role("button", name=button)).to_have_count(0)
    press(page, "Control+z")
    expect(figure(text, harbour).get_by_role("button", name=button)).to_have_count(1)
    press(page, "Control+y")
    save(page)
    assert stored(article) == settled.format(pk=harbour.pk)


# --- hostile words ---
HOSTILE = "<img src=x onerror=\"document.title='broken'\"><script>document.title='broken'</script>\"'>&lt;"


def test_hostile_words_of_the_library_are_text(editor_page, live_server, article, picture):
    page = editor_page
    photo = Photo.objects.create(
        image=picture(name="a<b>'onload='x'.jpg"), caption=HOSTILE, credit=HOSTILE[:200], alt=HOSTILE
    )
    Photo.objects.filter(pk=photo.pk).update(file_name=HOSTILE[:200])
    place(article, f'<figure data-photo="{photo.pk}"></figure>', "<p>After</p>")
    text = open_article(page, live_server, article)
    expect(figure(text, photo).locator("figcaption")).to_have_text(HOSTILE)
    assert figure(text, photo).locator("img").get_attribute("alt") == HOSTILE
    text.get_by_text("After").click()
    press(page, "Control+Alt+i")
    expect(page.get_by_role("dialog").get_by_role("option")).to_contain_text(HOSTILE)
    press(page, "ArrowDown", "Enter")
    expect(text.locator("figure")).to_have_count(2)
    assert text.locator("script, figcaption img").count() == 0
    assert page.title() != "broken"
    save(page)
    same = f'<figure data-photo="{photo.pk}"></figure>'
    assert stored(article) == f"{same}\n<p>After</p>\n{same}"


def test_a_photo_copied_from_another_article_brings_its_caption(editor_page, live_server, article, photos):
    page, harbour = editor_page, photos["harbour"]
    text = open_article(page, live_server, article)
    text.get_by_text("Before").click()
    paste(
        page,
        html=f'<figure data-photo="{harbour.pk}" data-caption="library" data-pm-slice="0 0 []">'
        "<figcaption>An old copy of the caption</figcaption></figure>",
    )
    expect(figure(text, harbour).locator("figcaption")).to_have_text(
        "The harbour\nat dusk", use_inner_text=True
    )
    expect(figure(text, harbour).locator("img")).to_be_visible()
    save(page)
    assert stored(article) == f'<p>Before</p>\n<figure data-photo="{harbour.pk}"></figure>\n<p>After</p>'


def test_the_facts_of_the_placed_photos_come_with_the_page(client, editor, article, photos):
    place(article, f'<figure data-photo="{photos["ridge"].pk}"></figure>')
    client.force_login(editor)
    page = client.get(reverse("admin:articles_article_change", args=[article.pk]))
    widget = page.context["adminform"].form["body"].subwidgets[0].data
    facts = json.loads(widget["attrs"]["data-body-editor"])["facts"]
    assert [(photo["id"], photo["name"], photo["can_change"]) for photo in facts] == [
        (photos["ridge"].pk, "ridge.jpg", True)
    ]
