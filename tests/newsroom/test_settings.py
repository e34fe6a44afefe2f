"""One settings module: good on a laptop with nothing set, and it does not start in production without its secrets."""

import json
import os
import subprocess
import sys

import pytest
from django.conf import settings

PRODUCTION = {
    "NEWSROOM_ENV": "production",
    "SECRET_KEY": "a-key-that-is-long-enough-for-the-check-of-django-0123456789-0123456789",
    "SITE_URL": "https://news.example.org",
    "ALLOWED_HOSTS": "news.example.org",
}


def start(tmp_path, *command, **environment):
    inherited = {k: v for k, v in os.environ.items() if k in ("PATH", "HOME", "LANG", "SYSTEMROOT")}
    return subprocess.run(
        [sys.executable, "manage.py", *command],
        cwd=settings.BASE_DIR,
        env=inherited | {"DATA_DIR": str(tmp_path)} | environment,
        capture_output=True,
        text=True,
    )


def test_it_starts_with_nothing_set(tmp_path):
    result = start(tmp_path, "check")
    assert (result.returncode, result.stdout) == (0, "System check identified no issues (0 silenced).\n")


def test_a_new_process_knows_its_templates_before_its_first_reader_comes(tmp_path):
    code = "import newsroom.wsgi; from django.template import engines; print(*engines['django'].engine.template_loaders[0].get_template_cache)"
    result = start(tmp_path, "shell", "--verbosity", "0", "--command", code)
    assert {"articles/article.html", "articles/front_page.html"} <= set(result.stdout.split()), result.stderr


def test_the_web_server_and_no_command_has_a_limit_for_a_statement(tmp_path):
    code = (
        "from django.db import connections as c;"
        "has = lambda: 'statement_timeout=9s' in c.settings['default']['OPTIONS']['options'];"
        "before = has(); import newsroom.wsgi; print(before, has())"
    )
    environment = {"DATABASE_URL": "postgres://x:x@127.0.0.1:1/x", "DATABASE_STATEMENT_SECONDS": "9"}
    assert asked_of(tmp_path, code, **environment) == "False True"


@pytest.mark.threat("T28")
@pytest.mark.parametrize("name", ["SECRET_KEY", "SITE_URL", "ALLOWED_HOSTS"])
def test_production_does_not_start_without_its_secrets(tmp_path, name):
    result = start(tmp_path, "check", **{k: v for k, v in PRODUCTION.items() if k != name})
    assert result.returncode != 0
    assert f"{name} must be set when NEWSROOM_ENV is “production”" in result.stderr


@pytest.mark.threat("T24")
def test_in_production_a_line_is_one_object_whatever_was_sent(tmp_path):
    code = """
import logging
logging.getLogger("django.request").warning("Not Found: %s", "/no\\n[ERROR] fake\\x1b[31m")
logging.getLogger("comments").warning("%s wrote %s", "Ida\\r\\n{}", "\\u2028{}", extra={"said": "a\\n[ERROR] fake"})
try:
    raise ValueError("a\\n{\\"level\\": \\"ERROR\\"}")
except ValueError:
    logging.getLogger("comments").exception("failed")
"""
    result = start(tmp_path, "shell", "-v", "0", "-c", code, **PRODUCTION)
    lines = [json.loads(line) for line in result.stderr.splitlines()]
    assert [line["level"] for line in lines] == ["WARNING", "WARNING", "ERROR"]
    assert "\x1b" not in result.stderr


@pytest.mark.threat("T28")
def test_keys_of_before_are_read_and_nothing_that_is_stored_is_pickled(tmp_path):
    code = (
        "import json; from django.conf import settings as s; print(json.dumps([s.SECRET_KEY_FALLBACKS, s.SESSION_SERIALIZER,"
        " *{c['OPTIONS'].get('SERIALIZER') for c in s.CACHES.values() if 'Redis' in c['BACKEND']}]))"
    )
    more = {"SECRET_KEY_FALLBACKS": "one,two", "CACHE_URL": "redis://127.0.0.1:1/0"}
    assert json.loads(start(tmp_path, "shell", "-v", "0", "-c", code, **PRODUCTION, **more).stdout) == [
        ["one", "two"], "django.contrib.sessions.serializers.JSONSerializer", "newsroom.caching.PlainSerializer",
    ]  # fmt: skip


def test_production_does_not_start_in_debug_mode_or_under_a_strange_name(tmp_path):
    assert "cannot be on in production" in start(tmp_path, "check", DEBUG="1", **PRODUCTION).stderr
    assert "must be “development” or “production”" in start(tmp_path, "check", NEWSROOM_ENV="staging").stderr


def test_the_deployment_check_finds_nothing(tmp_path):
    result = start(tmp_path, "check", "--deploy", "--fail-level", "WARNING", **PRODUCTION)
    assert (result.returncode, result.stderr) == (0, "")


def test_every_variable_that_is_read_stands_in_the_example():
    import re

    source = (settings.BASE_DIR / "newsroom" / "settings.py").read_text()
    read = set(re.findall(r'env(?:\.\w+)?\(\s*"([A-Z_]+)"', source)) | set(
        re.findall(r'in_production_required\(env\.\w+, "([A-Z_]+)"', source)
    )
    example = (settings.BASE_DIR / ".env.example").read_text()
    listed = set(re.findall(r"^#? ?([A-Z0-9_]+)=", example, re.MULTILINE))
    server = {"BIND", "WEB_WORKERS", "WEB_THREADS"}  # read by deploy/gunicorn.conf.py
    storage = {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_REGION", "AWS_ENDPOINT_URL_S3"}  # by boto3
    assert listed == read | server | storage


def asked_of(tmp_path, code, **environment):
    return start(tmp_path, "shell", "-v", "0", "-c", code, **environment).stdout.strip()


def test_the_admin_moves_and_pictures_have_a_host_of_their_own(tmp_path):
    code = (
        "from django.urls import reverse; from django.conf import settings; from django.test import Client;"
        "from newsroom.addresses import is_for_staff; from django.core.files.storage import default_storage;"
        "answer = Client(headers={'host': 'localhost'}).get('/robots.txt');"
        "print(reverse('admin:index'), is_for_staff('/desk-9/x/'), is_for_staff('/admin/'),"
        " default_storage.url('renditions/a.jpg'), 'desk-9' in answer.content.decode(),"
        " 'https://media.example.org' in answer['Content-Security-Policy'],"
        " Client(headers={'host': 'media.example.org'}).get('/').status_code)"
    )
    said = asked_of(
        tmp_path, code, ADMIN_PATH="desk-9", MEDIA_URL="https://media.example.org/", PAGE_CACHE="0"
    )
    assert said == "/desk-9/ True False https://media.example.org/renditions/a.jpg False True 400"


@pytest.mark.parametrize("name, value", [("ADMIN_PATH", "a/b"), ("MEDIA_URL", "media"), ("PORT", "http")])
def test_a_setting_that_cannot_be_is_told_in_one_sentence_and_not_in_a_traceback(tmp_path, name, value):
    result = start(tmp_path, "check", **{name: value})
    assert result.returncode == 1 and len(result.stderr.strip().splitlines()) == 1
    assert result.stderr.startswith("The settings are not right. ") and name in result.stderr
