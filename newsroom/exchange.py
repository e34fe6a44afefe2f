"""Everything out of one installation and into another, whatever the database of either.

A folder with `content.jsonl` (one row a line, in Django's own serialization), the originals of the pictures under
`originals/`, and `manifest.json`, written last. What is made from these (renditions, cards, the index of the search)
or holds for the moment (sessions, limits) stays behind and is made again.
"""

import hashlib
import json
import shutil
from contextlib import contextmanager
from itertools import groupby, islice
from pathlib import Path

import django
from django.apps import apps
from django.conf import settings
from django.core import serializers
from django.core.files.base import File
from django.core.files.storage import default_storage
from django.core.management.color import no_style
from django.db import connection, transaction
from django.utils import timezone

from articles import search_index
from articles.models import Photo
from newsroom import backups, edition
from newsroom.sql import insert

FORMAT = 1
CONTENT, MANIFEST = "content.jsonl", "manifest.json"
CHUNK = 500
# made by Django itself, holding for the moment, or made again from the rest
LEFT_OUT = {
    "admin.logentry", "articles.tally", "auth.permission", "comments.brake", "comments.limitentry",
    "comments.tally", "contenttypes.contenttype",
    "newsroom.failure", "sessions.session", "sharing.card",
}  # fmt: skip


class ExchangeFailed(Exception):
    """A sentence for the operator."""


def models():
    """Return the models whose rows travel: one that is referred to before those that refer to it."""
    configs = dict.fromkeys(apps.get_app_configs())
    return [
        model for model in serializers.sort_dependencies(configs.items(), allow_cycles=True)
        if model._meta.managed and not model._meta.proxy and model._meta.label_lower not in LEFT_OUT
    ]  # fmt: skip


# --- out ----------------------------------------------------------------------------------------------------------
def export(folder):
    """Write everything to the empty or new `folder`, as it is at one moment, while the site serves. Return the manifest.

    Raises ExchangeFailed. Memory does not grow with what there is.
    """
    folder = Path(folder)
    if folder.exists() and any(folder.iterdir()):
        raise ExchangeFailed(f"{folder} is not empty.")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        counts = {}
        with (folder / CONTENT).open("w", encoding="utf-8") as out, _one_moment():
            for model in models():
                rows = model._base_manager.order_by("pk").iterator(CHUNK)
                before = out.tell()
                serializers.serialize("jsonl", rows, stream=out, use_natural_foreign_keys=True)
                counts[model._meta.label_lower] = model._base_manager.count() if out.tell() > before else 0
        pictures = [_copy_out(name, folder) for name in backups.stored(backups.KEPT)]
        manifest = {
            "format": FORMAT,
            "taken_at": timezone.now().isoformat(timespec="seconds"),
            "site": settings.SITE_URL,
            "django": django.get_version(),
            "migrations": backups.migrations(),
            "content": _sha256(folder / CONTENT),
            "rows": counts,
            "originals": dict(pictures),
        }
        (folder / MANIFEST).write_text(json.dumps(manifest, indent=1), encoding="utf-8")
    except OSError as error:
        raise ExchangeFailed(f"{folder} could not be written: {error.strerror or error}.") from error
    return manifest


@contextmanager
def _one_moment():
    """All that is read inside is read as it was when it began, and nobody who writes waits for it."""
    with connection.cursor() as cursor:
        cursor.execute(
            "BEGIN" if connection.vendor == "sqlite" else "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
        )
        try:
            yield
        finally:
            cursor.execute("ROLLBACK")


def _copy_out(name, folder):
    target = folder / name
    target.parent.mkdir(parents=True, exist_ok=True)
    with default_storage.open(name) as source, target.open("wb") as out:
        shutil.copyfileobj(source, out)
    return name, _sha256(target)


def _sha256(path):
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


# --- in -----------------------------------------------------------------------------------------------------------
def bring_in(folder):
    """Bring what `export` wrote into this installation, which has no articles yet. Return the manifest.

    Everything is checked first; the rows come in one transaction, or none of them. Raises ExchangeFailed.
    """
    folder = Path(folder)
    manifest = _checked(folder)
    if backups.holds_something():
        raise ExchangeFailed("There are articles here already: an import needs an empty database.")
    for name in manifest["originals"]:
        if not default_storage.exists(name):
            with (folder / name).open("rb") as source:
                default_storage.save(name, File(source))
    try:
        with transaction.atomic(), search_index.paused():  # all of it or nothing
            counts = _rows_in(folder / CONTENT)
    except Exception as error:
        raise ExchangeFailed(f"Nothing was brought in: {error}") from error
    if counts != {label: number for label, number in manifest["rows"].items() if number}:
        raise ExchangeFailed("Not all rows came in: the database is not to be used.")
    edition.leap()
    return manifest


def _checked(folder):
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        if manifest["format"] != FORMAT:
            raise ExchangeFailed(f"{folder} is of a kind that this version does not know.")
        for name, expected in {CONTENT: manifest["content"], **manifest["originals"]}.items():
            if ".." in Path(name).parts or Path(name).is_absolute() or _sha256(folder / name) != expected:
                raise ExchangeFailed(f"“{name}” is damaged.")
    except (OSError, ValueError, KeyError) as error:
        raise ExchangeFailed(f"{folder} is no whole export: {error}") from error
    if manifest["migrations"] != backups.migrations():
        raise ExchangeFailed("The export is of another version: bring both installations to the same one.")
    return manifest


def _rows_in(path):
    for model in reversed(models()):  # what the migrations put there comes again
        pairs = [
            f.remote_field.through
            for f in model._meta.many_to_many
            if f.remote_field.through._meta.auto_created
        ]
        for each in [*pairs, model]:
            each._base_manager.all()._raw_delete(connection.alias)
    counts = {}
    with path.open(encoding="utf-8") as lines:
        for label, rows in groupby(map(_row, lines), key=lambda row: row["model"]):
            counts[label] = sum(_write(chunk) for chunk in _chunks(rows))
    Photo.objects.exclude(image="").update(
        made={}, made_at=None, claimed_at=None
    )  # its renditions stayed behind
    for sql in connection.ops.sequence_reset_sql(no_style(), models()):
        with connection.cursor() as cursor:
            cursor.execute(sql)
    return counts


def _row(line):
    """The row of a line, without the tags that Django adds to an article: they are rows of their own."""
    row = json.loads(line)
    model = apps.get_model(row["model"])
    for field in model._meta.many_to_many:
        if not field.remote_field.through._meta.auto_created:
            row["fields"].pop(field.name, None)
    return row


def _chunks(rows):
    while chunk := list(islice(rows, CHUNK)):
        yield chunk


def _write(rows):
    """Write rows of one model; what they name is there already, since one that is referred to comes first."""
    found = list(serializers.deserialize("python", rows))
    insert(type(found[0].object), [each.object for each in found])
    for each in found:
        for name, others in (each.m2m_data or {}).items():
            getattr(each.object, name).set(others)
    return len(found)
