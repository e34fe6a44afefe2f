"""The mail that comments cause. What is to be told is written as a row in the transaction that makes it true; the
words are made when the row is sent, from what is true then."""

import logging
import smtplib
from datetime import timedelta

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core import signing
from django.core.mail import EmailMultiAlternatives
from django.db import IntegrityError, transaction
from django.db.models import F
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone

from newsroom import claims, marks

logger = logging.getLogger(__name__)

AN_HOUR, A_DAY = timedelta(hours=1), timedelta(days=1)
LINKS_A_DAY = 3
_UNSUBSCRIBE = "comments.unsubscribe"
SUBJECTS = {
    "confirm": "Please confirm your comment",
    "reply": "New replies in a thread that you follow",
    "decided": "About your comment",
    "author": "A new comment on your article",
    "digest": "Comments wait for a moderator",
    "appeal": "Your comment was looked at again",
    "report": "What came of your report",
    "data": "What is stored about you",
}
# which choice of the person a kind of mail heeds
CHOICES = {
    "confirm": "mail_confirm",
    "reply": "mail_replies",
    "decided": "mail_decisions",
    "author": "mail_articles",
    "report": "mail_reports",
    "digest": "mail_digest",
}


# what goes out once a day, one mail of a kind, to who chose that
DAILY = ("reply", "author", "decided")


def site_address(path):
    """Return `path` as a whole address. The host is the publication’s own, never one that a request named."""
    return settings.SITE_URL + path


# --- asking for mail ----------------------------------------------------------------------------------------------
def ask_for_confirmation(comment):
    """Queue the link that confirms `comment`: at most one mail an hour and three a day to an address, whoever asks.

    A mail holds the links of everything that waits for the address, so that one is enough and none is lost. Returns
    when it is due, or None where the owner of the address wants none.
    """
    if comment.commenter and not comment.commenter.mail_confirm:
        return None
    return _queue_link("confirm", comment.user_email, comment=comment, commenter=comment.commenter)


def ask_for_data(email):
    """Queue the link to what is stored under an address, as seldom as one that confirms. Nothing where nothing is."""
    from comments.models import Commenter, address_of

    person = Commenter.objects.filter(email=address_of(email)).first()
    if person:
        _queue_link("data", person.email, commenter=person)


def _queue_link(kind, to, **about):
    """Queue a mail that whoever knows an address can cause: one an hour and three a day. Returns when it is due."""
    from comments.models import Mail  # this module is what the models call

    waiting = Mail.objects.waiting().filter(kind=kind, to=to).first()
    if waiting:
        return waiting.due_at
    now = timezone.now()
    last = list(
        Mail.objects.filter(kind=kind, to=to, dropped_at=None, due_at__gt=now - A_DAY)
        .order_by("-due_at")
        .values_list("due_at", flat=True)[:LINKS_A_DAY]
    )
    due_at = max([now, *(at + AN_HOUR for at in last[:1]), *(at + A_DAY for at in last[LINKS_A_DAY - 1 :])])
    try:
        with transaction.atomic():
            Mail.objects.create(kind=kind, to=to, due_at=due_at, **about)
    except IntegrityError:
        pass  # asked for by another request at this moment
    return due_at


def _next_morning():
    now = timezone.localtime()
    morning = now.replace(hour=7, minute=0, second=0, microsecond=0)
    return morning if morning > now else morning + A_DAY


def _queue(kind, commenter, comment, due_at=None):
    from comments.models import Mail

    if not commenter.email:
        return
    if commenter.mail_daily and kind in DAILY:
        due_at = _next_morning()
    Mail.objects.bulk_create(
        [
            Mail(
                kind=kind, to=commenter.email, commenter=commenter, comment=comment,
                key=_key(kind, commenter, comment), due_at=due_at or timezone.now(),
            )
        ],
        ignore_conflicts=True,
    )  # fmt: skip


TOLD_ANEW = ("decided", "report", "appeal")  # whenever it is otherwise than the last mail said


def _key(kind, commenter, comment):
    """Return what makes a mail one that was sent already: the same news again is none, unless other news came between."""
    from comments.models import Mail

    key = f"{kind}:{comment.pk}:{commenter.pk}:{comment.status}"
    if kind not in TOLD_ANEW:
        return key
    about = Mail.objects.filter(comment=comment, commenter=commenter, key__isnull=False)
    # what came of an appeal says of the comment what a decision says
    mails = list(about.filter(kind__in=[kind, *(["appeal"] if kind == "decided" else [])]).order_by("pk"))
    waiting = [
        mail.key for mail in mails if mail.kind == kind and mail.sent_at is None and mail.dropped_at is None
    ]
    if same := [each for each in waiting if _news(each) == key]:
        return same[0]
    keys = {mail.key for mail in mails}
    told = [_status(mail.key) for mail in mails if mail.sent_at]
    is_said = told and told[-1] == comment.status and kind != "appeal"  # who asked is answered each time
    return key if key not in keys or is_said else f"{key}:{len(mails)}"


