"""The moderator's verbs: what the desk, the admin and a command may do to comments and to persons.

Each is one transaction, writes its event into the log (`Decision`), and refuses what is not as the moderator saw it:
a comment that its writer edited since, or that somebody else decided. What is taken down is gone at once; what readers
or a mailbox would have seen waits `UNDO_SECONDS`, so that undo takes back everything. Bulk is one transaction with
one `batch`. Nobody decides on what they wrote, nor on themselves: that is refused here, whoever asks. Nothing here asks
whether the person may else: give it comments of `within(user)`.
"""

import uuid
from dataclasses import dataclass, field
from datetime import timedelta

from django.conf import settings
from django.core import signing
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django_comments.models import Comment as StoredComment

from articles.models import Article, Byline
from comments import emails, fairness, markup, names
from comments.models import (
    Claim,
    Comment,
    Commenter,
    Decision,
    Mail,
    PersonNote,
    Policy,
    RejectionReason,
    Revision,
    Sanction,
    TopicScope,
)  # fmt: skip
from newsroom import marks

Status, Verb = Comment.Status, Decision.Verb
MOST_AT_ONCE = 1000
PORTION = 200  # of a decision on everything that was found

WHY_REFUSED = {
    "edited": "Its writer changed it since you saw it: this is what it says now.",
    "decided": "Somebody else decided on it a moment ago.",
    "yourself": "You decided on it yourself a moment ago.",
    "gone": "It is not there any more, or not yours to decide.",
    "own": "You wrote it yourself: another moderator decides.",
    "appeal": "It answers an appeal against your own decision: another moderator decides.",
    "reopened": "It was shown on appeal against your own decision: another moderator takes it down.",
    "oneself": "That is yourself: another moderator decides.",
    "unconfirmed": "Its writer has not confirmed the address yet.",
    "removed": "Its writer removed it.",
    "hidden": "Only what readers see can be an editors’ pick.",
    "same": "It is so already.",
    "undone": "It was taken back already.",
}


class Refused(ValidationError):
    """One comment or person was not decided on; `why` is a key of WHY_REFUSED."""

    def __init__(self, why):
        super().__init__(WHY_REFUSED[why], code=why)
        self.why = why


@dataclass
class Outcome:
    """What became of a decision on one or many."""

    events: list = field(default_factory=list)
    refused: dict = field(default_factory=dict)  # id of a comment -> key of WHY_REFUSED
    batch: uuid.UUID | None = None


# --- who may what -------------------------------------------------------------------------------------------------
def may_enter(user):
    """Whether `user` may open the desk: staff with the permission, or an author where the policy allows it."""
    if not (user.is_authenticated and user.is_active and user.is_staff):
        return False
    return user.has_perm("comments.moderate_comment") or _moderates_as_author(user)


def _moderates_as_author(user):
    return bool(Policy.current().authors_moderate and getattr(user, "author", None))


def decides_on_persons(user):
    return user.is_staff and user.has_perm("comments.moderate_comment")


def within(user, comments=None):
    """Return those of `comments` (all, unless given) that `user` may see on the desk and decide: by topic, or as author.
    Their own are among them, and the verbs refuse those.

    Costs one query for the topics of a moderator; the condition itself joins nothing.
    """
    comments = Comment.objects.all() if comments is None else comments
    if not may_enter(user):
        return comments.none()
    if sees_all(user):
        return comments
    return comments.filter(article__in=articles_within(user).values("pk"))


def articles_within(user):
    """Return the articles under which `user`, who may enter, decides."""
    if sees_all(user):
        return Article.objects.all()
    if user.has_perm("comments.moderate_comment"):
        return Article.objects.filter(topic__in=topics_of(user))
    return Article.objects.filter(pk__in=Byline.objects.filter(author__user=user).values("article"))


def persons_within(user):
    """Return the persons who wrote something that `user` may see on the desk; all where nothing is out of scope."""
    if sees_all(user):
        return Commenter.objects.all()
    return Commenter.objects.filter(Exists(within(user).filter(commenter=OuterRef("pk"))))


