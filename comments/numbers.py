"""How the desk is doing, counted from its log: for a day, a week, a season, and for the public year by year.

What is long past is kept as one row a day and figure (`DayCount`), counted again from the log every hour for the last
days and, with `rebuild()`, for all of them. The same of each topic (`TopicDayCount`) is kept for a season, for moderators
who decide on some topics alone. What waits at this moment is asked of the comments themselves.
"""

import math
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta

from django.db import models, transaction
from django.db.models import Count, Max, Min, OuterRef, Q, Subquery, Sum
from django.db.models.functions import Coalesce, Greatest
from django.utils import timezone

from articles.models import Topic
from comments.models import Comment, Decision, Hold, RejectionReason

DOWN = (Comment.Status.REJECTED, Comment.Status.SPAM)
BY_HAND = (Comment.Status.VISIBLE, *DOWN)


class _Figure(models.Model):
    """One figure of one day: nothing that the log does not say, and no more of it than a number."""

    day = models.DateField()
    what = models.CharField(max_length=20)
    key = models.CharField(max_length=30, blank=True)
    count = models.PositiveIntegerField()

    class Meta:
        abstract = True

    def __str__(self):
        return f"{self.day} {self.what} {self.key}: {self.count}"


class DayCount(_Figure):
    """A figure of the whole desk."""

    class Meta:
        constraints = [
            # and the index of every question: the figures between two days
            models.UniqueConstraint(fields=["day", "what", "key"], name="a_figure_stands_once_a_day"),
        ]


class TopicDayCount(_Figure):
    """A figure of the comments on the articles of a topic."""

    # its index is the one below that begins with it
    topic = models.ForeignKey(Topic, models.CASCADE, db_index=False, related_name="+")

    class Meta:
        constraints = [
            # and the index of every question: the figures of some topics between two days
            models.UniqueConstraint(
                fields=["topic", "day", "what", "key"], name="a_figure_of_a_topic_stands_once_a_day"
            ),
        ]


def in_words(wait):
    """Return a time as people say it: “4 minutes”, “3 hours”, “2 days”; empty for None."""
    if wait is None:
        return ""
    minutes = max(1, math.ceil(wait.total_seconds() / 60))
    if minutes < 90:
        count, unit = minutes, "minute"
    elif minutes < 36 * 60:
        count, unit = round(minutes / 60), "hour"
    else:
        count, unit = round(minutes / 60 / 24), "day"
    return f"{count} {unit}{'' if count == 1 else 's'}"


# --- counting -----------------------------------------------------------------------------------------------------
_STEPS = 4  # of a doubling: a median from the counted waits is at most a tenth beside the true one


def _wait_step(wait):
    return str(round(_STEPS * math.log2(max(1, wait.total_seconds()))))


def _put_into_the_queue(comment):
    """The events that let a comment wait, the newest first: a guest confirmed it, or it was taken back from readers."""
    events = Decision.objects.standing().filter(comment=comment, became=Comment.Status.HELD)
    return events.filter(verb__in=(Decision.Verb.CONFIRM, Decision.Verb.HOLD)).order_by("-pk")


def _waits_since(now, *moments):
    """Return the last of the moments until `now` at which a comment was sent, held or put into the queue."""
    return max((each for each in moments if each and each <= now), default=now)


def median_wait(figures):
    """Return the median time to a decision of counted waits, as a timedelta; None where nothing was decided."""
    waits = sorted((int(key), n) for (what, key), n in figures.items() if what == "wait")
    total = sum(n for _, n in waits)
    if not total:
        return None
    seen = 0
    for step, n in waits:
        seen += n
        if seen * 2 >= total:
            return timedelta(seconds=round(2 ** (step / _STEPS)))
    raise AssertionError("the middle is within the waits")


