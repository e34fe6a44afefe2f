"""The numbers of the desk: from the log alone, the same however often they are counted, and shown as charts."""

import re
from collections import Counter
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.contrib.auth import get_user_model
from django.core import mail
from django.utils import timezone
from django.utils.module_loading import import_string

from comments import care, emails, fairness, moderation, numbers
from comments.fairness import Appeal
from comments.models import Comment, Decision, Hold
from comments.numbers import DayCount

pytestmark = pytest.mark.django_db
MONDAY = "2026-11-23T12:00:00Z"


@pytest.fixture(autouse=True)
def noon():
    """What is decided some minutes later is of the same day."""
    with time_machine.travel(MONDAY):
        yield


@pytest.fixture
def moderator(db):
    return get_user_model().objects.create_superuser("mod", "mod@example.org", "x")


@pytest.fixture
def other(db):
    return get_user_model().objects.create_superuser("other", "other@example.org", "x")


@pytest.fixture
def decide(make_comment, moderator):
    def decide(verb, minutes=8, rule="links", **kwargs):
        """A comment that is held, and decided some minutes later."""
        now = timezone.now()
        comment = make_comment(f"{verb} at {now}", status="held", submit_date=now)
        Hold.objects.create(comment=comment, rule=rule, at=now)
        with time_machine.travel(now + timedelta(minutes=minutes), tick=False):
            getattr(comment, verb)(by=moderator, **kwargs)
        return comment

    return decide


def counted():
    return {(c.what, c.key): c.count for c in DayCount.objects.all()}


def test_a_day_is_counted_from_the_log(decide, make_comment, other):
    with time_machine.travel(MONDAY, tick=False):
        make_comment("At once", submit_date=timezone.now())
        make_comment("Not confirmed", status="unconfirmed", submit_date=timezone.now())
        for _ in range(2):
            decide("approve")
        bad = decide("reject", reason="abuse", rule="capitals")
        decide("mark_spam")
        with time_machine.travel(timezone.now() + timedelta(hours=1), tick=False):
            Appeal.file(bad, "Why?").reopen(by=other)
        numbers.count_lately()
        once = counted()
        numbers.count_lately()
        numbers.rebuild()
    assert (
        counted()
        == once
        == {
            ("received", ""): 5, ("held", ""): 4,
            ("decided", "visible"): 3, ("decided", "rejected"): 1, ("decided", "spam"): 1,
            ("after_hold", "visible"): 2, ("after_hold", "rejected"): 1, ("after_hold", "spam"): 1,
            ("reason", "abuse"): 1, ("reason", "spam"): 1,
            ("rule_shown", "links"): 2, ("rule_down", "links"): 1,
            ("rule_shown", "capitals"): 1, ("rule_down", "capitals"): 1,
            ("wait", "36"): 4,
            ("appeal", "filed"): 1, ("appeal", "reopened"): 1,
        }
    )  # fmt: skip


def test_what_was_undone_counts_no_more(decide, moderator):
    comment = decide("approve")
    numbers.rebuild()
    assert counted()["decided", "visible"] == 1
    Decision.objects.create(
        comment=comment, verb="undo", was="visible", became="held", by=moderator,
        undoes=comment.decisions.get(verb="approve"),
    )  # fmt: skip
    numbers.rebuild()
    assert counted() == {("received", ""): 1, ("held", ""): 1}


def test_the_median_of_counted_waits_is_near_the_true_one():
    for minutes in (1, 7, 35, 60, 600, 6000):
        figures = {
            ("wait", numbers._wait_step(timedelta(minutes=m))): 1
            for m in (minutes / 50, minutes, minutes * 50)
        }
        assert abs(numbers.median_wait(figures) / timedelta(minutes=minutes) - 1) < 0.1
    assert numbers.median_wait({}) is None


@pytest.mark.parametrize(
    "minutes, words",
    [(0.2, "1 minute"), (8, "8 minutes"), (120, "2 hours"), (60 * 48, "2 days"), (89, "89 minutes")],
)
def test_times_are_said_in_words(minutes, words):
    assert numbers.in_words(timedelta(minutes=minutes)) == words