def log_within(user, events):
    """Return those of `events` that are not about comments out of the scope of `user`."""
    return events if sees_all(user) else events.filter(Q(comment=None) | Q(comment__in=within(user)))


def sees_all(user):
    """Whether nothing is out of the scope of a moderator."""
    return user.is_superuser or (user.has_perm("comments.moderate_comment") and not topics_of(user))


def topics_of(user):
    """Return the topics that a moderator is kept to; none of them means all. One query a request, as for permissions."""
    if user.is_superuser:
        return []
    if not hasattr(user, "_moderated_topics"):
        user._moderated_topics = list(TopicScope.objects.filter(user=user).values_list("topic", flat=True))
    return user._moderated_topics


def in_topics_of(user, rows):
    """Return those of `rows` (of what has a `comment`) that are in the topics of a moderator."""
    topics = topics_of(user)
    return rows.filter(comment__article__topic__in=topics) if topics else rows


# --- deciding on comments -----------------------------------------------------------------------------------------
def decide(verb, stamps, *, by, reason="", note="", batch=None, details=None):
    """Do `verb` (of `Decision.Verb`) to many comments in one transaction; returns an Outcome.

    `stamps` maps the id of each to its `Comment.stamp` as the moderator saw it, or to "" where only the verb has to
    fit. What is not so any more is refused and named, the rest is done. What `by` did already to the very same, because
    the answer was lost on its way, is done: its event is the one of then. Raises ValidationError for a rejection
    without a known reason. Costs the same number of queries for one or many, but for the mail of approvals.
    """
    given = _reason(verb, reason)
    outcome = Outcome(batch=batch or (uuid.uuid4() if len(stamps) > 1 else None))
    with transaction.atomic():  # the decision, its event and the mail it causes are one thing
        now = timezone.now()
        effect_at = now + timedelta(seconds=settings.UNDO_SECONDS)
        found = {c.pk: c for c in _locked(within(by).filter(pk__in=list(stamps)[:MOST_AT_ONCE]))}
        reopened = _reopened_against(by, verb, found.values())
        decided, groups = [], {}
        for pk, stamp in stamps.items():
            comment = found.get(pk)
            why = _why_not(verb, comment, stamp, by) or ("reopened" if pk in reopened else None)
            if why:
                outcome.refused[pk] = why
                continue
            changes = _changes(verb, comment, now, effect_at)
            groups.setdefault(tuple(changes.items()), []).append(comment)
            decided.append((comment, changes))
        for changes, comments in groups.items():
            Comment.objects.filter(pk__in=[c.pk for c in comments]).update(**dict(changes))
        outcome.events = Decision.objects.bulk_create(
            _event(verb, comment, changes, by, given, note, now, outcome.batch, details)
            for comment, changes in decided
        )
        _let_the_library_follow([comment for comment, _ in decided])
        for event, (comment, _) in zip(outcome.events, decided, strict=True):
            if event.was != event.became:
                emails.after_a_decision(comment, event.was, due_at=effect_at)
        Claim.objects.filter(pk__in=[comment.pk for comment, _ in decided]).delete()
        _tell_of_ones_own(outcome, verb, found, stamps, by, given)
    return outcome


def _tell_of_ones_own(outcome, verb, found, stamps, by, given):
    """Of what is refused because somebody decided: say where that was `by`, and take what was the same for done."""
    decided = [found[pk] for pk, why in outcome.refused.items() if why == "decided"]
    own = last_events_of(by, decided)
    for comment in decided:
        if event := own.get(comment.pk):
            if _is_sent_again(event, verb, comment, stamps[comment.pk], given):
                del outcome.refused[comment.pk]
                outcome.events.append(event)
            else:
                outcome.refused[comment.pk] = "yourself"


