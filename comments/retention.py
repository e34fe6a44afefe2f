"""What is kept only for a time, and goes by itself (see HOURLY in the settings; the privacy page says how long)."""

from datetime import timedelta

from django.conf import settings
from django.contrib.sessions.models import Session
from django.db.models import Q
from django.utils import timezone

from comments import limits
from comments.models import Comment, Hold, LimitEntry, Mail, Revision

_AT_ONCE = 5000


def _days_ago(days):
    return timezone.now() - timedelta(days=days)


def _first(rows, most=_AT_ONCE):
    """A portion of `rows`: no transaction becomes long."""
    return rows.model.objects.filter(pk__in=list(rows.values_list("pk", flat=True)[:most]))


def forget_unconfirmed():
    """Delete what nobody confirmed in time: it was never shown, and nobody proved that it is theirs."""
    since = _days_ago(settings.COMMENT_UNCONFIRMED_KEPT_DAYS)
    old = Comment.objects.unconfirmed().filter(submit_date__lt=since)
    return _first(old, 500).filter(status="unconfirmed").delete()[0]


def forget_origins():
    """Forget where old comments came from."""
    return limits.forget(Comment.objects.all())


def forget_limits():
    """Forget the log-ins that no limit counts any more."""
    return LimitEntry.objects.filter(expires__lt=timezone.now()).delete()[0]


def forget_mail():
    """Forget to whom mail was sent long ago. What has a key stays without its address: it is not to be sent again."""
    since = _days_ago(settings.MAIL_KEPT_DAYS)
    old = Mail.objects.filter(Q(sent_at__lt=since) | Q(dropped_at__lt=since))
    _first(old.exclude(key=None).exclude(to="")).update(to="", words=None, last_error="")
    return _first(old.filter(key=None)).delete()[0]


def forget_sessions():
    """Forget log-ins that have run out."""
    return Session.objects.filter(expire_date__lt=timezone.now()).delete()[0]


def forget_removed():
    """Forget the words of what its writer took back: moderators had the time to read them."""
    since = _days_ago(settings.COMMENT_REMOVED_KEPT_DAYS)
    old = _first(Revision.objects.filter(comment__status=Comment.Status.REMOVED, at__lt=since))
    Hold.objects.filter(comment__in=old.values("comment")).update(words=[])  # a rule noted some of them
    return old.delete()[0]
