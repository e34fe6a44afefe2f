"""What an operator must know, in sentences; and whether each part answers."""

import json
import shutil
from collections import namedtuple
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import connections
from django.db.migrations.recorder import MigrationRecorder
from django.utils import timezone

from articles.models import Article, Author, Byline, Photo, Topic
from comments.models import Comment, Mail
from newsroom import backups, condition

LONG_AGO = timezone.now().replace(year=2026, month=1, day=2, hour=3, minute=4)


@pytest.fixture
def healthy(db, settings, tmp_path, monkeypatch):
    settings.DATA_DIR = tmp_path
    (tmp_path / backups.LAST).write_text(json.dumps({"taken_at": timezone.now().isoformat()}))
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(100e9, 50e9, 50e9))
    return usage


def test_nothing_is_said_when_all_is_well(healthy, capsys):
    call_command("check_site")
    assert capsys.readouterr().out == "All is well.\n"


def test_each_thing_that_needs_somebody_has_its_sentence(healthy, settings, monkeypatch, picture):
    monkeypatch.setattr(shutil, "disk_usage", lambda _: healthy(100e9, 95e9, 5e9))
    (settings.DATA_DIR / backups.LAST).write_text(json.dumps({"taken_at": LONG_AGO.isoformat()}))
    topic = Topic.objects.create(name="Seas", slug="seas")
    hero = Photo.objects.create(image=picture(), credit="Bo Lind", alt="A wall.")
    article = Article.objects.create(
        headline="Tides", standfirst="s", body="<p>b</p>", topic=topic, hero=hero
    )
    Byline.objects.create(article=article, author=Author.objects.create(name="Ana Ruiz"))
    article.publish()
    Photo.objects.update(credit="")
    failed = Photo.objects.create(image=picture(colour="red"), credit="Bo Lind", alt="A wall.")
    Photo.objects.filter(pk=failed.pk).update(made_at=None, failed_at=timezone.now(), failure="Torn")
    Photo.objects.filter(pk=hero.pk).update(made_at=timezone.now())
    for text in ("one", "two"):
        Comment.objects.create(
            article=article, comment=text, user_name="Ida", status="held", submit_date=LONG_AGO
        )
    Mail.objects.create(kind="digest", to="x@example.org", due_at=LONG_AGO)
    Mail.objects.create(kind="digest", to="y@example.org", dropped_at=timezone.now(), last_error="Refused")
    with pytest.raises(CommandError) as told:
        call_command("check_site")
    assert str(told.value).split("\n") == [
        "1 mail should have been sent, the oldest since 2 January 2026, 03:04: does the worker run?",
        "1 mail of the last seven days could not be sent: see Mail in the admin.",
        "The renditions of 1 photo could not be made: the library says why.",
        "1 photo in published articles without a credit.",
        "2 comments held for longer than a day, the oldest since 2 January 2026, 03:04.",
        "The disk is nearly full: 5.0 of 100.0 GB are free.",
        "The last backup is of 2 January 2026, 03:04.",
    ]


def test_a_site_without_a_backup_is_told_so(healthy, settings):
    (settings.DATA_DIR / backups.LAST).unlink()
    assert condition.findings() == ["There is no backup: run `manage.py backup FILE` every day."]


def test_readiness_names_each_part(healthy, client):
    names = ("database", "migrations", "cache", "storage", "disk", "queue")
    everything = dict.fromkeys(names, "ok")
    response = client.get("/readyz")
    assert (response.status_code, response.json(), response.cookies) == (200, everything, {})
    Mail.objects.create(kind="digest", to="x@example.org", due_at=timezone.now() - timedelta(hours=1))
    response = client.get("/readyz")
    assert (response.status_code, response.json()) == (200, everything | {"queue": "failing"})


def test_readiness_is_refused_without_a_database(healthy, client, monkeypatch):
    def away(*_):
        raise ConnectionError

    with monkeypatch.context() as gone:
        gone.setattr(connections["default"], "cursor", away)
        response = client.get("/readyz")
    assert (response.status_code, response.json()["database"]) == (503, "failing")


def test_readiness_is_refused_while_the_database_is_older_than_the_code(healthy, client):
    row = MigrationRecorder.Migration.objects.filter(app="comments").latest("pk")
    row.delete()
    response = client.get("/readyz")
    said = (response.status_code, response.json()["migrations"], response.json()["database"])
    assert said == (503, "failing", "ok")


def test_pictures_that_are_gone_or_cannot_be_written_are_named(healthy, client, settings, tmp_path, picture):
    def storage():
        response = client.get("/readyz")
        return response.status_code, response.json()["storage"]

    settings.MEDIA_ROOT = tmp_path / "media"
    assert storage() == (200, "ok")  # a new site has none yet
    Photo.objects.create(image=picture())
    assert storage() == (200, "ok")
    (tmp_path / "media").rename(tmp_path / "elsewhere")  # a disk that is not mounted
    assert storage() == (200, "failing")
    (tmp_path / "media").touch()
    assert storage() == (200, "failing")
    (tmp_path / "media").unlink()
    (tmp_path / "elsewhere").rename(tmp_path / "media")
    assert storage() == (200, "ok")


def test_a_full_disk_is_named_and_pages_are_still_read(healthy, client, monkeypatch):
    monkeypatch.setattr(shutil, "disk_usage", lambda _: healthy(100e9, 99e9, 1e9))
    response = client.get("/readyz")
    assert (response.status_code, response.json()["disk"]) == (200, "failing")