def tally(start, end, slot, topics=()):
    """Count what happened from `start` until `end`: of everything, or of some `topics`. Returns {slot(moment, topic):
    Counter of (what, key)}.

    Five queries by indexes of moments, however long the time; reads one row for each comment and decision in it.
    """
    from comments.fairness import Appeal  # it is loaded after this module

    figures = defaultdict(Counter)
    of_topics = Q(article__topic__in=topics) if topics else Q()
    on_topics = Q(comment__article__topic__in=topics) if topics else Q()
    received = Comment.objects.filter(of_topics, submit_date__gte=start, submit_date__lt=end).order_by()
    received = received.exclude(status=Comment.Status.UNCONFIRMED)
    # “reported” holds what was shown before: it says nothing of how a comment was received
    held = received.filter(holds__isnull=False).exclude(holds__rule="reported")
    for what, comments in (("received", received), ("held", held.distinct())):
        for _, at, topic in comments.values_list("pk", "submit_date", "article__topic").iterator():
            figures[slot(at, topic)][what, ""] += 1

    decisions = Decision.objects.by_moderators().standing()
    decisions = decisions.filter(on_topics, at__gte=start, at__lt=end, became__in=BY_HAND).order_by()
    rows = decisions.values_list(
        "pk", "at", "comment__article__topic", "was", "became", "reason", "comment__submit_date"
    )
    before = _put_into_the_queue(OuterRef("comment")).filter(pk__lt=OuterRef("pk"))
    for _, at, topic, was, became, reason, sent_at, held_at, put_at in rows.annotate(
        held_at=Max("comment__holds__at"), put_at=Subquery(before.values("at")[:1])
    ).iterator():
        here = figures[slot(at, topic)]
        here["decided", became] += 1
        if was == Comment.Status.HELD:
            here["after_hold", became] += 1
            if sent_at:  # none: it is gone with its article
                here["wait", _wait_step(at - _waits_since(at, sent_at, held_at, put_at))] += 1
        if became in DOWN and reason:
            here["reason", reason] += 1
    held_by = decisions.filter(comment__holds__isnull=False)
    for at, topic, became, rule in held_by.values_list(
        "at", "comment__article__topic", "became", "comment__holds__rule"
    ).iterator():
        what = "rule_shown" if became == Comment.Status.VISIBLE else "rule_down"
        figures[slot(at, topic)][what, rule] += 1

    appeals = Appeal.objects.filter(on_topics).order_by()
    filed = appeals.filter(at__gte=start, at__lt=end)
    for at, topic in filed.values_list("at", "comment__article__topic"):
        figures[slot(at, topic)]["appeal", "filed"] += 1
    settled = appeals.filter(decided_at__gte=start, decided_at__lt=end)
    for at, topic, outcome in settled.values_list("decided_at", "comment__article__topic", "outcome"):
        figures[slot(at, topic)]["appeal", outcome] += 1
    return figures


def _midnight(day):
    return timezone.make_aware(datetime.combine(day, time.min))


def _day_of(moment):
    return timezone.localtime(moment).date()


A_SEASON = timedelta(days=91)
AGAIN_FOR = timedelta(days=3)  # a decision of the last days may have been undone, or stored late
A_PORTION = 31


def count_days(first, last):
    """Count the days from `first` to `last` again from the log, and store them in place of what was counted before."""
    while first <= last:
        end = min(first + timedelta(days=A_PORTION - 1), last)
        of_topics = tally(
            _midnight(first),
            _midnight(end + timedelta(days=1)),
            lambda at, topic: (_day_of(at), topic),
        )
        of_all = defaultdict(Counter)
        for (day, _), counter in of_topics.items():
            of_all[day].update(counter)
        told_from = timezone.localdate() - A_SEASON
        _store(DayCount, first, end, [({"day": day}, counter) for day, counter in of_all.items()])
        _store(
            TopicDayCount, first, end,
            [
                ({"day": day, "topic_id": topic}, counter)
                for (day, topic), counter in of_topics.items() if topic and day >= told_from
            ],
        )  # fmt: skip
        first = end + timedelta(days=1)


def _store(model, first, last, figures):
    rows = [
        model(**of, what=what, key=key, count=count)
        for of, counter in figures
        for (what, key), count in counter.items()
    ]
    with transaction.atomic():  # a day is whole or as it was
        model.objects.filter(day__range=(first, last)).delete()
        # another process may count the same hour: its figures are the same
        model.objects.bulk_create(rows, ignore_conflicts=True)


def count_lately():
    """Count what is not counted yet, the last three days again, and the days before them of which something was taken
    back in these (hourly: see HOURLY in the settings).

    Where nothing is known of topics, a season is counted again: of a time before they were counted.
    """
    today = timezone.localdate()
    counted = DayCount.objects.aggregate(Max("day"))["day__max"]
    if counted is None:
        return rebuild()
    first = today - (AGAIN_FOR if TopicDayCount.objects.exists() else A_SEASON)
    first = min(counted, first)
    taken_back = Decision.objects.filter(at__gte=_midnight(first), undoes__at__lt=_midnight(first))
    for day in sorted({_day_of(at) for at in taken_back.values_list("undoes__at", flat=True)}):
        count_days(day, day)
    count_days(first, today)
    TopicDayCount.objects.filter(day__lt=today - A_SEASON).delete()
    return None


def rebuild():
    """Count every day again, from the first comment on: what the rows say is in the log alone."""
    first = Comment.objects.order_by().aggregate(Min("submit_date"))["submit_date__min"]
    if first:
        count_days(_day_of(first), timezone.localdate())


# --- for the desk -------------------------------------------------------------------------------------------------
PERIODS = {"day": "A day", "week": "A week", "season": "A season"}


