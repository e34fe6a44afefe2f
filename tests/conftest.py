"""What every test stands on: a folder of its own for pictures, and the people of a newsroom."""

import contextlib
import functools
import io
import os
import sqlite3
from importlib import import_module
from types import SimpleNamespace

import psycopg
import pytest
from django.apps import apps
from django.conf import settings
from django.contrib.auth.models import Group
from django.contrib.staticfiles import finders
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, transaction
from django.test import TransactionTestCase
from django.test.signals import setting_changed
from PIL import Image

from articles import listing
from comments import tallies
from newsroom import edition, floods, pieces

os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"  # Playwright's loop runs in the thread that uses the database


def pytest_configure(config):
    # names without hashes: nothing has to be collected before a test (tests/test_static.py collects for real)
    settings.STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.WHITENOISE_AUTOREFRESH = True
    settings.PAGE_CACHE = (
        False  # a test inside a transaction has one edition (tests/newsroom/test_pages.py turns it on)
    )
    if settings.CACHE_URL and (worker := os.environ.get("PYTEST_XDIST_WORKER")):
        # each process empties its cache before a test: not that of the others
        server, _, number = settings.CACHE_URL.rpartition("/")
        for name in ("default", "pages"):
            settings.CACHES[name]["LOCATION"] = f"{server}/{int(number) + int(worker.removeprefix('gw'))}"
    finders.find = functools.cache(finders.find)  # a page of the desk asks for sixty files

    TransactionTestCase._fixture_teardown = empty_the_database
    # a piece of a page is kept for as long as the process has the same settings
    setting_changed.connect(lambda **told: pieces.forget(), weak=False)


def pytest_report_header(config):
    return (
        f"database: {settings.DATABASES['default']['ENGINE']}, cache: {settings.CACHES['default']['BACKEND']}"
    )


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker, tmp_path_factory):
    """The database of the tests, and before any of them a copy of it for `migrated`."""
    with contextlib.ExitStack() as stack:
        with django_db_blocker.unblock():
            if connection.vendor == "sqlite":
                _copy.to = tmp_path_factory.mktemp("migrated") / "newsroom.sqlite3"
                with contextlib.closing(sqlite3.connect(_copy.to)) as file:
                    connection.connection.backup(file)
                # a test that empties the database does so row by row, which the log of decisions would refuse
                connection.cursor().execute("DROP TRIGGER IF EXISTS comments_decision_is_kept")
            else:
                _copy.to = stack.enter_context(_copied_in_postgresql())
        yield


@contextlib.contextmanager
def _copied_in_postgresql():
    found = connection.settings_dict
    name = f"{found['NAME']}_migrated"
    connection.close()  # a database is copied while nobody is in it
    with psycopg.connect(
        host=found["HOST"], port=found["PORT"], user=found["USER"], password=found["PASSWORD"],
        dbname="postgres", autocommit=True,
    ) as server:  # fmt: skip
        server.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        server.execute(f"CREATE DATABASE {name} TEMPLATE {found['NAME']}")
        yield name
        server.execute(f"DROP DATABASE {name} WITH (FORCE)")


_copy = SimpleNamespace(to=None)


@pytest.fixture
def migrated(django_db_setup):
    """A database as the migrations leave it, to be copied and not to be written to: on SQLite its file, on PostgreSQL its name."""
    return _copy.to


@pytest.fixture
def _django_db_helper(_django_db_helper):
    count_at_once()


def count_at_once():
    """In a transaction that is never committed, let PostgreSQL keep the tallies all the same (comments/tallies.py and
    articles/listing.py)."""
    if connection.vendor == "postgresql" and connection.in_atomic_block:
        with connection.cursor() as cursor:
            cursor.execute(f"SET CONSTRAINTS {', '.join([*tallies.NAMES, *listing.NAMES])} IMMEDIATE")


@pytest.fixture(autouse=True)
def own_media_folder(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "media"


@pytest.fixture(autouse=True)
def nothing_counted():
    cache.clear()
    floods.forget()
    pieces.forget()


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_collection_modifyitems(items):
    for item in items:
        kind = item.path.relative_to(item.config.rootpath).parts[1]
        if kind == "browser":
            item.add_marker(pytest.mark.browser)
        if kind in ("browser", "faults"):
            # a busy machine may let a key or a process come late: once more, and the closing line counts it
            item.add_marker(pytest.mark.flaky(reruns=2))
        if kind == "faults":  # on one running site
            item.add_marker(pytest.mark.xdist_group(kind))
        elif stands_on_what_its_file_has_made(item):  # by one process
            item.add_marker(pytest.mark.xdist_group(item.nodeid.split("::")[0]))
    yield  # the processes that share the work note the groups, and Django's plugin has its own order
    items.sort(key=empties_the_database)  # also of what the migrations put there: then nobody comes after it


def stands_on_what_its_file_has_made(item):
    made = item._fixtureinfo.name2fixturedefs.values()
    return any(one[-1].scope == "module" and one[-1].baseid.startswith("tests/") for one in made)


def empties_the_database(item):
    marked = item.get_closest_marker("django_db")
    return bool(
        {"transactional_db", "live_server"} & set(item.fixturenames)
        or (marked and (marked.kwargs.get("transaction") or marked.args[:1] == (True,)))
    )


# what no test changes: to make it again takes longer than most tests
KEPT = {"django_site", "django_content_type", "auth_permission", "auth_group", "auth_group_permissions"}


def empty_the_database(test_case):
    """After a test that commits, delete every row but those of KEPT; in place of Django's `flush`, which on PostgreSQL makes
    the file of each table and index anew, and makes all permissions again."""
    tables = sorted(
        set(connection.introspection.django_table_names(only_existing=True, include_views=False)) - KEPT
    )
    with connection.cursor() as cursor:
        cursor.execute(
            " UNION ALL ".join(f"SELECT '{table}' WHERE EXISTS (SELECT 1 FROM {table})" for table in tables)
        )
        filled = [name for (name,) in cursor.fetchall()]
    with transaction.atomic(), connection.cursor() as cursor:
        if connection.vendor == "postgresql":  # neither triggers nor the order of foreign keys
            cursor.execute("SET LOCAL session_replication_role = replica")
        for table in filled:
            cursor.execute(f"DELETE FROM {table}")
        edition.leap()


@pytest.fixture
def groups(db):
    """The groups as the migrations make them."""
    if not Group.objects.exists():  # somebody has emptied the database otherwise
        make_groups()
    return {group.name: group for group in Group.objects.all()}


def make_groups():
    for module, function in (
        ("articles.migrations.0002_groups", "create_groups"),
        ("articles.migrations.0004_photos_of_before", "let_editors_make_galleries"),
        ("articles.migrations.0007_editors_correct", "grant"),
        ("comments.migrations.0002_moderators", "grant"),
        ("comments.migrations.0005_policy_for_editors", "grant"),
        ("comments.migrations.0011_what_the_desk_begins_with", "grant"),
    ):
        getattr(import_module(module), function)(apps, None)


@pytest.fixture
def picture():
    """`picture(width, height)` makes an uploadable JPEG of that size."""

    def picture(width=1200, height=800, name="picture.jpg", colour="steelblue"):
        out = io.BytesIO()
        Image.new("RGB", (width, height), colour).save(out, "JPEG")
        return SimpleUploadedFile(name, out.getvalue(), "image/jpeg")

    return picture
