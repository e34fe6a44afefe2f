"""A public page is the same for everyone: no cookie, nothing that varies, no script or style of its own."""

from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from articles.models import FormerSlug, Page, Topic
from tests.articles.reading import elements, what_may_run

pytestmark = pytest.mark.django_db

ADDRESSES = [
    "/", "/articles/a-dam/", "/topics/rivers/", "/topics/seas/", "/tags/water/", "/authors/", "/authors/ana-ruiz/",
    "/archive/", "/archive/2026/", "/archive/2026/03/", "/search/", "/search/?q=dam&from=x", "/about/", "/about/us/",
    "/articles/gone/", "/articles/once/", "/nowhere/", "/articles/nothing/",
]  # fmt: skip


@pytest.fixture
def site(publish, photo):
    Topic.objects.create(name="Seas", slug="seas", latitude=1, longitude=2)
    article = publish("A dam", tags=["Water"], hero=photo(), at=datetime(2026, 3, 1, tzinfo=UTC))
    FormerSlug.objects.create(slug="once", article=article)
    publish("Gone", slug="gone").withdraw("It was wrong.")
    Page.objects.create(title="About us", slug="us", body="<p>We.</p>")


@pytest.mark.parametrize("address", ADDRESSES)
def test_no_page_sets_a_cookie_or_varies_on_one(client, site, address):
    response = client.get(address)
    assert (response.cookies, "cookie" in response.get("Vary", "").lower()) == ({}, False)


@pytest.mark.threat("T6")
@pytest.mark.parametrize("address", ADDRESSES)
def test_someone_who_is_logged_in_gets_the_same_bytes(client, site, address):
    before = client.get(address)
    client.force_login(User.objects.create_superuser("root"))
    after = client.get(address)
    assert after.content == before.content
    assert "cookie" not in after.get("Vary", "").lower()


@pytest.mark.parametrize("address", [a for a in ADDRESSES if not a.endswith(("/nowhere/", "/nothing/"))])
def test_every_page_may_be_kept_while_it_still_holds_and_names_its_language(client, site, address):
    response = client.get(address)
    assert (response["Cache-Control"], response["Content-Language"]) == (
        "public, max-age=0, must-revalidate",
        "en-gb",
    )


@pytest.mark.parametrize("address", [a for a in ADDRESSES if not a.endswith(("/nowhere/", "/nothing/"))])
def test_a_page_that_still_holds_is_not_sent_again(client, site, address):
    first = client.get(address)
    again = client.get(address, headers={"If-None-Match": first.get("ETag", "")})
    if first.status_code == 200:
        assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize("address", ["/nowhere/", "/articles/nothing/", "/articles/soon/", "/preview/1/"])
def test_no_cache_remembers_what_is_not_there_yet(client, site, publish, address):
    publish("Soon", slug="soon", at=timezone.now() + timedelta(hours=1))
    response = client.get(address)
    assert (response.status_code, response["Cache-Control"]) == (404, "no-cache")


@pytest.mark.parametrize("address", ADDRESSES)
def test_no_page_holds_a_style_or_a_script_of_its_own(client, site, address):
    response = client.get(address)
    assert what_may_run(response) == []
    own = [
        a.get("src", "") + a.get("srcset", "")
        for tag, a in elements(response)
        if tag in ("img", "script") and a.get("type") != "application/ld+json"
    ]
    assert [address for address in own if not address.startswith("/")] == []


@pytest.mark.parametrize("address", ADDRESSES)
def test_a_head_request_is_answered_as_a_get_without_the_page(client, site, address):
    get, head = client.get(address), client.head(address)
    assert (head.status_code, head.content) == (get.status_code, b"")
    assert {k: v for k, v in head.items() if k != "X-Request-ID"} == {
        k: v for k, v in get.items() if k not in ("X-Request-ID",)
    }


@pytest.mark.threat("T25")
@pytest.mark.parametrize("address", [a for a in ADDRESSES if a != "/nowhere/"])
@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"])
def test_only_reading_is_possible(client, site, address, method):
    assert client.generic(method, address).status_code == 405