def last_events_of(by, comments):
    """Return {id: the event} of those of `comments` on which `by` decided last. One query, none where there are none."""
    if not comments:
        return {}
    decided_at = {comment.pk: comment.decided_at for comment in comments}
    events = Decision.objects.standing().filter(by=by, comment__in=decided_at).select_related("comment")
    return {e.comment_id: e for e in events.order_by("pk") if e.at == decided_at[e.comment_id]}


def _is_sent_again(event, verb, comment, stamp, given):
    """Whether a decision is `event` itself: the same, on the same words, seen as they were before it."""
    was = event.details.get("was")
    if not was or (event.verb, event.reason, event.text_hash) != (verb, given[0], comment.text_hash):
        return False
    decided_at = parse_datetime(was["decided_at"] or "")
    return stamp == Comment.stamp_of(was["status"], event.text_hash, decided_at)


def _reason(verb, slug):
    if verb == Verb.SPAM:
        return Decision.Reason.SPAM.value, Decision.Reason.SPAM.label
    if verb != Verb.REJECT:
        return "", ""
    reason = RejectionReason.objects.filter(slug=slug).first()
    if reason is None:
        raise ValidationError("Please choose why it is rejected: its writer is told.", code="reason")
    return reason.slug, reason.words


def _locked(comments):
    """Read `comments` with their rows locked, always in the same order: two processes wait, and none decides twice.

    (SQLite locks the whole database with the transaction.) Their writers come in a second query: a row that may be
    missing cannot be locked.
    """
    return comments.select_for_update().order_by("pk").prefetch_related("commenter")


def _why_not(verb, comment, stamp, by):
    if comment is None:
        return "gone"
    if comment.is_written_by(by):
        return "own"
    if stamp and stamp != comment.stamp:
        return "edited" if stamp.split(".")[1:2] != comment.stamp.split(".")[1:2] else "decided"
    if comment.status == Status.REMOVED:
        return "removed"
    if comment.status == Status.UNCONFIRMED and verb in (Verb.APPROVE, Verb.FEATURE, Verb.HOLD):
        return "unconfirmed"
    if verb == Verb.UNFEATURE and not comment.is_pick:
        return "same"
    same = {Verb.REJECT: Status.REJECTED, Verb.SPAM: Status.SPAM, Verb.HOLD: Status.HELD}
    if same.get(verb) == comment.status:
        return "same"
    return None


def _reopened_against(by, verb, comments):
    """Return the ids of `comments` that `by` may not take from readers again. No query where none was decided and is shown."""
    if verb not in (Verb.REJECT, Verb.SPAM, Verb.HOLD):
        return set()
    shown = [comment.pk for comment in comments if comment.is_visible and comment.decided_at]
    return fairness.reopened_against(by, shown) if shown else set()


def _changes(verb, comment, now, effect_at):
    """What a verb changes of a row."""
    changes = {"seen_at": now, "reported_at": None, "decided_at": now, "modified_at": now}
    if verb in (Verb.APPROVE, Verb.FEATURE):
        if not comment.is_visible:
            changes |= {"status": Status.VISIBLE.value, "shown_from": effect_at}
        if verb == Verb.FEATURE:
            changes["is_pick"] = True
    elif verb == Verb.UNFEATURE:
        changes["is_pick"] = False
    else:
        became = {Verb.REJECT: Status.REJECTED, Verb.SPAM: Status.SPAM, Verb.HOLD: Status.HELD}[verb]
        changes |= {"status": became.value, "is_pick": False}
    return changes


def _event(verb, comment, changes, by, reason, note, now, batch, details):
    """Return the event, and give the comment its changes."""
    was = comment.as_it_is
    for name, value in changes.items():
        setattr(comment, name, value)
    return Decision(
        verb=verb, comment=comment, commenter_id=comment.commenter_id, was=was["status"], became=comment.status, by=by,
        reason=reason[0], reason_words=reason[1], note=note, text_hash=comment.text_hash, at=now,
        effect_at=changes.get("shown_from", now), batch=batch, details={"was": was} | (details or {}),
    )  # fmt: skip


