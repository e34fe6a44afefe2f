"""The files in deploy/ name commands, files, folders and variables that there are."""

import itertools
import logging
import re
import runpy
import shlex
import shutil
import subprocess
import sys
from importlib import import_module
from types import ModuleType

import pytest
import yaml
from django.conf import settings
from django.core.management import get_commands
from django.utils.module_loading import import_string
from gunicorn.config import Config
from gunicorn.workers.gthread import ThreadWorker

BASE = settings.BASE_DIR
DEPLOY = BASE / "deploy"
UNITS = sorted((DEPLOY / "systemd").glob("newsroom-*"))
EXAMPLE = set(re.findall(r"^#? ?([A-Z0-9_]+)=", (BASE / ".env.example").read_text(), re.MULTILINE))


def commands_of(words):
    words = shlex.split(words[2]) if words[:2] == ["sh", "-c"] else words
    return [after for word, after in itertools.pairwise(words) if word == "manage.py"]


# --- systemd ------------------------------------------------------------------------------------------------------
def test_every_unit_is_there():
    assert [unit.name for unit in UNITS] == [
        "newsroom-backup.service", "newsroom-backup.timer", "newsroom-web.service", "newsroom-worker.service",
    ]  # fmt: skip


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="there is no systemd here")
def test_systemd_finds_nothing_wrong_with_the_units(tmp_path):
    for unit in UNITS:
        text = unit.read_text().replace("/srv/newsroom/.venv/bin/", f"{BASE}/.venv/bin/")
        (tmp_path / unit.name).write_text(re.sub(f"{BASE}/.venv/bin/(python|gunicorn)", "/bin/true", text))
    found = subprocess.run(
        ["systemd-analyze", "verify", *tmp_path.iterdir()], capture_output=True, text=True, timeout=60
    )
    assert (found.returncode, found.stderr) == (0, "")


@pytest.mark.parametrize(
    "unit", [unit for unit in UNITS if unit.suffix == ".service"], ids=lambda unit: unit.name
)
def test_what_a_unit_starts_is_there(unit):
    text = unit.read_text()
    started = [shlex.split(line) for line in re.findall(r"^ExecStart=(.*)$", text, re.MULTILINE)]
    assert started
    for words in started:
        words = shlex.split(words[2]) if words[0] == "/bin/sh" else words
        assert words[0].removeprefix("/srv/newsroom/").startswith(".venv/bin/")
        assert set(commands_of(words)) <= set(get_commands())
        for word in words:
            assert not word.startswith("deploy/") or (BASE / word).is_file()
    assert (
        "NoNewPrivileges=true" in text and "ProtectSystem=strict" in text and "LogNamespace=newsroom" in text
    )


def test_lines_are_kept_as_long_as_readers_are_told():
    kept = re.search(r"MaxRetentionSec=(\d+)day", (DEPLOY / "systemd" / "journald@newsroom.conf").read_text())
    assert int(kept[1]) == settings.LOG_KEPT_DAYS


# --- containers ---------------------------------------------------------------------------------------------------
def test_the_services_name_what_there_is():
    compose = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
    services = compose["services"]
    assert set(services) == {"migrate", "web", "worker", "database", "cache"}
    for name in ("migrate", "web", "worker"):
        service = services[name]
        build = DEPLOY / service["build"]["context"]
        assert (build / service["build"]["dockerfile"]).is_file()
        assert set(service["environment"]) <= EXAMPLE
        assert set(commands_of(shlex.split(service.get("command", "")))) <= set(get_commands())
        assert set(service["depends_on"]) <= set(services)
        assert {volume.split(":")[0] for volume in service["volumes"]} <= set(compose["volumes"])
    assert (
        services["database"]["environment"]["POSTGRES_USER"] in services["web"]["environment"]["DATABASE_URL"]
    )


def test_the_image_is_made_of_what_there_is():
    lines = (DEPLOY / "Containerfile").read_text().replace("\\\n", " ").splitlines()
    said = [line.split(" ", 1) for line in lines if line and not line.startswith("#")]
    assert next(word for word, _ in said) == "FROM" and "USER" in dict(said)
    for word, rest in said:
        if word == "COPY":
            *sources, _ = [part for part in rest.split() if not part.startswith("--")]
            assert all((BASE / source).exists() for source in sources)
        assert set(commands_of(rest.split())) <= set(get_commands())
    started = yaml.safe_load(dict(said)["CMD"])
    assert started[0] == "gunicorn" and (BASE / started[-1]).is_file()
    # a pattern without “**/” is of the root alone: deploy/.env, with all secrets, would be in the image
    assert {"**/.env", ".venv", "var", ".git"} <= set((BASE / ".dockerignore").read_text().split())


