"""What an operator sees of the running site, and what nobody sees: addresses, names, words, keys."""

import json
import logging
import re
import time
from datetime import timedelta

import pytest
import sentry_sdk
from django.contrib.auth.models import Permission, User
from django.db import OperationalError, connection, connections
from django.http import HttpResponse
from django.test import Client
from django.urls import include, path
from django.utils import timezone

from comments.models import Mail
from newsroom import backups, caching, failures, logs, metrics, reports
from newsroom.models import Failure


def breaks(request, word=""):
    raise ValueError(
        f"cannot take '{request.POST.get('comment', '')}' of {request.POST.get('name')}",
        request.POST,
    )


def asks_wrongly(request):
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM nowhere")


def is_slow(request, token):
    with connection.cursor() as cursor:
        cursor.execute("SELECT %s", ["secret words"])
    return HttpResponse()


urlpatterns = [
    path("breaks/<str:word>/", breaks),
    path("slow/<str:token>/", is_slow),
    path("asks-wrongly/", asks_wrongly),
    path("metrics", metrics.page),
    path("", include("newsroom.urls")),
]
handler500 = "newsroom.views.server_error"
WORDS = "These are the words of a comment, \x1b[31mred\nand more"


@pytest.fixture
def own_urls(settings):
    settings.ROOT_URLCONF = __name__


# --- lines --------------------------------------------------------------------------------------------------------
def written(formatter, message, *args, error=None):
    info = (type(error), error, None) if error else None
    record = logging.LogRecord("django", logging.WARNING, "", 0, message, args, info)
    logs.RequestIdFilter().filter(record)
    return formatter.format(record)


TEXT = logs.OneLineFormatter("{levelname} {message}", style="{")
JSON = logs.OneObjectFormatter("%(levelname)s %(message)s")


@pytest.mark.threat("T24")
@pytest.mark.parametrize("formatter", [TEXT, JSON])
def test_a_line_names_no_mail_address_no_key_and_no_password(formatter):
    line = written(formatter, "Sent to %s: %s %s", "Ida.Berg+x@example.org", "/comments/confirm/xK3-_9aLmQ77dkeyWords99/",
                   "redis://user:hunter2@cache:6379", error=ValueError("ida@example.org\nDETAIL:  (4, Ida, words)"))  # fmt: skip
    for secret in ("example.org", "Ida", "xK3", "hunter2", "words)"):
        assert secret not in line
    assert "/comments/confirm/…" in line or "/comments/confirm/\\u2026" in line
    assert "cache:6379" in line


def test_a_line_does_not_repeat_the_query_of_a_request(rf):
    record = logging.LogRecord("django.request", logging.WARNING, "", 0, "Not Found: %s", ("/x/",), None)
    record.request, record.status_code = rf.get("/x/?q=what-was-searched"), 404
    logs.RequestIdFilter().filter(record)
    line = json.loads(JSON.format(record))
    assert line == {
        "levelname": "WARNING",
        "message": "Not Found: /x/",
        "status_code": 404,
        "request_id": "-",
    }


def test_an_address_of_an_article_stays_readable():
    line = written(TEXT, "Not Found: /articles/the-river-that-was-never-divided-by-anybody/")
    assert "the-river-that-was-never-divided-by-anybody" in line


@pytest.mark.threat("T24")
@pytest.mark.parametrize("formatter", [TEXT, JSON])
def test_neither_a_message_nor_an_error_can_forge_a_line(formatter):
    forged = "x\r\n2026-01-01 ERROR fake\x1b[31m\u2028"
    lines = written(formatter, "Not Found: %s", forged, error=ValueError(forged)).split("\n")
    assert not any(re.match(r"\s{0,3}(2026|ERROR)", line) for line in lines)
    assert not any(c in line for line in lines for c in "\r\x1b\u2028")


# --- slow ---------------------------------------------------------------------------------------------------------
@pytest.mark.django_db
def test_what_is_slow_is_told_with_the_request_and_without_what_was_asked(client, settings, own_urls, caplog):
    settings.SLOW_PAGE_MS = settings.SLOW_QUERY_MS = 1e-6
    with caplog.filtering(logs.RequestIdFilter()):
        answer = client.get("/slow/a-key-of-somebody/?sent=words")
    lines = [record for record in caplog.records if record.name == "newsroom.slow"]
    assert {line.request_id for line in lines} == {answer["X-Request-ID"]}
    said = [line.getMessage() for line in lines]
    assert re.fullmatch(r"slow query, \d+ ms: SELECT %s", said[0])
    assert re.fullmatch(
        r"slow page, \d+ ms, of which \d+ ms in 1 queries: GET /slow/<str:token>/ 200", said[-1]
    )
    settings.SLOW_PAGE_MS = settings.SLOW_QUERY_MS = 0
    caplog.clear()
    client.get("/slow/x/")
    assert not [record for record in caplog.records if record.name == "newsroom.slow"]


# --- numbers ------------------------------------------------------------------------------------------------------
@pytest.fixture
def measured(settings, own_urls):
    settings.METRICS_TOKEN = "a token"
    settings.MIDDLEWARE = ["newsroom.metrics.measured", *settings.MIDDLEWARE]


