"""Two in a hundred decisions come again, blind, to somebody else; how far two agree is shown; no comment changes."""

from datetime import timedelta

import pytest
import time_machine
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.utils import timezone

from comments import fairness, moderation
from comments.fairness import SecondOpinion, agreements, kappa
from comments.models import Comment, Decision, Hold

pytestmark = pytest.mark.django_db


@pytest.fixture
def first(staff):
    return staff("firsthand")


@pytest.fixture
def second(staff):
    return staff("second")


@pytest.fixture
def read_log(settings):
    def read_log(share=100):
        settings.COMMENT_SECOND_OPINIONS = share
        with time_machine.travel(timezone.now() + timedelta(minutes=5)):
            while fairness.read_log():
                pass

    return read_log


@pytest.fixture
def asked(make_comment, first, read_log):
    """A comment that was rejected, and comes again."""
    comment = make_comment("Words that were judged", status="held")
    Hold.objects.create(comment=comment, rule="links", value=3, limit=2)
    comment.reject(by=first, reason="off_topic", note="See the ports story.")
    read_log()
    return SecondOpinion.objects.get()


def test_about_two_in_a_hundred_are_chosen_always_the_same_and_not_without_the_key(settings):
    chosen = [number for number in range(20_000) if fairness.is_chosen(number)]
    assert 300 < len(chosen) < 500
    assert chosen == [number for number in range(20_000) if fairness.is_chosen(number)]
    settings.SECRET_KEY = "another"
    assert len(set(chosen) & {number for number in range(20_000) if fairness.is_chosen(number)}) < 40
    settings.COMMENT_SECOND_OPINIONS = 0
    assert not any(fairness.is_chosen(number) for number in range(1000))


def test_it_comes_without_the_decision_and_its_author(client, asked, second):
    client.force_login(second)
    page = client.get("/moderation/second-opinions/").content.decode()
    assert "Words that were judged" in page and "It was held: Links." in page
    for secret in ("firsthand", "See the ports story", "Rejected", f'value="{asked.first_reason}" selected'):
        assert secret not in page


def test_it_never_comes_to_who_decided(client, asked, first):
    client.force_login(first)
    assert "Words that were judged" not in client.get("/moderation/second-opinions/").content.decode()
    answer = client.post("/moderation/second-opinions/", {"opinion": asked.pk, "verdict": "visible"})
    asked.refresh_from_db()
    assert (answer.status_code, asked.verdict) == (403, "")
    with pytest.raises(IntegrityError), transaction.atomic():
        SecondOpinion.objects.filter(pk=asked.pk).update(by=first)


def test_another_view_changes_no_comment_and_is_told_to_both_and_to_editors(
    client, asked, first, second, staff
):
    client.force_login(second)
    client.post("/moderation/second-opinions/", {"opinion": asked.pk, "verdict": "visible"})
    asked.refresh_from_db()
    asked.comment.refresh_from_db()
    assert (asked.verdict, asked.by, asked.agrees) == ("visible", second, False)
    assert (asked.comment.status, Decision.objects.count()) == ("rejected", 1)
    mark = f'data-differs="{asked.pk}"'
    for who, sees in ((first, True), (second, True), (staff("third"), False), (staff("ed", "Editors"), True)):
        client.force_login(who)
        assert (mark in client.get("/moderation/second-opinions/").content.decode()) is sees


def test_rejecting_needs_a_reason_and_an_opinion_is_given_once(client, asked, second, staff):
    client.force_login(second)
    without = client.post("/moderation/second-opinions/", {"opinion": asked.pk, "verdict": "rejected"})
    assert without.status_code == 422 and "Please choose why" in without.content.decode()
    data = {"opinion": asked.pk, "verdict": "rejected", "reason": "abuse"}
    client.post("/moderation/second-opinions/", data)
    client.force_login(staff("third"))
    client.post("/moderation/second-opinions/", data | {"verdict": "visible"})
    asked.refresh_from_db()
    assert (asked.verdict, asked.reason, asked.by) == ("rejected", "abuse", second)
    for nonsense in ("", "x", "9" * 30, "-1"):
        assert client.post("/moderation/second-opinions/", {"opinion": nonsense}).status_code == 404


