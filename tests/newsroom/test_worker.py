"""The process beside the web server: it does what the settings list, and one queue that fails keeps no other waiting."""

import pytest
from django.core.management import call_command
from django.db import OperationalError

DONE = []


def broken():
    raise ValueError("this queue has a bug")


def away():
    raise OperationalError("the database is away")


def works():
    DONE.append("works")
    return 3


def hourly():
    DONE.append("hourly")


@pytest.mark.django_db
def test_what_fails_keeps_nothing_else_waiting(settings, caplog):
    settings.HOURLY = [f"{__name__}.hourly"]
    settings.QUEUES = [f"{__name__}.{name}" for name in ("broken", "away", "works")]
    DONE.clear()
    call_command("worker", "--once")
    assert DONE == ["hourly", "works"]
    assert [record.getMessage() for record in caplog.records] == [
        "broken failed",
        "The worker waits for the database: the database is away",
    ]