def numbers(text):
    return dict(line.rsplit(" ", 1) for line in text.splitlines() if not line.startswith("#"))


@pytest.mark.django_db
def test_the_numbers_are_for_who_has_the_token(client, measured, settings):
    for sent in ({}, {"Authorization": "Bearer another"}, {"Authorization": "a token"}):
        assert client.get("/metrics", headers=sent).status_code == 404
    settings.METRICS_TOKEN = ""
    assert client.get("/metrics", headers={"Authorization": "Bearer "}).status_code == 404


@pytest.mark.django_db
def test_the_numbers_tell_of_requests_queues_and_parts_and_of_no_person(client, measured):
    Mail.objects.create(kind="digest", to="ida@example.org", due_at=timezone.now() - timedelta(hours=1))
    asked = {"Authorization": "Bearer a token"}
    before = numbers(client.get("/metrics", headers=asked).content.decode())
    client.get("/articles/a-private-slug/?q=words")
    text = client.get("/metrics", headers=asked).content.decode()
    found = numbers(text)
    missing = 'newsroom_requests_total{method="GET",route="/articles/<slug:slug>/",status="404"}'
    assert float(found[missing]) - float(before.get(missing, 0)) == 1
    assert float(found["newsroom_mail_waiting"]) == 1 and float(found["newsroom_mail_oldest_seconds"]) > 3500
    assert (
        found['newsroom_part_ok{part="database"}'] == "1.0"
        and found['newsroom_part_ok{part="queue"}'] == "0.0"
    )
    assert 'newsroom_request_seconds_bucket{answer="made",le="+Inf"}' in found
    client.generic("ANYTHING", "/")  # no stranger makes names for numbers
    text = client.get("/metrics", headers=asked).content.decode()
    assert 'method="other"' in text
    assert not re.search("ANYTHING|private-slug|words|ida|example", text)


@pytest.mark.django_db
def test_the_numbers_say_that_the_database_is_away(client, measured, monkeypatch):
    def away(*_):
        raise OperationalError("connection refused")

    client.get("/robots.txt")
    with monkeypatch.context() as gone:
        gone.setattr(connections["default"], "cursor", away)
        answer = client.get("/metrics", headers={"Authorization": "Bearer a token"})
    found = numbers(answer.content.decode())
    assert (answer.status_code, found['newsroom_part_ok{part="database"}']) == (200, "0.0")
    assert 'newsroom_request_seconds_bucket{answer="made",le="+Inf"}' in found


# --- reports ------------------------------------------------------------------------------------------------------
@pytest.fixture
def sent():
    """What would have gone to the server of reports."""
    events = []

    class Transport(sentry_sdk.transport.Transport):
        def capture_envelope(self, envelope):
            events.extend(item.payload.json for item in envelope.items if item.type == "event")

    reports.start("https://key@errors.example.org/1", environment="test", transport=Transport)
    yield events
    sentry_sdk.init()


@pytest.mark.django_db
def test_a_report_says_what_broke_and_nothing_of_a_person(own_urls, sent):
    browser = Client(raise_request_exception=False, headers={"user-agent": "Browser of Ida"})
    browser.force_login(User.objects.create_user("ida.berg", "ida@example.org", "x", first_name="Ida"))
    browser.cookies["reader"] = "cookie-of-ida"
    form = {"comment": WORDS, "name": "Ida Berg", "email": "ida@example.org"}
    browser.post("/breaks/a-key-in-the-address/?q=what-was-searched", form, REMOTE_ADDR="203.0.113.7")
    logging.getLogger("comments").error("%s wrote %s", "Ida Berg", WORDS)
    said = json.dumps(sent, ensure_ascii=False)
    assert len(sent) == 2
    for secret in ("Ida", "ida.berg", "example.org\"", "ida@", "words of a comment", "cookie-of-ida", "what-was-searched",
                   "a-key-in-the-address", "203.0.113.7", browser.session.session_key, "Browser"):  # fmt: skip
        place = said.find(secret)
        assert place < 0, said[max(0, place - 300) : place + 60]
    broke = sent[0]
    assert broke["exception"]["values"][-1]["type"] == "ValueError"
    assert broke["exception"]["values"][-1]["stacktrace"]["frames"][-1]["function"] == "breaks"
    assert re.fullmatch("[0-9a-f]{32}", broke["tags"]["request_id"])
    assert broke["transaction"] == "/breaks/{word}/"
    assert sent[1]["logentry"]["message"] == "%s wrote %s"


# --- failures -----------------------------------------------------------------------------------------------------
@pytest.fixture(autouse=True)
def nothing_noted():
    failures._noted_at.clear()


