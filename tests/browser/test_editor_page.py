"""The page of an article that is written: what is missing is followed live, and it serves everybody on every screen."""

import re

import pytest
from playwright.sync_api import expect

from articles.models import Article, Author, Byline, Photo, Topic
from tests.browser.axe import found_by_axe
from tests.browser.writing import open_article, press


@pytest.fixture
def article(editor, picture):
    """One with everything that the editor can show."""
    shown = Photo.objects.create(
        image=picture(), caption="The harbour\nat dusk", credit="Ana Ruiz", alt="Boats at a quay"
    )
    awaiting = Photo.objects.create(caption="A lectern")
    article = Article.objects.create(
        headline="A quiet harbour",
        standfirst="Why it is quiet.",
        topic=Topic.objects.create(name="Sea", slug="sea"),
        created_by=editor,
        body=(
            "<p>One <strong>bold</strong> and <em>slanted</em> word, <a href='https://example.org/'>a link</a>.</p>"
            f"<figure data-photo='{shown.pk}'></figure><h2>A heading</h2><h3>A smaller one</h3>"
            "<ul><li><p>first</p><ul><li><p>inside</p></li></ul></li></ul><ol><li><p>one</p></li></ol>"
            "<blockquote><p>Said.</p></blockquote><hr><aside data-pull><p>Words</p><cite>Who</cite></aside>"
            f"<figure data-photo='{awaiting.pk}' data-uncertain='caption'></figure>"
            f"<figure data-photo='{shown.pk}'><figcaption></figcaption></figure><p>The end.</p>"
        ),
    )
    Byline.objects.create(article=article, author=Author.objects.create(name="Ana Ruiz"))
    return article


def test_what_is_missing_and_how_it_is_shown_are_followed_while_the_article_is_written(
    editor_page, live_server, article, picture
):
    page = editor_page
    text = open_article(page, live_server, article)
    items = page.locator("[data-missing] li")
    settle = "Photo 2 in the text: it is not settled whether its words are a caption."
    lacks = "Photo 2 in the text (“A lectern”) lacks {}."
    everything = "its picture, a credit and an alternative text (or the mark “decorative”)"
    assert items.evaluate_all("all => all.map((item) => item.textContent)") == [
        lacks.format(everything),
        settle,
    ]
    page.locator("#id_headline").fill("")
    text.get_by_role("button", name="It is a caption").click()
    expect(items).to_have_text(["The headline is missing.", lacks.format(everything)])
    page.locator("#id_headline").fill("A loud harbour")
    shown = page.locator("[data-elsewhere]")
    page.locator("summary", has_text="Address, search and comments").click()
    page.get_by_label("Opinion").check()
    expect(shown.locator("[data-shown=result]")).to_have_text("A loud harbour | Parallel")
    page.get_by_label("Short headline").fill("Loud & <b> " + "loud " * 20)
    expect(shown.locator("[data-shown=title]")).to_have_text(f"Loud & <b> {'loud ' * 11}lou…")
    expect(shown.locator("[data-shown=text]")).to_have_text(
        re.compile("^Opinion: Loud & <b> loud.* – Parallel$")
    )
    lectern = text.locator("figure").nth(1)
    lectern.get_by_role("button", name="Credit and description").click()
    lectern.get_by_label("Credit", exact=True).fill("Bo Lind")
    lectern.get_by_label("Alternative text").fill("A lectern")
    lectern.get_by_role("button", name="Save in the library").click()
    expect(items).to_have_text([lacks.format("its picture")])
    upload = picture(name="lectern.jpg", colour="gold")
    lectern.locator("input[type=file]").set_input_files(
        {"name": upload.name, "mimeType": upload.content_type, "buffer": upload.read()}
    )
    expect(items).to_have_count(0)
    expect(page.locator("[data-missing-none]")).to_have_js_property("hidden", False)
    article.refresh_from_db()
    assert article.headline == "A quiet harbour"


def violations(page, complaints):
    """What axe finds; up to here the page itself has broken no rule, and axe's own inline styles do not count."""
    assert complaints == []
    found = found_by_axe(page)
    complaints.clear()
    return found


def test_the_page_serves_everybody_at_every_width_and_in_both_themes(
    editor_page, live_server, article, complaints
):
    page = editor_page
    text = open_article(page, live_server, article)
    text.locator("figure img").first.wait_for()
    for width, scheme in ((360, "light"), (768, "dark"), (1440, "light")):
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme=scheme)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert violations(page, complaints) == []
        text.locator("figcaption").first.click()
        press(page, "Alt+Enter")
        page.get_by_role("group", name="Credit and description").wait_for()
        assert violations(page, complaints) == []
        press(page, "Escape", "Control+Alt+i")
        expect(page.get_by_role("dialog").get_by_role("option")).to_have_count(2)
        assert page.evaluate("document.querySelector('dialog').scrollWidth") <= width
        assert violations(page, complaints) == []
        press(page, "Escape", "Control+k")
        page.get_by_role("dialog").wait_for()
        assert violations(page, complaints) == []
        press(page, "Escape")
        page.get_by_role("button", name="Keys", exact=True).click()
        page.get_by_role("dialog").wait_for()
        assert violations(page, complaints) == []
        press(page, "Escape")


def test_a_found_draft_serves_everybody(editor_page, live_server, article, complaints):
    page = editor_page
    open_article(page, live_server, article)
    page.locator("#id_headline").fill("Another")
    expect(page.locator(".editor-status__draft")).to_contain_text("kept in this browser")
    context = page.context
    page.close(run_before_unload=False)
    page = context.new_page()
    open_article(page, live_server, article)
    page.get_by_role("button", name="Compare").click()
    page.get_by_role("dialog").wait_for()
    assert violations(page, complaints) == []
    press(page, "Escape")
    assert violations(page, complaints) == []