@pytest.mark.parametrize("period", ["day", "week", "season"])
def test_the_page_shows_the_same_figures_for_each_period(client, decide, make_comment, moderator, period):
    for _ in range(3):
        decide("approve", minutes=1)
    decide("reject", minutes=1, reason="abuse")
    make_comment("Waits", status="held", submit_date=timezone.now() - timedelta(hours=5))
    client.force_login(moderator)
    with time_machine.travel(timezone.now() + timedelta(minutes=3)):
        numbers.rebuild()
        client.force_login(moderator)
        page = client.get(f"/moderation/numbers/?period={period}").content.decode()
    figures = dict(re.findall(r'data-number="(\w+)">([^<]*)<', page))
    assert figures == {
        "waiting": "1", "decided": "4", "median": "2 minutes", "approved": "75 %", "reopened": "0",
    }  # fmt: skip
    assert "the oldest for 5 hours" in page
    assert re.findall(r'data-chart="(\w+)"', page) == ["decisions", "waits", "rules", "reasons"]
    desc = re.search(r'<desc id="chart-decisions-desc">([^<]*)</desc>', page).group(1)
    assert desc.startswith("3 approved, 1 rejected, 0 spam. The most: ")
    assert "style=" not in page and "<script>" not in page
    # the table beside the chart says the same
    table = page.split('data-chart="decisions"')[1].split("</table>")[0]
    sums = [sum(map(int, re.findall(r"<td[^>]*>(\d+)</td>", row))) for row in table.split("<tr>")[2:]]
    assert sum(sums) == 4 and len(sums) == {"day": 24, "week": 7, "season": 13}[period]


def test_nonsense_shows_the_week_and_an_empty_desk_divides_by_nothing(client, moderator):
    client.force_login(moderator)
    page = client.get("/moderation/numbers/?period=%00eternity").content.decode()
    assert 'href="?period=week" aria-current="page"' in page
    assert dict(re.findall(r'data-number="(\w+)">([^<]*)<', page))["approved"] == "–"


@pytest.mark.parametrize("period", ["day", "season"])
def test_the_page_costs_the_same_however_much_was_decided(
    client, decide, moderator, django_assert_num_queries, period
):
    client.force_login(moderator)
    decide("approve")
    numbers.rebuild()
    client.get("/moderation/numbers/")
    with django_assert_num_queries({"day": 21, "season": 16}[period]) as one:
        client.get(f"/moderation/numbers/?period={period}")
    for _ in range(3):
        decide("reject", reason="abuse", rule="capitals")
    numbers.rebuild()
    with django_assert_num_queries(len(one)):
        client.get(f"/moderation/numbers/?period={period}")


def test_the_digest_has_the_numbers_of_monday_to_sunday_on_mondays_only(
    decide, moderator, make_comment, settings
):
    settings.TIME_ZONE = "Europe/Berlin"
    for when in (
        "2026-11-15T23:50+01:00",  # a minute before that Monday
        "2026-11-16T00:10+01:00", "2026-11-18T12:00+01:00", "2026-11-22T23:50+01:00",
        "2026-11-23T00:10+01:00",  # the Monday of the digest
    ):  # fmt: skip
        with time_machine.travel(when, tick=False):
            decide("approve" if "18T" in when else "mark_spam", minutes=5)
    for when, has_numbers in (("2026-11-23T00:20+01:00", True), ("2026-11-24T12:00+01:00", False)):
        mail.outbox.clear()
        with time_machine.travel(when):
            make_comment(f"Waits since {when}", status="held", submit_date=timezone.now())
            for work in settings.HOURLY:
                if work in ("comments.numbers.count_lately", "comments.emails.ask_for_digest"):
                    import_string(work)()
            emails.send_due()
        [digest] = [m for m in mail.outbox if "wait for a moderator" in m.subject]
        assert "the oldest since 23 November 2026, 00:20" in digest.body
        assert ("The last week: 3 received, 3 decided, 33 % of them approved" in digest.body) is has_numbers


