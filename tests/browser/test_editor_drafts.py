"""Text that was typed and not saved: kept in the browser, offered back, and let go of once it is saved."""

import re

import pytest
from playwright.sync_api import expect

from articles.models import Article, Author, Byline, Photo, Topic
from tests.browser.writing import open_article, press, save, stored, text_of


@pytest.fixture
def article(editor):
    return Article.objects.create(headline="A quiet harbour", body="<p>Saved words</p>", created_by=editor)


_KEEPS = """(words) => Object.entries(localStorage).some(
  ([key, draft]) => key.startsWith("draft:") && draft.includes(words))"""


def write(page, text, words):
    """Type at the end of the text, and wait until the browser has kept it."""
    text.locator("p").last.click()
    press(page, "End")
    page.keyboard.type(words)
    expect(page.locator(".editor-status__draft")).to_contain_text("kept in this browser")
    page.wait_for_function(_KEEPS, arg=words)  # it may have said so of what was there before


def crash(page):
    """Close the page as a crash does: without asking anybody, and without saving. Return a new one."""
    context = page.context
    page.close(run_before_unload=False)
    return context.new_page()


def choose_author(select, author):
    """Choose as the search field of the admin does: it makes the option that was found."""
    select.evaluate(
        "(select, [id, name]) => { select.append(new Option(name, id, true, true));"
        " select.dispatchEvent(new Event('change', { bubbles: true })); }",
        [author.pk, author.name],
    )


def notice(page):
    return page.locator(".draft-notice")


def kept(page):
    return page.evaluate("Object.keys(localStorage).filter((key) => key.startsWith('draft:')).length")


def test_a_draft_is_offered_back_after_a_crash_and_restored(editor_page, live_server, article):
    page = editor_page
    text = open_article(page, live_server, article)
    page.locator("#id_headline").fill("Another headline")
    page.locator("#id_standfirst").fill("A standfirst")
    write(page, text, " and more")
    page = crash(page)
    text = open_article(page, live_server, article)
    expect(text).to_have_text("Saved words")
    expect(notice(page)).to_contain_text(
        re.compile(r"^Text from \d\d:\d\d that was not saved was found in this browser\.")
    )
    notice(page).get_by_role("button", name="Restore it").click()
    expect(notice(page)).to_contain_text("is back in the form. It is not saved yet.")
    save(page)
    assert stored(article) == "<p>Saved words and more</p>"
    assert (article.headline, article.standfirst) == ("Another headline", "A standfirst")
    expect(notice(page)).to_have_count(0)
    assert kept(page) == 0


def test_a_new_article_with_its_choices_is_offered_back(editor_page, live_server):
    topic = Topic.objects.create(name="Sea", slug="sea")
    author = Author.objects.create(name="Ana Ruiz")
    page = editor_page
    text = open_article(page, live_server)
    page.locator("#id_headline").fill("Written in one go")
    page.locator("#id_topic").select_option(label="Sea")
    page.locator("#id_tags").fill("boats, night")
    page.get_by_role("radio", name="Interview").check()
    choose_author(page.locator("#id_bylines-0-author"), author)
    write(page, text, "First words")
    page = crash(page)
    open_article(page, live_server)
    notice(page).get_by_role("button", name="Restore it").click()
    save(page)
    article = Article.objects.get()
    assert (article.headline, article.topic, article.kind) == ("Written in one go", topic, "interview")
    assert sorted(tag.name for tag in article.tags.all()) == ["boats", "night"]
    assert [byline.author for byline in article.bylines.all()] == [author]
    assert article.body == "<p>First words</p>"
    assert kept(page) == 0


def test_a_second_byline_row_is_offered_back(editor_page, live_server, article):
    authors = [Author.objects.create(name=name) for name in ("Ana Ruiz", "Bo Lind")]
    Byline.objects.create(article=article, author=authors[0])
    page = editor_page
    open_article(page, live_server, article)
    page.locator("#bylines-group .add-row a").click()
    names = page.locator("[name^=bylines-][name$=-author]:not([name*=prefix])")
    choose_author(names.last, authors[1])
    expect(page.locator(".editor-status__draft")).to_contain_text("kept in this browser")
    page = crash(page)
    open_article(page, live_server, article)
    notice(page).get_by_role("button", name="Restore it").click()
    save(page)
    assert [byline.author for byline in article.bylines.all()] == authors