def _let_the_library_follow(comments):
    for is_public in (True, False):
        ids = [c.pk for c in comments if c.is_visible == is_public and c.status != Status.HELD]
        if ids:
            StoredComment.objects.filter(pk__in=ids).update(is_public=is_public, is_removed=not is_public)
    held = [c.pk for c in comments if c.status == Status.HELD]
    if held:
        StoredComment.objects.filter(pk__in=held).update(is_public=False, is_removed=False)


def _one(verb, comment, by, stamp="", **why):
    """Decide on one; returns its event, raises Refused. `comment` is as it is now afterwards."""
    outcome = decide(verb, {comment.pk: stamp}, by=by, **why)
    if outcome.refused:
        raise Refused(outcome.refused[comment.pk])
    comment.refresh_from_db()
    return outcome.events[0]


def approve(comment, by, stamp="", appeal=None):
    """Let readers see it, `UNDO_SECONDS` from now. Of one that they see: it stays, and its reports are settled.

    `appeal` is the one that this answers.
    """
    return _one(Verb.APPROVE, comment, by, stamp, details={"appeal": appeal.pk} if appeal else None)


def reject(comment, by, reason, note="", stamp=""):
    """Keep it from readers: `reason` is the slug of a RejectionReason, `note` a line of one's own to the writer."""
    return _one(Verb.REJECT, comment, by, stamp, reason=reason, note=note)


def mark_spam(comment, by, stamp=""):
    return _one(Verb.SPAM, comment, by, stamp)


def hold(comment, by, note="", stamp=""):
    """Take it back from readers until it was looked at again."""
    return _one(Verb.HOLD, comment, by, stamp, note=note)


def feature(comment, by, stamp=""):
    """Approve it and show it among the editors' picks."""
    return _one(Verb.FEATURE, comment, by, stamp)


def unfeature(comment, by, stamp=""):
    return _one(Verb.UNFEATURE, comment, by, stamp)


def let_stand(comment, by, appeal, note=""):
    """Answer an `appeal` by leaving the comment as it is; returns the event, which says nothing of a status."""
    now = timezone.now()
    return Decision.objects.create(
        verb=Verb.STAND, comment=comment, commenter_id=comment.commenter_id, by=by, note=note,
        text_hash=comment.text_hash, at=now, effect_at=now + timedelta(seconds=settings.UNDO_SECONDS),
        details={"appeal": appeal.pk},
    )  # fmt: skip


def keep_the_first(stamps, *, by):
    """Approve the first of `stamps` and reject the others, which say the same: one batch; returns an Outcome.

    Where the first is refused, nothing is done.
    """
    (first, stamp), *others = stamps.items()
    with transaction.atomic():  # the others go because the first stays
        batch = uuid.uuid4()
        outcome = decide(Verb.APPROVE, {first: stamp}, by=by, batch=batch)
        if others and not outcome.refused:
            rest = decide(
                Verb.REJECT, dict(others), by=by, batch=batch, reason=Decision.Reason.DUPLICATE,
                note="Several people sent these words: the first of them is shown.",
            )  # fmt: skip
            outcome.events += rest.events
            outcome.refused |= rest.refused
    return outcome


def mark_seen(ids, by):
    """Take comments from the queue of new ones: looked at, nothing to do. No event: nothing was decided."""
    return within(by).unseen().filter(pk__in=ids).update(seen_at=timezone.now())


def redact(comment, by, text, stamp=""):
    """Put `text` in the place of its words, without the personal data in them.

    The former words are kept as a revision, readers see that the desk edited it, and its status stays. Returns the
    event; raises Refused, or ValidationError where nothing is left or nothing changed.
    """
    with transaction.atomic():  # the words and their event are one thing
        now = timezone.now()
        locked = _locked(within(by).filter(pk=comment.pk)).first()
        if why := _why_not(Verb.REDACT, locked, stamp, by):
            raise Refused(why)
        text = markup.tidy(text)
        if not text or text == locked.comment:
            raise ValidationError("Please take out what is to go, and leave the rest.", code="text")
        before = {"redacted_at": locked.redacted_at and locked.redacted_at.isoformat()}
        revision = Revision.objects.create(comment=locked, text=locked.comment, by=by)
        locked.comment, locked.redacted_at = text, now
        locked.save(update_fields=["comment", "redacted_at"])
        event = Decision.objects.create(
            verb=Verb.REDACT, comment=locked, commenter_id=locked.commenter_id, was=locked.status,
            became=locked.status, by=by, reason=Decision.Reason.PERSONAL, text_hash=locked.text_hash, at=now,
            details={"revision": revision.pk, "was": before},
        )  # fmt: skip
    comment.refresh_from_db()
    return event


