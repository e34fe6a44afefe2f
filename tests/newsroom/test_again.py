"""What is asked for again in the same words is answered before Django starts, and is as right as Django's answer."""

import re
from datetime import timedelta

import pytest
import time_machine
from django.core.cache import caches
from django.core.handlers.wsgi import WSGIHandler
from django.db import OperationalError, connection
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from articles.models import Article, Topic
from newsroom import again, edition, logs, metrics, pages
from newsroom.again import answered_again

pytestmark = pytest.mark.django_db(transaction=True)
ADDRESS = "/articles/a-dam/"


class Server:
    """Asks the application as a web server does; `made` counts what reached Django."""

    def __init__(self):
        self.made, django = 0, WSGIHandler()

        def counted(environ, start_response):
            self.made += 1
            return django(environ, start_response)

        self.application = answered_again(counted)

    def ask(self, address, method="GET", **headers):
        said = []
        environ = RequestFactory().generic(method, address, headers=headers).environ
        answer = self.application(environ, lambda status, headers: said.extend([status, dict(headers)]))
        body = b"".join(answer)
        getattr(answer, "close", bool)()
        return *said, body


@pytest.fixture
def server(settings):
    settings.PAGE_CACHE = True
    caches["pages"].clear()
    again._answers.clear()
    yield Server()
    again._answers.clear()
    caches["pages"].clear()


@pytest.fixture
def article():
    return Article.objects.create(
        headline="A dam", slug="a-dam", standfirst="Who pays.", body="<p>Water.</p>" * 40,
        topic=Topic.objects.create(name="Rivers", slug="rivers"), published_at=timezone.now() - timedelta(days=1),
    )  # fmt: skip


def test_the_second_answer_is_the_first_and_costs_one_query(server, article):
    etag = server.ask(ADDRESS)[1]["ETag"]
    for headers in ({}, {"Accept-Encoding": "br"}, {"If-None-Match": etag}):
        first = server.ask(ADDRESS, **headers)
        made = server.made
        with CaptureQueriesContext(connection) as queries:
            second = server.ask(ADDRESS, **headers)
        assert (server.made, len(queries)) == (made, 1)
        ids = first[1].pop("X-Request-ID"), second[1].pop("X-Request-ID")
        assert second == first and len(set(ids)) == 2
    assert first[0] == "304 Not Modified" and first[2] == b""


def test_an_answer_that_was_wrapped_on_its_way_out_is_kept_as_well(server, article):
    django = WSGIHandler()
    server.application = answered_again(lambda environ, start_response: iter(django(environ, start_response)))
    first = server.ask(ADDRESS)
    with CaptureQueriesContext(connection) as queries:
        second = server.ask(ADDRESS)
    assert (second[0], second[2], len(queries)) == (first[0], first[2], 1)


def test_what_changed_is_in_the_next_answer(server, article):
    known = server.ask(ADDRESS), server.ask(ADDRESS)
    etag = known[0][1]["ETag"]
    assert [server.ask(ADDRESS, **{"If-None-Match": etag})[0] for _ in range(2)] == ["304 Not Modified"] * 2
    article.headline = "A dike"
    article.save()
    status, _, body = server.ask(ADDRESS, **{"If-None-Match": etag})
    assert status == "200 OK" and b"A dike" in body and b"A dam" not in body
    assert b"A dike" in server.ask(ADDRESS)[2]
    article.withdraw("It was wrong.")
    assert [server.ask(ADDRESS)[0] for _ in range(2)] == ["410 Gone"] * 2


def test_whoever_says_anything_else_is_answered_by_django(server, article, settings):
    settings.ALLOWED_HOSTS = ["testserver"]
    server.ask(ADDRESS)
    made = server.made
    others = [
        {"method": "HEAD"}, {"method": "POST"}, {"Accept-Encoding": "gzip"}, {"Host": "evil.test"},
        {"If-None-Match": '"another"'}, {"X-Forwarded-Proto": "https"}, {"address": f"{ADDRESS}?page=2"},
    ]  # fmt: skip
    answers = [server.ask(**{"address": ADDRESS} | other) for other in others]
    assert server.made == made + len(others)
    assert [answer[0][:3] for answer in answers] == ["200", "403", "200", "400", "200", "200", "200"]
    assert server.ask(ADDRESS)[0] == "200 OK" and server.made == made + len(others)


