"""A copy of everything that cannot be made again: the database and the originals of the pictures, in one file.

A backup is taken while the site serves. The database is copied as it was at one moment (SQLite's online backup, or one
repeatable-read snapshot by pg_dump); then the originals, which are named by their content and never written over, so
that what the copied rows name is there. Renditions are left out: the worker makes them again.

The file is a zip archive: `manifest.json` last, with the size and SHA-256 of each part. An archive that broke off has no
manifest and is refused; so is one of which a byte differs in anything that would be brought back.
"""

import contextlib
import hashlib
import json
import logging
import os
import shutil
import sqlite3
import subprocess
import tempfile
import zipfile
from datetime import datetime
from functools import partial
from pathlib import Path

import django
from django.conf import settings
from django.core.files.base import File
from django.core.files.storage import default_storage
from django.db import connection
from django.utils import timezone

from newsroom import edition

logger = logging.getLogger(__name__)
FORMAT = 1
KEPT = "originals"  # the folder of the storage that cannot be made again
MANIFEST = "manifest.json"
LAST = "last-backup.json"
_CHUNK = 1024 * 1024


class BackupFailed(Exception):
    """A sentence for the operator."""


# --- taking -------------------------------------------------------------------------------------------------------
def back_up(target):
    """Write a backup to the path `target` and return its manifest.

    The file is its owner's alone to read, and appears whole or not at all: it is written beside its place, read back, and then moved there.
    Raises BackupFailed. Needs free space for the copy of the database beside that of the archive.
    """
    target = Path(target)
    part, folder = target.with_name(target.name + ".part"), target.with_name(target.name + ".parts")
    try:
        shutil.rmtree(folder, ignore_errors=True)  # one that was killed left it
        folder.mkdir(mode=0o700)
        with open(part, "wb", opener=partial(os.open, mode=0o600)) as out:  # all that the site knows is in it
            dump = folder / "database"
            _dump_database(dump)
            parts = {}
            with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, allowZip64=True) as archive:
                with dump.open("rb") as source:
                    parts[_database_name()] = _add(archive, _database_name(), source)
                for name in stored(KEPT):
                    with contextlib.suppress(FileNotFoundError):  # deleted since it was listed
                        source = default_storage.open(name)
                        with source:
                            # pictures are compressed already
                            parts[f"media/{name}"] = _add(
                                archive, f"media/{name}", source, zipfile.ZIP_STORED
                            )
                manifest = {
                    "format": FORMAT,
                    "taken_at": timezone.now().isoformat(timespec="seconds"),
                    "site": settings.SITE_URL,
                    "engine": connection.vendor,
                    "django": django.get_version(),
                    "migrations": migrations(),
                    "parts": parts,
                }
                archive.writestr(MANIFEST, json.dumps(manifest, indent=1))
            out.flush()
            os.fsync(out.fileno())
        read_manifest(part, check=True)
        os.replace(part, target)
    except (OSError, sqlite3.Error) as error:
        why = getattr(error, "strerror", None) or error
        raise BackupFailed(f"The backup could not be written to {target}: {why}.") from error
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        part.unlink(missing_ok=True)
    _remember(target, manifest)
    return manifest


def _database_name():
    return "database.sqlite3" if connection.vendor == "sqlite" else "database.pgdump"


def _dump_database(target):
    if connection.vendor == "sqlite":
        connection.ensure_connection()
        copy = sqlite3.connect(target)
        with contextlib.closing(copy):
            connection.connection.backup(copy, pages=2000, sleep=0.01)  # https://sqlite.org/backup.html
            if (found := copy.execute("PRAGMA integrity_check").fetchone()[0]) != "ok":
                raise BackupFailed(f"The copy of the database is damaged: {found}")
        return
    _postgres("pg_dump", "--format=custom", "--no-owner", "--no-privileges", f"--file={target}")


def _postgres(command, *arguments):
    """Run one of PostgreSQL's own programs on our database. The password goes through the environment."""
    if not shutil.which(command):
        raise BackupFailed(f"“{command}” is needed: install PostgreSQL's client programs.")
    found = connection.settings_dict
    environment = os.environ | {
        name: str(value)
        for name, value in {
            "PGHOST": found["HOST"], "PGPORT": found["PORT"], "PGUSER": found["USER"],
            "PGPASSWORD": found["PASSWORD"], "PGDATABASE": found["NAME"],
        }.items() if value
    }  # fmt: skip
    done = subprocess.run(  # noqa: S603 (no shell; the words are ours, the path is the operator's)
        [command, *arguments], env=environment, capture_output=True, text=True
    )
    if done.returncode:
        raise BackupFailed(f"{command} failed: {done.stderr.strip().splitlines()[-1:] or done.returncode}")


def migrations():
    with connection.cursor() as cursor:
        cursor.execute("SELECT app, name FROM django_migrations ORDER BY app, name")
        return [f"{app}.{name}" for app, name in cursor.fetchall()]


def stored(folder):
    """The names of all files of the storage below `folder`."""
    try:
        folders, files = default_storage.listdir(folder)
    except FileNotFoundError:
        return
    for name in sorted(files):
        yield f"{folder}/{name}"
    for name in sorted(folders):
        yield from stored(f"{folder}/{name}")