def answer(comment, by, text, stamp=""):
    """Approve it and answer as staff; both are shown at the same moment. Returns (event, the answer)."""
    text = markup.tidy(text)
    if not text:
        raise ValidationError("Please write the answer.", code="text")
    from comments.posting import badge_for, commenter_of  # it imports the rules, which import the models

    with transaction.atomic():  # never an answer to what nobody sees
        reply = Comment(
            article=comment.article, answers=comment, comment=text, status=Status.VISIBLE, user=by,
            commenter=commenter_of(by), user_name=names.display_name(by), user_email=by.email,
            badge=badge_for(by, comment.article), seen_at=timezone.now(),
        )  # fmt: skip
        reply.fingerprint = reply.fingerprint_for(f"user {by.pk}")
        reply.shown_from = timezone.now() + timedelta(seconds=settings.UNDO_SECONDS)
        try:
            with transaction.atomic():
                reply.save()
        except IntegrityError as error:
            comment.refresh_from_db()
            event = last_events_of(by, [comment]).get(comment.pk)
            if (
                event
                and "answer" in event.details
                and _is_sent_again(event, Verb.APPROVE, comment, stamp, ("", ""))
            ):
                return event, Comment.objects.get(pk=event.details["answer"])
            raise ValidationError("You have answered this with the same words.", code="text") from error
        event = _one(Verb.APPROVE, comment, by, stamp, details={"answer": reply.pk})
        emails.after_becoming_visible(reply, due_at=event.at + timedelta(seconds=settings.UNDO_SECONDS))
    return event, reply


# --- taking back --------------------------------------------------------------------------------------------------
def last_of(by, passed=()):
    """Return the events of what `by` did last and has not taken back: one, or all of a batch.

    Passed over are those of the ids `passed`, with their batch, and what is left of a batch that was taken back already,
    because somebody decided on it since.
    """
    mine = (
        Decision.objects.standing()
        .filter(by=by)
        .exclude(verb__in=("", Verb.UNDO, Verb.CONFIRM, Verb.REMOVE))
        .exclude(pk__in=passed)
    )
    is_over = Q(undone_by__isnull=False) | Q(pk__in=passed)
    while (last := mine.newest_first().first()) and last.batch:
        if not Decision.objects.filter(is_over, batch=last.batch).exists():
            return list(mine.filter(batch=last.batch))
        mine = mine.exclude(batch=last.batch)
    return [last] if last else []


def undo(events, by):
    """Take back `events` (a list of Decision); returns an Outcome. Each undo is an event of its own.

    Comments are again as they were, and mail that waits is gone. What was decided or edited again since is refused.
    Raises Refused for a decision on `by` as a person.
    """
    persons = [e.commenter_id for e in events if e.verb in Decision.ON_PERSONS]
    if persons and Commenter.objects.filter(pk__in=persons, user=by).exists():
        raise Refused("oneself")
    outcome = Outcome(batch=uuid.uuid4() if len(events) > 1 else None)
    with transaction.atomic():  # everything of a batch comes back together
        now = timezone.now()
        on_comments = [e for e in events if e.comment_id and e.can_be_undone]
        comments = {c.pk: c for c in _locked(within(by).filter(pk__in=[e.comment_id for e in on_comments]))}
        undone = set(Decision.objects.filter(undoes__in=events).values_list("undoes", flat=True))
        restored, rows = [], []
        for event in on_comments:
            comment = comments.get(event.comment_id)
            why = "undone" if event.pk in undone else _why_not_undo(event, comment, by)
            if why:
                outcome.refused[event.comment_id] = why
                continue
            rows.append(_undoing(event, comment, by, now, outcome.batch))
            if event.verb != Verb.STAND:  # which changed nothing of the comment
                restored.append(comment)
        if restored:
            Comment.objects.bulk_update(restored, [*Comment.KEPT, "modified_at"], batch_size=100)
            _let_the_library_follow(restored)
            Mail.objects.waiting().filter(
                comment__in=[c.pk for c in restored], kind__in=["decided", "reply", "author"], taken_at=None
            ).delete()
        _let_appeals_wait_again([row.undoes for row in rows])
        for event in events:
            if event.verb in Decision.ON_PERSONS and event.pk not in undone:
                rows.append(_lift_again(event, by, now))
        outcome.events = Decision.objects.bulk_create(rows)
    return outcome


