"""A scheduled article is there when its time has come, without anything running."""

from datetime import UTC, datetime

import pytest
import time_machine

from tests.articles.reading import headlines

pytestmark = pytest.mark.django_db

AT = datetime(2026, 6, 1, 6, 0, tzinfo=UTC)


def test_it_appears_everywhere_at_its_time(client, write):
    with time_machine.travel(AT.replace(hour=5), tick=False):
        write("Later", tags=["Soon"]).publish(at=AT)
    lists = (
        "/",
        "/topics/rivers/",
        "/tags/soon/",
        "/authors/ana-ruiz/",
        "/archive/2026/06/",
        "/search/?q=later",
    )

    def found():
        return [headlines(client.get(address)) for address in lists], client.get(
            "/articles/later/"
        ).status_code

    with time_machine.travel(AT.replace(hour=5, minute=59, second=59), tick=False):
        assert found() == ([[]] * 6, 404)
    with time_machine.travel(AT, tick=False):
        assert found() == ([["Later"]] * 6, 200)