def test_a_lost_log_in_at_saving_loses_nothing(editor_page, live_server, article, complaints):
    page = editor_page
    text = open_article(page, live_server, article)
    write(page, text, " and more")
    page.context.clear_cookies(name=re.compile("sessionid"))
    page.locator("[name=_continue]").click()
    page.locator("#id_login").fill("edith")
    page.locator("#id_password").fill("a long password")
    page.locator("main [type=submit]").first.click()
    expect(text_of(page)).to_have_text("Saved words")
    notice(page).get_by_role("button", name="Restore it").click()
    expect(text_of(page)).to_have_text("Saved words and more")
    save(page)
    assert stored(article) == "<p>Saved words and more</p>"
    complaints.clear()


def test_logging_in_again_in_another_tab_lets_the_first_one_save(
    editor_page, live_server, article, complaints
):
    page = editor_page
    text = open_article(page, live_server, article)
    write(page, text, " and more")
    page.context.clear_cookies(name=re.compile("sessionid"))
    other = page.context.new_page()
    other.goto(f"{live_server.url}/admin/login/?next=/admin/")
    other.locator("#id_login").fill("edith")
    other.locator("#id_password").fill("a long password")
    other.locator("main [type=submit]").first.click()
    other.locator("#user-tools").wait_for()
    save(page)
    assert stored(article) == "<p>Saved words and more</p>"
    expect(notice(page)).to_have_count(0)
    complaints.clear()  # the check of what is missing was asked while nobody was logged in


def test_saved_text_is_never_offered_again(editor_page, live_server, article):
    page = editor_page
    text = open_article(page, live_server, article)
    write(page, text, "  with   odd spaces ")
    with page.expect_navigation():
        page.locator("[name=_save]").click()
    text = open_article(page, live_server, article)
    expect(text).to_have_text("Saved words with odd spaces")
    page.wait_for_timeout(300)
    expect(notice(page)).to_have_count(0)
    assert kept(page) == 0


def test_a_form_that_comes_back_with_errors_offers_nothing_and_keeps_its_text(
    editor_page, live_server, article
):
    page = editor_page
    text = open_article(page, live_server, article)
    write(page, text, " and more")
    page.locator("#id_headline").fill("")
    page.locator("#id_headline").evaluate("field => field.removeAttribute('required')")
    save(page)
    expect(page.locator(".errornote")).to_be_visible()
    expect(text_of(page)).to_have_text("Saved words and more")
    page.wait_for_timeout(300)
    expect(notice(page)).to_have_count(0)
    assert kept(page) == 1
    page = crash(page)
    open_article(page, live_server, article)
    notice(page).get_by_role("button", name="Restore it").click()
    expect(text_of(page)).to_have_text("Saved words and more")
    expect(page.locator("#id_headline")).to_have_value("")


def test_text_older_than_the_saved_one_is_offered_with_a_warning(editor_page, live_server, article):
    page = editor_page
    write(page, open_article(page, live_server, article), " and more")
    page = crash(page)
    article.body = "<p>Words of somebody else</p>"
    article.save()
    open_article(page, live_server, article)
    expect(notice(page)).to_contain_text("It was saved by another page after that")
    notice(page).get_by_role("button", name="Compare").click()
    dialog = page.get_by_role("dialog", name="Compare")
    sides = dialog.locator(".draft-compare__sides > div")
    expect(sides.locator("p")).to_have_text(["Saved words and more", "Words of somebody else"])
    expect(dialog.locator("mark")).to_have_text(["Saved words and more", "Words of somebody else"])
    press(page, "Escape")
    expect(text_of(page)).to_have_text("Words of somebody else")
    expect(notice(page)).to_have_count(1)


def test_a_discarded_draft_can_be_brought_back_and_is_then_gone(editor_page, live_server, article):
    page = editor_page
    write(page, open_article(page, live_server, article), " and more")
    page = crash(page)
    open_article(page, live_server, article)
    notice(page).get_by_role("button", name="Discard it").click()
    assert kept(page) == 0
    notice(page).get_by_role("button", name="Undo").click()
    assert kept(page) == 1
    notice(page).get_by_role("button", name="Discard it").click()
    notice(page).get_by_role("button", name="Close").click()
    page.reload()
    text_of(page).wait_for()
    page.wait_for_timeout(300)
    expect(notice(page)).to_have_count(0)


def test_a_draft_of_a_page_that_is_still_open_is_not_offered(editor_page, live_server, article):
    first = editor_page
    write(first, open_article(first, live_server, article), " and more")
    second = first.context.new_page()
    open_article(second, live_server, article)
    second.wait_for_timeout(300)
    expect(notice(second)).to_have_count(0)
    first.close(run_before_unload=False)
    expect(notice(second)).to_have_count(1)


