"""What is kept only for a time, and goes by itself (see HOURLY in the settings; the privacy page says how long)."""

from datetime import timedelta

from allauth.account.models import EmailAddress
from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.sessions.models import Session
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from comments import limits
from comments.models import (
    Comment,
    Commenter,
    Decision,
    Follow,
    Hold,
    LimitEntry,
    Mail,
    PersonNote,
    Recommendation,
    Report,
    Revision,
    Sanction,
)  # fmt: skip

_AT_ONCE = 5000


def _days_ago(days):
    return timezone.now() - timedelta(days=days)


def _first(rows, most=_AT_ONCE):
    """A portion of `rows`: no transaction becomes long."""
    return rows.model.objects.filter(pk__in=list(rows.values_list("pk", flat=True)[:most]))


def forget_unconfirmed():
    """Delete what nobody confirmed in time: it was never shown, and nobody proved that it is theirs. With the last of it
    goes the address, which somebody else may have given."""
    since = _days_ago(settings.COMMENT_UNCONFIRMED_KEPT_DAYS)
    old = Comment.objects.unconfirmed().filter(submit_date__lt=since)
    forgotten = _first(old, 500).filter(status="unconfirmed").delete()[0]
    # who wants no such mail is kept for that
    persons = Commenter.objects.filter(
        user=None, mail_confirm=True, standing="normal", first_seen_at__lt=since
    )
    for known_by in (Comment, Decision, Follow, PersonNote, Sanction):
        persons = persons.exclude(Exists(known_by.objects.filter(commenter=OuterRef("pk"))))
    return forgotten + _first(persons.order_by(), 500).delete()[0]


def forget_accounts():
    """Delete the accounts whose address nobody confirmed in time: somebody else may have given it. Staff stay, and those
    that were made without an address to be confirmed."""
    theirs = EmailAddress.objects.filter(user=OuterRef("pk"))
    since = _days_ago(settings.COMMENT_UNCONFIRMED_KEPT_DAYS)
    never = get_user_model().objects.filter(
        Exists(theirs), ~Exists(theirs.filter(verified=True)), last_login=None
    )
    return _first(never.filter(is_staff=False, is_superuser=False, date_joined__lt=since), 500).delete()[0]


def forget_origins():
    """Forget where old comments came from, and what readers did with those of others."""
    since = _days_ago(settings.COMMENT_ORIGIN_KEPT_DAYS)
    recommended = Recommendation.objects.filter(at__lt=since).exclude(from_network="")
    forgotten = _first(recommended).update(from_network="")
    return forgotten + _forget_origins_of_reports(since) + limits.forget(Comment.objects.all())


_TOGETHER = "="


def _forget_origins_of_reports(since):
    """Several of one network on one comment go on counting as one (`fairness.weight_of_reports`): a mark made of nothing
    but the number of the first of them says that they are together."""
    old = Report.objects.filter(at__lt=since).exclude(from_network="")
    old = old.exclude(from_network__startswith=_TOGETHER).order_by()
    forgotten = 0
    for comment, network in old.values_list("comment", "from_network").distinct()[:500]:
        together = Report.objects.filter(comment=comment, from_network=network)
        ids = sorted(together.values_list("pk", flat=True))
        mark = f"{_TOGETHER}{ids[0]}" if len(ids) > 1 else ""
        forgotten += Report.objects.filter(pk__in=ids).update(from_network=mark)
    return forgotten


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
