"""The configuration of nginx in deploy/, as a real nginx reads it, in front of the site. Skipped where there is no nginx."""

import gzip
import http.client
import json
import os
import re
import shutil
import signal
import socket
import ssl
import subprocess
import time
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.conf import settings as django_settings
from django.core.cache import caches
from django.http import JsonResponse
from django.urls import include, path
from django.utils import timezone

from articles.models import Article, Topic
from newsroom.addresses import client_address

NGINX = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/usr/local/sbin")
pytestmark = [
    pytest.mark.skipif(
        not NGINX or not shutil.which("openssl"), reason="there is no nginx here, or no openssl"
    ),
    pytest.mark.django_db(transaction=True),
]


def told(request):
    """What the site is told of a request."""
    about = {"address": client_address(request), "secure": request.is_secure(), "host": request.get_host()}
    return JsonResponse(
        about | {"for": request.headers.get("X-Forwarded-For"), "id": request.headers.get("X-Request-ID")}
    )


urlpatterns = [path("told", told), path("", include("newsroom.urls"))]
handler404 = "newsroom.views.not_found"


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tls")
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "1",
         "-subj", "/CN=localhost", "-keyout", folder / "key.pem", "-out", folder / "cert.pem"],
        check=True, capture_output=True,
    )  # fmt: skip
    return folder


def free_port():
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