def test_the_digest_of_a_quiet_monday_does_not_say_that_comments_wait(moderator):
    with time_machine.travel(MONDAY):
        emails.ask_for_digest()
        emails.send_due()
    [digest] = mail.outbox
    assert digest.subject.startswith("The week’s comments – ")
    assert digest.body.startswith("Nothing waits.")


def test_what_was_taken_back_after_weeks_leaves_the_numbers_of_its_day(moderator, other, make_comment):
    def day(n):
        return time_machine.travel(f"2026-11-{n:02}T12:00:00Z", tick=False)

    with day(2):
        comments = [make_comment(f"Words {n}", status="held", submit_date=timezone.now()) for n in range(3)]
        for comment in comments:
            moderation.reject(comment, moderator, "abuse")
    with day(3):
        shown = Appeal.file(comments[0], "Please.")
        shown.reopen(by=other)
    for n in range(3, 25):
        with day(n):
            numbers.count_lately()
    with day(25):
        moderation.undo(list(Decision.objects.filter(comment=comments[1])), moderator)
        moderation.undo([shown.answer], other)
        numbers.count_lately()
        once = counted()
        assert once["decided", "rejected"] == 2
        assert {("decided", "visible"), ("appeal", "reopened")}.isdisjoint(once)
        numbers.rebuild()
        assert counted() == once


@pytest.mark.parametrize("changes_on", ["2026-03-29", "2026-10-25"])
def test_days_are_those_of_the_newsrooms_clock_when_it_changes(moderator, make_comment, settings, changes_on):
    settings.TIME_ZONE = "Europe/Berlin"
    berlin = ZoneInfo("Europe/Berlin")
    noon = datetime.fromisoformat(f"{changes_on}T12:00:00").replace(tzinfo=berlin)
    hours = [noon.astimezone(UTC) + timedelta(hours=n, minutes=40) for n in range(-36, 37)]
    at_night = [hour for hour in hours if hour.astimezone(berlin).hour in (22, 23, 0, 1, 2, 3)]

    def today():
        return timezone.now().astimezone(berlin).date()

    by_hand = Counter()
    for n, moment in enumerate(at_night):
        with time_machine.travel(moment, tick=False):
            comment = make_comment(f"Words {n}", status="held", submit_date=moment)
            event = (moderation.approve, moderation.mark_spam)[n % 2](comment, moderator)
            by_hand[today(), event.became] += 1
            assert care.done_today(moderator).count == sum(
                many for (day, _), many in by_hand.items() if day == today()
            )
    with time_machine.travel(at_night[-1] + timedelta(minutes=10), tick=False):
        numbers.rebuild()
        kept = {(c.day, c.key): c.count for c in DayCount.objects.filter(what="decided")}
        assert kept == by_hand
        assert numbers.numbers_of("week").decided == len(at_night)
        day = numbers.numbers_of("day")
        lately = [at for at in at_night if at > timezone.now() - timedelta(hours=24)]
        assert day.decided == sum(bar.total for bar in day.decisions.bars) == len(lately)


