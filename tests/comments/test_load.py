"""The load for benchmarks is whole, and the same each time."""

import pytest
from django.core.management import CommandError, call_command

from articles.models import Article
from comments.conversation import Conversation
from comments.models import STEP, Comment

pytestmark = pytest.mark.django_db


def make(articles, comments, seed=1):
    call_command("make_load", articles=articles, comments=comments, seed=seed)


def test_the_load_has_as_many_articles_and_comments_as_asked_and_its_threads_are_whole():
    make(4, 300)
    assert (Article.objects.published().count(), Comment.objects.count()) == (4, 300)
    by_id = {c.pk: c for c in Comment.objects.all()}
    for comment in by_id.values():
        assert comment.steps[-1] == comment.pk
        assert (comment.depth, comment.level) == (len(comment.steps) - 1,) * 2
        assert all(by_id[id].path == comment.path[: STEP * n] for n, id in enumerate(comment.steps, start=1))
        assert comment.is_public == (comment.status == "visible")
        assert comment.article_id == by_id[comment.steps[0]].article_id
    longest = Article.objects.get(slug="load-1-1")
    assert longest.comments.filter(depth=0).count() == 1
    assert longest.comments.count() == 150


def test_the_same_seed_makes_the_same_content_and_no_seed_is_loaded_twice():
    make(2, 60, seed=7)
    first = list(Comment.objects.order_by("path").values_list("path", "comment", "status", "user_name"))
    with pytest.raises(CommandError):
        make(2, 60, seed=7)
    Article.objects.all().delete()
    from comments.models import Commenter

    Commenter.objects.all().delete()
    make(2, 60, seed=7)
    offset = Comment.objects.order_by("pk").first().pk - int(first[0][0][:STEP])
    again = list(Comment.objects.order_by("path").values_list("path", "comment", "status", "user_name"))
    assert [row[1:] for row in again] == [row[1:] for row in first]
    assert offset >= 0


def test_a_reader_can_answer_what_was_loaded():
    make(1, 50)
    article = Article.objects.get()
    root = article.comments.get(depth=0)
    reply = Comment.objects.create(
        article=article, answers=root, comment="Mine", user_name="Ida", status="visible"
    )
    assert reply.steps == [root.pk, reply.pk]
    lines, _ = Conversation(article).first_page()
    assert lines[0].id == root.pk