@pytest.fixture
def nginx(live_server, certificate, tmp_path, settings):
    settings.TRUSTED_PROXIES = 1
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    settings.ALLOWED_HOSTS = ["localhost"]
    settings.ROOT_URLCONF = __name__
    settings.PAGE_CACHE = True
    caches["pages"].clear()
    plain, secure = free_port(), free_port()
    site = (django_settings.BASE_DIR / "deploy" / "nginx.conf").read_text()
    for found, ours in {
        # two machines, of which the first is away
        r"server 127\.0\.0\.1:8000;": f"server 127.0.0.1:{free_port()}; server {urlsplit(live_server.url).netloc};",
        r"listen \[::\]:.*;": "",
        r"listen 80;": f"listen 127.0.0.1:{plain};",
        r"listen 443 ssl http2;": f"listen 127.0.0.1:{secure} ssl http2;",
        r"news\.example\.org": "localhost",
        r"/etc/ssl/certs/.*\.pem": f"{certificate}/cert.pem",
        r"/etc/ssl/private/.*\.key": f"{certificate}/key.pem",
        r"/var/cache": str(tmp_path),  # there on every system; nginx makes one folder in it, and none above
        r"/var/log/nginx": str(tmp_path),
        r" buffer=32k flush=2s": "",  # a line is there at once
        r"/srv/newsroom/var": f"{tmp_path}/var",
    }.items():
        site, count = re.subn(found, ours, site)
        assert count, found
    temporary = "".join(
        f"{name}_temp_path {tmp_path}/{name};\n"
        for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    (tmp_path / "nginx.conf").write_text(
        f"{'user root;' if os.geteuid() == 0 else ''}\ndaemon off;\nworker_processes 1;\npid {tmp_path}/pid;\n"
        f"error_log {tmp_path}/error.log;\nevents {{}}\nhttp {{\n{temporary}{site}}}\n"
    )
    command = [NGINX, "-p", tmp_path, "-c", tmp_path / "nginx.conf"]
    checked = subprocess.run([*command, "-t"], capture_output=True, text=True)
    assert checked.returncode == 0 and "[warn]" not in checked.stderr, checked.stderr
    server = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    front = Front(server, secure, plain, tmp_path / "newsroom.log")
    for _ in range(100):
        try:
            socket.create_connection(("127.0.0.1", secure), 1).close()
            break
        except OSError:
            time.sleep(0.05)
    yield front
    server.terminate()
    server.wait(10)


class Front:
    def __init__(self, server, port, plain, log):
        self.server, self.port, self.plain, self.log, self.context = (
            server,
            port,
            plain,
            log,
            ssl._create_unverified_context(),
        )
        self.told = 0  # lines of its log

    def ask(self, address, method="GET", body=None, **headers):
        connection = http.client.HTTPSConnection("127.0.0.1", self.port, context=self.context, timeout=30)
        connection.request(method, address, body, {"Host": "localhost", **headers})
        answer = connection.getresponse()
        answer.body = answer.read()
        connection.close()
        return answer

    def read_anew(self):
        """Let it read its configuration again, and return when nobody answers by the one of before."""
        children = Path(f"/proc/{self.server.pid}/task/{self.server.pid}/children")
        before = set(children.read_text().split())
        self.server.send_signal(signal.SIGHUP)
        for _ in range(200):
            if (now := set(children.read_text().split())) and not before & now:
                return
            time.sleep(0.05)
        raise AssertionError("The processes of before are still there.")

    def lines(self, count):
        for _ in range(100):  # nginx writes a line after it has answered
            if self.log.exists() and len(lines := self.log.read_text().splitlines()) >= count:
                return lines
            time.sleep(0.02)
        raise AssertionError(self.log.read_text())

    def kept(self, count):
        """What became of the next `count` requests in its cache, after those that were told of before."""
        told, self.told = self.told, self.told + count
        return [line.split()[-2] for line in self.lines(self.told)[told:]]


@pytest.fixture
def article(transactional_db):
    return Article.objects.create(
        headline="A dam", slug="a-dam", standfirst="Who pays.", body="<p>Water.</p>" * 40,
        topic=Topic.objects.create(name="Rivers", slug="rivers"), published_at=timezone.now() - timedelta(days=1),
    )  # fmt: skip


ADDRESS = "/articles/a-dam/"


def test_it_asks_about_its_own_copy_each_time_and_nothing_is_ever_stale(nginx, article):
    first = nginx.ask(ADDRESS)
    again = nginx.ask(ADDRESS)
    assert (first.status, again.body) == (200, first.body) and b"A dam" in first.body
    assert nginx.kept(2) == ["MISS", "REVALIDATED"]
    assert again.headers["Cache-Control"] == "public, max-age=0, must-revalidate"
    assert "X-Accel-Expires" not in again.headers
    same = nginx.ask(ADDRESS, **{"If-None-Match": again.headers["ETag"]})
    assert (same.status, same.body) == (304, b"")
    article.headline = "A dike"
    article.save()
    changed = nginx.ask(ADDRESS, **{"If-None-Match": again.headers["ETag"]})
    assert changed.status == 200 and b"A dike" in changed.body and b"A dam" not in changed.body
    article.withdraw("It was wrong.")
    assert nginx.ask(ADDRESS).status == 410


def test_a_machine_that_is_away_costs_nobody_an_answer(nginx, article):
    asked = [
        nginx.ask("/told"),
        nginx.ask(ADDRESS),
        nginx.ask("/told", "POST", b"", Origin="https://localhost"),
    ]
    assert [answer.status for answer in asked] == [200, 200, 403]  # the last by Django: it has no token


def test_each_encoding_has_its_own_copy(nginx, article):
    plain = nginx.ask(ADDRESS)
    small = nginx.ask(ADDRESS, **{"Accept-Encoding": "gzip"})
    assert small.headers["Content-Encoding"] == "gzip" and gzip.decompress(small.body) == plain.body
    assert nginx.ask(ADDRESS).body == plain.body
    assert nginx.ask(ADDRESS, **{"Accept-Encoding": "gzip"}).body == small.body
    assert nginx.kept(4) == ["MISS", "MISS", "REVALIDATED", "REVALIDATED"]
    # what browsers say is one of three, however they say it
    said = [
        "gzip, deflate",
        "deflate, br;q=0, GZIP;q=1.0",
        "gzip, deflate, br, zstd",
        "br",
        "br;q=0.0",
        "identity",
    ]
    answers = [nginx.ask(ADDRESS, **{"Accept-Encoding": each}) for each in said]
    assert [answer.headers["Content-Encoding"] for answer in answers] == ["gzip"] * 2 + ["br"] * 2 + [
        None
    ] * 2
    assert nginx.kept(6) == ["REVALIDATED"] * 2 + ["MISS"] + ["REVALIDATED"] * 3


def test_with_seconds_of_trust_it_answers_by_itself(nginx, article, settings):
    settings.SHARED_CACHE_SECONDS = 60
    first = nginx.ask(ADDRESS)
    article.headline = "A dike"
    article.save()
    assert nginx.ask(ADDRESS).body == first.body
    nginx.ask("/nowhere/")
    assert [line.split()[2] for line in nginx.lines(2)] == [ADDRESS, "/nowhere/"]  # no line of its own answer
    assert first.headers["Cache-Control"] == "public, max-age=0, s-maxage=30, stale-while-revalidate=30"


def test_another_trust_holds_for_what_is_kept_already(nginx, article, settings):
    nginx.ask(ADDRESS)
    settings.SHARED_CACHE_SECONDS = 60
    caches["pages"].clear()  # as after a restart
    nginx.ask(ADDRESS)
    article.headline = "A dike"
    article.save()
    assert b"A dam" in nginx.ask(ADDRESS).body
    assert nginx.kept(2) == ["MISS", "REVALIDATED"]


def test_a_copy_that_stays_open_is_not_answered_after_its_time(nginx, article, settings):
    settings.SHARED_CACHE_SECONDS = 1
    for headline in ("A dam", "A dike", "A weir"):
        article.headline = headline
        article.save()
        time.sleep(2.1)  # nginx counts whole seconds
        bodies = {nginx.ask(ADDRESS).body for _ in range(5)}
        assert len(bodies) == 1 and headline.encode() in bodies.pop()


def test_the_marks_of_networks_make_no_copies_and_any_other_query_is_its_own(nginx, article):
    plain = nginx.ask(ADDRESS).body
    marked = ["?fbclid=1", "?utm_source=a&utm_campaign=b&fbclid=2", "?", "?UTM_x=%26&", "?ref=http://a.test/"]
    others = ["?page=1", "?fbclid=3&page=1", "?fbclid=1&x=2", "?xfbclid_=4", "?utm_=5"]
    assert {nginx.ask(ADDRESS + query).body for query in marked} == {plain}
    assert [nginx.ask(ADDRESS + query).status for query in others] == [200] * len(others)
    assert nginx.kept(1 + len(marked) + len(others)) == ["MISS"] + ["REVALIDATED"] * len(marked) + [
        "MISS"
    ] * len(others)


def test_a_flood_of_forms_from_one_address_is_refused_before_it_reaches_the_site(nginx, article):
    address, said = f"{ADDRESS}comments/new/", {"Origin": "https://localhost"}
    answers = [nginx.ask(address, "POST", b"", **said).status for _ in range(20)]
    assert answers[:11] == [403] * 11  # by Django: they have no token
    assert answers.count(429) >= 3  # one more is let through each second
    assert nginx.ask(ADDRESS).status == 200  # to read is another matter


def test_pictures_may_have_a_host_of_their_own_on_which_nothing_else_is(nginx, tmp_path):
    """The part of the file that is a comment, put in place."""
    whole = (tmp_path / "nginx.conf").read_text()
    part = whole[whole.index("# server {") : whole.rindex("# }") + 3]
    server = "\n".join(line.removeprefix("# ").removeprefix("#") for line in part.splitlines())
    (tmp_path / "nginx.conf").write_text(whole.replace(part, server))
    where = tmp_path / "var" / "media"
    for name in ("renditions/ab12/800.jpg", "originals/ab/secret.jpg", "renditions/ab12/page.html"):
        (where / name).parent.mkdir(parents=True, exist_ok=True)
        (where / name).write_bytes(b"picture")
    there = {"Host": "media.example.org"}
    assert nginx.ask("/", **there).status == 400
    nginx.read_anew()
    picture = nginx.ask("/renditions/ab12/800.jpg", **there)
    assert (picture.status, picture.body, picture.headers["Content-Type"]) == (200, b"picture", "image/jpeg")
    assert "sandbox" in picture.headers["Content-Security-Policy"]
    assert picture.headers["X-Content-Type-Options"] == "nosniff"
    for address in (
        "/originals/ab/secret.jpg",
        "/renditions/ab12/page.html",
        "/",
        "/admin/",
        "/media/renditions/ab12/800.jpg",
    ):
        assert nginx.ask(address, **there).status == 404, address
    assert nginx.ask("/told").status == 200


def test_what_is_somebodys_own_is_never_kept(nginx, article):
    for address in (f"{ADDRESS}comments/new/", "/account/login/", "/nowhere/"):
        nginx.ask(address), nginx.ask(address)
    assert set(nginx.kept(6)) <= {"MISS", "-", "BYPASS"}
    assert "no-store" in nginx.ask("/account/login/").headers["Cache-Control"]


def test_what_a_visitor_claims_of_himself_does_not_reach_the_site(nginx):
    claims = {
        "X-Forwarded-For": "192.0.2.1",
        "X-Forwarded-Proto": "http",
        "X-Forwarded-Host": "evil.test",
        "X-Request-ID": "x" * 20,
    }
    said = json.loads(nginx.ask("/told", **claims).body)
    assert said.pop("id") not in (None, "x" * 20)
    assert said == {"address": "127.0.0.1", "secure": True, "host": "localhost", "for": "127.0.0.1"}
    assert nginx.ask("/told", Host="evil.test").status == 400


def test_it_refuses_early_and_keeps_no_address_and_no_key_in_its_logs(nginx, tmp_path):
    assert nginx.ask("/", "TRACE").status == 405
    assert nginx.ask("/articles/x/comments/new/", "POST", b"x" * 300_000).status == 413
    assert nginx.ask("/account/password/reset/key/abc-def/?token=secret").status < 500
    assert nginx.ask("/media/originals/ab/secret.jpg").status == 404
    lines = "\n".join(nginx.lines(4))
    assert (
        "127.0.0.1" not in lines
        and "abc-def" not in lines
        and "secret" not in lines.replace("originals/ab/secret", "")
    )
    assert " /account/... " in lines
    # what was refused, and the machine that is away, are errors as well
    errors = "".join(file.read_text() for file in tmp_path.glob("*error.log"))
    assert re.findall("127.0.0.1|client:|abc-def|token=secret", errors) == []


def test_what_is_not_on_its_disk_is_fetched_from_the_site(nginx):
    # the site runs in a container, or on another machine
    style = nginx.ask("/static/css/base.css")
    assert (style.status, style.headers["Content-Type"]) == (200, "text/css")
    assert style.body == (django_settings.BASE_DIR / "static" / "css" / "base.css").read_bytes()
    assert nginx.ask("/static/css/nothing.css").status == 404


def test_it_speaks_http_2_and_leads_what_is_plain_to_tls(nginx):
    context = ssl._create_unverified_context()
    context.set_alpn_protocols(["h2", "http/1.1"])
    with context.wrap_socket(
        socket.create_connection(("127.0.0.1", nginx.port)), server_hostname="localhost"
    ) as talk:
        assert talk.selected_alpn_protocol() == "h2" and talk.version() in ("TLSv1.2", "TLSv1.3")
    plain = http.client.HTTPConnection("127.0.0.1", nginx.plain)
    plain.request("GET", ADDRESS, headers={"Host": "localhost"})
    answer = plain.getresponse()
    assert (answer.status, answer.headers["Location"]) == (301, f"https://localhost{ADDRESS}")


def test_it_leads_to_no_host_that_a_visitor_claims(nginx):
    connection = http.client.HTTPConnection("127.0.0.1", nginx.plain, timeout=30)
    connection.request("GET", "/archive/?page=2", headers={"Host": "evil.test"})
    answer = connection.getresponse()
    assert (answer.status, answer.headers["Location"]) == (301, "https://localhost/archive/?page=2")


def test_what_it_answers_by_itself_has_the_headers_too_and_nothing_has_them_twice(nginx, article):
    names = (
        "Strict-Transport-Security",
        "X-Content-Type-Options",
        "Content-Security-Policy",
        "X-Frame-Options",
    )

    def counts(*asked):
        return [len(nginx.ask(*asked).headers.get_all(name, [])) for name in names]

    for asked in (("/", "TRACE"), ("/static/nothing.css",), ("/archive/", "POST", b"x" * 300_000)):
        assert counts(*asked) == [1] * 4, asked
    for _ in range(
        2
    ):  # from the application, which does not send the first in a test; and what nginx has kept
        assert counts(f"/articles/{article.slug}/")[1:] == [1] * 3
        assert counts("/nothing/")[1:] == [1] * 3
    own = nginx.ask("/", "TRACE").headers
    assert (
        "default-src 'none'" in own["Content-Security-Policy"] and own["X-Content-Type-Options"] == "nosniff"
    )
