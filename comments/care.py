"""Care for those who read the worst all evening: mixed batches, a veil over rough words, a quiet count of what is done.

Handling nothing but uncivil comments exhausts and lowers trust in readers: Riedl, Masullo and Whipple, “The downsides of
digital labor: Exploring the toll incivility takes on online comment moderators”, Computers in Human Behavior 107 (2020).
"""

from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.db import models
from django.utils import timezone

from comments.models import Decision, Report

ROUGH_RULES = frozenset({"suspect_words", "banned_words", "shouting"})
ROUGH_REPORTS = frozenset({Report.Reason.ABUSE, Report.Reason.ILLEGAL})
ROUGH_FROM = 0.8  # a score of 0 to 1, where something gives one
IN_A_ROW = 3
# a stretch is a time of deciding without a pause as long as this
PAUSE = timedelta(minutes=20)
LONG_STRETCH = timedelta(minutes=50)


class ModeratorChoice(models.Model):
    """What a moderator chose for the desk. No row: the defaults."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, related_name="moderator_choice")
    veils_rough = models.BooleanField("blur rough comments until I want to read them", default=True)

    def __str__(self):
        return f"Choices of {self.user}"


def veils_for(user):
    """Return whether rough comments are veiled for `user`: yes, until they choose otherwise. One query."""
    choice = ModeratorChoice.objects.filter(user=user).values_list("veils_rough", flat=True).first()
    return True if choice is None else choice


def choose_veil(user, wanted):
    """Remember whether `user` wants rough comments veiled."""
    ModeratorChoice.objects.update_or_create(user=user, defaults={"veils_rough": bool(wanted)})


def is_rough(comment, score=None):
    """Return whether the words of `comment` may hurt to read: veiled until wanted, and never put in a title.

    It is rough when a rule about words held it, when two readers reported it for abuse or as against the law, or when
    `score` (0 to 1, of whatever ranks the queue) is high. Reads `comment.holds` and `comment.reports`: without a query
    where both are prefetched.
    """
    if score is not None and score >= ROUGH_FROM:
        return True
    if any(hold.rule in ROUGH_RULES for hold in comment.holds.all()):
        return True
    return sum(report.reason in ROUGH_REPORTS for report in comment.reports.all()) >= 2


def title_of(comment, score=None):
    """Return words for a title or an accessible name: who wrote it and the first words, but none of a rough one."""
    if is_rough(comment, score):
        return f"Comment by {comment.user_name}"
    words = " ".join(comment.comment.split())
    return f"{comment.user_name}: {words[:60]}{'…' if len(words) > 60 else ''}"


def mixed(queue, is_rough=is_rough, in_a_row=IN_A_ROW):
    """Return the cards of a page in an order in which at most `in_a_row` rough ones follow each other.

    `queue` is a list of comments in the order of the queue; `is_rough` tells the rough ones. Nothing is lost or added,
    the order among the rough and among the others stays, and a card moves up no further than it must. Only when the
    others have run out do the rough ones stand together at the end.
    """
    waiting = list(queue)
    marks = [bool(is_rough(comment)) for comment in waiting]
    rough = [comment for comment, mark in zip(waiting, marks, strict=True) if mark]
    others = [comment for comment, mark in zip(waiting, marks, strict=True) if not mark]
    place = {id(comment): number for number, comment in enumerate(waiting)}
    batch, row = [], 0
    while rough or others:
        rough_is_next = rough and (not others or place[id(rough[0])] < place[id(others[0])])
        if rough_is_next and row >= in_a_row and others:
            rough_is_next = False
        batch.append((rough if rough_is_next else others).pop(0))
        row = row + 1 if rough_is_next else 0
    return batch


@dataclass(frozen=True)
class Today:
    """How much a moderator did today, and for how long without a pause."""

    count: int
    stretch: timedelta

    @property
    def words(self):
        return " ".join(
            filter(None, [f"You decided on {self.count} today." if self.count else "", self.line])
        )

    @property
    def line(self):
        """A gentle line after a long stretch; empty otherwise."""
        if self.stretch < LONG_STRETCH:
            return ""
        minutes = int(self.stretch.total_seconds() // 60)
        return f"You have been at it for {minutes} minutes. The queue keeps; a short walk does good."


MOST_LOOKED_AT = 2000


def done_today(user):
    """Return Today: the decisions of `user` since midnight that stand, and the stretch they are in. One query, from an
    index."""
    now = timezone.now()
    midnight = timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0)
    times = list(
        Decision.objects.standing()
        .filter(by=user, at__gte=midnight)
        .exclude(verb__in=("", Decision.Verb.UNDO, Decision.Verb.CONFIRM, Decision.Verb.REMOVE))
        .order_by("-at")
        .values_list("at", flat=True)[:MOST_LOOKED_AT]
    )
    if not times or now - times[0] > PAUSE:
        return Today(len(times), timedelta())
    began = times[0]
    for at in times[1:]:
        if began - at > PAUSE:
            break
        began = at
    return Today(len(times), now - began)
