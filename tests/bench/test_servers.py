"""Requests a second and processor time a request, all in one run on one machine, so that the ratios mean something.

gunicorn as it is deployed, asked by wrk: a bare WSGI application, a Django view of constant bytes behind the same middleware,
and our pages. nginx, where it is installed: a static file, and our page through its own cache.
"""

import json
import os
import re
import shutil
import statistics
import subprocess
import time
from pathlib import Path

import pytest

from tests.faults.conftest import around, run  # noqa: F401  a fixture
from tests.faults.site import Site, free_port, start, wait_for

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(not shutil.which("wrk"), reason="wrk is not installed (apt-get install wrk)"),
]
SECONDS = int(os.environ.get("BENCH_SECONDS", "4"))
CONSTANT = "<!doctype html><title>x</title>" + "<p>words</p>" * 3000
APP = """
CONSTANT = {constant!r}.encode()
LENGTH = str(len(CONSTANT))
def bare(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/html; charset=utf-8"), ("Content-Length", LENGTH)])
    return [CONSTANT]
from newsroom.wsgi import application as newsroom
def application(environ, start_response):
    return bare(environ, start_response) if environ["PATH_INFO"] == "/bare/" else newsroom(environ, start_response)
"""
URLS = """
from django.http import HttpResponse
from django.urls import include, path
from bench_servers import CONSTANT
urlpatterns = [path("constant/", lambda request: HttpResponse(CONSTANT)), path("", include("newsroom.urls"))]
from newsroom.urls import handler400, handler403, handler404, handler500
"""
SETTINGS = """
from tests.faults.settings import *
ROOT_URLCONF = "bench_urls"
"""
LOAD = """
import json
from django.core.management import call_command
from articles.models import Article
from comments import load
found = {}
for comments in (0, 100, 1000, 10_000):
    call_command("make_load", articles=1, comments=0, seed=comments, verbosity=0)
    article = Article.objects.get(slug=f"load-{comments}-1")
    if comments:
        writer = load.Writer(comments)
        writer.conversation(article.pk, comments)
        writer.finish()
    found[comments] = article.get_absolute_url()
print(json.dumps(found))
"""
NGINX = """
worker_processes 1; pid {folder}/nginx.pid; error_log {folder}/error.log; daemon off; {user}
events {{ worker_connections 512; }}
http {{
    access_log off; default_type text/html; client_body_temp_path {folder}/body; proxy_temp_path {folder}/temp;
    fastcgi_temp_path {folder}/f; uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s; keepalive_requests 100000;
    proxy_cache_path {folder}/cache keys_zone=pages:4m;
    server {{
        listen 127.0.0.1:{port};
        location /file/ {{ alias {folder}/file/; }}
        location / {{
            proxy_pass http://127.0.0.1:{backend}; proxy_set_header Host 127.0.0.1:{backend};
            proxy_set_header Accept-Encoding ""; proxy_cache pages; proxy_cache_valid 200 10m;
            proxy_ignore_headers Cache-Control Expires; proxy_cache_lock on;
        }}
    }}
}}
"""


@pytest.fixture(scope="module")
def site(around):  # noqa: F811
    folder = around.folder / "servers"
    folder.mkdir(exist_ok=True)
    (folder / "bench_servers.py").write_text(APP.format(constant=CONSTANT))
    (folder / "bench_urls.py").write_text(URLS)
    (folder / "bench_settings.py").write_text(SETTINGS)
    site = Site(
        around.environment | {"PYTHONPATH": f"{folder}:{Path.cwd()}", "DJANGO_SETTINGS_MODULE": "bench_settings", "GUNICORN_CMD_ARGS": "--max-requests 0"},
        folder, app="bench_servers:application",
    )  # fmt: skip
    try:
        yield site.start_web()
    finally:
        site.stop()


@pytest.fixture
def nginx(site):
    """The port of an nginx that holds one file of constant bytes, and our site behind its cache; None where there is none."""
    if not shutil.which("nginx"):
        yield None
        return
    folder, port = site.folder, free_port()
    (folder / "file").mkdir(parents=True, exist_ok=True)
    (folder / "file" / "x.html").write_text(CONSTANT)
    user = "user root;" if os.geteuid() == 0 else ""
    config = folder / "nginx.conf"
    config.write_text(NGINX.format(folder=folder, port=port, backend=site.port, user=user))
    process = start("nginx", "-c", str(config), "-p", str(folder))
    try:
        wait_for(
            lambda: (
                subprocess.run(
                    ["curl", "-sf", f"http://127.0.0.1:{port}/file/x.html"], capture_output=True
                ).returncode
                == 0
            )
        )
        yield port, process
    finally:
        process.terminate()
        process.wait(10)


