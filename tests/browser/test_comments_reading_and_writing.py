"""Readers answer, in a real browser: with and without JavaScript, by keyboard, on a small screen."""

import re
from datetime import timedelta
from io import StringIO

import pytest
from django.core import mail as outbox
from django.core.management import call_command
from django.utils import timezone

from articles.models import Article, Topic
from comments.models import Comment, Commenter, Policy
from tests.browser.axe import found_by_axe

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def article(transactional_db):
    topic = Topic.objects.create(name="Seas", slug="seas")
    Policy(seconds_to_write=0).save()
    return Article.objects.create(
        headline="The strait at low tide", standfirst="What the water leaves.", body="<p>Sand, mostly.</p>", topic=topic,
        published_at=timezone.now() - timedelta(hours=2),
    )  # fmt: skip


@pytest.fixture
def thread(article):
    person = Commenter.objects.create(email="ida@example.org", name="Ida Berg")

    def write(text, **fields):
        return Comment.objects.create(
            article=article, comment=text, user_name="Ida Berg", user_email=person.email, commenter=person,
            **{"status": "visible"} | fields,
        )  # fmt: skip

    root = write("The first words.")
    one = write("An answer.", answers=root)
    write("An answer to that.", answers=one)
    write("Taken down.", answers=root, status="rejected")
    return root


@pytest.fixture
def inspected(browser):
    """A page that axe may style as it likes: the site's own policy would stop it."""
    context = browser.new_context(bypass_csp=True)
    yield context.new_page()
    context.close()


def mailed_link(live_server):
    call_command("send_mail_queue", stdout=StringIO())
    return live_server.url + re.search(r"/comments/confirm/[\w-]+/", outbox.outbox[-1].body).group()


@pytest.mark.parametrize("javascript", [True, False], ids=["with script", "without script"])
def test_a_guest_answers_and_confirms_by_mail(browser, live_server, thread, javascript):
    context = browser.new_context(java_script_enabled=javascript)
    page = context.new_page()
    page.goto(f"{live_server.url}/articles/{thread.article.slug}/")
    page.get_by_role("link", name="Reply to Ida Berg").first.click()
    form = page.locator("form[data-comment-form]")
    form.get_by_label("Name").fill("Bo Lind")
    form.get_by_label("Email").fill("bo@example.org")
    form.get_by_label("Comment", exact=True).fill("A *good* point.")
    assert ("/comments/new/" in page.url) is not javascript
    form.get_by_role("button", name="Send comment").click()
    page.get_by_role("heading", name="One more step").wait_for()
    assert Comment.objects.get(user_name="Bo Lind").status == "unconfirmed"

    page.goto(mailed_link(live_server))
    assert Comment.objects.get(user_name="Bo Lind").status == "unconfirmed"
    page.get_by_role("button", name="Confirm my comment").click()
    page.get_by_role("heading", name="Thank you").wait_for()
    comment = Comment.objects.get(user_name="Bo Lind")
    assert (comment.status, comment.answers) == ("held", thread)

    comment.approve()
    page.goto(f"{live_server.url}/comments/{comment.pk}/")
    assert page.locator(f'[data-comment="{comment.pk}"] em').inner_text() == "good"
    context.close()


def test_words_survive_the_back_button_and_a_closed_tab_until_they_are_sent(page, live_server, article):
    address = f"{live_server.url}/articles/{article.slug}/comments/new/"
    page.goto(address)
    page.get_by_label("Comment", exact=True).fill("Half a thought")
    page.goto(f"{live_server.url}/articles/{article.slug}/")
    page.goto(address)
    text = page.get_by_label("Comment", exact=True)
    assert text.input_value() == "Half a thought"

    page.get_by_label("Name").fill("Bo Lind")
    page.get_by_label("Email").fill("bo@example.org")
    page.get_by_role("button", name="Send comment").click()
    page.get_by_role("heading", name="One more step").wait_for()
    page.goto(address)
    assert text.input_value() == ""


def test_an_error_is_announced_and_keeps_the_words(page, live_server, article, complaints):
    page.goto(f"{live_server.url}/articles/{article.slug}/comments/new/")
    page.get_by_label("Comment", exact=True).fill("My words")
    page.get_by_role("button", name="Send comment").click()
    page.get_by_role("alert").wait_for()
    assert page.title().startswith("Error: ")
    assert page.get_by_label("Comment", exact=True).input_value() == "My words"
    page.get_by_role("alert").get_by_role("link").first.click()
    assert page.evaluate("document.activeElement.id") == "id_name"
    complaints[:] = [c for c in complaints if "422" not in c]


