"""The process beside the web server: it does what the settings list, and one queue that fails keeps no other waiting."""

from types import SimpleNamespace

import pytest
from django.core.management import call_command
from django.db import OperationalError

from newsroom import clock
from newsroom.management.commands import worker

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


@pytest.fixture
def machine(monkeypatch):
    """Seconds that the machine has run, and what its clock says; set them as you like."""
    now = SimpleNamespace(run=1000.0, time=1_800_000_000.0)
    monkeypatch.setattr(clock, "_seconds_run", lambda: now.run)
    monkeypatch.setattr(clock.time, "time", lambda: now.time)
    return now


def test_a_clock_that_goes_on_as_time_does_is_believed(machine):
    seen = clock.Clock()
    for seconds in (5, 3600, 40 * 86_400):  # asleep over a month, too
        machine.run += seconds
        machine.time += seconds + 30  # and put right a little
        assert seen.is_believed()


@pytest.mark.parametrize("jump", [3 * 86_400, -2 * 86_400, 3700])
def test_a_clock_that_jumped_is_believed_when_it_is_right_again_or_after_a_day(machine, jump):
    seen = clock.Clock()
    machine.time += jump
    assert not seen.is_believed()
    machine.run, machine.time = machine.run + 3600, machine.time + 3600
    assert not seen.is_believed()
    machine.time -= jump
    assert seen.is_believed()
    machine.time += jump
    assert not seen.is_believed()
    machine.run, machine.time = machine.run + 86_400, machine.time + 86_400
    assert seen.is_believed()
    machine.run, machine.time = machine.run + 60, machine.time + 60
    assert seen.is_believed()


@pytest.mark.django_db
def test_what_is_due_every_hour_waits_while_the_clock_is_doubted(settings, caplog, monkeypatch):
    believed = iter([True, True, False, False, True, True])
    monkeypatch.setattr(clock.Clock, "is_believed", lambda self: next(believed))
    settings.HOURLY, settings.QUEUES = [f"{__name__}.hourly"], [f"{__name__}.works"]
    DONE.clear()
    stops = iter([False] * 8 + [True])
    told = SimpleNamespace(is_set=lambda: next(stops), wait=lambda pause: None, set=lambda: None)
    monkeypatch.setattr(worker.threading, "Event", lambda: told)
    monkeypatch.setattr(worker.signal, "signal", lambda *_: None)
    call_command("worker", "--hour", "0")
    assert DONE == ["hourly", "works", "works", "works", "hourly", "works"]
    assert [r.getMessage()[:21] for r in caplog.records] == ["The clock has jumped:"]