def test_what_was_edited_or_removed_since_does_not_come(asked, second):
    assert SecondOpinion.objects.waiting_for(second).count() == 1
    Comment.objects.filter(pk=asked.comment_id).update(edited_at=timezone.now() + timedelta(minutes=1))
    assert not SecondOpinion.objects.waiting_for(second).exists()
    Comment.objects.filter(pk=asked.comment_id).update(edited_at=None, status="removed", fingerprint=None)
    assert not SecondOpinion.objects.waiting_for(second).exists()


def test_what_rules_or_writers_do_does_not_come(make_comment, read_log):
    make_comment(status="held").hold()
    make_comment(status="unconfirmed").confirm()
    make_comment().remove()
    read_log()
    assert not SecondOpinion.objects.exists()


def test_kappa_is_cohens():
    # the worked example of two readers of fifty grant proposals: 20 and 15 alike, 5 and 10 apart
    pairs = [(1, 1)] * 20 + [(1, 0)] * 5 + [(0, 1)] * 10 + [(0, 0)] * 15
    assert round(kappa(pairs), 4) == 0.4
    assert kappa([(1, 1), (0, 0)]) == 1
    assert kappa([(1, 0), (0, 1)]) == -1
    assert (kappa([]), kappa([(1, 1)])) == (None, None)


def test_agreement_is_shown_by_rule_and_by_reason(client, make_comment, first, second, read_log):
    rows = [
        ("links", "visible", "", "visible", ""),
        ("links", "rejected", "abuse", "rejected", "abuse"),
        ("links", "rejected", "abuse", "visible", ""),
        ("capitals", "rejected", "abuse", "rejected", "off_topic"),
    ]
    for number, (rule, was, reason, verdict, other) in enumerate(rows):
        comment = make_comment(f"Words {number}", status="held")
        Hold.objects.create(comment=comment, rule=rule)
        comment.approve(by=first) if was == "visible" else comment.reject(by=first, reason=reason)
        read_log()
        SecondOpinion.objects.get(verdict="").give(second, verdict, other)
    found = agreements(timezone.now() - timedelta(days=1))
    assert [(a.name, a.count, a.agreed, a.kappa and round(a.kappa, 2)) for a in found.by_rule] == [
        ("capitals", 1, 1, None),
        ("links", 3, 2, 0.4),
    ]
    assert [(a.name, a.count, a.agreed) for a in found.by_reason] == [("abuse", 2, 1), ("off_topic", 2, 1)]
    assert (found.overall.count, found.overall.agreed, round(found.overall.kappa, 2)) == (4, 3, 0.5)
    client.force_login(first)
    page = client.get("/moderation/second-opinions/").content.decode()
    assert "agreed on 3 of 4 comments, Cohen’s kappa 0.50" in page


def test_where_two_differ_leads_to_the_comment(client, asked, second):
    asked.give(second, "visible")
    client.force_login(second)
    assert (
        f'href="/moderation/comments/{asked.comment_id}/"' in client.get("/moderation/second-opinions/").text
    )


def test_it_comes_to_nobody_who_decided_on_the_comment_before_or_since(make_comment, staff, read_log):
    first, then, third = staff("one"), staff("two"), staff("three")
    comment = make_comment("Words that two moderators saw.", status="held")
    moderation.reject(comment, first, "abuse")
    moderation.approve(comment, then)
    read_log()
    seen = {user.username: SecondOpinion.objects.waiting_for(user).count() for user in (first, then, third)}
    assert seen == {"one": 0, "two": 0, "three": 2}
    for opinion in SecondOpinion.objects.all():
        for decider in (first, then):
            with pytest.raises(PermissionDenied):
                opinion.give(decider, "visible")


def test_it_comes_to_nobody_who_decided_the_appeal(asked, second, staff):
    fairness.Appeal.file(asked.comment, "Please.").let_stand(by=second)
    assert not SecondOpinion.objects.waiting_for(second).exists()
    assert SecondOpinion.objects.waiting_for(staff("third")).count() == 1
