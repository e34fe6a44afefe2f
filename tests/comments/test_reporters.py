"""Who reports learns the outcome, and is weighed by how often they were right."""

from datetime import timedelta

import pytest
import time_machine
from django.contrib.auth import get_user_model
from django.core import mail
from django.utils import timezone

from comments import emails, fairness, moderation, posting
from comments.models import Comment, Policy, Report

pytestmark = pytest.mark.django_db


@pytest.fixture
def moderator(db):
    return get_user_model().objects.create_superuser("mod", "mod@example.org", "x")


@pytest.fixture
def reader(db):
    user = get_user_model().objects.create_user("ray", "ray@example.org", first_name="Ray")
    posting.commenter_of(user)
    return user


def later(minutes=5):
    return time_machine.travel(timezone.now() + timedelta(minutes=minutes))


def settle():
    """The worker, some minutes on."""
    with later():
        while fairness.read_log():
            pass
        emails.send_due()


def test_a_reporter_learns_what_became_of_it_by_mail_and_on_a_page(client, make_comment, reader, moderator):
    down, kept = make_comment("Words that go"), make_comment("Words that stay")
    for comment in (down, kept):
        Report.file(comment, "abuse", line="Look", user=reader)
    client.force_login(reader)
    assert client.get("/account/reports/").content.decode().count("A moderator will look at it") == 2

    down.reject(by=moderator, reason="abuse")
    kept.hold(by=moderator)
    kept.approve(by=moderator)
    settle()

    assert sorted((m.to, m.body.split("\n\n")[1]) for m in mail.outbox if "report" in m.subject) == [
        (["ray@example.org"], "The comment stays."),
        (["ray@example.org"], "The comment was taken down."),
    ]
    gone = make_comment("Words that their writer takes back")
    Report.file(gone, "false", user=reader)
    gone.remove()
    page = client.get("/account/reports/").content.decode()
    assert page.count("The comment stays") == page.count("The comment was taken down") == 1
    assert page.count("Its writer took it back") == 1 and "A moderator will look" not in page
    assert "Words that" not in page  # neither the one that went nor whoever wrote it


@pytest.mark.parametrize("between", [0, 4])  # minutes: the log is read when a decision is two minutes old
def test_a_reporter_is_told_what_is_so_when_two_moderators_differed_meanwhile(
    make_comment, reader, moderator, between
):
    comment = make_comment("Words that come back")
    Report.file(comment, "abuse", user=reader)
    comment.reject(by=moderator, reason="abuse")
    other = get_user_model().objects.create_superuser("other", "other@example.org", "x")
    with later(between):
        fairness.Appeal.file(comment, "I was quoting.").reopen(by=other)
    settle()
    assert Report.objects.get().outcome == "not_upheld"
    assert [m.body.split("\n\n")[1] for m in mail.outbox if "report" in m.subject] == ["The comment stays."]


def test_whoever_reported_is_told_and_weighed_by_what_holds_in_the_end(make_comment, reader, moderator):
    comment = make_comment("Words that come back, and go")
    Report.file(comment, "abuse", user=reader)
    other = get_user_model().objects.create_superuser("other", "other@example.org", "x")
    third = get_user_model().objects.create_superuser("third", "third@example.org", "x")
    minutes = iter(range(0, 100, 10))

    def now_is(step):
        with later(next(minutes)):
            step()
        with later(next(minutes)):
            while fairness.read_log():
                pass
            emails.send_due()
        told = [m.body.split("\n\n")[1] for m in mail.outbox if "report" in m.subject]
        return Report.objects.get().outcome, fairness.weight_of_reporter(user=reader), told

    went, stays = "The comment was taken down.", "The comment stays."
    assert now_is(lambda: moderation.reject(comment, moderator, "abuse")) == ("upheld", 1.333, [went])
    appeal = fairness.Appeal.file(comment, "I was quoting.")
    assert now_is(lambda: appeal.reopen(by=other)) == ("not_upheld", 0.667, [went, stays])
    assert now_is(lambda: moderation.mark_spam(comment, third)) == ("upheld", 1.333, [went, stays, went])
    assert now_is(lambda: moderation.undo(moderation.last_of(third), third)) == (
        "not_upheld", 0.667, [went, stays, went, stays],
    )  # fmt: skip


def test_what_was_decided_on_other_words_says_nothing_of_a_report(make_comment, reader, moderator):
    comment = make_comment("Words that were fine")
    Report.file(comment, "abuse", user=reader)
    moderation.approve(comment, moderator)
    settle()
    with later(6):
        comment.edit("Words that are not", [])
        moderation.reject(comment, moderator, "abuse")
    with later(12):
        fairness.read_log()
    assert Report.objects.get().outcome == "not_upheld"