def _let_appeals_wait_again(undone):
    """What answered them was taken back, and so is the mail that would have said so."""
    answered = fairness.Appeal.objects.filter(answer__in=undone)
    for appeal in answered.select_related("comment"):
        emails.after_an_appeal_was_taken_back(appeal)
    answered.wait_again()


def marked_open(events, by, comment=None, holding=()):
    """Return `events` as a list, each with `is_open`: whether `by` can still take it back. Those on `comment`; or, newest
    first, those on another person, for whom the sanctions `holding` hold. No query where `undone_by` was joined."""
    events, is_newest = list(events), True
    holding = {sanction.pk for sanction in holding}
    for event in events:
        event.is_open = event.can_be_undone and not hasattr(event, "undone_by")
        if comment is not None:
            event.is_open = event.is_open and _why_not_undo(event, comment, by) is None
        elif event.verb == Verb.LIFT:
            event.is_open = event.is_open and is_newest
        else:
            event.is_open = event.is_open and event.details.get("sanction") in holding
        is_newest = is_newest and (event.verb not in Decision.ON_PERSONS or hasattr(event, "undone_by"))
    return events


def _why_not_undo(event, comment, by):
    if comment is None:
        return "gone"
    if comment.is_written_by(by):
        return "own"
    if event.verb == Verb.REDACT:
        return None if comment.text_hash == event.text_hash else "edited"
    if "appeal" in event.details and not fairness.may_answer(event.details["appeal"], by):
        return "appeal"
    if event.verb == Verb.STAND and comment.status in fairness.TAKEN_DOWN:
        return "decided" if comment.decided_at and comment.decided_at > event.at else None
    if comment.decided_at != event.at:
        return "decided"
    if comment.status != event.became:  # and no moderator decided since
        return "removed" if comment.status == Status.REMOVED else "edited" if comment.edited_at else "decided"
    return None


def _undoing(event, comment, by, now, batch):
    was = event.details.get("was", {"status": event.was})
    status = comment.status
    if event.verb == Verb.REDACT:
        revision = Revision.objects.get(pk=event.details["revision"])
        comment.comment, comment.redacted_at = revision.text, parse_datetime(was["redacted_at"] or "")
        comment.save(update_fields=["comment", "redacted_at"])
    elif event.verb != Verb.STAND:
        reported_since = comment.reported_at  # the decision had settled what was reported before
        for name, value in was.items():
            is_moment = name.endswith("_at") or name == "shown_from"
            setattr(comment, name, parse_datetime(value) if is_moment and value else value)
        comment.reported_at = comment.reported_at or reported_since
        if reply := event.details.get("answer"):
            given = Comment.objects.filter(pk=reply).exclude(status=Status.REMOVED).first()
            if given:
                Mail.objects.waiting().filter(comment=given, taken_at=None).delete()
                given.remove(by=by)
    comment.modified_at = now
    return Decision(
        verb=Verb.UNDO, comment=comment, commenter_id=comment.commenter_id, was=event.became and status,
        became=event.became and comment.status, by=by, text_hash=comment.text_hash, at=now, undoes=event, batch=batch,
    )  # fmt: skip


