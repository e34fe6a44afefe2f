"""What is measured, never asserted in the suite: run by `make bench`. Each file prints a table and its numbers go to
docs/benchmarks.json, under the file's name."""

import json
import os
import platform
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection

collect_ignore_glob = [] if os.environ.get("BENCH") else ["test_*.py"]


@pytest.fixture(scope="module")
def note(request):
    """`note(what, value)` puts a measured value into the table of this file."""
    found = {}
    yield found.__setitem__
    if not found:
        return
    name = request.path.stem.removeprefix("test_")
    width = max(map(len, found))
    print(f"\n{name}\n" + "\n".join(f"  {what:<{width}}  {value}" for what, value in found.items()))
    out = Path(os.environ.get("BENCH_OUT", settings.BASE_DIR / "docs" / "benchmarks.json"))
    known = json.loads(out.read_text()) if out.exists() else {}
    engine = settings.DATABASES["default"]["ENGINE"].rsplit(".", 1)[-1]
    known.setdefault(engine, {})[name] = {"python": platform.python_version(), **found}
    out.write_text(json.dumps(known, indent=2, sort_keys=True, ensure_ascii=False) + "\n")


@pytest.fixture
def _triggers_again(django_db_setup, django_db_blocker):
    """What SQLite's triggers were before the test, put back after the database was emptied."""
    gone = []
    yield gone
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        for sql in gone:
            cursor.execute(sql)


@pytest.fixture
def large(_triggers_again, transactional_db):
    """A database that may hold millions of rows: SQLite empties a table with triggers row by row, one without at once."""
    yield
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
            for name, sql in cursor.fetchall():
                _triggers_again.append(sql)
                cursor.execute(f'DROP TRIGGER "{name}"')
