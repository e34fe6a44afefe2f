"""A real Chromium against the real site. A page that logs an error, breaks its own security policy or asks another
host for anything fails the test that opened it."""

from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.auth.models import Group, User
from django.contrib.sessions.backends.db import SessionStore
from playwright.sync_api import expect

from tests.browser import chromium

expect.set_options(timeout=15_000)  # a busy machine is slow, not wrong


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args):
    path = chromium.executable()
    return (
        browser_type_launch_args | {"args": chromium.ARGUMENTS} | ({"executable_path": path} if path else {})
    )


@pytest.fixture
def complaints():
    """What the browser complained about, as lines; a test that provokes one on purpose empties it."""
    return []


@pytest.fixture
def context(context, complaints, live_server):
    host = urlsplit(live_server.url).netloc

    def watch(page):
        page.on("pageerror", lambda error: complaints.append(f"error: {error}"))
        page.on(
            "console",
            lambda message: message.type == "error" and complaints.append(f"console: {message.text}"),
        )

    def ask(request):
        parts = urlsplit(request.url)
        if parts.scheme in ("http", "https", "ws", "wss") and parts.netloc != host:
            complaints.append(f"asked another host: {request.url}")

    context.on("page", watch)
    context.on("request", ask)
    context.set_default_timeout(15_000)
    yield context
    assert complaints == []


@pytest.fixture
def log_in_to(live_server):
    """`log_in_to(context, user)` gives the browser of `context` the session of `user`."""

    def log_in_to(context, user):
        session = SessionStore()
        session[SESSION_KEY] = str(user.pk)
        session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
        session[HASH_SESSION_KEY] = user.get_session_auth_hash()
        session.save()
        context.add_cookies(
            [{"name": settings.SESSION_COOKIE_NAME, "value": session.session_key, "url": live_server.url}]
        )
        return user

    return log_in_to


@pytest.fixture
def log_in(context, log_in_to):
    """`log_in(user)` gives the browser the session of `user`."""
    return lambda user: log_in_to(context, user)


@pytest.fixture
def editor(transactional_db, groups):
    user = User.objects.create_user(
        "edith", "edith@example.org", "a long password", is_staff=True, first_name="Edith"
    )
    user.groups.add(Group.objects.get(name="Editors"))
    return user


@pytest.fixture
def writer(transactional_db, groups):
    user = User.objects.create_user(
        "wim", "wim@example.org", "a long password", is_staff=True, first_name="Wim"
    )
    user.groups.add(Group.objects.get(name="Writers"))
    return user


@pytest.fixture
def editor_page(page, log_in, editor):
    """A browser page in which an editor is logged in."""
    log_in(editor)
    return page
