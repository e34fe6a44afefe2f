"""Writing in the body editor: formatting, pull quotes, links, the count; and what is stored of it."""

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from articles.models import Article
from tests.browser.writing import open_article, press, save, stored, text_of

RICH = "\n".join(
    [
        "<p>One <strong>bold</strong> and <em>slanted</em> word,<br>and <a href=\"https://example.org/?a=1&amp;b=2\">a link</a>.</p>",
        "<h2>A heading</h2>",
        "<h3>A smaller one</h3>",
        "<ul><li><p>first</p><ul><li><p>inside</p></li></ul></li><li><p>second</p></li></ul>",
        "<ol><li><p>one</p></li><li><p>two</p></li></ol>",
        "<blockquote><p>Said.</p><p>And said again.</p></blockquote>",
        "<hr>",
        "<figure data-gallery=\"7\"></figure>",
        "<aside data-pull><p>Large <em>words</em></p><cite>Somebody</cite></aside>",
        "<aside data-pull><p>Nobody said this</p></aside>",
        "<p>The end.</p>",
    ]
)  # fmt: skip


@pytest.fixture
def article(editor):
    return Article.objects.create(headline="A quiet harbour", created_by=editor)


def test_a_body_opened_and_saved_is_stored_as_it_was(editor_page, live_server, article):
    article.body = RICH
    article.save()
    open_article(editor_page, live_server, article)
    editor_page.locator("#id_standfirst").fill("A change elsewhere")
    save(editor_page)
    assert stored(article) == RICH
    assert article.standfirst == "A change elsewhere"


def test_a_text_is_written_with_the_keyboard_alone(editor_page, live_server, article):
    text = open_article(editor_page, live_server, article)
    text.focus()
    page = editor_page
    page.keyboard.type("First ")
    press(page, "Control+b")
    page.keyboard.type("bold")
    press(page, "Control+b")
    page.keyboard.type(" and ")
    press(page, "Control+i")
    page.keyboard.type("slanted")
    press(page, "Control+i", "Shift+Enter")
    page.keyboard.type("next line")
    press(page, "Enter", "Control+Alt+2")
    page.keyboard.type("Heading")
    press(page, "Enter", "Control+Shift+8")
    page.keyboard.type("one")
    press(page, "Enter", "Control+]")
    page.keyboard.type("inside")
    press(page, "Enter", "Enter", "Enter")
    page.keyboard.type("After")
    save(page)
    assert stored(article) == "\n".join(
        [
            "<p>First <strong>bold</strong> and <em>slanted</em><br>next line</p>",
            "<h2>Heading</h2>",
            "<ul><li><p>one</p><ul><li><p>inside</p></li></ul></li></ul>",
            "<p>After</p>",
        ]
    )


def test_each_button_makes_what_it_says(editor_page, live_server, article):
    made = {}
    for button in (
        "H2 heading",
        "H3 smaller heading",
        "List with bullets",
        "Numbered list",
        "Quote",
        "Bold",
        "Italic",
        "Line between two parts",
    ):
        article.body = "<p>Words</p>"
        article.save()
        text = open_article(editor_page, live_server, article)
        text.locator("p").first.click(click_count=3)
        editor_page.get_by_role("button", name=button, exact=True).click()
        save(editor_page)
        made[button] = stored(article)
    assert made == {
        "H2 heading": "<h2>Words</h2>",
        "H3 smaller heading": "<h3>Words</h3>",
        "List with bullets": "<ul><li><p>Words</p></li></ul>",
        "Numbered list": "<ol><li><p>Words</p></li></ol>",
        "Quote": "<blockquote><p>Words</p></blockquote>",
        "Bold": "<p><strong>Words</strong></p>",
        "Italic": "<p><em>Words</em></p>",
        "Line between two parts": "<hr>",
    }


