"""One site for all faults: its own PostgreSQL (or an SQLite on a small disk), its own Redis, its own mail server."""

import contextlib
import json
import os
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.conf import settings
from django.db import connection

from tests.faults.site import PATIENCE, Database, Postbox, PostgreSQL, Redis, Site
from tests.faults.smalldisk import SmallDisk

PREPARE = """
import json
from datetime import timedelta
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.auth.models import User
from django.contrib.sessions.backends.db import SessionStore
from django.utils import timezone
from articles.models import Article, Author, Byline, Topic
from comments.models import Comment, Commenter, Policy
rules = ["rate_of_person", "rate_of_address", "rate_of_network", "rate_of_newcomers", "duplicate", "too_fast",
         "first_comments"]
Policy(switched_off=rules).save()
topic = Topic.objects.create(name="Seas", slug="seas")
article = Article(headline="Tides", slug="tides", standfirst="What the water leaves.", body="<p>Sand, mostly.</p>" * 40,
                  topic=topic)
article.save()
Byline.objects.create(article=article, author=Author.objects.create(name="Ana Ruiz"))
article.publish(at=timezone.now() - timedelta(hours=1))
boss = User.objects.create_superuser("boss", "boss@example.org", "a long password")
session = SessionStore()
session.update({SESSION_KEY: str(boss.pk), BACKEND_SESSION_KEY: "comments.logins.OneLook",
                HASH_SESSION_KEY: boss.get_session_auth_hash()})
session.create()
print(json.dumps({"article": article.pk, "session": session.session_key, "topic": topic.pk}))
"""


def pytest_collection_modifyitems(items):
    for item in items:
        if "/faults/" in str(item.path):
            item.add_marker(pytest.mark.xdist_group("faults"))
            item.add_marker(pytest.mark.django_db)  # else there is no test database to copy from


def run(code, environment):
    code = f"import django; django.setup()\n{code}"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=settings.BASE_DIR, capture_output=True, text=True, timeout=120,
        env=environment,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout.strip().splitlines()[-1]


@pytest.fixture(scope="session")
def around(tmp_path_factory, django_db_setup, django_db_blocker):
    """What the site stands on: `.environment`, `.database`, `.redis`, `.postbox`, `.disk`, `.postgresql` or None."""
    folder = tmp_path_factory.mktemp("around")
    disk, redis, postbox, postgresql = SmallDisk(), Redis(folder), Postbox(), None
    with contextlib.ExitStack() as stack:
        stack.callback(disk.close)
        stack.callback(redis.stop)
        with django_db_blocker.unblock():
            if connection.vendor == "sqlite":
                url = f"sqlite:///{disk.folder}/newsroom.sqlite3"
                _copy_sqlite(disk.folder / "newsroom.sqlite3")
            elif not all(map(shutil.which, ("initdb", "pg_ctl", "pg_dump", "pg_restore", "redis-server"))):
                pytest.skip("needs the programs of a PostgreSQL server and of Redis")
            else:
                postgresql = PostgreSQL()
                stack.callback(postgresql.close)
                url = f"{postgresql.url}/newsroom"
                _copy_postgresql(postgresql.url)
        environment = {k: v for k, v in os.environ.items() if not k.startswith(("PYTEST", "DJANGO"))}
        environment |= {
            "DATA_DIR": str(disk.folder), "DATABASE_URL": url, "EMAIL_URL": f"smtp://127.0.0.1:{postbox.port}",
            "EMAIL_TIMEOUT": "1", "DATABASE_TIMEOUT": str(PATIENCE), "UNDO_SECONDS": "1", "POSTS_A_MINUTE": "0", "LOG_LEVEL": "WARNING",
            "CACHE_URL": redis.url if postgresql else "", "DJANGO_SETTINGS_MODULE": "tests.faults.settings",
        }  # fmt: skip
        if postgresql:
            redis.start()
        known = json.loads(run(PREPARE, environment))
        yield SimpleNamespace(
            environment=environment, database=Database(url), redis=redis, postbox=postbox, disk=disk,
            postgresql=postgresql, known=known, folder=folder,
        )  # fmt: skip


def _copy_sqlite(file):
    connection.ensure_connection()
    with contextlib.closing(sqlite3.connect(file)) as copy:
        connection.connection.backup(copy)
    connection.close()


def _copy_postgresql(server):
    found = connection.settings_dict
    source = f"postgres://{found['USER']}:{found['PASSWORD']}@{found['HOST']}:{found['PORT']}/{found['NAME']}"
    subprocess.run(
        ["createdb", "-h", "127.0.0.1", "-p", server.rpartition(":")[2], "-U", "postgres", "newsroom"],
        check=True,
    )
    dump = subprocess.run(["pg_dump", "-Fc", "--no-owner", source], check=True, capture_output=True)
    subprocess.run(["pg_restore", "--no-owner", "-d", f"{server}/newsroom"], input=dump.stdout, check=True)


_sites = []


@pytest.fixture(scope="session")
def running(around):
    """The site of all tests. `site` starts it, and the last of these tests stops it."""
    site = Site(around.environment, around.folder)
    _sites.append(site)
    try:
        yield site
    finally:
        site.stop()


@pytest.hookimpl(trylast=True)
def pytest_runtest_teardown(nextitem):
    """Its worker looks for work ten times a second, which costs the tests that come after these a tenth of a processor."""
    if nextitem is None or Path(__file__).parent not in nextitem.path.parents:
        for site in _sites:
            site.stop()


@pytest.fixture
def site(running, around):
    """The site, whole: what the test before has stopped is started again."""
    if running.web is None or running.web.poll() is not None:
        running.start_web()
    if running.worker is None or running.worker.poll() is not None:
        running.start_worker()
    yield running
    around.postbox.mood = "takes"
