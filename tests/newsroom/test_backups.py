"""A backup holds everything that cannot be made again, and comes back whole on another machine, or not at all."""

import os
import shutil
import sqlite3
import subprocess
import sys
import threading
import zipfile

import psycopg
import pytest
from django.conf import settings as django_settings
from django.core.management import CommandError, call_command
from django.db import close_old_connections, connection
from django.utils import timezone

from articles.models import Article, Photo, Topic
from newsroom import backups
from sharing.models import Card

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def here(settings, tmp_path):
    settings.DATA_DIR = tmp_path
    return tmp_path


@pytest.fixture
def publication(here, picture):
    topic = Topic.objects.create(name="Seas", slug="seas")
    photo = Photo.objects.create(image=picture(), caption="A dam", credit="Bo Lind", alt="A wall.")
    article = Article.objects.create(
        headline="Tides",
        standfirst="s",
        body=f'<p>b</p><figure data-photo="{photo.pk}"></figure>',
        topic=topic,
    )
    return article, photo


@pytest.fixture
def elsewhere(tmp_path):
    """The environment of another, empty installation on the same engine."""
    folder = tmp_path / "elsewhere"
    environment = os.environ | {
        "DATA_DIR": str(folder),
        "DATABASE_URL": f"sqlite:///{folder}/newsroom.sqlite3",
    }
    if connection.vendor == "sqlite":
        yield environment
        return
    found, name = connection.settings_dict, f"newsroom_elsewhere_{os.getpid()}"
    server = psycopg.connect(
        host=found["HOST"], port=found["PORT"], user=found["USER"], password=found["PASSWORD"], dbname="postgres",
        autocommit=True,
    )  # fmt: skip
    server.execute(f"CREATE DATABASE {name}")
    try:
        at = f"{found['HOST']}:{found['PORT']}/{name}"
        yield environment | {"DATABASE_URL": f"postgres://{found['USER']}:{found['PASSWORD']}@{at}"}
    finally:
        server.execute(f"DROP DATABASE {name} WITH (FORCE)")
        server.close()


def manage(environment, *words):
    return subprocess.run(
        [sys.executable, "manage.py", *words],
        cwd=django_settings.BASE_DIR, env=environment, capture_output=True, text=True,
    )  # fmt: skip


def test_a_backup_comes_back_on_another_machine(publication, here, elsewhere, capsys):
    article, photo = publication
    call_command("make_renditions")
    Card.objects.create(article=article, name="cards/there.jpg", key="k", made_at=timezone.now())
    call_command("backup", str(here / "copy.zip"))
    assert ": the database and 1 pictures, " in capsys.readouterr().out
    assert (here / "copy.zip").stat().st_mode & 0o777 == 0o600

    assert (done := manage(elsewhere, "restore", str(here / "copy.zip"))).returncode == 0, done.stderr
    look = (
        "from articles.models import *;"
        "a = Article.objects.get(); p = a.placements.get().photo;"
        "print(a.headline, '|', p.caption, '|', len(p.image.read()))"
    )
    assert manage(elsewhere, "shell", "-v0", "-c", look).stdout.strip() == (
        f"Tides | A dam | {len(photo.image.read())}"
    )
    # renditions and cards stayed behind: they are made again, and nothing else is left to do
    made_again = (
        "from django.core.files.storage import default_storage as store; from articles.models import *;"
        "from sharing.models import Card; made = Photo.objects.get().made;"
        "print(all(store.exists(f\"{made['folder']}/{width}.jpg\") for width, _ in made['whole']['jpg']),"
        " Card.objects.exclude(name='').count())"
    )
    assert manage(elsewhere, "make_renditions").returncode == 0
    assert manage(elsewhere, "shell", "-v0", "-c", made_again).stdout.strip() == "True 0"
    assert manage(elsewhere, "migrate", "--check").returncode == 0

    again = manage(elsewhere, "restore", str(here / "copy.zip"))
    assert (again.returncode, again.stderr) == (
        1,
        "CommandError: This database is not empty: say --replace to put the backup in its place.\n",
    )
    assert manage(elsewhere, "restore", str(here / "copy.zip"), "--replace").returncode == 0


def test_a_backup_is_of_one_moment_while_others_write(publication, here):
    article, _ = publication
    stop = threading.Event()

    def write():
        number = 0
        while not stop.is_set():
            number += 1
            Article.objects.filter(pk=article.pk).update(headline=f"{number}", standfirst=f"{number}")
        connection.close()

    writer = threading.Thread(target=write)
    writer.start()
    try:
        backups.back_up(here / "copy.zip")
    finally:
        stop.set()
        writer.join()
    close_old_connections()
    backups.restore(here / "copy.zip", replace=True)
    article = Article.objects.get()
    assert article.headline == article.standfirst or article.headline == "Tides"