@pytest.mark.parametrize("width", [360, 1280])
def test_axe_finds_nothing_in_either_theme_and_nothing_scrolls_sideways(
    inspected, live_server, thread, width
):
    page = inspected
    Comment.objects.filter(pk=thread.pk).update(is_pick=True, badge="staff")
    page.set_viewport_size({"width": width, "height": 900})
    base = f"{live_server.url}/articles/{thread.article.slug}"
    for address in (f"{base}/", f"{base}/comments/", f"{base}/comments/new/?reply_to={thread.pk}"):
        page.goto(address)
        assert found_by_axe(page, dark_too=True) == [], address
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), address
    page.get_by_role("button", name="Send comment").click()
    page.get_by_role("alert").wait_for()
    assert found_by_axe(page, dark_too=True) == []


def test_a_branch_opens_for_a_link_into_it_and_closes_by_keyboard(page, live_server, thread):
    reply = Comment.objects.get(comment="An answer to that.")
    page.goto(f"{live_server.url}/articles/{thread.article.slug}/comments/")
    summary = page.locator("summary")
    summary.focus()
    page.keyboard.press("Enter")
    assert not page.locator(f"#comment-{reply.pk}").is_visible()
    page.goto(f"{live_server.url}/comments/{reply.pk}/")
    assert page.locator(f"#comment-{reply.pk}").is_visible()


def test_times_say_how_long_ago_and_keep_the_exact_one(page, live_server, thread):
    page.goto(f"{live_server.url}/articles/{thread.article.slug}/")
    time = page.locator("time[data-ago]").first
    assert "ago" in time.inner_text() or "minute" in time.inner_text()
    assert re.match(r"\d{4}-\d\d-\d\dT", time.get_attribute("datetime"))
    assert re.search(r"\d{4}, \d\d:\d\d", time.get_attribute("title"))


@pytest.mark.parametrize("javascript", [True, False], ids=["with script", "without script"])
def test_a_reader_recommends_and_reports(browser, live_server, thread, javascript):
    context = browser.new_context(java_script_enabled=javascript)
    page = context.new_page()
    address = f"{live_server.url}/articles/{thread.article.slug}/comments/"
    page.goto(address)
    first = page.locator(f'[data-comment="{thread.pk}"]')
    first.get_by_role("link", name="Recommend").click()
    if not javascript:
        page.get_by_role("button", name="Recommend").click()
    first.locator(".remark__count").wait_for()
    assert first.locator(".remark__count").inner_text() == "1"
    thread.refresh_from_db()
    assert thread.recommend_count == 1

    first.get_by_role("link", name="Report").click()
    page.get_by_label("It attacks or insults someone").check()
    page.get_by_role("button", name="Report").click()
    page.get_by_role("heading", name="Thank you").wait_for()
    assert list(thread.reports.values_list("reason", flat=True)) == ["abuse"]
    context.close()


def test_a_person_is_muted_in_this_browser_and_heard_again(page, live_server, thread):
    address = f"{live_server.url}/articles/{thread.article.slug}/comments/"
    page.goto(address)
    body = page.locator(f"#comment-{thread.pk} .remark__body")
    page.get_by_role("button", name="Mute Ida Berg").first.click()
    assert not body.is_visible()
    page.goto(address)
    assert not body.is_visible()
    page.get_by_role("button", name="Unmute Ida Berg").first.click()
    assert body.is_visible()


@pytest.mark.parametrize("javascript", [True, False], ids=["with script", "without script"])
def test_a_member_writes_changes_deletes_and_follows(
    browser, live_server, article, thread, django_user_model, javascript
):
    from django.test import Client

    user = django_user_model.objects.create_user("bo", "bo@example.org", "x", first_name="Bo")
    Policy(mode="open", seconds_to_write=0).save()
    session = Client()
    session.force_login(user)
    context = browser.new_context(java_script_enabled=javascript)
    cookie = session.cookies["sessionid"].value
    context.add_cookies([{"name": "sessionid", "value": cookie, "url": live_server.url}])
    page = context.new_page()
    page.goto(f"{live_server.url}/articles/{article.slug}/comments/new/")
    page.get_by_label("Comment", exact=True).fill("My thoughts")
    page.get_by_role("button", name="Send comment").click()
    page.get_by_text("My thoughts").wait_for()

    page.goto(f"{live_server.url}/account/comments/")
    page.get_by_role("link", name="Change").click()
    page.get_by_label("Comment", exact=True).fill("Better thoughts")
    page.get_by_role("button", name="Save").click()
    page.get_by_text("Better thoughts").wait_for()
    page.get_by_role("link", name="Delete").click()
    page.get_by_role("button", name="Delete").click()
    page.get_by_text("You have not written anything yet.").wait_for()
    assert Comment.objects.get(user=user).status == "removed"

    page.goto(f"{live_server.url}/comments/{thread.pk}/follow/")
    page.get_by_role("button", name="Mail me new replies").click()
    page.locator("[data-comments]").wait_for()
    assert user.commenter.follows.get().thread == thread
    context.close()
