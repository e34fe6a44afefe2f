"""What readers must not see is in no page, feed, count, mail, JSON or header, whoever asks but its writer."""

import re

import pytest
from django.contrib.auth import get_user_model
from django.core import mail as outbox
from django.core.management import call_command
from django.test import Client

from comments.models import Comment, Commenter, Follow

pytestmark = pytest.mark.django_db
HIDDEN = sorted(set(Comment.Status) - {"visible"})
MARK = "xyzzymarker"


@pytest.fixture
def hidden(make_comment, article):
    """One hidden comment of each kind, as a thread, as a reply, and above a visible reply."""
    shown = make_comment("Shown")
    found = [shown]
    for status in HIDDEN:
        words = {"status": status, "name": f"{MARK} {status}"}
        found.append(make_comment(f"{MARK} a {status}", **words))
        found.append(make_comment(f"{MARK} b {status}", answers=shown, **words))
        above = make_comment(f"{MARK} c {status}", **words)
        make_comment(f"Good reply below {status}", answers=above)
        found.append(above)
    return found


def addresses(article, comments):
    # a page of search results repeats what was asked for: not quite the mark
    base = f"/articles/{article.slug}/"
    yield from [
        "/",
        base,
        f"{base}comments/",
        f"{base}comments/feed/",
        f"{base}print/",
        f"/preview/{article.pk}/",
        "/archive/",
        "/search/?q=" + MARK[:-2],
        article.topic.get_absolute_url(),
    ]
    yield from (
        f"{base}comments/?sort={sort}&page={page}" for sort in ("newest", "recommended") for page in (1, 2)
    )
    for path in ("feeds/rss/", "feeds/atom/", "feeds/json/", "sitemap.xml", "news-sitemap.xml", "robots.txt"):
        yield f"/{path}"
    for c in comments:
        yield from (
            f"/comments/{c.pk}/",
            f"{base}comments/?thread={c.steps[0]}",
            f"{base}comments/new/?reply_to={c.pk}",
        )
        yield from (f"/comments/{c.pk}/{act}/" for act in ("recommend", "report", "follow", "edit", "delete"))
    yield from ("/account/", "/account/comments/", "/account/data/")


@pytest.mark.threat("T4")
@pytest.mark.parametrize("who", ["nobody", "a reader", "a writer of articles"])
def test_a_hidden_comment_is_nowhere(hidden, article, who):
    client = Client()
    if who != "nobody":
        user = get_user_model().objects.create_user("zed", "zed@example.org", is_staff=who != "a reader")
        client.force_login(user)
    seen = 0
    for address in addresses(article, hidden):
        for method in (client.get, client.head):
            response = method(address, follow=True)
            text = response.content.decode() + str(response.headers)
            assert MARK not in text, address
            assert response.status_code < 500, address
        seen += "Good reply below" in text
    assert seen  # the pages do show comments
    there = {client.get(f"/comments/{c.pk}/").status_code for c in hidden if c.status != "visible"}
    assert there == {404}  # nor is said that it is there
    counted = re.search(
        r'data-comment-count="(\d+)"', client.get(f"/articles/{article.slug}/").content.decode()
    )
    assert int(counted.group(1)) == Comment.objects.visible().count() == 1 + len(HIDDEN)


def test_a_hidden_comment_is_in_no_mail_but_the_one_to_its_writer(hidden, article, make_comment):
    follower = Commenter.objects.create(email="follower@example.org")
    for comment in hidden:
        Follow.objects.get_or_create(commenter=follower, thread=Comment.objects.get(pk=comment.steps[0]))
    for comment in hidden[1:]:
        if comment.status == "held":
            comment.approve()
            comment.reject(reason="abuse")
    call_command("worker", "--once")
    others = [m for m in outbox.outbox if not m.to[0].startswith(MARK)]
    assert not [m for m in others if MARK in m.subject + m.body + str(m.alternatives) + str(m.extra_headers)]


@pytest.mark.threat("T6")
def test_a_form_that_knows_somebody_is_never_on_a_page_that_a_cache_may_keep(article, make_comment):
    user = get_user_model().objects.create_user("zed", "zed@example.org", "x", first_name=MARK)
    known = Client()
    known.force_login(user)
    make_comment(MARK, user=user, status="held")
    for address in (f"/articles/{article.slug}/", f"/articles/{article.slug}/comments/", "/"):
        theirs, anyones = known.get(address), Client().get(address)
        assert theirs.content == anyones.content
        assert "csrf" not in theirs.content.decode()
        assert not anyones.cookies and "cookie" not in anyones.get("Vary", "").lower()
    form = known.get(f"/articles/{article.slug}/comments/new/")
    assert MARK in form.content.decode()
    assert {"private", "no-store"} <= {p.strip() for p in form["Cache-Control"].split(",")}
