"""Who may see a comment: the status, the verbs that change it, and the one door to readers."""

from datetime import timedelta

import pytest
from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone
from django_comments.models import Comment as StoredComment

from comments.models import AlreadyDecided, Comment, Decision

pytestmark = pytest.mark.django_db
Status = Comment.Status


@pytest.fixture
def moderator():
    return get_user_model().objects.create_user("mod", "mod@example.org", "x", is_staff=True)


def test_only_visible_comments_of_live_articles_pass_the_door(make_article, make_comment):
    shown = make_comment("shown")
    for status in set(Status) - {Status.VISIBLE}:
        make_comment(f"{status}", status=status)
    for headline, fields in {
        "A draft": {"published_at": None},
        "Tomorrow": {"published_at": timezone.now() + timedelta(days=1)},
        "Gone": {"withdrawn_at": timezone.now(), "withdrawn_reason": "It was wrong."},
    }.items():
        make_comment(headline, article=make_article(headline, **fields))

    assert list(Comment.objects.visible()) == [shown]
    assert list(shown.article.comments.visible()) == [shown]


def test_a_comment_without_a_status_is_held(article):
    comment = Comment.objects.create(article=article, comment="Hello", user_name="Ida")
    assert comment.status == Status.HELD
    assert not Comment.objects.visible().exists()


@pytest.mark.parametrize(
    "status, is_public, is_removed",
    [
        (Status.UNCONFIRMED, False, False),
        (Status.HELD, False, False),
        (Status.VISIBLE, True, False),
        (Status.REJECTED, False, True),
        (Status.SPAM, False, True),
        (Status.REMOVED, False, True),
    ],
)
def test_the_librarys_own_marks_follow_the_status(make_comment, status, is_public, is_removed):
    comment = make_comment(status=status, is_public=not is_public)
    stored = StoredComment.objects.get(pk=comment.pk)
    assert (stored.is_public, stored.is_removed) == (is_public, is_removed)


def test_approving_shows_the_comment_and_is_written_down(make_comment, moderator):
    comment = make_comment(status=Status.HELD)
    comment.approve(by=moderator)

    comment.refresh_from_db()
    assert (comment.status, comment.is_public, comment.is_removed) == (Status.VISIBLE, True, False)
    assert list(comment.decisions.values_list("was", "became", "by")) == [("held", "visible", moderator.pk)]


def test_rejecting_needs_a_reason_and_keeps_it(make_comment, moderator):
    comment = make_comment()
    with pytest.raises(ValidationError):
        comment.reject(by=moderator)
    comment.reject(by=moderator, reason=Decision.Reason.OFF_TOPIC, note="Please see the article on ports.")

    comment.refresh_from_db()
    assert (comment.status, comment.is_public, comment.is_removed) == (Status.REJECTED, False, True)
    assert comment.last_decision.get_reason_display() == "It is not about the article"
    assert comment.last_decision.note == "Please see the article on ports."


def test_what_is_not_confirmed_or_was_taken_back_cannot_be_approved(make_comment, moderator):
    for status in (Status.UNCONFIRMED, Status.REMOVED):
        comment = make_comment(f"{status}", status=status)
        with pytest.raises(ValidationError):
            comment.approve(by=moderator)
    assert not Comment.objects.visible().exists()


def test_two_moderators_at_once_make_one_decision(make_comment, moderator):
    comment = make_comment(status=Status.HELD)
    same = Comment.objects.get(pk=comment.pk)
    comment.approve(by=moderator)
    with pytest.raises(AlreadyDecided):
        same.reject(by=moderator, reason=Decision.Reason.ABUSE)
    assert Comment.objects.get().status == Status.VISIBLE
    assert Decision.objects.count() == 1


def test_a_pick_that_is_taken_down_is_no_pick(make_comment, moderator):
    comment = make_comment()
    comment.pick(by=moderator)
    comment.reject(by=moderator, reason=Decision.Reason.OTHER)
    comment.refresh_from_db()
    assert not comment.is_pick
    with pytest.raises(ValidationError):
        comment.pick(by=moderator)


def test_the_database_refuses_an_unknown_status_and_a_hidden_pick(make_comment):
    make_comment()
    for changes in ({"status": "published"}, {"status": "held", "is_pick": True}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Comment.objects.update(**changes)


def test_one_person_saying_the_same_to_the_same_comment_is_one_row(make_comment):
    comment = make_comment("I agree!")
    comment.fingerprint = comment.fingerprint_for("ida")
    comment.save(update_fields=["fingerprint"])
    twin = Comment(article=comment.article, comment="i  AGREE", user_name="Ida")
    twin.fingerprint = twin.fingerprint_for("ida")
    with pytest.raises(IntegrityError), transaction.atomic():
        twin.save()
    assert (Comment.objects.count(), StoredComment.objects.count()) == (1, 1)

    comment.remove()
    twin = Comment(article=comment.article, comment="I agree", user_name="Ida")
    twin.fingerprint = twin.fingerprint_for("ida")
    twin.save()
    assert Comment.objects.count() == 2