def test_two_new_articles_keep_a_draft_each(editor_page, live_server):
    first = editor_page
    text = open_article(first, live_server)
    first.locator("#id_headline").fill("First")
    write(first, text, "One")
    second = first.context.new_page()
    text = open_article(second, live_server)
    second.locator("#id_headline").fill("Second")
    write(second, text, "Two")
    third = first.context.new_page()
    for page in (first, second):
        page.close(run_before_unload=False)
    open_article(third, live_server)
    expect(notice(third)).to_have_count(2)


def test_somebody_elses_draft_is_not_offered(editor_page, live_server, article, log_in, writer):
    page = editor_page
    write(page, open_article(page, live_server), "Words of an editor")
    page = crash(page)
    log_in(writer)
    open_article(page, live_server)
    page.wait_for_timeout(300)
    expect(notice(page)).to_have_count(0)
    assert kept(page) == 1


def test_leaving_with_unsaved_text_is_asked_about(editor_page, live_server, article):
    page = editor_page
    asked = []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))
    write(page, open_article(page, live_server, article), " and more")
    page.goto(f"{live_server.url}/admin/")
    assert asked == ["beforeunload"]
    text = open_article(page, live_server, article)
    notice(page).get_by_role("button", name="Discard it").click()
    page.goto(f"{live_server.url}/admin/")
    assert asked == ["beforeunload"]
    text = open_article(page, live_server, article)
    write(page, text, " and more")
    save(page)
    assert asked == ["beforeunload"]


def test_text_undone_to_what_was_saved_is_no_draft(editor_page, live_server, article):
    page = editor_page
    write(page, open_article(page, live_server, article), "!")
    assert kept(page) == 1
    press(page, "Control+z")
    expect(page.locator(".editor-status__draft")).to_be_empty()
    assert kept(page) == 0


@pytest.mark.parametrize(
    ("failure", "sentence"),
    [
        ("QuotaExceededError", "This browser’s storage is full: unsaved text is not kept."),
        ("SecurityError", "This browser keeps nothing: unsaved text is not kept."),
    ],
)
def test_a_full_or_blocked_storage_is_said_and_writing_goes_on(
    editor_page, live_server, article, failure, sentence
):
    page = editor_page
    page.add_init_script(
        "const { setItem } = Storage.prototype; Storage.prototype.setItem = function (key, value) {"
        f"  if (key.startsWith('draft:')) throw new DOMException('no', '{failure}');"
        "  setItem.call(this, key, value);"
        "};"
    )
    text = open_article(page, live_server, article)
    text.locator("p").last.click()
    press(page, "End")
    page.keyboard.type(" and more")
    expect(page.locator(".editor-status__draft")).to_have_text(sentence)
    save(page)
    assert stored(article) == "<p>Saved words and more</p>"


def test_a_draft_holds_no_token_no_password_and_no_hidden_field(editor_page, live_server, article):
    page = editor_page
    write(page, open_article(page, live_server, article), " and more")
    names = page.evaluate(
        "Object.entries(localStorage).filter(([key]) => key.startsWith('draft:'))"
        ".flatMap(([, draft]) => Object.keys(JSON.parse(draft).fields))"
    )
    hidden = page.locator("#article_form input[type=hidden]").evaluate_all(
        "all => all.map((one) => one.name)"
    )
    assert "csrfmiddlewaretoken" in hidden
    assert "body" in names
    assert set(names) & set(hidden) == set()


def test_a_restored_text_brings_its_photos_and_their_captions(editor_page, live_server, article, picture):
    photo = Photo.objects.create(image=picture(), caption="The harbour")
    page = editor_page
    text = open_article(page, live_server, article)
    text.locator("p").last.click()
    press(page, "Control+Alt+i")
    page.get_by_role("dialog").get_by_role("option").click()
    expect(text.locator("figure img")).to_be_visible()  # a paragraph stands below it then
    write(page, text, "Below")
    page = crash(page)
    text = open_article(page, live_server, article)
    notice(page).get_by_role("button", name="Restore it").click()
    expect(text.locator("figure img")).to_be_visible()
    expect(text.locator("figcaption")).to_have_text("The harbour")
    save(page)
    assert stored(article) == f'<p>Saved words</p>\n<figure data-photo="{photo.pk}"></figure>\n<p>Below</p>'