@pytest.mark.parametrize(
    "now, bars",
    [
        ("2026-03-29T12:50+02:00", {"00:00": 1, "01:00": 1, "03:00": 1, "04:00": 1}),
        ("2026-03-29T03:50+02:00", {"00:00": 1, "01:00": 1, "03:00": 1}),
        ("2026-03-30T01:50+02:00", {"03:00": 1, "04:00": 1}),
        ("2026-10-25T12:50+01:00", {"00:00": 1, "01:00": 1, "02:00": 2, "03:00": 1, "04:00": 1}),
        ("2026-10-25T02:50+01:00", {"00:00": 1, "01:00": 1, "02:00": 2}),
        ("2026-10-26T01:50+01:00", {"02:00": 2, "03:00": 1, "04:00": 1}),
    ],
)
def test_a_day_has_the_hours_that_the_clock_on_the_wall_showed(moderator, make_comment, settings, now, bars):
    settings.TIME_ZONE = "Europe/Berlin"
    now = datetime.fromisoformat(now)
    is_spring = now.month == 3
    night = now.astimezone(UTC).replace(day=29 if is_spring else 25, hour=0, minute=30)
    for n in range(-1, 3) if is_spring else range(-2, 4):  # half past each hour from midnight to four
        moment = night + timedelta(hours=n)
        if moment < now:
            with time_machine.travel(moment, tick=False):
                moderation.approve(make_comment(f"Words {n}", status="held"), moderator)
    with time_machine.travel(now, tick=False):
        chart = numbers.numbers_of("day").decisions
    shown = [bar.label for bar in chart.bars]
    assert {bar.label: bar.total for bar in chart.bars if bar.total} == bars
    assert len(set(shown)) == len(shown) == 24 - is_spring
    assert ("02:00" in shown) is not is_spring


def test_what_was_put_into_the_queue_later_than_it_was_sent_waits_from_then_on(
    moderator, other, make_comment
):
    noon = timezone.now()

    def after(**time):
        return time_machine.travel(noon + timedelta(**time), tick=False)

    shown, guest, young = (
        make_comment(f"Words {n}", status=status, submit_date=noon)
        for n, status in enumerate(("visible", "unconfirmed", "held"))
    )
    Hold.objects.create(comment=guest, rule="first_comments", at=noon)
    with after(hours=5):
        moderation.approve(young, moderator)
        guest.confirm()
    with after(hours=5, minutes=8):
        moderation.mark_spam(guest, moderator)
    with after(days=2):
        moderation.hold(shown, moderator)
    with after(days=2, hours=1):
        assert numbers.waiting(Comment.objects.all()) == numbers.Waiting(1, noon + timedelta(days=2))
        late = make_comment("Sent now", status="held", submit_date=timezone.now())
        moderation.approve(shown, other)
        assert numbers.waiting(Comment.objects.all()) == numbers.Waiting(1, late.submit_date)
        numbers.rebuild()
    waits = {key: n for (what, key), n in counted().items() if what == "wait"}
    hours_5, minutes_8, hour_1 = (numbers._wait_step(timedelta(minutes=minutes)) for minutes in (300, 8, 60))
    assert waits == {hours_5: 1, minutes_8: 1, hour_1: 1}


def test_the_oldest_is_found_behind_many_that_were_put_back(moderator, make_comment):
    now = timezone.now()
    for n in range(5):
        comment = make_comment(f"Words {n}", status="held", submit_date=now - timedelta(days=9 - n))
        Hold.objects.create(comment=comment, rule="rolled_back", at=now - timedelta(minutes=n))
    oldest = make_comment("The oldest", status="held", submit_date=now - timedelta(hours=3))
    make_comment("A later one", status="held", submit_date=now - timedelta(hours=2))
    assert numbers.waiting(Comment.objects.all()) == numbers.Waiting(7, oldest.submit_date)


def test_what_was_decided_under_an_article_that_is_deleted_still_counts_and_stops_nobody(
    decide, article, make_comment, make_article, moderator, settings
):
    settings.COMMENT_SECOND_OPINIONS = 100
    decide("approve")
    decide("mark_spam")
    numbers.count_lately()
    decided = {key: n for key, n in counted().items() if key[0] in ("decided", "after_hold", "reason")}
    article.delete()
    other = make_comment("Under another", status="held", article=make_article("Another"))
    with time_machine.travel(timezone.now() + timedelta(hours=1)):
        numbers.count_lately()
        assert {key: n for key, n in counted().items() if key[0] != "received"} == decided
        assert numbers.numbers_of("day").decided == 2
        moderation.approve(other, moderator)
    with time_machine.travel(timezone.now() + timedelta(hours=2)):
        while fairness.read_log():
            pass
    assert list(fairness.SecondOpinion.objects.values_list("comment", flat=True)) == [other.pk]
