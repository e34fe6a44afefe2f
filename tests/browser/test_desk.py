"""The desk in a browser: nothing complains, axe finds nothing, and what scripts add works."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from articles.models import Article, Author, Byline, FrontPageSlot, ImportRun, Page, Photo, Topic
from tests.browser.axe import found_by_axe


def write(headline, **fields):
    topic, _ = Topic.objects.get_or_create(name="Rivers", slug="rivers")
    fields = {"standfirst": "Who pays.", "body": "<p>Text.</p>", "topic": topic} | fields
    article = Article.objects.create(headline=headline, **fields)
    author, _ = Author.objects.get_or_create(name="Ana Ruiz")
    Byline.objects.create(article=article, author=author, position=1)
    return article


@pytest.fixture
def photo(editor, picture):
    photo = Photo(image=picture(1200, 900), caption="A dam\nat dawn", credit="Bo Lind", alt="A wall.")
    photo.save()
    return photo


@pytest.fixture
def open_desk(editor_page, live_server):
    """`open_desk("article_change", pk)` opens a page of the desk and returns it."""

    def open_desk(name, *args):
        editor_page.goto(live_server.url + reverse(f"admin:articles_{name}", args=args))
        return editor_page

    return open_desk


@pytest.fixture
def pages(photo):
    """The addresses of the desk, each with something to show."""
    draft = write("A draft", hero=photo, body=f'<p>x</p><figure data-photo="{photo.pk}"></figure>')
    live = write("A live one")
    live.publish(at=timezone.now() - timedelta(days=2))
    withdrawn = write("A withdrawn one")
    withdrawn.publish(at=timezone.now() - timedelta(days=3))
    withdrawn.withdraw("It was wrong.")
    write("A scheduled one").publish(at=timezone.now() + timedelta(days=2))
    FrontPageSlot.objects.create(article=live, position=1)
    awaiting = Photo.objects.create(caption="Awaited")
    imported = write(
        "An imported one",
        body=f'<p>x</p><figure data-photo="{awaiting.pk}" data-uncertain="caption"></figure>',
    )
    lines = [{"line": 1, "text": "A dam", "became": "headline"}]
    run = ImportRun.objects.create(
        source_name="dam.txt", source_hash="x", format="text", article=imported, receipt={"lines": lines}
    )
    about = Page.objects.create(title="About", slug="about", body="<p>x</p>")
    names = [
        ("article_changelist",), ("article_add",), ("article_change", draft.pk), ("article_change", live.pk),
        ("article_change", withdrawn.pk), ("article_change", imported.pk), ("article_history", live.pk),
        ("article_delete", draft.pk), ("photo_changelist",), ("photo_add",), ("photo_change", photo.pk),
        ("photo_change", awaiting.pk), ("photo_delete", photo.pk), ("frontpageslot_changelist",),
        ("importrun_change", run.pk), ("author_add",), ("topic_changelist",), ("tag_add",), ("page_change", about.pk),
    ]  # fmt: skip
    return [reverse("admin:index")] + [reverse(f"admin:articles_{name}", args=args) for name, *args in names]


def test_axe_finds_nothing_in_either_theme_and_nothing_complains_on_any_page(editor_page, live_server, pages):
    found = {}
    for url in pages:
        assert editor_page.goto(live_server.url + url).status == 200
        found[url] = found_by_axe(editor_page, dark_too=True)
    assert {url: problems for url, problems in found.items() if problems} == {}


def test_no_page_scrolls_sideways(editor_page, live_server, pages):
    wider = {}
    for url in pages:
        editor_page.goto(live_server.url + url)
        for width in (320, 768):
            editor_page.set_viewport_size({"width": width, "height": 800})
            wider[url, width] = editor_page.evaluate("document.documentElement.scrollWidth - innerWidth")
    assert {where: by for where, by in wider.items() if by > 0} == {}


def test_axe_finds_nothing_on_the_log_in_page(page, live_server, transactional_db):
    page.goto(live_server.url + reverse("admin:login"))
    assert found_by_axe(page, dark_too=True) == []


def test_axe_finds_nothing_in_an_open_panel_or_list(open_desk):
    page = open_desk("article_change", write("A draft").pk)
    for panel in page.locator(".bar-menu > summary").all():
        panel.click()
        assert found_by_axe(page) == []
        page.keyboard.press("Escape")
    page.locator("fieldset details summary").click()
    page.locator("#bylines-group").get_by_role("combobox", name="Author").click()
    page.get_by_role("option", name="Ana Ruiz").wait_for()
    assert found_by_axe(page) == []


def test_axe_finds_nothing_on_a_refused_form_and_a_conflict(open_desk):
    article = write("A draft")
    article.publish()
    page = open_desk("article_change", article.pk)
    Article.objects.filter(pk=article.pk).update(modified_at=timezone.now())
    page.get_by_label("Standfirst").fill("")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("heading", name="saved this article at")).to_be_visible()
    expect(page.locator("#content-main > form > div > .errorlist")).to_contain_text(
        "The standfirst is missing."
    )
    assert found_by_axe(page) == []


# --- an article -----------------------------------------------------------------------------------------------------
def test_the_bar_follows_what_is_typed_and_publishes_in_two_steps(open_desk):
    article = write("A dam", standfirst="", topic=None)
    page = open_desk("article_change", article.pk)
    count = page.locator("[data-missing-count]")
    expect(count).to_have_text("2 missing")
    page.get_by_label("Standfirst").fill("Who pays.")
    page.get_by_label("Topic").select_option("Rivers")
    expect(count).to_have_text("Nothing is missing")
    page.locator("summary", has_text="Publish …").click()
    page.get_by_role("button", name="Publish now").click()
    expect(page.locator(".messagelist")).to_contain_text("Published, dated")
    assert Article.objects.get().is_published


def test_a_panel_closes_with_escape_and_by_opening_another(open_desk):
    page = open_desk("article_change", write("A dam").pk)
    page.locator("summary", has_text="Publish …").click()
    page.get_by_label("Schedule for …").focus()
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Publish now")).to_be_hidden()
    expect(page.locator("summary", has_text="Publish …")).to_be_focused()
    page.locator("summary", has_text="Publish …").click()
    page.locator("summary", has_text="Nothing is missing").click()
    expect(page.get_by_role("button", name="Publish now")).to_be_hidden()


def test_the_date_that_an_import_saw_is_used_with_one_click(open_desk):
    article = write("A dam")
    ImportRun.objects.create(
        source_name="dam.txt",
        source_hash="x",
        format="text",
        article=article,
        receipt={"date_shown": "2022-01-04"},
    )
    page = open_desk("article_change", article.pk)
    page.get_by_role("link", name="offered where you publish").click()
    expect(page.get_by_label("Schedule for …")).to_be_focused()
    page.get_by_role("button", name="use it").click()
    page.get_by_role("button", name="Schedule", exact=True).click()
    expect(page.locator(".messagelist")).to_contain_text("dated 4 January 2022, 12:00")


def test_a_hero_is_chosen_in_the_dialog_of_the_editor_and_removed(open_desk, photo):
    article = write("A dam")
    page = open_desk("article_change", article.pk)
    page.get_by_role("button", name="Choose a photo…").click()
    page.get_by_role("option", name="A dam").click()
    expect(page.locator("[data-photo-shown]")).to_contain_text("Bo Lind")
    page.get_by_role("button", name="Save and continue").click()
    expect(page.locator(".messagelist")).to_contain_text("was changed")
    article.refresh_from_db()
    assert article.hero == photo
    page.get_by_role("group", name="Hero").get_by_role("button", name="Remove").click()
    page.get_by_role("button", name="Save and continue").click()
    expect(page.locator(".messagelist")).to_contain_text("was changed")
    article.refresh_from_db()
    assert article.hero is None


def test_a_hero_that_the_library_has_is_asked_about_before_it_is_stored(open_desk, photo, picture):
    page = open_desk("article_change", write("A dam").pk)
    page.get_by_role("button", name="Choose a photo…").click()
    again = {"name": "again.jpg", "mimeType": "image/jpeg", "buffer": picture(1200, 900).read()}
    page.locator("dialog input[type=file]").set_input_files(again)
    question = page.get_by_role("dialog", name="The library has “again.jpg” already.")
    expect(question.get_by_text("A dam at dawn. Bo Lind.")).to_be_visible()
    assert found_by_axe(page) == []
    page.keyboard.press("Enter")  # use this one
    expect(page.get_by_role("listbox", name="Photos").get_by_role("option")).to_have_count(1)
    expect(page.get_by_role("option", name="A dam")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("[data-photo-shown]")).to_contain_text("Bo Lind")
    page.get_by_role("button", name="Save and continue").click()
    expect(page.locator(".messagelist")).to_contain_text("was changed")
    assert Article.objects.get().hero == Photo.objects.get() == photo


def test_the_form_of_a_photo_asks_about_a_file_that_the_library_has(open_desk, photo, picture):
    page = open_desk("photo_add")
    again = {"name": "again.jpg", "mimeType": "image/jpeg", "buffer": picture(1200, 900).read()}
    for tick in (False, True):
        page.locator("input[type=file][name=image]").set_input_files(again)
        if tick:
            page.get_by_label("Store it even if the library has it").check()
        page.get_by_role("button", name="Save", exact=True).click()
        if not tick:
            expect(page.locator(".errorlist")).to_contain_text(
                "The library has this very file: A dam at dawn"
            )
            assert found_by_axe(page, dark_too=True) == []
            assert Photo.objects.count() == 1
    expect(page.locator(".messagelist")).to_contain_text("was added")
    assert Photo.objects.count() == 2


def test_an_awaited_hero_gets_its_picture_where_it_stands(open_desk, picture, tmp_path):
    awaited = Photo.objects.create(caption="A dam")
    page = open_desk("article_change", write("A dam", hero=awaited).pk)
    file = tmp_path / "dam.jpg"
    file.write_bytes(picture().read())
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Upload the picture").click()
    chooser.value.set_files(file)
    expect(page.locator("[data-photo-shown] img")).to_be_visible()
    awaited.refresh_from_db()
    assert awaited.file_name == "dam.jpg"


def test_the_byline_is_ordered_by_its_handles(open_desk):
    article = write("A dam")
    for position, name in enumerate(("Bo Lind", "Cy Dee"), start=2):
        Byline.objects.create(article=article, author=Author.objects.create(name=name), position=position)
    page = open_desk("article_change", article.pk)
    handles = page.locator("#bylines-group .order-handle")
    handles.nth(2).focus()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowUp")
    expect(page.get_by_role("button", name="Move: place 1 of 3")).to_be_focused()
    drag(page, handles.nth(2), handles.nth(1))
    page.get_by_role("button", name="Save and continue").click()
    expect(page.locator(".messagelist")).to_contain_text("was changed")
    assert [byline.author.name for byline in article.bylines.all()] == ["Cy Dee", "Bo Lind", "Ana Ruiz"]


def drag(page, what, onto):
    start, end = what.bounding_box(), onto.bounding_box()
    page.mouse.move(start["x"] + 8, start["y"] + 8)
    page.mouse.down()
    page.mouse.move(end["x"] + 8, end["y"] - 4, steps=6)
    page.mouse.up()


def test_an_author_is_made_in_a_window_beside_the_article(open_desk):
    page = open_desk("article_add")
    page.get_by_label("Headline:", exact=True).fill("A dam")
    with page.expect_popup() as popup:
        page.locator("#add_id_bylines-0-author").click()
    popup.value.get_by_label("Name").fill("Dee Ray")
    popup.value.get_by_role("button", name="Save").click()
    expect(page.locator("#bylines-group")).to_contain_text("Dee Ray")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator(".messagelist")).to_contain_text("was added")
    assert [author.name for author in Article.objects.get().writers] == ["Dee Ray"]


def test_tags_that_exist_are_offered_after_the_last_comma(open_desk):
    write("Another").tags.add("climate change", "water")
    page = open_desk("article_change", write("A dam").pk)
    page.get_by_label("Tags").press_sequentially("water, ch")
    offers = page.locator("#id_tags_offers option")
    assert offers.evaluate_all("options => options.map(option => option.value)") == ["water, climate change"]


def test_the_second_of_two_keeps_the_text_and_may_put_it_in_place(open_desk):
    article = write("A dam")
    page = open_desk("article_change", article.pk)
    article.headline = "Saved between"
    article.save()
    page.get_by_label("Headline:", exact=True).fill("Mine")
    page.get_by_role("button", name="Save and continue").click()
    expect(page.get_by_label("Headline:", exact=True)).to_have_value("Mine")
    page.get_by_label("Put mine in place of it").check()
    page.get_by_role("button", name="Save and continue").click()
    expect(page.locator(".messagelist")).to_contain_text("was changed")
    assert Article.objects.get().headline == "Mine"


def test_an_article_is_written_and_published_without_any_script(
    browser, live_server, log_in, editor, context
):
    write("Another")
    log_in(editor)
    plain = browser.new_context(java_script_enabled=False, storage_state=context.storage_state())
    page = plain.new_page()
    page.goto(live_server.url + reverse("admin:articles_article_change", args=[Article.objects.get().pk]))
    page.locator("#id_body").fill("<p>Written <b>plainly</b>.</p>")
    page.locator("summary", has_text="Publish …").click()
    page.get_by_role("button", name="Publish now").click()
    expect(page.locator(".messagelist")).to_contain_text("Published, dated")
    assert Article.objects.get().body == "<p>Written <strong>plainly</strong>.</p>"
    plain.close()


# --- a photo --------------------------------------------------------------------------------------------------------
def test_the_focal_point_is_set_by_a_click_by_keys_and_by_numbers(open_desk, photo):
    page = open_desk("photo_change", photo.pk)
    target = page.get_by_role("button", name="Focal point")
    box = target.bounding_box()
    target.click(position={"x": box["width"] * 0.25, "y": box["height"] * 0.75})
    assert float(page.get_by_label("Focal point, across").input_value()) == pytest.approx(0.25, abs=0.01)
    assert float(page.get_by_label("Focal point, down").input_value()) == pytest.approx(0.75, abs=0.01)
    page.get_by_label("Focal point, across").fill("0.5")
    target.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Shift+ArrowUp")
    expect(page.get_by_role("button", name="Focal point: 51 % across, 65 % down")).to_be_visible()
    page.get_by_role("button", name="Save and continue editing").click()
    expect(page.locator(".messagelist")).to_contain_text("was changed")
    photo.refresh_from_db()
    assert (photo.focal_x, photo.focal_y) == (pytest.approx(0.51), pytest.approx(0.65, abs=0.01))


def test_the_crop_is_the_one_that_readers_get(open_desk, picture):
    photo = Photo(image=picture(1600, 600), focal_x=0.9, focal_y=0.5)
    photo.save()
    page = open_desk("photo_change", photo.pk)
    crop = page.locator("[data-focal-crops] svg").first
    left, top, width, height = map(float, crop.get_attribute("viewBox").split())
    assert (left, top, width, height) == pytest.approx(
        (700, 0, 900, 600)
    )  # as articles.photos.card_box cuts it


def test_a_chosen_file_is_shown_before_it_is_uploaded(open_desk, picture, tmp_path):
    file = tmp_path / "dam.jpg"
    file.write_bytes(picture(900, 600).read())
    page = open_desk("photo_add")
    page.get_by_label("Picture").set_input_files(file)
    expect(page.get_by_role("button", name="Focal point: 50 % across, 50 % down")).to_be_visible()
    assert page.locator("[data-focal-crops] svg").first.get_attribute("viewBox") == "0 0 900 600"
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator(".messagelist")).to_contain_text("was added")
    assert Photo.objects.get().file_name == "dam.jpg"


# --- the front page -------------------------------------------------------------------------------------------------
def test_stories_are_added_dragged_and_saved(open_desk):
    for n in (1, 2, 3):
        write(f"Story {n}").publish(at=timezone.now() - timedelta(days=n))
    page = open_desk("frontpageslot_changelist")
    for n in (1, 2, 3):
        page.get_by_role("button", name=f"Add “Story {n}”").click()
        expect(page.get_by_role("button", name=f"Remove “Story {n}”")).to_be_visible()
    handles = page.locator(".order-handle")
    drag(page, handles.nth(2), handles.nth(0))
    page.get_by_role("button", name="Save the front page").click()
    expect(page.locator(".messagelist")).to_contain_text("The front page is saved.")
    stories = FrontPageSlot.objects.select_related("article")
    assert [slot.article.headline for slot in stories] == ["Story 3", "Story 1", "Story 2"]


def test_enter_in_the_search_field_searches_and_saves_nothing(open_desk):
    for n in (1, 2):
        write(f"Story {n}").publish(at=timezone.now() - timedelta(days=n))
    page = open_desk("frontpageslot_changelist")
    page.get_by_role("button", name="Add “Story 1”").click()
    page.get_by_label("Search what is published").fill("Story 2")
    page.keyboard.press("Enter")
    expect(page.locator(".desk-note")).to_have_text("This order is not saved yet.")
    expect(page.get_by_role("button", name="Remove “Story 1”")).to_be_visible()
    assert FrontPageSlot.objects.count() == 0
