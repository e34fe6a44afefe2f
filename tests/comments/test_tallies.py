"""The numbers of comments that stand in rows are those that counting would give."""

from datetime import timedelta

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.models import Count
from django.utils import timezone

from articles.models import Article
from comments import conversation, tallies
from comments.conversation import Conversation
from comments.models import Comment, Tally

pytestmark = pytest.mark.django_db


def kept():
    return {(t.article_id, t.thread): t.visible for t in Tally.objects.filter(visible__gt=0)}


def counted():
    standing = Comment.objects.filter(status="visible").order_by()
    found = {(row["article"], 0): row["n"] for row in standing.values("article").annotate(n=Count("*"))}
    for article, path in standing.filter(depth__gt=0).values_list("article", "path"):
        thread = (article, int(path[:10]))
        found[thread] = found.get(thread, 0) + 1
    return found


def test_whatever_is_done_to_comments_their_number_is_right(make_article, make_comment):
    one, other = make_article("One"), make_article("Other")
    root = make_comment("root", article=one)
    replies = [make_comment(f"reply {n}", article=one, answers=root) for n in range(3)]
    below = make_comment("below", article=one, answers=replies[0])
    held = make_comment("held", article=one, answers=root, status="held")
    make_comment("elsewhere", article=other)
    assert kept() == counted() == {(one.pk, 0): 5, (one.pk, root.pk): 4, (other.pk, 0): 1}

    held.approve()
    assert kept() == counted() and kept()[one.pk, root.pk] == 5
    root.reject(reason="abuse")
    assert kept() == counted() == {(one.pk, 0): 5, (one.pk, root.pk): 5, (other.pk, 0): 1}
    Comment.objects.filter(pk__in=[below.pk, held.pk]).update(status="spam")
    assert kept() == counted() == {(one.pk, 0): 3, (one.pk, root.pk): 3, (other.pk, 0): 1}
    replies[1].remove()
    replies[2].comment = "Said better."
    replies[2].save()
    root.approve()
    assert kept() == counted() == {(one.pk, 0): 3, (one.pk, root.pk): 2, (other.pk, 0): 1}
    other.delete()
    replies[2].delete()
    assert kept() == counted() == {(one.pk, 0): 2, (one.pk, root.pk): 1}


def test_a_comment_that_is_not_shown_yet_is_not_counted(make_article, make_comment):
    article = make_article("One")
    root = make_comment("root", article=article)
    reply = make_comment("reply", article=article, answers=root)
    Comment.objects.filter(pk=reply.pk).update(shown_from=timezone.now() + timedelta(seconds=10))

    lines, _ = Conversation(article).first_page()
    assert [line.replies_below for line in lines] == [0]
    assert conversation.count(article) == 1
    published = Article.objects.published().filter(pk=article.pk)
    assert conversation.with_comment_count(published).get().comment_count == 1
    later = timezone.now() + timedelta(seconds=11)
    assert conversation.with_comment_count(published, later).get().comment_count == 2


def test_counting_anew_gives_the_same(make_article, make_comment):
    article = make_article("One")
    root = make_comment("root", article=article)
    make_comment("reply", article=article, answers=root)
    make_comment("held", article=article, answers=root, status="held")
    before = kept()
    Tally.objects.update(visible=700)
    tallies.recount()
    assert kept() == before == counted()


@pytest.mark.django_db(transaction=True)
def test_what_was_written_while_comments_are_migrated_is_counted_after_it(article, make_comment):
    root = make_comment("root")
    tables = MigrationExecutor(connection).loader.graph
    plan = [(tables.nodes["comments", "0001_initial"], False)]
    tallies.before_migrations(plan=plan)
    try:
        make_comment("meanwhile", answers=root)
        assert kept() == {(article.pk, 0): 1}
    finally:
        tallies.after_migrations(plan=plan)
    assert kept() == counted() == {(article.pk, 0): 2, (article.pk, root.pk): 1}
    make_comment("after", answers=root)
    assert kept() == counted()


@pytest.mark.django_db(transaction=True)
def test_what_was_written_after_migrations_broke_off_is_counted_after_the_next(article, make_comment):
    nodes = MigrationExecutor(connection).loader.graph.nodes
    comments, sharing = [
        (nodes[key], False)
        for key in (("comments", "0001_initial"), ("sharing", "0001_cards_counts_letters"))
    ]
    tallies.before_migrations(plan=[comments, sharing])
    make_comment("meanwhile")  # those of comments had come to their end, those behind them had not
    tallies.before_migrations(plan=[sharing])
    tallies.after_migrations(plan=[sharing])
    make_comment("after")
    assert kept() == counted() == {(article.pk, 0): 2}