# --- everything of one person -------------------------------------------------------------------------------------
def of_person_since(commenter, since, by, verb=Verb.REJECT):
    """Return what a decision on everything of a person since a moment would touch: count it before, then `decide`."""
    open_to = [Status.HELD] if verb in (Verb.APPROVE, Verb.FEATURE) else [Status.HELD, Status.VISIBLE]
    return within(by).filter(commenter=commenter, submit_date__gte=since, status__in=open_to).order_by("pk")


def decide_all(comments, verb, *, by, reason="", note=""):
    """Decide on each of `comments` (a QuerySet) in one batch, in portions; returns an Outcome of all."""
    ids = list(comments.values_list("pk", flat=True))
    batch = uuid.uuid4() if len(ids) > 1 else None
    with transaction.atomic():  # one decision: all or nothing
        whole = Outcome(batch=batch)
        for start in range(0, len(ids), PORTION):
            part = decide(
                verb,
                dict.fromkeys(ids[start : start + PORTION], ""),
                by=by,
                reason=reason,
                note=note,
                batch=batch,
            )
            whole.events += part.events
            whole.refused |= part.refused
    return whole


# --- deciding on persons ------------------------------------------------------------------------------------------
def _refuse_oneself(commenter, by):
    if commenter.user_id == by.pk:
        raise Refused("oneself")


def sanction(commenter, kind, by, reason="", words="", until=None):
    """Trust, watch, warn, suspend or ban a person; returns the event. `words` are mailed to who is warned, suspended or
    banned; nobody is told that they are trusted or watched.

    Raises ValidationError for an end that is not in the future, or for a suspension without one; Refused for oneself.
    """
    _refuse_oneself(commenter, by)
    if until <= timezone.now() if until else kind == Sanction.Kind.SUSPEND:
        raise ValidationError("Please say until when.", code="until")
    if kind == Sanction.Kind.WARN and not words:
        raise ValidationError("Please write the warning.", code="words")
    with transaction.atomic():  # what holds, what it says and the log are one thing
        now = timezone.now()
        locked = Commenter.objects.select_for_update().get(pk=commenter.pk)
        given = Sanction.objects.create(
            commenter=locked, kind=kind, by=by, reason=reason, words=words, until=until, at=now
        )
        _follow_sanctions(locked)
        effect_at = now + timedelta(seconds=settings.UNDO_SECONDS)
        is_told = bool(words) and kind not in Sanction.UNTOLD
        if is_told:
            _mail_words(given, effect_at)
        event = Decision.objects.create(
            verb=kind, commenter=locked, by=by, reason=reason, note=words[:300], at=now,
            effect_at=effect_at if is_told else now, details={"sanction": given.pk},
        )  # fmt: skip
    commenter.refresh_from_db()
    return event


def lift(commenter, by, note=""):
    """End whatever holds for a person; returns the event. Raises Refused for oneself."""
    _refuse_oneself(commenter, by)
    with transaction.atomic():
        now = timezone.now()
        locked = Commenter.objects.select_for_update().get(pk=commenter.pk)
        ended = list(locked.sanctions.filter(lifted_at=None).values_list("pk", flat=True))
        Sanction.objects.filter(pk__in=ended).update(lifted_at=now)
        before = [locked.standing, locked.suspended_until.isoformat() if locked.suspended_until else None]
        _follow_sanctions(locked)
        event = Decision.objects.create(
            verb=Verb.LIFT,
            commenter=locked,
            by=by,
            note=note,
            at=now,
            details={"lifted": ended, "standing": before},
        )
    commenter.refresh_from_db()
    return event


