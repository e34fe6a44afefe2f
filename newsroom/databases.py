"""Which database answers: the primary, or a read replica where DATABASE_REPLICA_URL names one.

A replica is asked for one thing only: to make a page for everyone. Whoever wrote something is a person with a session or
a form, and those are answered by the primary: nobody misses their own words. And a replica is asked only when it has
come as far as the primary, by the number of the edition, which moves in the transaction that changes anything a reader
can see: what lags behind is never put into a page, nor kept with one.
"""

import logging
import time
from contextlib import contextmanager
from contextvars import ContextVar

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, DatabaseError, connections

REPLICA = "replica"
RETRY_AFTER = 5  # seconds in which a replica that did not answer is not asked again

logger = logging.getLogger(__name__)
_reads_from = ContextVar("reads_from", default=DEFAULT_DB_ALIAS)
_away_until = 0.0


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


@contextmanager
def for_everyone():
    """Read from the replica inside, if there is one that has all that the primary has."""
    if REPLICA not in settings.DATABASES or not _is_level():
        yield
        return
    token = _reads_from.set(REPLICA)
    try:
        yield
    finally:
        _reads_from.reset(token)


def _is_level():
    global _away_until
    if time.monotonic() < _away_until:
        return False
    wanted = _edition(DEFAULT_DB_ALIAS)
    try:
        return _edition(REPLICA) >= wanted
    except DatabaseError as error:
        logger.warning("The replica does not answer: %s", error)
        connections[REPLICA].close()
        _away_until = time.monotonic() + RETRY_AFTER
        return False


def _edition(alias):
    with connections[alias].cursor() as cursor:
        cursor.execute("SELECT number FROM newsroom_edition")
        return cursor.fetchone()[0]


def limit_statements(seconds):
    """Let PostgreSQL end a statement of this process after `seconds`: before the web server ends the process.

    The web server calls it. Commands and the worker have no limit: a migration or a backup takes its time.
    """
    for alias in connections:
        options = connections.settings[alias].setdefault("OPTIONS", {})
        if seconds and connections.settings[alias]["ENGINE"].endswith("postgresql"):
            given = options.get("options", "")
            options["options"] = f"{given} -c statement_timeout={seconds}s".strip()
