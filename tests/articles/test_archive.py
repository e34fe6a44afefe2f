"""The archive, by year and month of the site's own time zone."""

from datetime import UTC, datetime

import pytest

from tests.articles.reading import between, headlines, items

pytestmark = pytest.mark.django_db


def months(response):
    return items(between(response, 'class="side__list', "</ul>"))


def test_months_are_counted_newest_first(client, publish):
    for headline, at in (
        ("New year", datetime(2026, 1, 1, 9, tzinfo=UTC)),
        ("Twelfth", datetime(2025, 12, 12, 9, tzinfo=UTC)),
        ("Again twelfth", datetime(2025, 12, 13, 9, tzinfo=UTC)),
        ("Autumn", datetime(2025, 10, 1, 9, tzinfo=UTC)),
    ):
        publish(headline, at=at)
    html = client.get("/archive/").content.decode()
    places = [html.index(f'href="/archive/{w}/"') for w in ("2026", "2026/01", "2025", "2025/12", "2025/10")]
    assert places == sorted(places)
    assert months(client.get("/archive/2025/")) == ["December 2025 2 articles", "October 2025 1 article"]
    assert headlines(client.get("/archive/2025/")) == ["Again twelfth", "Twelfth", "Autumn"]
    assert headlines(client.get("/archive/2025/12/")) == ["Again twelfth", "Twelfth"]


def test_a_month_ends_at_midnight_of_the_site(client, publish, settings):
    settings.TIME_ZONE = "Pacific/Auckland"  # thirteen hours ahead of UTC in January
    publish("First of February here", at=datetime(2026, 1, 31, 12, tzinfo=UTC))
    publish("Still January", at=datetime(2026, 1, 31, 10, tzinfo=UTC))
    assert headlines(client.get("/archive/2026/02/")) == ["First of February here"]
    assert headlines(client.get("/archive/2026/01/")) == ["Still January"]
    assert months(client.get("/archive/2026/")) == ["February 2026 1 article", "January 2026 1 article"]


def test_an_empty_archive_says_so(client):
    assert "Nothing has been published yet." in client.get("/archive/").content.decode()