@pytest.mark.parametrize("harm", ["torn", "changed", "no archive", "nothing"])
def test_what_is_no_whole_backup_touches_nothing(publication, here, harm):
    file = here / "copy.zip"
    backups.back_up(file)
    if harm == "torn":
        file.write_bytes(file.read_bytes()[:-200])
    elif harm == "changed":
        with zipfile.ZipFile(file) as archive:
            parts = {name: archive.read(name) for name in archive.namelist()}
        with zipfile.ZipFile(file, "w") as archive:
            for name, content in parts.items():
                archive.writestr(name, content[:-1] + b"!" if name.startswith("media/") else content)
    elif harm == "no archive":
        file.write_bytes(b"words")
    else:
        file.unlink()
    Article.objects.update(headline="Since then")
    with pytest.raises(CommandError, match=r"no whole backup|is damaged|There is no file"):
        call_command("restore", str(file), "--replace")
    assert Article.objects.get().headline == "Since then"


def test_a_backup_with_another_byte_is_refused_in_a_sentence_or_brings_back_the_same(publication, here):
    file = here / "copy.zip"
    manifest = backups.back_up(file)
    whole, refused = file.read_bytes(), 0
    for place in {
        *range(400),
        *range(400, len(whole), len(whole) // 200),
        *range(len(whole) - 500, len(whole)),
    }:
        file.write_bytes(whole[:place] + bytes([whole[place] ^ 0x29]) + whole[place + 1 :])
        try:
            assert backups.read_manifest(file, check=True) == manifest
        except backups.BackupFailed:
            refused += 1
    assert refused > 300


def test_a_full_disk_is_a_sentence_while_the_database_is_copied_as_well(publication, here, monkeypatch):
    def full(*_):
        raise sqlite3.OperationalError("database or disk is full")

    monkeypatch.setattr(backups, "_dump_database", full)
    with pytest.raises(
        CommandError, match=r"could not be written to .*copy.zip: database or disk is full\.$"
    ):
        call_command("backup", str(here / "copy.zip"))


def test_a_backup_of_which_nothing_can_be_noted_is_a_backup(publication, here, caplog):
    (here / backups.LAST).mkdir()  # as where the disk is full
    call_command("backup", here / "copy.zip", verbosity=0)
    assert backups.read_manifest(here / "copy.zip", check=True)
    assert "could not be noted" in caplog.text
    assert backups.last_taken_at() is None


def test_what_a_killed_backup_left_goes_with_the_next(publication, here, elsewhere):
    store = here / "store"
    store.mkdir()
    code = (
        "import django, os, sys; django.setup(); from newsroom import backups;"
        " backups._add = lambda *_: os.kill(os.getpid(), 9); backups.back_up(sys.argv[1])"
    )
    killed = subprocess.run(
        [sys.executable, "-c", code, store / "copy.zip"],
        env=elsewhere | {"DJANGO_SETTINGS_MODULE": "newsroom.settings"},
    )
    assert (killed.returncode, (store / "copy.zip").exists(), len(list(store.iterdir()))) == (-9, False, 2)
    backups.back_up(store / "copy.zip")
    assert [each.name for each in store.iterdir()] == ["copy.zip"]


def test_a_backup_that_cannot_be_written_leaves_the_last_one(publication, here, monkeypatch):
    file = here / "copy.zip"
    backups.back_up(file)
    before = file.read_bytes()
    monkeypatch.setattr(backups.zipfile.ZipFile, "writestr", _full)
    with pytest.raises(CommandError, match=r"could not be written to .*copy.zip: No space left on device\.$"):
        call_command("backup", str(file))
    assert (file.read_bytes(), sorted(p.name for p in here.glob("copy*"))) == (before, ["copy.zip"])


def _full(*_):
    raise OSError(28, os.strerror(28))


def test_the_client_programs_of_postgresql_are_asked_for_by_name(here, monkeypatch):
    if connection.vendor == "sqlite":
        pytest.skip("SQLite needs no program")
    monkeypatch.setattr(shutil, "which", lambda name: None)
    with pytest.raises(CommandError, match="“pg_dump” is needed"):
        call_command("backup", str(here / "copy.zip"))
