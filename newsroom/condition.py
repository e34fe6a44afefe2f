"""What an operator must know of the running site: for `check_site`, and for `/readyz`."""

import shutil
from datetime import timedelta

from django.conf import settings
from django.core.cache import cache
from django.core.files.storage import default_storage
from django.db import connection
from django.utils import timezone

from articles.models import Article, ArticlePhoto, Photo
from comments.models import Comment, Mail
from newsroom import backups

MAIL_WAITS_AT_MOST = timedelta(minutes=15)
HELD_AT_MOST = timedelta(days=1)
BACKUP_EVERY = timedelta(days=2)
DISK_FREE_AT_LEAST = 0.1


def findings():
    """Return what needs somebody, as a list of sentences; empty when all is well. A few counting queries."""
    return [sentence for look in _LOOKS for sentence in look()]


def _mail():
    now = timezone.now()
    if late := Mail.objects.waiting().filter(due_at__lt=now - MAIL_WAITS_AT_MOST):
        oldest = late.order_by("due_at").values_list("due_at", flat=True)[0]
        yield f"{_count(late.count(), 'mail')} should have been sent, the oldest since {_when(oldest)}: does the worker run?"
    given_up = Mail.objects.filter(dropped_at__gt=now - timedelta(days=7)).exclude(last_error="").count()
    if given_up:
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


def parts():
    """Return each part that an answer needs, with “ok” or what is wrong. Nothing of it tells a stranger anything."""
    return {
        "database": _tried(_ask_database),
        "cache": _tried(_ask_cache),
        "storage": _tried(lambda: default_storage.exists("originals")),
        "queue": _tried(_ask_queue),
    }


def _ask_database():
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


def _ask_cache():
    cache.set("readyz", "1", 10)
    if cache.get("readyz") != "1":
        raise ValueError("does not keep")


def _ask_queue():
    if Mail.objects.waiting().filter(due_at__lt=timezone.now() - MAIL_WAITS_AT_MOST).exists():
        raise ValueError("is late")


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
