"""What an operator must know of the running site: for `check_site`, and for `/readyz`."""

import functools
import os
import shutil
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.core.cache import cache
from django.core.files.storage import default_storage
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.utils import timezone

from articles.models import Article, ArticlePhoto, Photo
from comments.models import Comment, Mail
from newsroom import backups, databases
from newsroom.models import Failure
from newsroom.sql import is_sqlite
from sharing.models import Card

MAIL_WAITS_AT_MOST = timedelta(minutes=15)
HELD_AT_MOST = timedelta(days=1)
BACKUP_EVERY = timedelta(days=2)
DISK_FREE_AT_LEAST = 0.1
DISK_FREE_AT_WORST = 0.02


def findings():
    """Return what needs somebody, as a list of sentences; empty when all is well. A few counting queries."""
    return [sentence for look in _LOOKS for sentence in look()]


def _mail():
    now = timezone.now()
    if late := Mail.objects.waiting().filter(due_at__lt=now - MAIL_WAITS_AT_MOST):
        oldest = late.order_by("due_at").values_list("due_at", flat=True)[0]
        yield f"{_count(late.count(), 'mail')} should have been sent, the oldest since {_when(oldest)}: does the worker run?"
    if given_up := _given_up(now).count():
        yield f"{_count(given_up, 'mail')} of the last seven days could not be sent: see Mail in the admin."


def _photos():
    if failed := Photo.objects.failed().count():
        yield f"The renditions of {_count(failed, 'photo')} could not be made: the library says why."
    if waiting := Photo.objects.due().count():
        yield f"{_count(waiting, 'photo')} {_be(waiting)} without all renditions."
    live = Article.objects.published()
    placed = Photo.objects.filter(pk__in=ArticlePhoto.objects.filter(article__in=live).values("photo"))
    heroes = Photo.objects.filter(pk__in=live.exclude(hero=None).values("hero"))
    if lacking := (placed | heroes).without_credit().distinct().count():
        yield f"{_count(lacking, 'photo')} in published articles without a credit."


def _comments():
    old = Comment.objects.held().filter(submit_date__lt=timezone.now() - HELD_AT_MOST)
    if count := old.count():
        oldest = old.order_by("submit_date").values_list("submit_date", flat=True)[0]
        yield f"{_count(count, 'comment')} held for longer than a day, the oldest since {_when(oldest)}."


def _disk():
    usage = shutil.disk_usage(settings.DATA_DIR)
    if usage.free < usage.total * DISK_FREE_AT_LEAST:
        yield f"The disk is nearly full: {usage.free / 1e9:.1f} of {usage.total / 1e9:.1f} GB are free."


def _backup():
    last = backups.last_taken_at()
    if last is None:
        yield "There is no backup: run `manage.py backup FILE` every day."
    elif last < timezone.now() - BACKUP_EVERY:
        yield f"The last backup is of {_when(last)}."


_LOOKS = (_mail, _photos, _comments, _disk, _backup)


# --- each part ----------------------------------------------------------------------------------------------------
NEEDED = ("database", "migrations")  # without these no answer is right


def parts():
    """Return each part that an answer needs, with “ok” or “failing”. Nothing of it tells a stranger anything."""
    return {name: _tried(ask) for name, ask in _parts().items()}


def _ask_database():
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


def _ask_migrations():
    if unapplied := unapplied_migrations():
        raise ValueError(f"{len(unapplied)} to come")


def _ask_cache():
    cache.set("readyz", "1", 10)
    if cache.get("readyz") != "1":
        raise ValueError("does not keep")


def _ask_storage():
    is_there = default_storage.exists("originals")  # S3 raises where it does not answer
    if settings.STORAGE_URL:
        return
    folder = Path(settings.MEDIA_ROOT)
    nearest = next(each for each in (folder, *folder.parents) if each.exists())  # a new site has none yet
    if not (nearest.is_dir() and os.access(nearest, os.W_OK)):
        raise ValueError("cannot be written")
    if not is_there and Photo.objects.exclude(image="").exists():
        raise ValueError("is gone")


def _ask_disk():
    usage = shutil.disk_usage(settings.DATA_DIR)
    if usage.free < usage.total * DISK_FREE_AT_WORST:
        raise ValueError("is full")


def _ask_queue():
    if Mail.objects.waiting().filter(due_at__lt=timezone.now() - MAIL_WAITS_AT_MOST).exists():
        raise ValueError("is late")


def _parts():
    replica = {"replica": databases.ask_replica} if databases.REPLICA in settings.DATABASES else {}
    return _PARTS | replica


_PARTS = {
    "database": _ask_database,
    "migrations": _ask_migrations,
    "cache": _ask_cache,
    "storage": _ask_storage,
    "disk": _ask_disk,
    "queue": _ask_queue,
}


@functools.cache
def _known_migrations():
    return frozenset(MigrationLoader(None, ignore_no_migrations=True).disk_migrations)


def unapplied_migrations():
    """Return the (application, name) of migrations that this code has and the database has not. One query."""
    return sorted(_known_migrations() - set(MigrationRecorder(connection).applied_migrations()))


# --- in numbers ---------------------------------------------------------------------------------------------------
def figures():
    """Return {name: (what it is, number or None)}: what waits, what is stored, what is free. Counting queries."""
    now = timezone.now()
    mail = Mail.objects.waiting()
    held = Comment.objects.held()
    usage = shutil.disk_usage(settings.DATA_DIR)
    last = backups.last_taken_at()
    return {
        "mail_waiting": ("Mail that waits to be sent.", mail.count()),
        "mail_oldest_seconds": (
            "How long the oldest mail is due.",
            _age(mail.filter(due_at__lt=now), "due_at", now),
        ),
        "mail_failed_week": ("Mail of seven days that was given up.", _given_up(now).count()),
        "photos_due": ("Photos that wait for their renditions.", Photo.objects.due().count()),
        "photos_failed": ("Photos whose renditions could not be made.", Photo.objects.failed().count()),
        "cards_due": ("Card pictures that wait to be drawn.", Card.objects.filter(made_at=None).count()),
        "comments_held": ("Comments that wait for a moderator.", held.count()),
        "comments_oldest_held_seconds": (
            "How long the oldest of them waits.",
            _age(held, "submit_date", now),
        ),
        "failures_day": ("Kinds of errors in the last day.", _failures(now).count()),
        "disk_free_bytes": ("Free space where the data lies.", usage.free),
        "disk_total_bytes": ("All space where the data lies.", usage.total),
        "database_bytes": ("How large the database is.", _database_size()),
        "backup_age_seconds": ("How old the last backup is.", last and (now - last).total_seconds()),
    }


def _given_up(now):
    return Mail.objects.filter(dropped_at__gt=now - timedelta(days=7)).exclude(last_error="")


def _failures(now):
    return Failure.objects.filter(last_at__gt=now - timedelta(days=1))


def _age(rows, column, now):
    first = rows.order_by(column).values_list(column, flat=True).first()
    return (now - first).total_seconds() if first else 0


def _database_size():
    with connection.cursor() as cursor:
        if is_sqlite():
            cursor.execute("SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()")
        else:
            cursor.execute("SELECT pg_database_size(current_database())")
        return cursor.fetchone()[0]


def _tried(ask):
    try:
        ask()
    except Exception:
        return "failing"
    return "ok"


def _count(number, noun):
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _be(number):
    return "is" if number == 1 else "are"


def _when(moment):
    return f"{timezone.localtime(moment):%-d %B %Y, %H:%M}"