def test_a_backup_that_the_image_takes_can_be_brought_back_by_it():
    # what a newer pg_restore sets, an older server does not know: the client of the image is of the server's version
    client_of_debian = {"bookworm": "15", "trixie": "17"}
    release = re.search(r"^FROM \S+-slim-(\w+)$", (DEPLOY / "Containerfile").read_text(), re.MULTILINE)
    server = yaml.safe_load((DEPLOY / "compose.yaml").read_text())["services"]["database"]["image"]
    assert client_of_debian[release[1]] == server.split(":")[1]


def test_what_the_site_keeps_lies_in_a_volume_that_its_user_may_write():
    image = (DEPLOY / "Containerfile").read_text()
    compose = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
    kept = re.search(r"DATA_DIR=(\S+)", image)[1]
    # an engine gives a new volume the owner of the image's folder, and to root where the image has none
    assert f"mkdir -p {kept} && chown -R newsroom {kept.rsplit('/', 1)[0]}" in image
    for name in ("migrate", "web", "worker"):
        assert compose["services"][name]["volumes"] == [f"site:{kept}"]
    # … and fills it once: the files of a new version are collected again
    assert "manage.py collectstatic" in compose["services"]["migrate"]["command"]


def test_migrations_wait_for_a_database_that_answers_on_the_network_and_are_tried_again():
    services = yaml.safe_load((DEPLOY / "compose.yaml").read_text())["services"]
    # while it sets itself up, the image's server answers on its socket alone
    assert "pg_isready -h 127.0.0.1 " in services["database"]["healthcheck"]["test"][1]
    assert services["migrate"]["restart"] == "on-failure"


# --- the server ---------------------------------------------------------------------------------------------------
def test_the_server_believes_no_proxy_by_itself_and_waits_longer_than_the_database(monkeypatch):
    for name in ("METRICS_TOKEN", "PROMETHEUS_MULTIPROC_DIR"):
        monkeypatch.delenv(name, raising=False)
    said = runpy.run_path(str(DEPLOY / "gunicorn.conf.py"))
    assert said["forwarded_allow_ips"] == "" and said["preload_app"] is False
    # a lock of ten seconds is noticed by nobody, and who waits longer is answered before the process is ended
    assert 10 < settings.DATABASE_TIMEOUT < said["timeout"] and said["graceful_timeout"] < 40
    assert said["timeout"] > settings.DATABASE_STATEMENT_SECONDS
    assert {"WEB_WORKERS", "WEB_THREADS", "PORT", "BIND"} <= EXAMPLE
    # nginx lets go of a connection first: it sends nothing on one that the server is closing
    kept = re.search(r"keepalive_timeout (\d+)s;", (DEPLOY / "nginx.conf").read_text())
    assert int(kept[1]) < said["keepalive"]


def test_a_reload_takes_up_the_code_of_the_server_as_well(monkeypatch):
    """The process above the others has loaded it, and reads the configuration again."""
    monkeypatch.setitem(sys.modules, "newsroom.server", ModuleType("newsroom.server"))  # as it was before
    said = runpy.run_path(str(DEPLOY / "gunicorn.conf.py"))
    assert said["worker_class"] == "newsroom.server.Worker"
    assert issubclass(import_module("newsroom.server").Worker, ThreadWorker)


@pytest.mark.threat("T24")
def test_a_line_of_the_server_names_no_mail_address_and_no_key_and_is_one(capsys):
    told = logging.getLogger("gunicorn.error")
    log = import_string(runpy.run_path(str(DEPLOY / "gunicorn.conf.py"))["logger_class"])(Config())
    try:
        log.error(
            "Error handling request %s",
            "/account/password/reset/key/abc-def/?to=ida@example.org\n[ERROR] fake",
        )
    finally:
        told.handlers.clear()
    (line,) = capsys.readouterr().err.splitlines()
    assert line.endswith(
        "[ERROR] Error handling request /account/password/reset/key/…/?to=…@…\\n[ERROR] fake"
    )


def test_what_the_documents_tell_to_run_is_there():
    text = "".join((BASE / "docs" / name).read_text() for name in ("operations.md",))
    named = set(re.findall(r"manage\.py ([a-z_]+)", text))
    assert len(named) > 8 and named <= set(get_commands())
    for path in re.findall(r"`(deploy/[\w./@*-]+)`", text):
        assert list(BASE.glob(path)), path
    of_compose = set(re.findall(r"\$\{([A-Z_]+)\}", (DEPLOY / "compose.yaml").read_text()))
    known = EXAMPLE | of_compose | {"PROMETHEUS_MULTIPROC_DIR"}
    assert set(re.findall(r"`([A-Z][A-Z0-9]+_[A-Z0-9_]+)[`=]", text)) <= known