@dataclass(frozen=True)
class Waiting:
    count: int
    since: datetime | None

    @property
    def longest(self):
        return in_words(timezone.now() - self.since) if self.since else ""


def waiting(comments):
    """Return how many of `comments` wait for a moderator, and since when the oldest does. One query, which reads the rows
    of all that wait."""
    holds = Hold.objects.filter(comment=OuterRef("pk")).order_by("-at").values("at")[:1]
    put = _put_into_the_queue(OuterRef("pk")).values("at")[:1]
    since = Greatest("submit_date", *(Coalesce(Subquery(at), "submit_date") for at in (holds, put)))
    found = comments.held().order_by().aggregate(number=Count("pk"), oldest=Min(since))
    return Waiting(found["number"], found["oldest"])


@dataclass
class Bar:
    """One step of time, or one row, with the counts that stand on each other."""

    label: str
    parts: list  # of counts, in the order of the chart's series
    drawn: list = field(default_factory=list)

    @property
    def total(self):
        return sum(self.parts)


@dataclass
class Chart:
    """What a chart shows; `draw()` computes where. Its coordinates are of a box of 1000 × 100 that fills its frame."""

    name: str
    title: str
    series: list  # (css modifier, words)
    bars: list
    unit: str = ""

    WIDTH, HEIGHT = 1000, 100

    @property
    def most(self):
        return max((bar.total for bar in self.bars), default=0)

    @property
    def described(self):
        """The chart in a sentence, for those who do not see it."""
        if not self.most:
            return "Nothing in this time."
        peak = max(self.bars, key=lambda bar: bar.total)
        words = ", ".join(
            f"{sum(bar.parts[n] for bar in self.bars)} {label.lower()}"
            for n, (_, label) in enumerate(self.series)
        )
        return f"{words}. The most: {peak.label}, {peak.total}{self.unit}."

    def draw_upright(self):
        """Columns beside each other, the parts of each on each other."""
        step = self.WIDTH / max(1, len(self.bars))
        for place, bar in enumerate(self.bars):
            top, bar.drawn = self.HEIGHT, []
            for (kind, _), count in zip(self.series, bar.parts, strict=True):
                height = count / self.most * self.HEIGHT if self.most else 0
                top -= height
                if count:
                    x, width = place * step + step * 0.12, step * 0.76
                    bar.drawn.append((kind, f"{x:.1f}", f"{top:.1f}", f"{width:.1f}", f"{height:.1f}"))
        return self

    def draw_lying(self):
        """Rows under each other: each bar has a box of its own, as long as the longest."""
        for bar in self.bars:
            left, bar.drawn = 0, []
            for (kind, _), count in zip(self.series, bar.parts, strict=True):
                width = count / self.most * self.WIDTH if self.most else 0
                if count:
                    bar.drawn.append((kind, f"{left:.1f}", "0", f"{width:.1f}", f"{self.HEIGHT}"))
                left += width
        return self


@dataclass
class Numbers:
    """The figures of a period and the charts of its page."""

    period: str
    total: Counter
    decisions: Chart
    waits: Chart
    rules: Chart
    reasons: Chart
    comes_from: str

    def _decided(self, *became):
        return sum(self.total["decided", each] for each in became)

    @property
    def decided(self):
        return self._decided(*BY_HAND)

    @property
    def approval_percent(self):
        """The share of decisions that showed a comment; None where nothing was decided."""
        return round(100 * self._decided(Comment.Status.VISIBLE) / self.decided) if self.decided else None

    @property
    def median(self):
        return in_words(median_wait(self.total))

    @property
    def received(self):
        return self.total["received", ""]

    @property
    def appeals_filed(self):
        return self.total["appeal", "filed"]

    @property
    def appeals_reopened(self):
        return self.total["appeal", "reopened"]

    @property
    def appeals_decided(self):
        return self.total["appeal", "reopened"] + self.total["appeal", "stands"]


def numbers_of(period, topics=(), last=None):
    """Return the Numbers of “day”, “week” or “season”: of everything, or of some `topics`. A day is counted from the log
    as it stands, in six queries at most; longer ones come from the rows of days, in one: until today, or `last`."""
    now = timezone.localtime()
    if period == "day":
        hour = now.replace(minute=0, second=0, microsecond=0)
        # by the clock on the wall: an hour that it shows twice is one, and one that it skips is none
        hours = [hour - timedelta(hours=n) for n in range(23, -1, -1)]
        slots = [each for each in hours if _is_on_the_clock(each)]
        figures = tally(slots[0], timezone.now() + timedelta(seconds=1), _hour_of, topics)
        labelled = [(f"{timezone.localtime(slot):%H:%M}", figures.get(slot, Counter())) for slot in slots]
        comes_from = "counted at this moment"
    else:
        days, step = (7, 1) if period == "week" else (91, 7)
        last = last or now.date()
        first = last - timedelta(days=days - 1)
        by_day = defaultdict(Counter)
        rows = TopicDayCount.objects.filter(topic__in=topics) if topics else DayCount.objects.all()
        rows = rows.filter(day__range=(first, last))
        for day, what, key, count in rows.values_list("day", "what", "key", "count"):
            by_day[day][what, key] += count
        labelled = []
        for offset in range(0, days, step):
            start = first + timedelta(days=offset)
            together = sum((by_day[start + timedelta(days=n)] for n in range(step)), Counter())
            labelled.append(
                (f"{start:%a} {start.day} {start:%b}" if step == 1 else f"{start.day} {start:%b}", together)
            )
        comes_from = "counted every hour"
    return _numbers(period, labelled, comes_from)


