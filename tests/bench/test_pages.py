"""What a page costs that is kept, beside a view of constant bytes that passes the same middleware; no server, no network:
the processor's time of one request through Django's handler."""

import statistics
import time

import pytest
from django.core.handlers.wsgi import WSGIHandler
from django.core.management import call_command
from django.http import HttpResponse
from django.test import RequestFactory
from django.urls import include, path

from articles.models import Article
from comments import lines, load
from newsroom import edition, pieces

pytestmark = pytest.mark.django_db(transaction=True)
CONSTANT = b"<!doctype html><title>x</title>" + b"<p>words</p>" * 1000
EACH = "/comments/constant/"  # at an address of pages that are made for each who asks: what keeps pages costs it nothing
urlpatterns = [path(EACH[1:], lambda request: HttpResponse(CONSTANT)), path("", include("newsroom.urls"))]


@pytest.fixture
def ask(settings):
    settings.ROOT_URLCONF = __name__
    settings.PAGE_CACHE = True
    handler = WSGIHandler()

    def ask(address, **headers):
        status = []
        environ = RequestFactory().get(address, headers={"Accept-Encoding": "br"} | headers).environ
        response = handler(environ, lambda line, head: status.append((int(line.split()[0]), dict(head))))
        for _ in response:
            pass
        response.close()
        return status[0]

    return ask


def cpu_milliseconds(works, times):
    """The median of each work in processor time, taken in turn; of a pair only the second part is measured."""
    works = [work if isinstance(work, tuple) else (lambda: None, work) for work in works]
    taken = []
    for number in range(times + 1):
        row = []
        for before, work in works:
            before()
            began = time.process_time()
            work()
            row.append((time.process_time() - began) * 1000)
        if number:  # the first time is not counted
            taken.append(row)
    return [round(statistics.median(column), 3) for column in zip(*taken, strict=True)]


def test_a_warm_page_a_304_and_a_cold_page_beside_a_constant_view(ask, note):
    addresses = {}
    for comments in (0, 100, 1000, 10_000):
        call_command("make_load", articles=1, comments=0, seed=comments)
        article = Article.objects.get(slug=f"load-{comments}-1")
        if comments:
            writer = load.Writer(comments)
            writer.conversation(article.pk, comments)
            writer.finish()
        addresses[comments] = article.get_absolute_url()
    etags = {address: ask(address)[1]["ETag"] for address in addresses.values()}
    thousand = addresses[1000]
    works = [
        lambda: ask(EACH),
        *(lambda address=address: ask(address) for address in addresses.values()),
        lambda: ask("/"),
        lambda: ask(thousand, **{"If-None-Match": etags[thousand]}),
    ]
    assert ask(thousand, **{"If-None-Match": etags[thousand]})[0] == 304
    constant, *pages, front, unchanged = cpu_milliseconds(works, 300)
    note("constant view, CPU ms", constant)
    note(
        "kept page with 0 / 100 / 1,000 / 10,000 comments, times the constant view",
        [round(p / constant, 2) for p in pages],
    )
    note("kept front page, times the constant view", round(front / constant, 2))
    note("304, times the constant view", round(unchanged / constant, 2))

    # a page that is not kept, asked of a process at work: it has just answered another, in the same edition
    def move_on():
        edition.leap()
        edition.current()

    def begin():
        pieces.forget()
        lines.forget()
        move_on()

    for when, before in (("an edition later", move_on), ("for the first time in a process", begin)):
        works = [(before, lambda a=a: ask(a)) for a in [*addresses.values(), "/"]]
        constant, *taken = cpu_milliseconds([(move_on, lambda: ask(EACH)), *works], 30)
        *pages, front = [round(cost / constant, 1) for cost in taken]
        note(f"cold page {when}, with 0 / 100 / 1,000 / 10,000 comments, times the constant view", pages)
        note(f"cold front page {when}, times the constant view", front)