def _news(key):
    """What a key says, without the number of the time that it was said."""
    return ":".join(key.split(":")[:4])


def _status(key):
    return key.split(":")[3]


def queue_notice(to, subject, text, *, key):
    """Queue a mail of the newsroom to one of its own. What was queued once under `key` is not queued again."""
    from comments.models import Mail

    if to:
        words = {"subject": subject, "text": text}
        Mail.objects.bulk_create(
            [Mail(kind=Mail.Kind.NOTICE, to=to, words=words, key=key)], ignore_conflicts=True
        )  # fmt: skip


def after_becoming_visible(comment, due_at=None):
    """Queue what readers’ eyes on `comment` cause: mail to those who follow its thread, and to the article’s authors.

    None leaves before `due_at`: until then an approval may be taken back.
    """
    from comments.models import Commenter

    for follower in Commenter.objects.following(comment).exclude(pk=comment.commenter_id):
        _queue("reply", follower, comment, due_at=due_at)
    authors = Commenter.objects.filter(user__author__bylines__article=comment.article_id, mail_articles=True)
    for author in authors.exclude(pk=comment.commenter_id).distinct():
        _queue("author", author, comment, due_at=due_at)


def after_a_decision(comment, was, due_at=None):
    """Queue what a change of status causes, to be sent from `due_at` on."""
    from comments.models import Comment

    if comment.status == Comment.Status.VISIBLE:
        after_becoming_visible(comment, due_at)
    told = was in (
        Comment.Status.HELD,
        Comment.Status.VISIBLE,
        Comment.Status.REJECTED,
    ) and comment.status in (
        Comment.Status.VISIBLE,
        Comment.Status.REJECTED,
    )
    if told and comment.commenter and comment.commenter.mail_decisions:
        _queue("decided", comment.commenter, comment, due_at=due_at)


def after_an_appeal(appeal, comment, due_at=None):
    """Queue what a writer is told once another moderator decided: one mail, in place of that on the comment's status.

    Who asked for a second look is told what came of it, whatever other mail they want.
    """
    from comments.models import Mail

    Mail.objects.waiting().filter(comment=comment, kind="decided").update(dropped_at=appeal.decided_at)
    if comment.commenter:
        _queue("appeal", comment.commenter, comment, due_at=due_at)


def after_an_appeal_was_taken_back(appeal):
    """Unsay its outcome where that has not left, and say in its place what it stood in place of, where that is so again."""
    from comments.models import Mail

    of_it, comment = Mail.objects.filter(comment=appeal.comment_id), appeal.comment
    if of_it.waiting().filter(kind="appeal", taken_at=None).delete()[0]:
        key = f"decided:{comment.pk}:{comment.commenter_id}:{comment.status}"
        of_it.filter(dropped_at=appeal.decided_at, key__startswith=key).update(dropped_at=None)


def after_a_report(report):
    """Queue what came of a report, for a signed-in reader who wants to know."""
    from comments.models import Commenter

    reporter = Commenter.objects.filter(user=report.user_id).first() if report.user_id else None
    if reporter and reporter.mail_reports:
        _queue("report", reporter, report.comment)


def ask_for_digest():
    """Queue the digest of the day for each moderator, once something waits, on Mondays anyhow. Asking again the same day changes nothing."""
    from comments.models import Comment, Mail
    from comments.posting import commenter_of  # it imports the rules, which import the models

    day = timezone.localdate()
    if not Comment.objects.held().exists() and day.weekday() != 0:  # on Mondays there are the week's numbers
        return 0
    moderators = get_user_model().objects.with_perm(
        "comments.moderate_comment", backend="django.contrib.auth.backends.ModelBackend"
    )
    rows = [
        Mail(
            kind=Mail.Kind.DIGEST, to=user.email, commenter=commenter_of(user), key=f"digest:{day}:{user.pk}"
        )
        for user in moderators.exclude(email="")
    ]  # fmt: skip
    Mail.objects.bulk_create(rows, ignore_conflicts=True)
    return len(rows)


def queue_account_mail(to, subject, text):
    """Queue a mail of the account itself (a link to confirm, to reset). Its words are forgotten once it was sent."""
    from comments.models import Mail

    Mail.objects.create(kind=Mail.Kind.ACCOUNT, to=to.lower(), words={"subject": subject, "text": text})


