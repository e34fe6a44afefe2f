"""The position of a comment in its thread: where it goes, what it costs, and that nobody else's row is touched."""

import re

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django_comments.models import Comment as StoredComment
from django_comments_xtd.models import XtdComment

from comments.models import STEP, Comment

pytestmark = pytest.mark.django_db


def texts(comments):
    return [(comment.depth, comment.comment) for comment in comments]


def test_replies_stand_below_what_they_answer_in_the_order_they_came(make_comment):
    first = make_comment("first")
    second = make_comment("second")
    b = make_comment("to first", answers=first)
    make_comment("to second", answers=second)
    make_comment("to first again", answers=first)
    make_comment("to the reply", answers=b)

    assert texts(Comment.objects.in_thread_order()) == [
        (0, "first"),
        (1, "to first"),
        (2, "to the reply"),
        (1, "to first again"),
        (0, "second"),
        (1, "to second"),
    ]


@pytest.mark.threat("T26")
def test_a_reply_deeper_than_the_last_level_joins_it_and_keeps_whom_it_answers(make_comment):
    root = make_comment("root")
    one = make_comment("one", answers=root)
    two = make_comment("two", answers=one)
    three = make_comment("three", answers=two)
    four = make_comment("four", answers=three)

    assert [(c.depth, c.parent_id, c.answers_id) for c in (root, one, two, three, four)] == [
        (0, root.pk, None),
        (1, root.pk, root.pk),
        (2, one.pk, one.pk),
        (2, one.pk, two.pk),
        (2, one.pk, three.pk),
    ]
    assert four.steps == [root.pk, one.pk, four.pk]


def test_the_number_of_levels_is_a_setting(make_comment, settings):
    settings.COMMENTS_XTD_MAX_THREAD_LEVEL = 1
    root = make_comment("root")
    one = make_comment("one", answers=root)
    two = make_comment("two", answers=one)

    assert [(c.depth, c.parent_id) for c in (root, one, two)] == [(0, root.pk), (1, root.pk), (1, root.pk)]


def test_the_librarys_columns_say_where_a_comment_stands(make_comment):
    root = make_comment("root")
    one = make_comment("one", answers=root)
    two = make_comment("two", answers=one)

    rows = XtdComment.norel_objects.order_by("pk").values_list("pk", "thread_id", "parent_id", "level")
    assert list(rows) == [
        (root.pk, root.pk, root.pk, 0),
        (one.pk, root.pk, root.pk, 1),
        (two.pk, root.pk, one.pk, 2),
    ]
    stored = StoredComment.objects.get(pk=two.pk)
    assert stored.content_object == root.article


def test_a_reply_to_a_comment_of_another_article_is_refused(make_article, make_comment):
    comment = make_comment()
    other = make_article("Elsewhere")

    with pytest.raises(ValidationError):
        make_comment(answers=comment, article=other)
    assert Comment.objects.count() == StoredComment.objects.count() == 1


def writes(queries):
    return [re.match(r'(INSERT INTO|UPDATE|DELETE FROM) "(\w+)"', q["sql"]).groups() for q in queries
            if q["sql"].startswith(("INSERT", "UPDATE", "DELETE"))]  # fmt: skip


@pytest.mark.parametrize("length", [3, 60])
def test_a_reply_writes_its_own_three_rows_and_nothing_else_in_a_thread_of_any_length(make_comment, length):
    root = make_comment("root")
    for number in range(length):
        make_comment(f"reply {number}", answers=root)
    target = Comment.objects.get(comment="reply 1")
    values = {"article": root.article, "answers": target, "comment": "new", "user_name": "Ida"}
    before = list(XtdComment.norel_objects.order_by("pk").values())

    with CaptureQueriesContext(
        connection,
    ) as queries:
        new = Comment.objects.create(**values)

    assert writes(queries) == [
        ("INSERT INTO", "django_comments"),
        ("INSERT INTO", "django_comments_xtd_xtdcomment"),
        ("INSERT INTO", "comments_comment"),
    ]
    assert len(queries) <= 8
    assert list(XtdComment.norel_objects.exclude(pk=new.pk).order_by("pk").values()) == before


def test_saving_a_comment_again_leaves_its_place(make_comment):
    root = make_comment("root")
    reply = make_comment("reply", answers=root)
    path = reply.path

    reply = Comment.objects.get(pk=reply.pk)
    reply.comment = "reply, mended"
    reply.save()

    reply.refresh_from_db()
    assert (reply.path, reply.html) == (path, "<p>reply, mended</p>")
    assert len(path) == 2 * STEP


def test_the_comment_of_a_person_erased_from_the_thread_keeps_its_replies(make_comment):
    root = make_comment("root")
    reply = make_comment("reply", answers=root)
    root.commenter.delete()
    reply.refresh_from_db()
    assert (reply.answers_id, reply.steps) == (root.pk, [root.pk, reply.pk])
