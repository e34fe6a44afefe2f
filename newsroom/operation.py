"""What the operator's page shows (/admin/condition/): everything that one asks when something seems wrong."""

import platform
from dataclasses import dataclass
from datetime import timedelta
from importlib.metadata import PackageNotFoundError, version

from django.conf import settings
from django.core.cache import caches
from django.core.cache.backends.locmem import LocMemCache
from django.db import connection
from django.utils import timezone

from comments.models import Mail
from newsroom import backups, condition, edition, logs
from newsroom.models import Failure

SHOWN = 10
_PACKAGES = [
    "Django",
    "django-comments-xtd",
    "django-taggit",
    "pillow",
    "gunicorn",
    "psycopg",
    "django-redis",
    "nh3",
]


@dataclass(frozen=True)
class Fact:
    name: str
    value: str
    is_wrong: bool = False
    note: str = ""


def report():
    """Return the parts of the page as its template takes them. A dozen counting queries."""
    figures = {name: number for name, (_, number) in condition.figures().items()}
    return {
        "findings": condition.findings(),
        "parts": [Fact(name, said, said != "ok") for name, said in condition.parts().items()],
        "queues": _queues(figures),
        "stores": _stores(figures),
        "versions": _versions(),
        "failures": Failure.objects.all()[:SHOWN],
        "mails": [
            {"mail": mail, "error": logs.masked(mail.last_error)}
            for mail in Mail.objects.waiting().order_by("due_at")[:SHOWN]
        ],
    }


def _queues(figures):
    late = condition.MAIL_WAITS_AT_MOST.total_seconds()
    day = condition.HELD_AT_MOST.total_seconds()
    return [
        Fact("Mail", _waiting(figures["mail_waiting"]), figures["mail_oldest_seconds"] > late,
             _since(figures["mail_oldest_seconds"])),
        Fact("Mail given up this week", f"{figures['mail_failed_week']:,}", figures["mail_failed_week"] > 0),
        Fact("Photos without renditions", _waiting(figures["photos_due"])),
        Fact("Photos that failed", f"{figures['photos_failed']:,}", figures["photos_failed"] > 0),
        Fact("Cards to be drawn", _waiting(figures["cards_due"])),
        Fact("Comments held", _waiting(figures["comments_held"]), figures["comments_oldest_held_seconds"] > day,
             _since(figures["comments_oldest_held_seconds"])),
    ]  # fmt: skip


def _stores(figures):
    free, total = figures["disk_free_bytes"], figures["disk_total_bytes"]
    last = backups.last_taken_at()
    return [
        Fact(
            "Database",
            f"{connection.display_name}, {_bytes(figures['database_bytes'])}",
            note=_server_version(),
        ),
        Fact("Edition", f"{edition.current().number:,}", note="moves with whatever a reader can see"),
        Fact("Disk", f"{_bytes(free)} of {_bytes(total)} free", free < total * condition.DISK_FREE_AT_LEAST),
        Fact("Cache", *_cache("default")),
        Fact("Kept pages", *_cache("pages")) if settings.PAGE_CACHE else Fact("Kept pages", "off"),
        Fact("Pictures", settings.STORAGE_URL or "in the data folder"),
        Fact(
            "Last backup",
            f"{timezone.localtime(last):%-d %B %Y, %H:%M}" if last else "none",
            last is None or last < timezone.now() - condition.BACKUP_EVERY,
            _ago((timezone.now() - last).total_seconds()) if last else "",
        ),
    ]


def _cache(alias):
    """Return (words, is wrong, note) of a cache."""
    cache = caches[alias]
    if isinstance(cache, LocMemCache):
        return f"in this process, {len(cache._cache):,} kept", False, ""
    try:
        info = cache.client.get_client().info()
    except Exception:
        return "Redis does not answer", True, "pages are made anew: slower, not wrong"
    return f"Redis, {_bytes(info['used_memory'])}", False, f"version {info['redis_version']}"


def _server_version():
    found = ".".join(map(str, connection.get_database_version()))
    return f"version {found}"


def _versions():
    unapplied = condition.unapplied_migrations()
    yield Fact("Python", platform.python_version())
    for name in _PACKAGES:
        try:
            yield Fact(name, version(name))
        except PackageNotFoundError:  # an extra that is not installed
            continue
    yield Fact("Migrations", f"{len(unapplied)} to come" if unapplied else "all applied", bool(unapplied))


def _waiting(number):
    return "nothing waits" if not number else f"{number:,} waiting"


def _since(seconds):
    return f"the oldest for {_span(seconds)}" if seconds >= 60 else ""


def _ago(seconds):
    return f"{_span(seconds)} ago" if seconds >= 60 else ""


def _span(seconds):
    words = timedelta(seconds=seconds // 60 * 60)
    return f"{words.days} days" if words.days > 1 else _clock(words)


def _clock(span):
    hours, minutes = divmod(int(span.total_seconds()) // 60, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min"


def _bytes(number):
    for unit in ("B", "kB", "MB", "GB"):
        if number < 1000:
            return f"{number:.0f} {unit}" if unit in ("B", "kB") else f"{number:.1f} {unit}"
        number /= 1000
    return f"{number:.1f} TB"