# --- unsubscribing ------------------------------------------------------------------------------------------------
def unsubscribe_token(commenter, kind):
    return signing.dumps([commenter.pk, kind], salt=_UNSUBSCRIBE)


def unsubscribe(token):
    """Return (commenter, kind) that a token of ours names, or None. It works for ever: so must the link in a mail."""
    from comments.models import Commenter

    try:
        pk, kind = marks.read(token, salt=_UNSUBSCRIBE)
    except (signing.BadSignature, ValueError, TypeError):
        return None
    commenter = Commenter.objects.filter(pk=pk).first()
    return (commenter, kind) if commenter and kind in CHOICES else None


# --- sending ------------------------------------------------------------------------------------------------------
def send_due(most=200):
    """Send what is due. Returns (sent, failed). May run in many processes: each mail is taken by one of them."""
    from comments.models import Mail

    sent = failed = 0
    for pk in list(Mail.objects.due().values_list("pk", flat=True)[:most]):
        if not Mail.objects.due().filter(pk=pk).update(taken_at=claims.claimed_now()):
            continue  # another process has it
        mail = Mail.objects.select_related("comment__article", "commenter").get(pk=pk)
        together = _taken_together(mail)
        try:
            message = _message(mail, together)
            if message:
                message.send()
        except Exception as error:  # a mail server fails in many ways; the row stays for the next time
            for each in together:
                _failed(each, error)
            failed += 1
            if _is_away(error):
                break  # the rest would only wait as long, and everything else behind it
        else:
            done = "sent_at" if message else "dropped_at"
            Mail.objects.filter(pk__in=[each.pk for each in together]).update(
                attempts=F("attempts") + 1, last_error="", taken_at=None, words=None, **{done: timezone.now()}
            )
            sent += bool(message)
    return sent, failed


def empty_queue():
    """Send a portion of what is due; how many left. What failed waits for its next time."""
    return send_due(most=20)[0]  # the worker looks at its other queues, and whether it is to stop, in between


def _is_away(error):
    """Whether it is the mail server that fails, and not this mail."""
    away = (smtplib.SMTPServerDisconnected, smtplib.SMTPConnectError, smtplib.SMTPHeloError)
    return isinstance(error, away) or (
        isinstance(error, OSError) and not isinstance(error, smtplib.SMTPException)
    )


def _taken_together(mail):
    """Return the rows that one message tells of: all of its kind that are due to the same person."""
    from comments.models import Mail

    if mail.kind not in DAILY:
        return [mail]
    others = Mail.objects.due().filter(kind=mail.kind, to=mail.to).exclude(pk=mail.pk)[:50]
    return [
        mail, *(o for o in others if Mail.objects.due().filter(pk=o.pk).update(taken_at=claims.claimed_now()))
    ]  # fmt: skip


def _failed(mail, error):
    """Try again after a pause that grows: a minute, two, four … at most half a day. Given up after the last attempt."""
    from comments.models import Mail

    attempts = mail.attempts + 1
    pause = min(timedelta(minutes=2 ** (attempts - 1)), timedelta(hours=12))
    given_up = timezone.now() if attempts >= Mail.MOST_ATTEMPTS else None
    Mail.objects.filter(pk=mail.pk).update(
        attempts=attempts, last_error=f"{type(error).__name__}: {error}"[:300], taken_at=None,
        due_at=timezone.now() + pause, dropped_at=given_up,
    )  # fmt: skip
    logger.warning("Mail %s was not sent (attempt %s): %s", mail.pk, attempts, type(error).__name__)