def test_a_button_shows_whether_it_holds_at_the_cursor(editor_page, live_server, article):
    article.body = "<p>plain</p><p><strong>bold</strong></p><h2>Heading</h2>"
    article.save()
    text = open_article(editor_page, live_server, article)
    pressed = editor_page.locator(".editor-toolbar [aria-pressed=true]")
    for words, names in (("bold", ["B"]), ("Heading", ["H2"]), ("plain", [])):
        text.get_by_text(words).click()
        expect(pressed).to_have_text(names)


def test_the_toolbar_is_one_stop_and_has_arrow_keys(editor_page, live_server, article):
    text = open_article(editor_page, live_server, article)
    text.focus()
    press(editor_page, "Shift+Tab")
    name = "document.activeElement.getAttribute('aria-label')"
    assert editor_page.evaluate(name) == "Bold"
    press(editor_page, "ArrowRight", "ArrowRight")
    assert editor_page.evaluate(name) == "Link"
    press(editor_page, "End")
    assert editor_page.evaluate(name) == "Keys"
    press(editor_page, "Escape")
    assert text.evaluate("text => text === document.activeElement")


def test_tab_leaves_the_text(editor_page, live_server, article):
    article.body = "<ul><li><p>one</p></li><li><p>two</p></li></ul>"
    article.save()
    text = open_article(editor_page, live_server, article)
    text.get_by_text("two").click()
    press(editor_page, "Tab")
    assert not text.evaluate("text => text.contains(document.activeElement)")
    expect(text.locator("li li")).to_have_count(0)


# --- pull quotes ---
def test_a_pull_quote_is_written_from_words_to_source_to_the_next_paragraph(
    editor_page, live_server, article
):
    text = open_article(editor_page, live_server, article)
    text.focus()
    editor_page.keyboard.type("Before")
    press(editor_page, "Enter", "Control+Alt+q")
    editor_page.keyboard.type("Large words")
    press(editor_page, "Enter")
    editor_page.keyboard.type("Somebody")
    press(editor_page, "Enter")
    editor_page.keyboard.type("After")
    save(editor_page)
    assert stored(article) == "\n".join(
        ["<p>Before</p>", "<aside data-pull><p>Large words</p><cite>Somebody</cite></aside>", "<p>After</p>"]
    )


def test_a_pull_quote_repeats_the_selected_words_and_is_undone_in_one_step(editor_page, live_server, article):
    article.body = "<p>Words that matter</p><p>More</p>"
    article.save()
    text = open_article(editor_page, live_server, article)
    text.get_by_text("Words that matter").click(click_count=3)
    editor_page.get_by_role("button", name="Pull quote", exact=True).click()
    expect(text.locator("aside p")).to_have_text("Words that matter")
    expect(text.locator("> p")).to_have_text(["Words that matter", "More"])
    press(editor_page, "Control+z")
    expect(text.locator("aside")).to_have_count(0)


def test_a_pull_quote_without_a_source_is_stored_without_one(editor_page, live_server, article):
    text = open_article(editor_page, live_server, article)
    text.focus()
    press(editor_page, "Control+Alt+q")
    editor_page.keyboard.type("Nobody said this")
    save(editor_page)
    assert stored(article) == "<aside data-pull><p>Nobody said this</p></aside>"


def test_the_pull_quote_button_makes_paragraphs_of_it_again(editor_page, live_server, article):
    article.body = "<aside data-pull><p>Large</p><cite>Somebody</cite></aside>"
    article.save()
    text = open_article(editor_page, live_server, article)
    text.get_by_text("Somebody").click()
    button = editor_page.get_by_role("button", name="Pull quote", exact=True)
    expect(button).to_have_attribute("aria-pressed", "true")
    button.click()
    save(editor_page)
    assert stored(article) == "<p>Large</p>\n<p>Somebody</p>"