def cpu_seconds(pids):
    """The processor time that processes have taken so far (/proc/PID/stat, fields 14 and 15)."""
    ticks = 0
    for pid in pids:
        ticks += sum(map(int, Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11:13]))
    return ticks / os.sysconf("SC_CLK_TCK")


def measured(port, pids, path, connections=16, **headers):
    """Return (requests a second, CPU ms a request, ms of the median, of the 99th in a hundred, answers that were none)."""
    wants = [word for name, value in headers.items() for word in ("-H", f"{name.replace('_', '-')}: {value}")]
    before = cpu_seconds(pids)
    done = subprocess.run(
        ["wrk", "-t1", f"-c{connections}", f"-d{SECONDS}s", "--latency", *wants, f"http://127.0.0.1:{port}{path}"],
        capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    taken = cpu_seconds(pids) - before
    requests = int(re.search(r"(\d+) requests in", done)[1])
    unit = {"us": 0.001, "ms": 1, "s": 1000}
    median, last = (
        float(n) * unit[u]
        for n, u in (re.search(rf"{share}%\s+([\d.]+)(us|ms|s)", done).groups() for share in ("50", "99"))
    )
    bad = re.search(r"Non-2xx or 3xx responses: (\d+)", done)
    return requests / SECONDS, 1000 * taken / max(1, requests), median, last, int(bad[1]) if bad else 0


def test_servers_side_by_side(site, nginx, around, note):  # noqa: F811
    pages = json.loads(run(LOAD, around.environment))
    workers = site.workers()
    asked = {"bare WSGI application": "/bare/", "constant-bytes Django view": "/constant/"}
    asked |= {f"article with {int(n):,} comments, warm": path for n, path in pages.items()}
    asked |= {"front page, warm": "/", "feed, warm": "/feeds/rss/", "search (never kept)": "/search/?q=tide"}
    found = {}
    for what, path in asked.items():
        for _ in range(4):  # each process has made it
            site.get(path, Accept_Encoding="br")
        found[what] = measured(site.port, workers, path, Accept_Encoding="br")
    thousand = pages["1000"]
    etag = site.ask("GET", thousand, headers={"Accept-Encoding": "br"}).headers["ETag"]
    found["304"] = measured(site.port, workers, thousand, Accept_Encoding="br", If_None_Match=etag)
    for what, path in (("article with 1,000 comments, cold", thousand), ("front page, cold", "/")):
        found[what] = cold(site, around.database, workers, path)
    many = measured(site.port, workers, thousand, connections=64, Accept_Encoding="br")
    constant, bare = found["constant-bytes Django view"], found["bare WSGI application"]
    for what, (rate, cpu, *_rest, bad) in found.items():
        note(
            what,
            f"{rate:,.0f}/s, {cpu:.2f} CPU ms ({cpu / constant[1]:.2f} of the constant view){f', {bad} bad' if bad else ''}",
        )
    warm = found["article with 1,000 comments, warm"]
    note(
        "warm article beside constant view / bare WSGI, rate",
        f"{warm[0] / constant[0]:.2f} / {warm[0] / bare[0]:.2f}",
    )
    note("304 beside the page, rate", round(found["304"][0] / warm[0], 2))
    note(
        "64 connections, median and p99 ms (ratio)", f"{many[2]:.1f}, {many[3]:.1f} ({many[3] / many[2]:.1f})"
    )
    if nginx is None:
        note("nginx", "is not installed (apt-get install nginx-light)")
        return
    port, process = nginx
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    (site.folder / "file" / "x.html").write_bytes(site.get(thousand).body)  # the same bytes
    file, page = (measured(port, children, path) for path in ("/file/x.html", thousand))
    note("nginx, static file", f"{file[0]:,.0f}/s, {file[1]:.3f} CPU ms")
    note(
        "nginx, our page from its cache",
        f"{page[0]:,.0f}/s, {page[1]:.3f} CPU ms ({page[0] / file[0]:.2f} of the file)",
    )


def cold(site, database, pids, path, times=20):
    """As `measured`, one after another, each in a new edition."""
    taken, before = [], cpu_seconds(pids)
    for _ in range(times):
        with database.connect() as connection:
            connection.execute("UPDATE newsroom_edition SET number = number + 1")
            if database.is_sqlite:
                connection.commit()
        began = time.monotonic()
        assert site.ask("GET", path, headers={"Accept-Encoding": "br"}).status == 200
        taken.append(1000 * (time.monotonic() - began))
    cpu = 1000 * (cpu_seconds(pids) - before) / times
    return 1000 / statistics.mean(taken), cpu, statistics.median(taken), max(taken), 0
