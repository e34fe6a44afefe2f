"""Care for moderators: mixed batches, veiled words, a quiet count."""

from datetime import timedelta

import pytest
import time_machine
from django.contrib.auth import get_user_model
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st

from comments import care, moderation
from comments.models import Hold, Report


@pytest.fixture
def moderator(db):
    return get_user_model().objects.create_superuser("mod", "mod@example.org", "x")


def order(marks, **options):
    cards = [f"{number}{mark}" for number, mark in enumerate(marks)]
    return care.mixed(cards, is_rough=lambda card: card.endswith("r"), **options)


def test_no_more_than_three_rough_ones_follow_each_other():
    assert order("rrrrrm") == ["0r", "1r", "2r", "5m", "3r", "4r"]
    assert order("mmrr") == ["0m", "1m", "2r", "3r"]
    assert order("rrrrr") == ["0r", "1r", "2r", "3r", "4r"]
    assert order("rrmm", in_a_row=1) == ["0r", "2m", "1r", "3m"]


@given(st.text("rm", max_size=40))
@settings(max_examples=60, deadline=None)
def test_mixing_loses_nothing_and_keeps_the_order_of_each_kind(marks):
    mixed = order(marks)
    for kind in "rm":
        of_kind = [int(card[:-1]) for card in mixed if card.endswith(kind)]
        assert of_kind == [n for n, mark in enumerate(marks) if mark == kind]
    last_mild = max((n for n, card in enumerate(mixed) if card.endswith("m")), default=-1)
    assert "rrrr" not in "".join(card[-1] for card in mixed[: last_mild + 1])


def test_what_is_rough(make_comment):
    comment = make_comment("Plain words", status="held")
    assert not care.is_rough(comment)
    assert care.is_rough(comment, score=0.9) and not care.is_rough(comment, score=0.5)
    Hold.objects.create(comment=comment, rule="links")
    Report.objects.create(comment=comment, reason="abuse", browser="a")
    Report.objects.create(comment=comment, reason="off_topic", browser="b")
    assert not care.is_rough(comment)
    Report.objects.create(comment=comment, reason="illegal", browser="c")
    assert care.is_rough(comment)
    worded = make_comment("Other words", status="held")
    Hold.objects.create(comment=worded, rule="suspect_words")
    assert care.is_rough(worded)


def test_rough_words_stand_in_no_title(make_comment):
    comment = make_comment("Terrible words", status="held")
    assert care.title_of(comment) == "Ida Berg: Terrible words"
    assert care.title_of(comment, score=1) == "Comment by Ida Berg"


def test_a_moderator_switches_the_blur_off(client, moderator, django_assert_num_queries):
    client.force_login(moderator)
    with django_assert_num_queries(1):
        assert care.veils_for(moderator)
    for posted, veils in (({}, False), ({"veils_rough": "1"}, True)):
        client.post("/moderation/choices/", posted)
        assert care.veils_for(moderator) is veils
        assert ("checked" in client.get("/moderation/numbers/").content.decode()) is veils


def test_what_was_taken_back_and_the_taking_back_count_for_nothing(make_comment, moderator):
    comment = make_comment("On a day", status="held")
    comment.approve(by=moderator)
    moderation.undo(moderation.last_of(moderator), moderator)
    comment.refresh_from_db()
    comment.reject(by=moderator, reason="abuse")
    assert care.done_today(moderator).count == 1


def test_an_answer_that_was_taken_back_counts_for_nothing(make_comment, moderator):
    moderation.answer(make_comment("Is it so?", status="held"), moderator, "It is.")
    moderation.undo(moderation.last_of(moderator), moderator)
    assert care.done_today(moderator).count == 0


def test_what_was_done_today_is_counted_quietly(make_comment, moderator, django_assert_num_queries):
    noon = timezone.localtime().replace(hour=12, minute=0, second=0, microsecond=0)
    with time_machine.travel(noon - timedelta(days=1), tick=False):
        make_comment("Yesterday’s", status="held").approve(by=moderator)
    for minutes in (0, 30, 40, 55, 70):
        with time_machine.travel(noon + timedelta(minutes=minutes), tick=False):
            make_comment(f"At {minutes}", status="held").approve(by=moderator)
    with time_machine.travel(noon + timedelta(minutes=71), tick=False), django_assert_num_queries(1):
        today = care.done_today(moderator)
    # a pause of half an hour ended the first stretch
    assert (today.count, today.stretch, today.line) == (5, timedelta(minutes=41), "")
    with time_machine.travel(noon + timedelta(minutes=85), tick=False):
        make_comment("One more", status="held").approve(by=moderator)
        assert care.done_today(moderator).line == (
            "You have been at it for 55 minutes. The queue keeps; a short walk does good."
        )
    with time_machine.travel(noon + timedelta(minutes=110), tick=False):
        assert care.done_today(moderator).line == ""


def test_the_count_of_today_comes_with_the_counts_of_the_queues(client, make_comment, moderator):
    client.force_login(moderator)
    make_comment("Done", status="held").approve(by=moderator)
    comment = make_comment("Open", status="held")
    asked = client.post(f"/moderation/comments/{comment.pk}/claim/", {"shown": comment.pk, "counts": 1})
    assert asked.json()["today"] == "You decided on 1 today."
    assert "data-today>You decided on 1 today.</p>" in client.get("/moderation/").text