def _lift_again(event, by, now):
    """Return the event that takes back one on a person."""
    person = Commenter.objects.select_for_update().get(pk=event.commenter_id)
    if event.verb == Verb.LIFT:
        undone = Decision.objects.filter(
            commenter=person, undone_by__isnull=False, verb__in=Decision.ON_PERSONS
        )
        taken_back = [details.get("sanction") for details in undone.values_list("details", flat=True)]
        lifted = Sanction.objects.filter(pk__in=event.details["lifted"])
        lifted.exclude(pk__in=[pk for pk in taken_back if pk]).update(lifted_at=None)
    else:
        Sanction.objects.filter(pk=event.details["sanction"], lifted_at=None).update(lifted_at=now)
        Mail.objects.waiting().filter(key=f"warning:{event.details['sanction']}", taken_at=None).delete()
    _follow_sanctions(person)
    return Decision(verb=Verb.UNDO, commenter=person, by=by, at=now, undoes=event)


def _follow_sanctions(person):
    """Give a person the standing of the newest sanction that holds, and the mark of a warning not yet acknowledged."""
    person.standing, person.suspended_until = person.standing_by_sanctions()
    warned = [s.at for s in person.sanctions.holding().filter(kind=Sanction.Kind.WARN)]
    person.warned_at = min(warned) + timedelta(seconds=settings.UNDO_SECONDS) if warned else None
    person.save(update_fields=["standing", "suspended_until", "warned_at"])


_WARNING = "comments.warning"


def warning_token(warning):
    """Return what names a warning in the link that only its person gets."""
    return signing.dumps(warning.pk, salt=_WARNING)


def _mail_words(given, due_at):
    person = given.commenter
    if not person.email:
        return
    if given.kind == Sanction.Kind.WARN:
        address = emails.site_address(reverse("comments:warning", args=[warning_token(given)]))
        follows = f"Before your next comment, please say here that you have read this:\n{address}"
    elif given.until:
        follows = f"You cannot comment until {timezone.localtime(given.until):%-d %B %Y, %H:%M}."
    else:
        follows = "You cannot comment any more."
    text = f"A moderator of {settings.SITE_NAME} writes to you:\n\n{given.words}\n\n{follows}\n"
    Mail.objects.create(
        kind=Mail.Kind.ACCOUNT, to=person.email, commenter=person, due_at=due_at, key=f"warning:{given.pk}",
        words={"subject": f"About your comments – {settings.SITE_NAME}", "text": text},
    )  # fmt: skip


def warning_of(token):
    """Return the Sanction that a mailed link names, or None."""
    try:
        pk = marks.read(token, salt=_WARNING)
    except signing.BadSignature:
        return None
    return Sanction.objects.select_related("commenter").filter(pk=pk, kind="warn", lifted_at=None).first()


def acknowledge(warning):
    """The person says that they have read it: they may comment again."""
    with transaction.atomic():
        Sanction.objects.filter(pk=warning.pk, acknowledged_at=None).update(acknowledged_at=timezone.now())
        _follow_sanctions(Commenter.objects.select_for_update().get(pk=warning.commenter_id))


def note(commenter, by, text):
    """Leave a note on a person for the other moderators."""
    return PersonNote.objects.create(commenter=commenter, by=by, text=text)


# --- claims -------------------------------------------------------------------------------------------------------
def claim(comment_id, by):
    """Say that `by` has the card of a comment open; returns whose it is: theirs, or another's that still holds."""
    now = timezone.now()
    Claim.objects.filter(by=by).exclude(pk=comment_id).delete()  # one card at a time
    free = Q(by=by) | Q(at__lt=now - Claim.HOLDS_FOR)
    if Claim.objects.filter(free, pk=comment_id).update(by=by, at=now):
        return by
    try:
        with transaction.atomic():
            Claim.objects.create(comment_id=comment_id, by=by, at=now)
            return by
    except IntegrityError:
        held = Claim.objects.select_related("by").filter(pk=comment_id).first()
        return held.by if held else by


def claims_of_others(ids, by):
    """Return {id of a comment: name} of those among `ids` that another moderator has open."""
    holding = Claim.objects.filter(pk__in=ids, at__gte=timezone.now() - Claim.HOLDS_FOR).exclude(by=by)
    return {c.comment_id: names.display_name(c.by) for c in holding.select_related("by")}