def _is_on_the_clock(hour):
    return timezone.localtime(hour.astimezone(UTC)).hour == hour.hour


def _hour_of(moment, topic):
    return timezone.localtime(moment).replace(minute=0, second=0, microsecond=0)


SERIES = [("shown", "Approved"), ("down", "Rejected"), ("spam", "Spam")]


def _numbers(period, labelled, comes_from):
    from comments import rules as the_rules  # which looks at this application's models

    total = sum((counter for _, counter in labelled), Counter())
    decisions = Chart(
        "decisions", "Decisions", SERIES,
        [Bar(label, [c["decided", s] for s in BY_HAND]) for label, c in labelled],
    )  # fmt: skip
    waits = Chart(
        "waits", "Median time to a decision, in minutes", [("wait", "Minutes")],
        [Bar(label, [_minutes(median_wait(c))]) for label, c in labelled], " minutes",
    )  # fmt: skip
    by_rule = {key for what, key in total if what in ("rule_shown", "rule_down")}
    names = {n: the_rules.BY_NAME[n].moderator if n in the_rules.BY_NAME else n for n in by_rule}
    rules = Chart(
        "rules", "By the rule that held the comment", [("shown", "Approved"), ("down", "Taken down")],
        [Bar(names[n], [total["rule_shown", n], total["rule_down", n]]) for n in by_rule],
    )  # fmt: skip
    words = reason_words()
    reasons = Chart(
        "reasons", "By the reason given", [("down", "Taken down")],
        [
            Bar(words.get(key, key), [count])
            for (what, key), count in total.items() if what == "reason"
        ],
    )  # fmt: skip
    for chart in (rules, reasons):
        chart.bars.sort(key=lambda bar: (-bar.total, bar.label))
        chart.draw_lying()
    return Numbers(period, total, decisions.draw_upright(), waits.draw_upright(), rules, reasons, comes_from)


def reason_words():
    """Return {slug: the words that a writer is told} of the reasons for rejecting. One query."""
    return {slug: words.rstrip(".") for slug, words in RejectionReason.objects.values_list("slug", "words")}


def _minutes(wait):
    return math.ceil(wait.total_seconds() / 60) if wait else 0


# --- for the public -----------------------------------------------------------------------------------------------
@dataclass
class Year:
    """What became of the comments of a year, in numbers."""

    year: int
    received: int
    held: int
    shown_at_once: int
    approved_after_hold: int
    taken_down: int
    reasons: list  # (words, count), the most first
    appeals: int
    reopened: int
    stands: int
    median: str


def years():
    """Return the Year of each year with a figure, newest first. Two queries; a row for each year and kind of figure."""
    figures = defaultdict(Counter)
    rows = DayCount.objects.exclude(what__in=["rule_shown", "rule_down"]).order_by()
    for year, what, key, count in rows.values_list("day__year", "what", "key").annotate(n=Sum("count")):
        figures[year][what, key] = count
    words = reason_words()
    return [
        Year(
            year=year,
            received=c["received", ""],
            held=c["held", ""],
            shown_at_once=max(0, c["received", ""] - c["held", ""]),
            approved_after_hold=c["after_hold", "visible"],
            taken_down=sum(c["decided", each] for each in DOWN),
            reasons=sorted(
                ((words.get(key, key), n) for (what, key), n in c.items() if what == "reason"),
                key=lambda pair: (-pair[1], pair[0]),
            ),
            appeals=c["appeal", "filed"],
            reopened=c["appeal", "reopened"],
            stands=c["appeal", "stands"],
            median=in_words(median_wait(c)),
        )
        for year, c in sorted(figures.items(), reverse=True)
    ]


MONDAY = 0


def digest_week(topics=()):
    """Return the Numbers of the last week, Monday to Sunday, for Monday's digest; None on other days."""
    today = timezone.localdate()
    return numbers_of("week", topics, last=today - timedelta(days=1)) if today.weekday() == MONDAY else None