def _add(archive, name, source, compression=zipfile.ZIP_DEFLATED):
    digest, size = hashlib.sha256(), 0
    entry = zipfile.ZipInfo(name, date_time=timezone.localtime().timetuple()[:6])
    entry.compress_type = compression
    with archive.open(entry, "w", force_zip64=True) as out:
        while chunk := source.read(_CHUNK):
            digest.update(chunk)
            size += len(chunk)
            out.write(chunk)
    return {"bytes": size, "sha256": digest.hexdigest()}


def _remember(target, manifest):
    """Keep when the last backup was taken, outside of the database: a restored one must not know better."""
    about = json.dumps({"taken_at": manifest["taken_at"], "file": str(target)}) + "\n"
    try:
        (settings.DATA_DIR / LAST).write_text(about)
    except OSError as error:  # what was taken is good all the same
        logger.warning("The backup is whole; that it was taken could not be noted: %s", error)


def last_taken_at():
    """When the last backup of this installation was taken; None where there was none."""
    try:
        return datetime.fromisoformat(json.loads((settings.DATA_DIR / LAST).read_text())["taken_at"])
    except (OSError, ValueError, KeyError):
        return None


# --- bringing back ------------------------------------------------------------------------------------------------
def read_manifest(file, *, check=False):
    """Return the manifest of the backup `file`; with `check`, after every part was read and compared.

    Raises BackupFailed for what is no backup, broke off, or was changed.
    """
    try:
        with zipfile.ZipFile(file) as archive:
            manifest = json.loads(archive.read(MANIFEST))
            if manifest["format"] != FORMAT:
                raise BackupFailed(f"{file} is of a kind that this version does not know.")
            if check:
                for name, expected in manifest["parts"].items():
                    _compare(archive, name, expected)
            return manifest
    except FileNotFoundError as error:
        raise BackupFailed(f"There is no file {file}.") from error
    except BackupFailed:
        raise
    except Exception as error:  # a changed byte of an archive has many names: zlib's, zipfile's, those of what it claims to be
        raise BackupFailed(f"{file} is no whole backup: {error}") from error


def _compare(archive, name, expected):
    digest = hashlib.sha256()
    with archive.open(name) as source:
        while chunk := source.read(_CHUNK):
            digest.update(chunk)
    if digest.hexdigest() != expected["sha256"]:
        raise BackupFailed(f"“{name}” in the backup is damaged.")


def restore(file, *, replace=False):
    """Bring the backup `file` back and return its manifest.

    Everything is checked before anything is touched. A database that holds articles is replaced only with `replace`.
    Originals come first and are written beside what is there: they are named by content. Then the database, in one
    step (SQLite: pages copied in one transaction; PostgreSQL: `--single-transaction`).
    """
    manifest = read_manifest(file, check=True)
    if manifest["engine"] != connection.vendor:
        raise BackupFailed(
            f"The backup is of {manifest['engine']}, and this database is {connection.vendor}: "
            "use export_site and import_site to change the engine."
        )
    if not replace and holds_something():
        raise BackupFailed("This database is not empty: say --replace to put the backup in its place.")
    with zipfile.ZipFile(file) as archive, tempfile.TemporaryDirectory(dir=settings.DATA_DIR) as folder:
        for name in manifest["parts"]:
            if name.startswith(f"media/{KEPT}/"):
                stored = name.removeprefix("media/")
                if ".." not in stored.split("/") and not default_storage.exists(stored):
                    with archive.open(name) as source:
                        default_storage.save(stored, File(source))
        dump = Path(archive.extract(_database_name(), folder))
        if connection.vendor == "sqlite":
            connection.ensure_connection()
            with contextlib.closing(sqlite3.connect(dump)) as copy:
                copy.backup(connection.connection)
        else:
            connection.close()
            _postgres(
                "pg_restore", "--clean", "--if-exists", "--no-owner", "--no-privileges", "--single-transaction",
                f"--dbname={connection.settings_dict['NAME']}", str(dump),
            )  # fmt: skip
    _ask_for_what_stayed_behind()
    if edition.TABLE in connection.introspection.table_names():
        edition.leap()
    return manifest


def _ask_for_what_stayed_behind():
    """Let the worker look after the renditions of each photo, and draw each card: rows came back that name their files."""
    with connection.cursor() as cursor:
        tables = connection.introspection.table_names(cursor)
        if "sharing_card" in tables:
            cursor.execute("DELETE FROM sharing_card")
        if "articles_photo" not in tables:
            return
        columns = {
            each.name for each in connection.introspection.get_table_description(cursor, "articles_photo")
        }
        if {"image", "made_at", "claimed_at", "attempts"} <= columns:  # else `migrate` adds them, empty
            cursor.execute(
                "UPDATE articles_photo SET made_at = NULL, claimed_at = NULL, attempts = 0 WHERE image <> ''"
            )


def holds_something():
    if "articles_article" not in connection.introspection.table_names():
        return False
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM articles_article LIMIT 1")
        return cursor.fetchone() is not None