def test_no_page_of_a_persons_own_and_no_search_is_answered_again(server, article):
    for address in ("/account/login/", f"{ADDRESS}comments/new/", "/search/?q=dam", "/nowhere/"):
        server.ask(address), server.ask(address)
    assert server.made == 8


def test_a_request_that_says_too_much_is_not_remembered(server, article):
    noise = "x" * 1000
    server.ask(ADDRESS, **{"Accept-Encoding": noise}), server.ask(ADDRESS, **{"Accept-Encoding": noise})
    assert server.made == 2


def test_noise_in_the_query_and_parts_of_a_page_are_answered_as_the_page_is(server, article):
    whole = server.ask(ADDRESS)[2]
    for number in range(3):
        assert server.ask(f"{ADDRESS}?utm_source=x&fbclid={number}")[::2] == ("200 OK", whole)
        assert server.ask(ADDRESS, Range=f"bytes={number}-9")[::2] == ("200 OK", whole)
    assert (server.made, len(again._answers)) == (1, 1)


def test_the_oldest_answers_go(server, article, monkeypatch):
    monkeypatch.setattr(again, "MOST", 1)
    made = []
    for address in (ADDRESS, ADDRESS, "/", "/", ADDRESS):
        server.ask(address)
        made.append(server.made)
    assert made == [1, 1, 2, 2, 3]


def test_while_the_database_is_away_a_reader_waits_for_it_once(server, article, monkeypatch):
    server.ask(ADDRESS)
    waited = []

    def away():
        waited.append(1)
        raise OperationalError("it does not answer")

    monkeypatch.setattr(edition, "current", away)
    status, headers, body = server.ask(ADDRESS)
    assert (status, headers["X-Stale"], b"A dam" in body) == ("200 OK", "0", True)
    assert waited == [1]
    monkeypatch.undo()
    assert "X-Stale" not in server.ask(ADDRESS)[1]
    caches["pages"].clear()  # nor where there is nothing that could be answered as it was
    monkeypatch.setattr(edition, "current", away)
    monkeypatch.setattr(pages, "_LONG", 0)
    assert (server.ask(ADDRESS)[0], waited) == ("503 Service Unavailable", [1, 1])


def test_each_time_that_the_database_is_away_a_page_is_answered_as_it_was(
    server, article, settings, monkeypatch
):
    def away():
        raise OperationalError("it does not answer")

    said, noon = [], (timezone.now() + timedelta(days=1)).replace(hour=12)
    with time_machine.travel(noon, tick=False) as clock:
        server.ask(ADDRESS)
        for _ in range(2):
            with monkeypatch.context() as gone:
                gone.setattr(edition, "current", away)
                said.append(server.ask(ADDRESS)[1].get("X-Stale"))
            made = server.made
            server.ask(ADDRESS)
            assert server.made == made  # that all is well again is seen here alone
            clock.shift(settings.PAGE_STALE_SECONDS)
    assert said == ["0", f"{settings.PAGE_STALE_SECONDS}"]


def test_what_is_answered_again_is_counted_and_told_of_where_it_is_slow(server, article, settings, caplog):
    settings.METRICS_TOKEN, settings.SLOW_PAGE_MS = "a token", 1e-6
    counted = metrics.requests.labels("GET", "(kept)", 200)._value
    server.ask(ADDRESS)
    caplog.clear()
    before, made = counted.get(), server.made
    with caplog.filtering(logs.RequestIdFilter()):
        _, headers, _ = server.ask(ADDRESS)
    assert (counted.get(), server.made) == (before + 1, made)
    (line,) = caplog.records
    assert re.fullmatch(
        r"slow page, \d+ ms, of which 0 ms in 0 queries: GET /articles/a-dam/ 200", line.getMessage()
    )
    assert line.request_id == headers["X-Request-ID"]
