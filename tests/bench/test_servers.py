"""Requests a second and processor time a request, all in one run on one machine, so that the ratios mean something.

gunicorn as it is deployed, asked by wrk: a bare WSGI application, a Django view of constant bytes behind the same middleware
(at an address of pages that are made for each who asks: what keeps pages costs it nothing), and our pages. nginx, where it is installed, as `deploy/nginx.conf` has it but for TLS and its limits: a static file, and our
page from its own cache.
"""

import contextlib
import json
import os
import re
import shutil
import socket
import statistics
import subprocess
import time
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import NamedTuple

import pytest
from django.conf import settings

from tests.faults.conftest import around, run  # noqa: F401  a fixture
from tests.faults.site import Site, free_port, start, wait_for

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(not shutil.which("wrk"), reason="wrk is not installed (apt-get install wrk)"),
]
SECONDS = int(os.environ.get("BENCH_SECONDS", "1"))  # of each round
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "5"))
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
urlpatterns = [path("comments/constant/", lambda request: HttpResponse(CONSTANT)), path("", include("newsroom.urls"))]
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


class Measured(NamedTuple):
    rate: float
    cpu: float
    median: float
    last: float
    bad: float


@pytest.fixture(scope="module")
def site(around):  # noqa: F811
    folder = around.folder / "servers"
    folder.mkdir(exist_ok=True)
    (folder / "bench_servers.py").write_text(APP.format(constant=CONSTANT))
    (folder / "bench_urls.py").write_text(URLS)
    (folder / "bench_settings.py").write_text(SETTINGS)
    site = Site(
        around.environment | {"PYTHONPATH": f"{folder}:{Path.cwd()}", "DJANGO_SETTINGS_MODULE": "bench_settings", "TRUSTED_PROXIES": "1", "GUNICORN_CMD_ARGS": "--max-requests 0"},
        folder, app="bench_servers:application",
    )  # fmt: skip
    try:
        yield site.start_web()
    finally:
        site.stop()


@pytest.fixture(scope="module")
def pages(site, around):  # noqa: F811
    """The addresses of articles by their number of comments."""
    return {int(count): address for count, address in json.loads(run(LOAD, around.environment)).items()}


@pytest.fixture
def nginx(site, around):  # noqa: F811
    """A function that starts nginx as it is deployed, but for TLS and the limits, in front of a site; None without nginx."""
    if not shutil.which("nginx"):
        yield None
        return
    with contextlib.ExitStack() as stack:

        def begin(behind):
            folder, port = around.folder / f"nginx-{behind.port}", free_port()
            folder.mkdir()
            config = (settings.BASE_DIR / "deploy" / "nginx.conf").read_text()
            for found, ours in {
                r"server \{\n    listen 80;.*?\n\}\n": "",
                r"listen \[::\]:443.*?;": "",
                r"listen 443 ssl http2;": f"listen 127.0.0.1:{port};",
                r"ssl_[a-z_]+ .*?;": "",
                r"rate=\d+r/s": "rate=100000r/s",
                r"burst=\d+": "burst=10000",
                r"newsroom_open \d+;": "newsroom_open 10000;",
                r"server 127\.0\.0\.1:8000;": f"server 127.0.0.1:{behind.port};",
                r"proxy_set_header Host \$host;": f"proxy_set_header Host 127.0.0.1:{behind.port};",
                r"/var/cache": str(folder),
                r"/var/log/nginx": str(folder),
                r"/srv/newsroom/var": str(folder),
            }.items():
                config, count = re.subn(found, ours, config, flags=re.DOTALL)
                assert count, found
            temporary = "".join(
                f"{name}_temp_path {folder}/{name};"
                for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
            )
            (folder / "nginx.conf").write_text(
                f"{'user root;' if os.geteuid() == 0 else ''} daemon off; worker_processes 1; pid {folder}/pid;"
                f" error_log {folder}/error.log; events {{}} http {{ sendfile on; tcp_nopush on;"
                f" keepalive_requests 1000000; types {{ text/html html; }} {temporary}\n{config}}}\n"
            )
            process = start("nginx", "-c", str(folder / "nginx.conf"), "-p", str(folder))
            stack.callback(process.wait, 10)
            stack.callback(process.terminate)
            wait_for(lambda: connects(port))
            wait_for(lambda: nginx_workers(process.pid))
            return SimpleNamespace(folder=folder, port=port, pids=nginx_workers(process.pid))

        yield begin


def nginx_workers(master):
    """The processes of an nginx that answer: not the one that reads what was kept before, which ends after a minute."""
    children = Path(f"/proc/{master}/task/{master}/children").read_text().split()
    return [pid for pid in children if "worker" in Path(f"/proc/{pid}/cmdline").read_text()]


def connects(port):
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
        return True


def cpu_seconds(pids):
    """The processor time that processes have taken so far (/proc/PID/stat, fields 14 and 15)."""
    ticks = 0
    for pid in pids:
        ticks += sum(map(int, Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11:13]))
    return ticks / os.sysconf("SC_CLK_TCK")


def rest(pids):
    """Wait until processes do nothing: what was asked for last is made also for who has gone (a search takes long)."""
    for _ in range(100):
        before = cpu_seconds(pids)
        time.sleep(0.05)
        if cpu_seconds(pids) == before:
            return


def measured(port, pids, path, connections=16, **headers):
    """Return (requests a second, CPU ms a request, ms of the median, of the 99th in a hundred, answers that were none)."""
    wants = [word for name, value in headers.items() for word in ("-H", f"{name.replace('_', '-')}: {value}")]
    rest(pids)
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
    return Measured(
        requests / SECONDS, 1000 * taken / max(1, requests), median, last, int(bad[1]) if bad else 0
    )