def test_who_wants_no_mail_gets_none(make_comment, reader, moderator):
    reader.commenter.mail_reports = False
    reader.commenter.save()
    comment = make_comment()
    Report.file(comment, "abuse", user=reader)
    comment.reject(by=moderator, reason="abuse")
    settle()
    told = [m.to for m in mail.outbox if "report" in m.subject]
    assert (Report.objects.get().outcome, told) == ("upheld", [])


def test_a_report_is_settled_only_by_a_person_and_only_after_it(make_comment, reader, moderator):
    comment = make_comment(status="held")
    comment.approve(by=moderator)
    with later(1):
        Report.file(comment, "abuse", user=reader)
        comment.hold()  # by numbers
    settle()
    assert Report.objects.get().outcome == ""


def test_nobody_reports_their_own_words_and_is_weighed_by_it(client, make_comment, reader):
    comment = make_comment("Mine.", commenter=reader.commenter, user=reader)
    client.force_login(reader)
    address = f"/comments/{comment.pk}/report/"
    for answer in (client.get(address), client.post(address, {"reason": "spam"})):
        assert "This is your own comment" in answer.text and f"/comments/{comment.pk}/delete/" in answer.text
        assert 'name="reason"' not in answer.text
    assert not Report.objects.exists()
    comment.refresh_from_db()
    assert (comment.reported_at, comment.priority) == (None, 0)


def test_the_log_is_read_once_and_not_before_it_has_settled(make_comment, moderator):
    make_comment(status="held").approve(by=moderator)
    assert fairness.read_log() == 0
    with later():
        assert (fairness.read_log(), fairness.read_log()) == (1, 0)


def record(make_comment, upheld, not_upheld, **who):
    for number in range(upheld + not_upheld):
        outcome = "upheld" if number < upheld else "not_upheld"
        Report.objects.create(
            comment=make_comment(name=f"Writer {number}"), reason="abuse", outcome=outcome, **who
        )


@pytest.mark.parametrize(
    "upheld, not_upheld, counts", [(0, 0, 1.0), (8, 0, 1.8), (0, 8, 0.2), (3, 3, 1.0), (1, 0, 1.333)]
)
def test_a_report_counts_what_its_reporter_was_right_about(make_comment, reader, upheld, not_upheld, counts):
    record(make_comment, upheld, not_upheld, user=reader)
    Report.file(comment := make_comment("The next"), "abuse", user=reader)
    assert comment.reports.get().weight == counts


def test_two_who_are_always_right_hold_a_comment_and_two_who_never_are_do_not(make_comment):
    Policy(reports_hold_from=3).save()
    for right, browsers in ((True, "ab"), (False, "cd")):
        for browser in browsers:
            record(make_comment, 8 * right, 8 * (not right), browser=browser)
    for browsers, status in (("ab", "held"), ("cd", "visible")):
        comment = make_comment(f"Reported by {browsers}")
        for browser in browsers:
            Report.file(comment, "abuse", browser=browser, network=f"net-{browser}")
        comment.refresh_from_db()
        assert comment.status == status


def test_one_network_counts_once_by_its_best_reporter(make_comment):
    comment = make_comment()
    for number, weight in enumerate((0.5, 1.5)):
        Report.objects.create(
            comment=comment, reason="abuse", browser=f"b{number}", from_network="net", weight=weight
        )
    assert fairness.weight_of_reports(comment.reports.all()) == 1.5


def test_the_card_shows_the_record_and_who_reports_one_person_only(
    make_comment, reader, django_assert_num_queries
):
    for number in range(3):
        comment = make_comment(f"Words {number}", name="Ida Berg")
        Report.objects.create(
            comment=comment, reason="abuse", user=reader, outcome="not_upheld" if number else ""
        )
    record(make_comment, 1, 0, browser="fair")
    Report.objects.create(comment=comment, reason="spam", browser="fair")
    with django_assert_num_queries(2):
        notes = fairness.reporter_notes(comment)
    assert [(note.name, note.line) for note in notes] == [
        ("A reader", "1 of 1 upheld"),
        ("Ray", "0 of 2 upheld; all 3 reports are on this writer"),
    ]
    everything = list(Comment.objects.all())
    with django_assert_num_queries(2):
        many = fairness.reporter_notes_for(everything)
    assert sorted(len(notes) for notes in many.values()) == [1, 1, 1, 2]
