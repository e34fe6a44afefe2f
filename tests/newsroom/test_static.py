"""Static files as production serves them: collected, hashed, compressed."""

import re

import pytest
from django.conf import settings as django_settings
from django.contrib.staticfiles.storage import staticfiles_storage
from django.core.management import call_command
from django.test import Client, override_settings

STORAGES = django_settings.STORAGES | {"staticfiles": {"BACKEND": "newsroom.static.OneStylesheetStorage"}}


@pytest.fixture(scope="module")
def collected_once(tmp_path_factory):
    """The folder, collected over what the version before this one had: compressing takes a while."""
    folder = tmp_path_factory.mktemp("collected")
    before = folder / "css" / "site.css"
    before.parent.mkdir()
    before.write_text("body { color: red }")
    with override_settings(STORAGES=STORAGES, STATIC_ROOT=folder):
        call_command("collectstatic", interactive=False, verbosity=0)
    return folder


@pytest.fixture
def collected(collected_once):
    with override_settings(STORAGES=STORAGES, STATIC_ROOT=collected_once):
        yield collected_once


def test_the_stylesheet_is_one_request_whose_name_carries_a_hash_and_every_file_it_names_is_there(
    collected, settings
):
    url = staticfiles_storage.url("css/site.css")
    assert url.startswith("/static/css/site.") and url != "/static/css/site.css"
    whole = (collected / url.removeprefix("/static/")).read_text()
    named = set(re.findall(r'url\("?([^")]+?)"?\)', whole))
    assert named
    assert [name for name in named if not (collected / "css" / name).exists()] == []
    assert "/*" not in whole  # what is said to whoever changes it costs a reader a fifth more
    assert "@import" not in whole and "body { color: red }" not in whole
    assert {part for part in ("@font-face", "--paper", ".story__title", "@media print") if part in whole} == {
        "@font-face", "--paper", ".story__title", "@media print",
    }  # fmt: skip
    apart = {
        "site.css",
        "feed.css",
        "moderation.css",
        "moderation-card.css",
    }  # a feed and the desk have their own
    sources = {path.name for path in (settings.BASE_DIR / "static" / "css").glob("*.css")} - apart
    entry = (settings.BASE_DIR / "static" / "css" / "site.css").read_text()
    assert sources == {line.split('"')[1] for line in entry.splitlines() if line.startswith("@import")}


def test_files_of_the_site_are_not_offered_to_other_hosts(collected):
    answer = Client().get(staticfiles_storage.url("css/site.css"))
    assert (answer.status_code, answer.get("Access-Control-Allow-Origin")) == (200, None)
    assert answer["Cross-Origin-Resource-Policy"] == "same-origin"


def test_a_file_says_that_it_does_nothing_by_itself_and_not_what_a_page_may_do(collected):
    answer = Client().get(staticfiles_storage.url("js/share.js"))
    assert answer.status_code == 200
    assert {name: answer.get(name) for name in (
        "Content-Security-Policy", "Permissions-Policy", "X-Content-Type-Options", "X-Frame-Options",
        "Referrer-Policy", "Cross-Origin-Opener-Policy", "Last-Modified",
    )} == {
        "Content-Security-Policy": "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
        "Permissions-Policy": None,
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        "Referrer-Policy": "strict-origin-when-cross-origin",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Last-Modified": None,
    }  # fmt: skip
    again = Client().get(staticfiles_storage.url("js/share.js"), headers={"If-None-Match": answer["ETag"]})
    assert (again.status_code, b"".join(again)) == (304, b"")
