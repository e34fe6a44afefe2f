"""The whole demo site, followed link by link, as a stranger and then as somebody who is logged in.

What is public is the same for both, carries no cookie, and says nothing of what is not published; what is personal may
be kept by nobody. A page that is added and linked is in this test by itself.
"""

import re
from collections import Counter
from urllib.parse import urldefrag, urljoin, urlsplit

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import Resolver404, resolve

from articles import body
from articles.models import Article
from comments.models import Comment

LINK = re.compile(rb'(?:href|src|action)="([^"#][^"]*)"')
LOC = re.compile(rb"<loc>([^<]+)</loc>")
# of one address with many queries a few are enough
QUERIES_OF_A_PATH = 6


def followed(client, starts, most=3000):
    """Return the answers to all addresses that can be reached from `starts` by GET, as {address: response}."""
    answers, waiting, of_path = {}, list(starts), Counter()
    while waiting and len(answers) < most:
        address = waiting.pop()
        path = urlsplit(address).path
        if (
            address in answers
            or of_path[path] >= QUERIES_OF_A_PATH
            or path.startswith(("/static/", "/media/"))
        ):
            continue
        of_path[path] += 1
        response = answers[address] = client.get(address)
        content = b"" if response.streaming else response.content
        found = [*LINK.findall(content), *LOC.findall(content)]
        found += [response["Location"].encode()] if "Location" in response else []
        for link in found:
            target = urldefrag(
                urljoin("http://testserver" + address, link.decode().replace("&amp;", "&"))
            ).url
            parts = urlsplit(target)
            if parts.netloc in ("testserver", "127.0.0.1:8000") and parts.scheme in ("http", "https"):
                waiting.append(parts._replace(scheme="", netloc="").geturl())
    assert len(answers) < most, "the site has no end"
    return answers


STARTS = [
    "/",
    "/robots.txt",
    "/sitemap.xml",
    "/news-sitemap.xml",
    "/feeds/rss/",
    "/feeds/atom/",
    "/feeds/json/",
]


def is_personal(response):
    return "private" in response.get("Cache-Control", "") or "no-store" in response.get("Cache-Control", "")


def text(response):
    return "" if response.streaming else re.sub(r"\s+", " ", response.content.decode())


def secrets():
    """Words that no reader may see, each with what it is."""
    hidden = {}
    for comment in Comment.objects.exclude(pk__in=Comment.objects.visible().values("pk")):
        words = re.sub(r"\s+", " ", comment.comment.strip())
        if len(words) > 25 and "<" not in words and "&" not in words and "'" not in words:
            hidden[words[:60]] = f"comment {comment.pk}, {comment.status}"
    for article in Article.objects.exclude(pk__in=Article.objects.published().values("pk")):
        if article.withdrawn_at is None:
            hidden[article.headline] = "headline of what is not published"
        if words := re.search(r"[\w ,.]{40}", body.text(article.body)):
            hidden[words.group()] = "text of what is not published"
    people = [
        *User.objects.values_list("email", flat=True),
        *Comment.objects.values_list("user_email", flat=True),
    ]
    return hidden | dict.fromkeys(filter(None, people), "mail address")


@pytest.fixture(scope="module")
def answers(demo):
    """What a stranger is answered everywhere."""
    return followed(Client(), STARTS)


@pytest.fixture(scope="module")
def public(answers):
    return {a: r for a, r in answers.items() if not is_personal(r) and not r.streaming}


@pytest.mark.threat("T4")
@pytest.mark.django_db
def test_nothing_is_told_that_is_not_public(answers):
    hidden = secrets()
    assert len(hidden) > 10
    said = {a: text(r) for a, r in answers.items()}
    assert [(a, what) for a, all in said.items() for words, what in hidden.items() if words in all] == []


def test_no_address_fails_and_none_that_is_public_gives_a_cookie(answers, public):
    assert len(public) > 100
    assert {a: r.status_code for a, r in answers.items() if r.status_code >= 500} == {}
    assert [a for a, r in public.items() if r.cookies or "cookie" in r.get("Vary", "").lower()] == []


@pytest.mark.threat("T6")
@pytest.mark.django_db
def test_what_is_public_is_the_same_bytes_for_somebody_who_is_logged_in_and_for_who_comes_after(
    answers, public
):
    """First somebody whose name is a mark, then a stranger: on everything that is public, and on two of each other kind."""
    known = Client()
    person = User.objects.create_superuser("xyzzyx", "xyzzyx@example.org", "x", first_name="Xyzzyx")
    known.force_login(person)
    kinds = Counter()
    asked = [a for a in answers if a in public or (not kinds.update([_kind(a)]) and kinds[_kind(a)] <= 2)]
    theirs = {address: known.get(address) for address in asked}
    assert [a for a in public if theirs[a].content != public[a].content or theirs[a].cookies] == []
    marks = {"xyzzyx", known.cookies["sessionid"].value}
    marks |= {r.cookies["csrftoken"].value for r in theirs.values() if "csrftoken" in r.cookies}
    assert any("xyzzyx" in text(r).lower() for r in theirs.values())  # there was something to leak

    kinds.clear()
    after = {a: Client().get(a) for a in asked if not kinds.update([_kind(a)]) and kinds[_kind(a)] <= 2}
    seen = {a: f"{text(r)} {r.headers} {r.cookies.output()}".lower() for a, r in after.items()}
    assert [(a, mark) for a, words in seen.items() for mark in marks if mark.lower() in words] == []
    # who is given a cookie is given it on a page that nobody keeps
    assert [a for a, r in after.items() if r.cookies and "no-store" not in r.get("Cache-Control", "")] == []


def _kind(address):
    try:
        return resolve(urlsplit(address).path).view_name
    except Resolver404:
        return "nowhere"


def test_every_answer_carries_the_headers_that_keep_a_page_to_itself(answers):
    expected = {
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        "Cross-Origin-Opener-Policy": "same-origin",
    }
    found = {a: {name: r.get(name) for name in expected} for a, r in answers.items()}
    assert {a: headers for a, headers in found.items() if headers != expected} == {}
    policies = {a: r.get("Content-Security-Policy", "") for a, r in answers.items()}
    assert [a for a, p in policies.items() if "default-src 'none'" not in p or "unsafe" in p] == []
    referrer = {"same-origin", "no-referrer", "strict-origin-when-cross-origin"}
    assert [a for a, r in answers.items() if r.get("Referrer-Policy") not in referrer] == []
