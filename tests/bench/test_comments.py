"""What a conversation costs, and that its length does not matter."""

import json
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import connection
from django.template import Context, Template
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from articles.models import Article
from comments import conversation, load
from comments.conversation import Conversation
from comments.lines import forget as forget_lines
from comments.lines import render as comment_lines
from comments.models import Comment
from newsroom.sql import run

pytestmark = pytest.mark.django_db(transaction=True)


def an_article(number):
    call_command("make_load", articles=1, comments=0, seed=number)
    return Article.objects.get(slug=f"load-{number}-1")


def a_thread(length):
    article = an_article(length)
    writer = load.Writer(length)
    writer.thread(article.pk, length)
    writer.finish()
    return article


def a_conversation(length):
    article = an_article(1_000_000 + length)
    writer = load.Writer(length)
    writer.conversation(article.pk, length)
    writer.finish()
    return article


def first_page(article):
    article = Article.objects.get(pk=article.pk)
    return Template("{% load conversation %}{% conversation article %}").render(Context({"article": article}))


def milliseconds(work):
    began = time.perf_counter()
    work()
    return (time.perf_counter() - began) * 1000


def medians_in_turn(works, times):
    """The median of each work, taken in turn so that a busy moment of the machine meets all of them."""
    for work in works:
        work()
    taken = [[milliseconds(work) for work in works] for _ in range(times)]
    return [round(statistics.median(column), 2) for column in zip(*taken, strict=True)]


def test_an_insert_costs_the_same_in_a_thread_of_any_length(note):
    roots = [a_thread(length).comments.get(depth=0) for length in (10, 1000, 10_000)]
    middles = [Comment.objects.below(root).filter(depth=1).order_by("path").first() for root in roots]

    def reply_to(answers):
        return lambda: Comment.objects.create(
            article_id=answers.article_id,
            answers=answers,
            comment="A reply.",
            user_name="Ida",
            status="visible",
        )

    queries = []
    for middle in middles:
        with CaptureQueriesContext(connection) as captured:
            reply_to(middle)()
        queries.append(len(captured))
    medians = medians_in_turn([reply_to(middle) for middle in middles], times=60)
    note("insert into a thread of 10 / 1,000 / 10,000, ms", medians)
    note("queries of an insert", queries)
    assert max(queries) <= 8
    assert max(medians) / min(medians) <= 1.3


@pytest.mark.parametrize("make", [a_conversation, a_thread], ids=["many threads", "one thread"])
def test_the_first_page_costs_the_same_with_10_000_comments_as_with_100(note, client, make):
    articles = [make(100), make(10_000)]
    run("ANALYZE")  # as either database does by itself before long
    queries = []
    for article in articles:
        with CaptureQueriesContext(connection) as captured:
            first_page(article)
        queries.append(len(captured) - 1)  # without that of the article itself
    addresses = [reverse("comments:conversation", args=[article.slug]) for article in articles]
    # the same number of comments is shown, or the comparison says nothing
    shown = [client.get(address).content.count(b"data-comment=") for address in addresses]
    pages = medians_in_turn([lambda a=address: client.get(a) for address in addresses], times=31)
    pieces = medians_in_turn([lambda a=article: first_page(a) for article in articles], times=31)
    name = make.__name__.removeprefix("a_")
    note(f"first page of a {name} of 100 / 10,000, as readers get it, ms", pages)
    note(f"the answer for the first page of a {name}: 10,000 to 100", round(pages[1] / pages[0], 2))
    note(f"the conversation alone in a {name} of 100 / 10,000, ms", pieces)
    note(f"comments on the first page of a {name}", shown)
    note(f"queries of the first page of a {name}", queries)
    assert max(queries) <= 4
    note(f"the conversation alone in a {name}: 10,000 to 100", round(pieces[1] / pieces[0], 2))
    # of the same thing whose queries are counted: the rest of the page would hide what counting costs
    assert pieces[1] / shown[1] <= 1.5 * pieces[0] / shown[0]
    assert pieces[1] <= 1.5 * pieces[0]


def test_beside_the_library_as_it_comes_at_2_000_comments(note, tmp_path, monkeypatch):
    script = Path(__file__).with_name("stock_comments.py")
    if connection.vendor == "sqlite":
        database = {"ENGINE": "django.db.backends.sqlite3", "NAME": str(tmp_path / "stock.sqlite3")}
        pragmas = "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
        database["OPTIONS"] = {"timeout": 20, "transaction_mode": "IMMEDIATE", "init_command": pragmas}
    else:
        run("DROP SCHEMA IF EXISTS stock CASCADE", "CREATE SCHEMA stock")
        kept = ("ENGINE", "NAME", "HOST", "PORT", "USER", "PASSWORD")
        database = {key: connection.settings_dict[key] for key in kept}
        database["OPTIONS"] = {"options": "-c search_path=stock"}
    output = subprocess.run(
        [sys.executable, str(script), "2000", json.dumps(database)],
        check=True, capture_output=True, text=True, env={k: v for k, v in os.environ.items() if "DJANGO" not in k},
    ).stdout  # fmt: skip
    if connection.vendor == "postgresql":
        run("DROP SCHEMA stock CASCADE")
    stock = json.loads(output.splitlines()[-1])
    article = a_thread(2000)
    run("ANALYZE")
    answers = Comment.objects.below(article.comments.get(depth=0)).filter(depth=1).order_by("path").first()

    ours = min(milliseconds(lambda: first_page(article)) for _ in range(5))
    insert = statistics.median(
        milliseconds(
            lambda: Comment.objects.create(
                article=article, answers=answers, comment="A reply.", user_name="Ida"
            )
        )
        for _ in range(15)
    )
    stocks_insert = statistics.median(stock["insert"]) * 1000
    note("conversation of 2,000: ours / the library, ms", [round(ours, 1), round(stock["render"] * 1000)])
    note("insert at 2,000: ours / the library, ms", [round(insert, 2), round(stocks_insert, 2)])
    # what a reader waits for who answers: the reply is stored, and the conversation rendered with it
    both, stocks_both = ours + insert, stock["render"] * 1000 + stocks_insert
    note(
        "both: ours / the library, ms (times)",
        [round(both, 1), round(stocks_both), round(stocks_both / both, 1)],
    )
    assert stocks_both >= 15 * both
    assert stocks_insert > insert

    root = article.comments.get(depth=0)

    def every_page():
        talk, number, last, shown = Conversation(article), 1, 1, 0
        while number <= last:
            page = talk.thread_page(root.pk, number)
            html = comment_lines(page.lines, "/form/", "/comments/")
            shown += html.count("data-comment=") - len(page.context_ids)
            number, last = number + 1, page.paginator.num_pages
        assert shown >= 2000
        return last

    def nothing_rendered_before():
        forget_lines()
        every_page()

    def compare(what):
        for work, how in (
            (nothing_rendered_before, "nothing rendered before"),
            (every_page, "kept comments"),
        ):
            took = min(milliseconds(work) for _ in range(7)) + insert
            figures = [round(took, 1), round(stocks_both), round(stocks_both / took, 1)]
            note(f"all 2,000 on {what}, {how}, and an insert: ours / the library, ms (times)", figures)
        return stocks_both / took

    pages = every_page()
    compare(f"their {pages} pages of 50")
    # the same work as the library's: all of them on one page
    monkeypatch.setattr(conversation, "COMMENTS_A_PAGE", 10_000)
    connection._prepared.clear()
    assert every_page() == 1
    assert compare("one page, as the library has them") >= 15