def _message(mail, together):
    """Return the message of a row, or None when there is nothing left to tell."""
    person = mail.commenter
    if mail.kind in ("account", "notice"):
        message = EmailMultiAlternatives(mail.words["subject"], mail.words["text"], to=[mail.to])
        text = mail.words["text"].partition("\n-- \n")[0]  # the frame signs by itself
        context = {"text": text, "site_name": settings.SITE_NAME, "site_url": settings.SITE_URL}
        message.attach_alternative(render_to_string("emails/comments/plain.html", context), "text/html")
        return message
    if mail.kind == "letter":
        from sharing import letters  # it is built on the queue of this module

        return letters.message(mail)
    if mail.kind in CHOICES and (person is None or not getattr(person, CHOICES[mail.kind])):
        return None
    context = _CONTEXTS[mail.kind](mail, together)
    if context is None:
        return None
    context |= {"site_name": settings.SITE_NAME, "site_url": settings.SITE_URL, "person": person}
    headers = {"Auto-Submitted": "auto-generated"}
    if person and mail.kind in CHOICES:
        path = reverse("comments:unsubscribe", args=[unsubscribe_token(person, mail.kind)])
        context["unsubscribe"] = site_address(path)
        headers |= {
            "List-Unsubscribe": f"<{context['unsubscribe']}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        }
    text = render_to_string(f"emails/comments/{mail.kind}.txt", context)
    html = render_to_string(f"emails/comments/{mail.kind}.html", context)
    subject = f"{context.get('subject') or SUBJECTS[mail.kind]} – {settings.SITE_NAME}"
    message = EmailMultiAlternatives(subject, text, to=[mail.to], headers=headers)
    message.attach_alternative(html, "text/html")
    return message


def _confirmation(mail, together):
    from comments.models import Comment, Token

    waiting = list(
        Comment.objects.unconfirmed()
        .filter(user_email=mail.to, submit_date__gt=timezone.now() - Token.LIVES)
        .select_related("article")
        .order_by("path")[:10]
    )
    if not waiting:
        return None
    # nothing that the writer typed goes to an address that nobody has proved yet
    return {
        "links": [
            (
                c.article,
                c.submit_date,
                site_address(reverse("comments:confirm", args=[Token.issue(comment=c)])),
            )
            for c in waiting
        ],
        "days": Token.LIVES.days,
    }


def _data(mail, together):
    from comments.models import DataToken

    person = mail.commenter
    if person is None:
        return None
    if person.user_id:  # an account shows it itself, and asks for more than a mailbox
        return {"account": site_address(reverse("comments:account"))}
    link = reverse("comments:data_by_mail", args=[DataToken.issue(commenter=person)])
    return {"link": site_address(link), "days": DataToken.LIVES.days}


def _new_comments(mail, together):
    from comments.models import Comment

    wanted = [each.comment_id for each in together]
    replies = list(
        Comment.objects.visible().filter(pk__in=wanted).select_related("article").in_thread_order()
    )
    return {"replies": _with_addresses(replies)} if replies else None


def _with_addresses(comments):
    return [(c, site_address(reverse("comments:comment", args=[c.pk]))) for c in comments]


def _decided(mail, together):
    # what was decided again since has a mail of its own
    comments = [
        each.comment
        for each in together
        if each.comment
        and _news(each.key) == f"decided:{each.comment_id}:{each.commenter_id}:{each.comment.status}"
    ]
    if not comments:
        return None
    return {
        "decided": [
            {
                "comment": comment,
                "decision": comment.last_decision,
                "address": site_address(reverse("comments:comment", args=[comment.pk]))
                if comment.is_visible
                else "",
                "article": comment.article,
                "appeal": _appeal_address(comment),
            }
            for comment in comments
        ],
        "mine": site_address(reverse("comments:mine")),
    }


def _appeal_address(comment):
    """Where the writer may ask for a second look; empty where that cannot be asked for."""
    from comments import fairness

    if fairness.Appeal.why_not(comment):
        return ""
    return site_address(reverse("comments:appeal_by_mail", args=[fairness.appeal_token(comment)]))


def _appeal(mail, together):
    from comments.fairness import Appeal

    appeal = Appeal.objects.decided().filter(comment=mail.comment_id).first()
    if appeal is None:
        return None
    comment = mail.comment
    return {
        "comment": comment,
        "appeal": appeal,
        "is_shown": comment.is_visible and appeal.outcome == Appeal.Outcome.REOPENED,
        "address": site_address(reverse("comments:comment", args=[comment.pk])),
        "article": comment.article,
    }


def _report(mail, together):
    from comments.models import Report

    report = mail.comment and Report.objects.filter(
        comment=mail.comment, user=mail.commenter.user_id
    ).exclude(outcome="").first()  # fmt: skip
    if not report:
        return None
    return {
        "report": report,
        "article": mail.comment.article if mail.comment.article.is_published else None,
        "reports": site_address(reverse("comments:my_reports")),
    }


def _digest(mail, together):
    from comments import moderation, numbers

    user = get_user_model().objects.filter(pk=mail.key.rpartition(":")[2]).first()
    if user is None or not moderation.decides_on_persons(user):  # not a moderator any more
        return None
    waiting = numbers.waiting(moderation.within(user))
    week = numbers.digest_week(moderation.topics_of(user))
    if not waiting.count and not week:
        return None
    return {
        "subject": "" if waiting.count else "The week’s comments",
        "count": waiting.count,
        "since": waiting.since,
        "week": week,
        "numbers": site_address(reverse("comments:numbers")),
        "address": site_address(reverse("comments:desk")),
    }


_CONTEXTS = {
    "confirm": _confirmation,
    "reply": _new_comments,
    "decided": _decided,
    "author": _new_comments,
    "digest": _digest,
    "appeal": _appeal,
    "report": _report,
    "data": _data,
}