# --- links ---
def test_a_link_is_made_changed_and_removed(editor_page, live_server, article):
    article.body = "<p>Read the report now</p>"
    article.save()
    page = editor_page
    text = open_article(page, live_server, article)
    text.locator("p").first.click(click_count=3)
    press(page, "Control+k")
    dialog = page.get_by_role("dialog", name="Insert a link")
    dialog.get_by_label("Address").fill("www.example.org/report")
    press(page, "Enter")
    expect(text.locator("a")).to_have_attribute("href", "https://www.example.org/report")
    text.locator("a").click()
    expect(page.get_by_role("button", name="Link", exact=True)).to_have_attribute("aria-pressed", "true")
    press(page, "Control+k")
    dialog = page.get_by_role("dialog", name="Change the link")
    dialog.get_by_label("Address").fill("/about/")
    press(page, "Enter")
    save(page)
    assert stored(article) == '<p><a href="/about/">Read the report now</a></p>'
    text_of(page).locator("a").click()
    expect(page.get_by_role("button", name="Link", exact=True)).to_have_attribute("aria-pressed", "true")
    press(page, "Control+k")
    page.get_by_role("button", name="Remove the link").click()
    save(page)
    assert stored(article) == "<p>Read the report now</p>"


@pytest.mark.parametrize(
    "address", ["javascript:alert(1)", "data:text/html,x", "//example.org", "no address"]
)
def test_a_link_to_anything_else_is_refused_with_a_sentence(editor_page, live_server, article, address):
    text = open_article(editor_page, live_server, article)
    text.focus()
    press(editor_page, "Control+k")
    dialog = editor_page.get_by_role("dialog")
    dialog.get_by_label("Address").fill(address)
    press(editor_page, "Enter")
    expect(dialog.get_by_role("alert")).to_have_text(
        "Please enter a web address (https://example.org), a mail address, or a path on this site (/about/)."
    )
    press(editor_page, "Escape")
    expect(text.locator("a")).to_have_count(0)


def test_what_looks_like_an_address_stays_text(editor_page, live_server, article):
    text = open_article(editor_page, live_server, article)
    text.focus()
    editor_page.keyboard.type("In 1950.XYZ and at www.example.org **nothing** happens, - nor -- here... ")
    save(editor_page)
    assert (
        stored(article) == "<p>In 1950.XYZ and at www.example.org **nothing** happens, - nor -- here...</p>"
    )


# --- count, label, bar ---
def test_words_and_reading_time_follow_the_text_and_agree_with_the_server(editor_page, live_server, article):
    article.body = RICH
    article.save()
    text = open_article(editor_page, live_server, article)
    count = editor_page.locator(".editor-count")
    expect(count).to_have_text(f"{article.word_count} words, 1 min to read")
    text.get_by_text("The end.").click()
    press(editor_page, "End")
    editor_page.keyboard.type(" And – three more words")
    editor_page.get_by_text(f"{article.word_count + 4} words, 1 min to read").wait_for()
    save(editor_page)
    before = article.word_count
    article.refresh_from_db()
    assert article.word_count == before + 4


def test_the_text_has_the_label_of_its_field_and_the_label_leads_to_it(editor_page, live_server, article):
    text = open_article(editor_page, live_server, article)
    assert text.get_attribute("aria-multiline") == "true"
    editor_page.locator("label[for=id_body]").click()
    assert text.evaluate("text => text === document.activeElement")


def test_the_toolbar_stays_in_sight_in_a_long_text(editor_page, live_server, article):
    article.body = "<p>A line</p>" * 120
    article.save()
    text = open_article(editor_page, live_server, article)
    text.locator("p").nth(100).scroll_into_view_if_needed()
    box = editor_page.get_by_role("toolbar").bounding_box()
    assert 0 <= box["y"] < 60
    assert editor_page.evaluate("window.scrollY") > 1000


def test_without_script_the_field_takes_html(client, editor):
    article = Article.objects.create(headline="A quiet harbour", body="<p>Text</p>")
    client.force_login(editor)
    answer = client.get(reverse("admin:articles_article_change", args=[article.pk])).content.decode()
    assert "&lt;p&gt;Text&lt;/p&gt;</textarea>" in answer
