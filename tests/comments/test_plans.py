"""What readers ask for most often is found by an index, on either database, and never by reading all comments."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from articles.models import Article
from comments import load
from comments.conversation import Conversation, count
from comments.models import Comment
from tests.plans import analyze, indexes

pytestmark = pytest.mark.django_db


@pytest.fixture
def talk(article, make_article):
    writer = load.Writer(1)
    for each in (article, *(make_article(f"Another {n}") for n in range(3))):
        writer.conversation(each.pk, 300)
    writer.finish()
    analyze()
    return Conversation(Article.objects.get(pk=article.pk))


def test_readers_queries_search_an_index(talk):
    reply = Comment.objects.visible().filter(article=talk.article, depth=1).last()
    asked = {
        "comment_oldest": talk.first_page,
        "comment_newest": lambda: talk.first_page("newest"),
        "comment_recommended": lambda: talk.first_page("recommended"),
        "comment_of_article": lambda: (count(talk.article), talk.place_of(reply)),
    }
    for name, ask in asked.items():
        with CaptureQueriesContext(connection) as queries:
            ask()
        used = [
            each
            for query in queries
            if "comments_comment" in query["sql"]
            for each in indexes(query["sql"], "comments_comment")
        ]
        assert used and None not in used, name
        if connection.vendor == "sqlite":  # the other chooses anew with each size
            assert name in used
    # the look itself sees a query that reads everything
    assert None in indexes("SELECT * FROM comments_comment WHERE html = 'x'", "comments_comment")
