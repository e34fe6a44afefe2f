"""The demo's conversations show what there is: depth, staff, picks, holds, reports, placeholders, a long thread."""

from datetime import timedelta

import pytest
from django.contrib.auth import get_user_model
from django.utils import timezone

from comments import demo
from comments.conversation import REPLIES_SHOWN, Conversation
from comments.models import Comment, Mail, Report

pytestmark = pytest.mark.django_db


@pytest.fixture
def loaded(make_article):
    for name in ("editor", "writer", "moderator"):
        get_user_model().objects.create_user(name, f"{name}@example.org", is_staff=True)
    published_at = timezone.now() - timedelta(days=5)
    river = make_article("The river that was never divided", published_at=published_at)
    train = make_article("In defence of the slow train", published_at=published_at)
    demo.load()
    return river, train


def test_the_demo_has_every_kind_of_comment(loaded):
    river, train = loaded
    assert set(Comment.objects.values_list("status", flat=True)) == {
        "visible",
        "held",
        "rejected",
        "spam",
        "removed",
    }
    assert set(Comment.objects.values_list("depth", flat=True)) == {0, 1, 2}
    assert Comment.objects.filter(is_pick=True).count() == 2
    assert Comment.objects.filter(badge="staff").count() == 2
    assert {hold for c in Comment.objects.held() for hold in c.holds.values_list("rule", flat=True)} >= {
        "first_comments", "links", "capitals", "suspect_words",
    }  # fmt: skip
    assert Report.objects.count() == 2
    lines, _ = Conversation(river).first_page()
    assert [line.is_withdrawn for line in lines if line.comment is None] == [False, True]
    lines, _ = Conversation(train).first_page()
    assert max(line.more_replies for line in lines) > REPLIES_SHOWN


def test_loading_again_keeps_what_is_there_and_no_mail_is_sent(loaded):
    count = Comment.objects.count()
    assert demo.load() == 0
    assert (Comment.objects.count(), Mail.objects.count()) == (count, 0)
