"""What is kept only for a time, and goes by itself (see HOURLY in the settings)."""

from datetime import timedelta

from django.conf import settings
from django.utils import timezone

from comments import limits
from comments.models import Comment, LimitEntry, Revision

UNCONFIRMED_FOR = timedelta(days=3)


def forget_unconfirmed():
    """Delete what nobody confirmed in time: it was never shown, and nobody proved that it is theirs."""
    old = Comment.objects.unconfirmed().filter(submit_date__lt=timezone.now() - UNCONFIRMED_FOR)[:500]
    return Comment.objects.filter(
        pk__in=list(old.values_list("pk", flat=True)), status="unconfirmed"
    ).delete()[0]


def forget_origins():
    """Forget where old comments came from."""
    return limits.forget(Comment.objects.all())


def forget_limits():
    """Forget the log-ins that no limit counts any more."""
    return LimitEntry.objects.filter(expires__lt=timezone.now()).delete()[0]


def forget_removed():
    """Forget the words of what its writer took back: moderators had the time to read them."""
    kept_for = timedelta(days=settings.COMMENT_REMOVED_KEPT_DAYS)
    old = Revision.objects.filter(comment__status=Comment.Status.REMOVED, at__lt=timezone.now() - kept_for)
    return Revision.objects.filter(pk__in=list(old.values_list("pk", flat=True)[:5000])).delete()[0]
