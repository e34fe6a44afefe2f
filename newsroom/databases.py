"""Which database answers: the primary, or a read replica where DATABASE_REPLICA_URL names one.

A replica is asked for one thing only: to make a page for everyone. Whoever wrote something is a person with a session or
a form, and those are answered by the primary: nobody misses their own words. And a replica is asked only when it has
come as far as the primary, by the number of the edition, which moves in the transaction that changes anything a reader
can see: what lags behind is never put into a page, nor kept with one.

Nobody depends on it: what breaks off there, or is not there within seconds, is made by the primary.
"""

import contextlib
import logging
import os
import socket
import threading
import time
from contextlib import contextmanager
from contextvars import ContextVar

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, Error, OperationalError, connections

REPLICA = "replica"
RETRY_AFTER = 5  # seconds in which a replica that did not answer is not asked again
LOOK_SECONDS, PAGE_SECONDS = 1, 5  # that a replica has to say how far it is, and to make a page
LATE_SECONDS = 60  # it lacks something for longer: an operator is told
# a standby that was promoted goes its own way: what it has is no part of an edition of the primary
_FOLLOWS = {"postgresql": " WHERE pg_is_in_recovery()"}

logger = logging.getLogger(__name__)
_reads_from = ContextVar("reads_from", default=DEFAULT_DB_ALIAS)
_away_until = 0.0
_owed = None  # the number of an edition that the replica had not yet, and when that was seen


class Router:
    """Reads go to the primary but `for_everyone`; writes go there always, and what is read after one as well."""

    def db_for_read(self, model, **hints):
        return _reads_from.get()

    def db_for_write(self, model, **hints):
        _reads_from.set(DEFAULT_DB_ALIAS)
        return DEFAULT_DB_ALIAS

    def allow_relation(self, one, other, **hints):
        return True  # they are the same rows

    def allow_migrate(self, db, app_label, **hints):
        return db == DEFAULT_DB_ALIAS


def for_everyone(make):
    """Return what `make()` returns, read from the replica if there is one that has all that the primary has.

    A replica ends a query that stands in the way of what it copies, and may be gone in the middle of a page: then
    `make()` is called once more, and reads from the primary.
    """
    if REPLICA not in settings.DATABASES or not _may_be_asked():
        return make()
    token = _reads_from.set(REPLICA)
    try:
        with _within(PAGE_SECONDS):
            return make()
    except Error as error:
        if not connections[REPLICA].errors_occurred:
            raise
        _leave_alone(error)
    finally:
        _reads_from.reset(token)
    return make()


def _may_be_asked():
    global _away_until
    if (now := time.monotonic()) < _away_until:
        return False
    if _away_until:  # one asks whether it is back, and nobody else waits with it
        _away_until = now + RETRY_AFTER
    wanted = _edition(DEFAULT_DB_ALIAS)
    try:
        is_level = _has(wanted)
    except Error as error:
        _leave_alone(error)
        return False
    _away_until = 0.0
    return is_level


def ask_replica():
    """Raise where the replica does not answer, follows the primary no more, or lacks for long what that has."""
    if _has(_edition(DEFAULT_DB_ALIAS)):
        return
    if (owed := _owed) and time.monotonic() - owed[1] > LATE_SECONDS:
        raise OperationalError("it is late")


def _has(wanted):
    """Whether the replica has come as far as the edition of that number."""
    global _owed
    with _within(LOOK_SECONDS):
        number = _edition(REPLICA)
    if number >= wanted:
        _owed = None
        return True
    if _owed is None or number >= _owed[0]:
        _owed = wanted, time.monotonic()
    return False


def _edition(alias):
    follows = _FOLLOWS.get(connections[alias].vendor, "") if alias == REPLICA else ""
    with connections[alias].cursor() as cursor:
        cursor.execute(f"SELECT number FROM newsroom_edition{follows}")  # noqa: S608  words of ours
        if not (row := cursor.fetchone()):
            raise OperationalError("it follows no primary")
    return row[0]


def _leave_alone(error):
    global _away_until
    logger.warning("The replica is left alone for %d seconds: %s", RETRY_AFTER, error)
    connections[REPLICA].close()
    _away_until = time.monotonic() + RETRY_AFTER


@contextmanager
def _within(seconds):
    """Hang up on a replica that takes longer: whoever waits for it gets an error at once.

    PostgreSQL ends a statement that takes too long, but not while its machine hangs or its disk does.
    """
    connections[REPLICA].ensure_connection()
    replica = connections[REPLICA].connection
    if not hasattr(replica, "fileno"):  # SQLite
        yield
        return
    with socket.socket(fileno=os.dup(replica.fileno())) as line:

        def hang_up():
            with contextlib.suppress(OSError):  # it has done so itself
                line.shutdown(socket.SHUT_RDWR)

        timer = threading.Timer(seconds, hang_up)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()
            timer.join()


def limit_statements(seconds):
    """Let PostgreSQL end a statement of this process after `seconds`: before the web server ends the process.

    The web server calls it. Commands and the worker have no limit: a migration or a backup takes its time.
    """
    for alias in connections:
        options = connections.settings[alias].setdefault("OPTIONS", {})
        if seconds and connections.settings[alias]["ENGINE"].endswith("postgresql"):
            given = options.get("options", "")
            options["options"] = f"{given} -c statement_timeout={seconds}s".strip()


def hurry_pools():
    """Let a pool go on at once where it finds a connection broken, and connect again soon.

    psycopg_pool pauses for 1, 2, 4 … seconds between two looks at connections of its own: after a restart of PostgreSQL
    who reads would wait for all of them, one after the other.
    """
    from psycopg_pool.base import AttemptWithBackoff

    AttemptWithBackoff.INITIAL_DELAY, AttemptWithBackoff.DELAY_BACKOFF = 0.05, 1.2