def in_turn(works, rounds=ROUNDS):
    """Measure each of `works`, by name, so many times in turn: whatever else the machine does meets all of them."""
    rounds = [{what: work() for what, work in works.items()} for _ in range(rounds)]
    return {
        what: Measured(*map(statistics.median, zip(*(row[what] for row in rounds), strict=True)))
        for what in works
    }


def test_servers_side_by_side(site, pages, around, note):  # noqa: F811
    workers = site.workers()
    asked = {"bare WSGI application": "/bare/", "constant-bytes Django view": "/comments/constant/"}
    asked |= {f"article with {n:,} comments, warm": path for n, path in pages.items()}
    asked |= {"front page, warm": "/", "feed, warm": "/feeds/rss/", "search (never kept)": "/search/?q=tide"}
    for path in asked.values():
        for _ in range(4):  # each process has made it
            site.ask("GET", path, headers={"Accept-Encoding": "br"})
    thousand = pages[1000]
    etag = site.ask("GET", thousand, headers={"Accept-Encoding": "br"}).headers["ETag"]
    works = {
        what: partial(measured, site.port, workers, path, Accept_Encoding="br")
        for what, path in asked.items()
    }
    works["304"] = partial(measured, site.port, workers, thousand, Accept_Encoding="br", If_None_Match=etag)
    for what, path in (("article with 1,000 comments, cold", thousand), ("front page, cold", "/")):
        works[what] = partial(cold, site, around.database, workers, path)
    found = in_turn(works)
    many = measured(site.port, workers, thousand, connections=64, Accept_Encoding="br")
    constant, bare = found["constant-bytes Django view"], found["bare WSGI application"]
    for what, each in found.items():
        bad = f", {each.bad:.0f} bad" if each.bad else ""
        note(
            what,
            f"{each.rate:,.0f}/s, {each.cpu:.2f} CPU ms ({each.cpu / constant.cpu:.2f} of the constant view){bad}",
        )
    warm, unchanged = found["article with 1,000 comments, warm"], found["304"]
    note(
        "warm article, rate beside the constant view / bare WSGI",
        f"{warm.rate / constant.rate:.2f} / {warm.rate / bare.rate:.2f}",
    )
    note(
        "warm article, CPU of the constant view / bare WSGI beside it",
        f"{constant.cpu / warm.cpu:.2f} / {bare.cpu / warm.cpu:.2f}",
    )
    note(
        "304 beside the page, rate (CPU of the page beside it)",
        f"{unchanged.rate / warm.rate:.2f} ({warm.cpu / unchanged.cpu:.2f})",
    )
    note(
        "64 connections, median and p99 ms (ratio)",
        f"{many.median:.1f}, {many.last:.1f} ({many.last / many.median:.1f})",
    )


def test_nginx_in_front(site, pages, nginx, around, note):  # noqa: F811
    """A file beside the same bytes as our page from nginx' cache, where it asks each time and where it trusts 5 seconds.

    Whole, and as browsers ask for it (br).
    """
    if nginx is None:
        pytest.skip("nginx is not installed (apt-get install nginx-light)")
    page = pages[1000]
    trusting = Site(
        site.environment | {"SHARED_CACHE_SECONDS": "5"}, around.folder, app="bench_servers:application"
    )
    try:
        asks, trusts = nginx(site), nginx(trusting.start_web())
        for each in (site, trusting):
            for _ in range(4):  # each process has made it
                each.get(page)
        (trusts.folder / "static").mkdir()
        (trusts.folder / "static" / "page.html").write_bytes(site.get(page).body)
        as_browsers_ask = site.ask("GET", page, headers={"Accept-Encoding": "br"})
        (trusts.folder / "static" / "br.html").write_bytes(as_browsers_ask.body)
        kept = "nginx, our page, its copy trusted for 5 seconds"
        # with few connections the one who asks sleeps between the slower answers, and half of nginx' time goes into
        # waking him: a crowd does not sleep
        found = in_turn(
            {
                "nginx, static file, 64 connections": partial(
                    measured, trusts.port, trusts.pids, "/static/page.html", 64
                ),
                f"{kept}, 64 connections": partial(measured, trusts.port, trusts.pids, page, 64),
                "nginx, static file, 16 connections": partial(
                    measured, trusts.port, trusts.pids, "/static/page.html"
                ),
                f"{kept}, 16 connections": partial(measured, trusts.port, trusts.pids, page),
                "nginx, static file, 64 connections, br": partial(
                    measured, trusts.port, trusts.pids, "/static/br.html", 64
                ),
                f"{kept}, 64 connections, br": partial(
                    measured, trusts.port, trusts.pids, page, 64, Accept_Encoding="br"
                ),
                "nginx, our page, asked about each time": partial(
                    measured, asks.port, [*asks.pids, *site.workers()], page
                ),
            },
            rounds=3 * ROUNDS,
        )  # fmt: skip  what is so fast strays by an eighth
    finally:
        trusting.stop()
    for what, each in found.items():
        file = found[
            f"nginx, static file, {64 if '64' in what else 16} connections{', br' if 'br' in what else ''}"
        ]
        note(
            what,
            f"{each.rate:,.0f}/s ({each.rate / file.rate:.2f} of the file), {each.cpu:.3f} CPU ms"
            f" ({file.cpu / each.cpu:.2f}){f', {each.bad:.0f} bad' if each.bad else ''}",
        )


def cold(site, database, pids, path, times=20):
    """As `measured`, one after another, each in a new edition."""
    rest(pids)
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
    return Measured(1000 / statistics.mean(taken), cpu, statistics.median(taken), max(taken), 0)
