"""From what a reader sent to a row: the rules decide, and whatever happens next the row is there first."""

from django.core import signing
from django.db import IntegrityError, transaction
from django.utils import timezone

from comments import emails, limits, names, ranking, rules, similar
from comments.models import Comment, Commenter, Hold, Policy, address_of
from newsroom import marks
from newsroom.addresses import client_address

_STARTED = "comments.started"
_SENT = "comments.sent"


def started():
    """Return a mark of this moment for the form: how long someone wrote is known without a session."""
    return signing.dumps(int(timezone.now().timestamp()), salt=_STARTED)


def seconds_since(mark):
    """Return the seconds since `started()` made `mark`; None for what we did not make, or not yet."""
    try:
        seconds = timezone.now().timestamp() - marks.read(mark or "", salt=_STARTED)
    except (signing.BadSignature, TypeError):
        return None
    return seconds if seconds >= 0 else None


def sent_mark(comment):
    """Return a mark with which its writer, and nobody else, is shown what became of a comment just sent."""
    return signing.dumps(comment.pk, salt=_SENT)


def sent_by_mark(mark):
    """Return the comment of a mark of the last day, or None."""
    try:
        pk = marks.read(mark, salt=_SENT, max_age=24 * 3600)
    except signing.BadSignature:
        return None
    return Comment.objects.select_related("article", "commenter").filter(pk=pk).first()


def badge_for(user, article):
    if not user:
        return Comment.Badge.NONE
    if article.bylines.filter(author__user=user).exists():
        return Comment.Badge.AUTHOR
    return Comment.Badge.STAFF if user.is_staff else Comment.Badge.NONE


def draft_of(article, text, *, user=None, email="", request=None, **details):
    """Return the Draft that the rules judge. A guest’s address is proved by the link that is mailed to it."""
    policy = Policy.current()
    if user:
        commenter = Commenter.objects.filter(user=user).select_related("user").first()
    else:
        commenter = Commenter.objects.filter(email=address_of(email)).select_related("user").first()
    return rules.Draft(
        article=article,
        text=text,
        policy=policy,
        commenter=commenter,
        is_proven=bool(user) or policy.who_may_post_on(article) == Policy.WhoMayPost.CONFIRMED,
        badge=badge_for(user, article),
        address=client_address(request) if request else "",
        **details,
    )


def post(draft, verdict, *, user=None, name, email="", follow=False):
    """Store the comment. Returns (comment, whether it is new): the same words sent twice are one row.

    What it says of the status is all in one transaction: the comment, the reasons it waits for, and the mail to come.
    """
    confirms = not user and draft.policy.who_may_post_on(draft.article) == Policy.WhoMayPost.CONFIRMED
    if confirms:
        status = Comment.Status.UNCONFIRMED
    else:
        status = Comment.Status.HELD if verdict.is_held else Comment.Status.VISIBLE
    commenter = draft.commenter or (commenter_of(user) if user else _guest(name, email))
    comment = Comment(
        article=draft.article, answers=draft.answers, comment=draft.text, status=status, commenter=commenter,
        user=user, user_name=name, user_email=address_of(user.email if user else email), badge=draft.badge,
        followup=follow, from_address=limits.keyed(draft.address),
        from_network=limits.keyed(limits.network_of(draft.address)),
        newcomer_at=timezone.now() if draft.is_newcomer else None,
    )  # fmt: skip
    comment.fingerprint = _fingerprint(comment, user, email)
    ranking.score_new(comment)
    try:
        with transaction.atomic():
            comment.save()
            similar.remember(comment)
            Hold.objects.bulk_create(verdict.holds_for(comment))
            if status == Comment.Status.UNCONFIRMED:
                emails.ask_for_confirmation(comment)
            elif status == Comment.Status.VISIBLE:
                emails.after_becoming_visible(comment)
    except IntegrityError:
        same = sent_before(draft, user=user, email=email)
        if same is None:
            raise
        return same, False
    return comment, True


def sent_before(draft, *, user=None, email=""):
    """Return the comment with which these words were stored before, or None: a click too many is no comment too many."""
    said = Comment(article=draft.article, answers=draft.answers, comment=draft.text)
    same = Comment.objects.filter(fingerprint=_fingerprint(said, user, email))
    return same.select_related("article").first()


def _fingerprint(comment, user, email):
    return comment.fingerprint_for(f"user {user.pk}" if user else address_of(email))


def _guest(name, email):
    commenter, _ = Commenter.objects.get_or_create(email=address_of(email), defaults={"name": name})
    return commenter


def commenter_of(user):
    """Return the Commenter of an account. What wrote under its address before joins it: the address was proved."""
    commenter = Commenter.objects.filter(user=user).first()
    if commenter:
        return commenter
    email = address_of(user.email)
    if email and Commenter.objects.filter(email=email, user=None).update(user=user):
        return Commenter.objects.get(user=user)
    try:
        with transaction.atomic():
            return Commenter.objects.create(user=user, name=names.display_name(user), email=email)
    except (
        IntegrityError
    ):  # made by another request at this moment, or the address belongs to another account
        return Commenter.objects.filter(user=user).first() or Commenter.objects.create(
            user=user, name=names.display_name(user)
        )