@pytest.mark.django_db
def test_an_error_is_counted_where_the_operator_looks_without_what_was_sent(own_urls, monkeypatch):
    monkeypatch.setattr(failures, "_AT_LEAST_BETWEEN", 0)
    browser = Client(raise_request_exception=False)
    for _ in range(2):
        answer = browser.post("/breaks/x/", {"comment": WORDS})
    row = Failure.objects.get()
    assert (row.what, row.count, row.route) == ("ValueError", 2, "/breaks/<str:word>/")
    assert re.fullmatch(r"tests/newsroom/test_seeing.py:\d+ in breaks", row.where)
    assert row.request_id == answer["X-Request-ID"]
    Failure.objects.update(last_at=timezone.now() - failures.KEPT_FOR - timedelta(hours=1))
    failures.forget()
    assert not Failure.objects.exists()


@pytest.mark.django_db(transaction=True)  # on PostgreSQL it would end that of the test
def test_an_error_of_the_database_is_placed_where_it_was_asked(own_urls):
    Client(raise_request_exception=False).get("/asks-wrongly/")
    row = Failure.objects.get()
    assert row.what in ("OperationalError", "ProgrammingError") and row.route == "/asks-wrongly/"
    assert re.fullmatch(r"tests/newsroom/test_seeing.py:\d+ in asks_wrongly", row.where)


@pytest.mark.django_db
def test_what_a_visitor_does_wrong_is_no_failure_of_ours(own_urls, sent, settings):
    settings.DATA_UPLOAD_MAX_NUMBER_FIELDS = 3
    answer = Client().post("/account/login/", {f"f{n}": "x" for n in range(9)})
    assert (answer.status_code, list(Failure.objects.all()), sent) == (400, [], [])


@pytest.mark.django_db
def test_a_flood_of_one_error_costs_one_row_and_one_write(own_urls, monkeypatch):
    monkeypatch.setattr(time, "monotonic", lambda: 1000.0)
    browser = Client(raise_request_exception=False)
    for _ in range(5):
        browser.get("/breaks/x/")
    assert Failure.objects.get().count == 1


def test_where_the_database_is_away_an_error_is_not_written_to_it():
    try:
        raise ValueError("no")  # no database is allowed in this test
    except ValueError:
        logging.getLogger("django.request").exception("failed")


# --- the operator's page ------------------------------------------------------------------------------------------
@pytest.fixture
def operator(client, db):
    user = User.objects.create_user("olga", is_staff=True)
    user.user_permissions.add(Permission.objects.get(codename="view_failure"))
    client.force_login(user)
    return client


def test_the_operators_page_is_for_who_may_see_failures(client, operator, db):
    assert operator.get("/admin/condition/").status_code == 200
    assert "How the site is doing" in operator.get("/admin/").content.decode()
    other = Client()
    other.force_login(User.objects.create_user("wim", is_staff=True))
    assert other.get("/admin/condition/").status_code == 403
    assert "How the site is doing" not in other.get("/admin/").content.decode()
    assert Client().get("/admin/condition/").status_code == 302


def test_the_operators_page_shows_queues_caches_failures_mails_and_versions_and_nobodys_address(
    operator, settings, tmp_path
):
    settings.DATA_DIR, settings.PAGE_CACHE = tmp_path, True
    (tmp_path / backups.LAST).write_text(json.dumps({"taken_at": "2026-01-02T03:04:00+00:00"}))
    Mail.objects.create(
        kind="digest", to="ida@example.org", due_at=timezone.now() - timedelta(hours=3), attempts=4,
        last_error="550 <ida@example.org> unknown",
    )  # fmt: skip
    now = timezone.now()
    Failure.objects.create(
        what="KeyError",
        where="comments/views.py:9 in new",
        route="/x/",
        first_at=now,
        last_at=now,
        request_id="r" * 32,
    )
    text = re.sub(r"<[^>]+>|\s+", " ", operator.get("/admin/condition/").content.decode())
    text = re.sub(r"\s+", " ", text)
    for words in (
        "1 mail should have been sent", "queue failing", "database ok", "1 waiting the oldest for 3 h 0 min", "KeyError",
        "comments/views.py:9 in new", "What waits for moderators", "550 &lt;…@…&gt; unknown", "Django 5.2", "all applied",
        "Last backup 2 January 2026, 03:04",
    ):  # fmt: skip
        assert words in text, words
    assert re.search(r"03:04 \d+ days ago", text)
    where = r"(in this process, \d+ kept|Redis, \d+)"
    for words in (rf"Cache {where}", rf"Kept pages {where}", r"Disk [\d.]+ \wB of [\d.]+ \wB free"):
        assert re.search(words, text), words
    assert "ida@" not in text


def test_the_operators_page_says_that_redis_is_away(operator, settings):
    away = {"BACKEND": "newsroom.caching.ForgivingRedisCache", "LOCATION": "redis://127.0.0.1:1/0"}
    settings.CACHES = settings.CACHES | {"pages": away | {"OPTIONS": {"IGNORE_EXCEPTIONS": True}}}
    settings.PAGE_CACHE = True
    try:
        for _ in range(2):  # asked, and not asked again
            answer = operator.get("/admin/condition/")
            assert (answer.status_code, "Redis does not answer" in answer.content.decode()) == (200, True)
    finally:
        caching._away_until.clear()
