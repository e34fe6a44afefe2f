"""The ranking learns from decisions of the desk, orders the queue, and decides nothing."""

import random
import re
from datetime import timedelta

import pytest
import time_machine
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.core.management import call_command
from django.utils import timezone

from comments import fairness, markup, moderation, ranking
from comments.accounts import erase_person
from comments.fairness import Appeal
from comments.models import Comment, Decision, Learnt, RankingState, Report

pytestmark = pytest.mark.django_db
GOOD = [
    "The harbour master is right about the tide tables, but the ferry was late for another reason.",
    "I read the treaty again after this, and the third clause says the contrary.",
    "My grandfather worked on that dam; the silt was known to everybody in the valley.",
    "What would the author say to the objection that the budget is decided elsewhere?",
    "A fair account. The council met twice that winter, not once.",
    "The border was closed on a Tuesday, as the archive shows.",
]
BAD = [
    "Earn money from home, visit my channel http://cash.example now!!!",
    "Check out my channel and subscribe for free gift cards!!",
    "Cheap loans and best rates, visit http://loans.example today",
    "Subscribe to my channel, free money for everyone http://cash.example",
]


@pytest.fixture
def moderator():
    user = get_user_model().objects.create_user("mo", password="x", is_staff=True)
    user.groups.add(Group.objects.get(name="Moderators"))
    return user


@pytest.fixture
def later(monkeypatch):
    """Decisions are learnt when the time to undo them at once is over: here it is over at once."""
    monkeypatch.setattr(ranking, "SETTLED_AFTER", -5)


@pytest.fixture
def desk(make_comment, moderator, later):
    """A desk that decided on 28 comments, and a worker that has read the log."""

    def said(text, n):
        return make_comment(f"{text} {n}", name=f"Reader {n}", status="held")

    for n in range(14):
        said(GOOD[n % len(GOOD)], n).approve(by=moderator)
        bad = said(BAD[n % len(BAD)], n + 100)
        bad.mark_spam(by=moderator) if n % 2 else bad.reject(by=moderator, reason="abuse")
    learn_all()
    return moderator


def learn_all():
    while ranking.learn():
        pass


def scores(*comments):
    ranker = ranking.current()
    return [round(ranker.score(ranking.features_of(comment)), 4) for comment in comments]


def test_what_the_desk_turns_down_comes_first_and_fills_the_lane(desk, make_comment, article):
    fine = make_comment("The tide was late that winter, says the harbour archive.", name="Ida", status="held")
    spam = make_comment("Visit my channel for free money http://cash.example!!", name="Bo", status="held")
    for comment in (fine, spam):
        ranking.score_anew(comment)
    assert list(Comment.objects.held().by_priority()) == [spam, fine]
    assert list(Comment.objects.likely_spam()) == [spam]
    assert set(Comment.objects.held()) == {fine, spam}  # nothing was decided


def test_what_waits_is_scored_again_when_enough_was_learnt(make_comment, moderator, later):
    waiting = make_comment("Subscribe to my channel for free money!!", name="Bo", status="held")
    assert waiting.spam_score is None
    for n in range(12):
        make_comment(f"{GOOD[n % 6]} {n}", name=f"G {n}", status="held").approve(by=moderator)
        make_comment(f"{BAD[n % 4]} {n}", name=f"B {n}", status="held").mark_spam(by=moderator)
    learn_all()
    waiting.refresh_from_db()
    assert waiting.spam_score > 0.8
    assert waiting.priority == waiting.spam_score


def test_each_decision_is_learnt_once_whoever_reads_the_log(desk):
    before = RankingState.objects.get()
    RankingState.objects.update(learnt_to=0)  # a second worker that begins again
    learn_all()
    after = RankingState.objects.get()
    assert (after.approved, after.turned_down) == (before.approved, before.turned_down) == (14, 14)
    assert bytes(after.weights) == bytes(before.weights)
    assert Learnt.objects.count() == 28


def test_a_decision_undone_is_forgotten(desk, make_comment, article):
    probe = make_comment("Buy lanterns from the lantern shop of Old Quay", name="P", status="held")
    other = make_comment("The council met twice", name="O", status="held")
    before = scores(probe, other)
    wrong = make_comment("Buy lanterns from the lantern shop of Old Quay today", name="W", status="held")
    wrong.mark_spam(by=desk)
    learn_all()
    learnt = scores(probe, other)
    assert learnt[0] > before[0] + 0.1
    event = wrong.decisions.order_by("-pk").first()
    type(event).objects.create(verb="undo", comment=wrong, by=desk, undoes=event)
    learn_all()
    assert scores(probe, other) == pytest.approx(before, abs=0.001)
    assert not Learnt.objects.filter(comment=wrong).exists()


def test_what_is_taken_back_to_the_queue_is_scored_by_what_is_known_without_it(desk, make_comment):
    from comments import moderation

    spam = make_comment("Visit my channel for free money http://cash.example!!", name="Bo", status="held")
    outcome = moderation.decide("spam", {spam.pk: ""}, by=desk)
    learn_all()
    Comment.objects.filter(pk=spam.pk).update(spam_score=0.1, priority=0.1)  # of another day
    moderation.undo(outcome.events, by=desk)
    learn_all()
    held = Comment.objects.held().get()
    assert [held.spam_score, held.priority] == scores(held) * 2
    assert held in Comment.objects.likely_spam()


def test_a_decision_is_not_learnt_while_it_can_be_called_back(make_comment, moderator):
    make_comment(status="held").approve(by=moderator)
    assert ranking.learn() == 0
    assert not Learnt.objects.exists()


def test_another_decision_takes_the_place_of_the_first(desk, make_comment):
    comment = make_comment("The bridge over the reed is closed for the winter", name="C", status="held")
    comment.mark_spam(by=desk)
    learn_all()
    comment.approve(by=desk)
    learn_all()
    state = RankingState.objects.get()
    assert (state.approved, state.turned_down) == (15, 14)
    assert Learnt.objects.get(comment=comment).turned_down is False


def test_what_only_a_rule_or_the_writer_did_is_not_learnt(make_comment, later):
    make_comment(status="unconfirmed").confirm()
    make_comment("taken back", name="Bo").remove()
    learn_all()
    assert not Learnt.objects.exists()


def test_it_is_rebuilt_from_the_log(desk, capsys):
    before = scores(*Comment.objects.order_by("pk")[:5])
    RankingState.objects.update(weights=b"", approved=0, turned_down=0)
    Learnt.objects.all().delete()
    call_command("rebuild_ranking")
    assert "28 decisions" in capsys.readouterr().out
    assert scores(*Comment.objects.order_by("pk")[:5]) == pytest.approx(before, abs=0.001)


def learnt():
    """What is known, however it came to be known."""
    comments = Comment.objects.select_related("article").order_by("pk")
    known = set(Learnt.objects.values_list("comment", "decision", "content_hash"))
    state = RankingState.objects.get()
    return known, (state.approved, state.turned_down, state.wants_rebuild), scores(*comments)


@pytest.mark.parametrize("is_learnt_before", [True, False])
@pytest.mark.parametrize("then", ["nothing", "decided anew", "undone"])
def test_it_learns_the_words_that_were_decided_on_online_as_from_the_log(
    desk, make_comment, moderator, is_learnt_before, then
):
    before = learnt()
    comment = make_comment("The lock keeper opens at nine.", name="Slow", status="held")
    approved = moderation.approve(comment, desk)
    if is_learnt_before:
        learn_all()
    comment.edit(BAD[0] + " indeed", [])
    learn_all()
    assert Learnt.objects.get(comment=comment).content_hash == markup.content_hash(
        "The lock keeper opens at nine."
    )
    if then == "decided anew":
        moderation.mark_spam(comment, desk)
        learn_all()
        assert Learnt.objects.get(comment=comment).content_hash == comment.content_hash
    elif then == "undone":
        moderation.undo([approved], desk)
        learn_all()
        assert learnt()[:2] == before[:2]
    known, counts, scored = learnt()
    ranking.rebuild()
    assert learnt()[:2] == (known, counts)
    assert learnt()[2] == pytest.approx(scored, abs=0.01)


@pytest.mark.parametrize(
    "gone",
    ["taken back", "erased with its writer", "of an erased writer, who had changed them", "edited out"],
)
def test_words_that_are_removed_for_good_are_known_no_more_by_the_next_look_of_the_worker(
    desk, make_comment, gone
):
    text = "Buy lanterns at 14 Old Quay, says Ann Reed of the lantern shop"
    comment = make_comment(text, name="Ann", status="held")
    probe = make_comment("Lanterns at 14 Old Quay", name="P", status="held")
    before, unknown = learnt(), scores(probe)
    moderation.mark_spam(comment, desk)
    if "changed" in gone:
        moderation.approve(comment, desk)
        comment.edit("Say nothing of them.", [])
    learn_all()
    assert scores(probe) != unknown and Learnt.objects.get(comment=comment)
    if gone == "taken back":
        comment.remove()
    elif gone == "edited out":
        moderation.redact(comment, desk, "Buy them there.")
    else:
        erase_person(comment.commenter, keep_comments="changed" in gone)
    learn_all()
    if gone == "edited out":
        comment.refresh_from_db()
        assert Learnt.objects.get(comment=comment).content_hash == comment.content_hash
    else:
        assert learnt()[:2] == before[:2]
        assert scores(probe) == pytest.approx(unknown, abs=0.001)
    known, counts, scored = learnt()
    ranking.rebuild()
    assert learnt()[:2] == (known, counts)
    assert learnt()[2] == pytest.approx(scored, abs=0.01)


def test_a_mixed_evening_is_known_online_as_it_is_rebuilt_from_the_log(
    make_comment, moderator, staff, later, monkeypatch
):
    monkeypatch.setattr(ranking, "PORTION", 7)
    other, rng = staff("other"), random.Random(11)
    comments = [
        make_comment(f"{rng.choice(BAD if n % 3 == 0 else GOOD)} {n}", name=f"Reader {n}", status="held")
        for n in range(60)
    ]
    for at, comment in enumerate(comments):
        verb = "spam" if at % 3 == 0 else "approve"
        outcome = moderation.decide(verb, {comment.pk: ""}, by=moderator)
        if at % 4 == 0:
            learn_all()
        if at % 5 == 0:  # taken back, and decided by another, some of it later
            moderation.undo(outcome.events, moderator)
        if at % 10 == 9:
            again = {c.pk: "" for c in comments[at - 9 : at] if at % 20 == 9 or c.pk % 2}
            moderation.decide("reject", again, by=other, reason="abuse")
    for comment in Comment.objects.filter(status="rejected")[:4]:
        Appeal.file(comment, "Please.").reopen(by=staff(f"judge{comment.pk}"))
    learn_all()
    known, counts, _ = learnt()
    standing = Decision.objects.standing().by_moderators().order_by("pk").values_list("comment", "pk")
    assert {(comment, decision) for comment, decision, _ in known} == set(dict(standing).items())
    ranking.rebuild()
    assert learnt()[:2] == (known, counts)
    assert list(Learnt.objects.order_by("pk").values_list("decision", flat=True)) == sorted(
        decision for _, decision, _ in known
    )


def test_a_decision_with_a_lower_number_and_a_later_moment_is_passed_over_by_nobody(make_comment, moderator):
    """A bulk that took its time has the moment at which it began, and is stored behind what others did meanwhile."""
    one, many = (make_comment(f"Words {n}", name=f"R {n}", status="held") for n in range(2))
    single = one.decisions.create(
        verb="approve", was="held", became="visible", by=moderator,
        at=timezone.now() - timedelta(seconds=ranking.SETTLED_AFTER - 1),
    )  # fmt: skip
    bulk = many.decisions.create(
        verb="approve", was="held", became="visible", by=moderator,
        at=timezone.now() - timedelta(seconds=ranking.SETTLED_AFTER + 1),
    )  # fmt: skip
    assert single.pk < bulk.pk
    learn_all()
    fairness.read_log()
    assert not Learnt.objects.exists()
    with time_machine.travel(timezone.now() + fairness.SETTLES_AFTER):
        learn_all()
        assert fairness.read_log() == 2
    assert set(Learnt.objects.values_list("decision", flat=True)) == {single.pk, bulk.pk}


def test_personal_data_that_is_put_back_is_learnt_again(desk, make_comment):
    comment = make_comment("Ask for lanterns under 555 0199", name="Ann", status="held")
    moderation.mark_spam(comment, desk)
    learn_all()
    before = learnt()
    event = moderation.redact(comment, desk, "Ask for lanterns.")
    learn_all()
    assert learnt()[0] != before[0]
    moderation.undo([event], desk)
    learn_all()
    assert learnt()[:2] == before[:2]
    assert learnt()[2] == pytest.approx(before[2], abs=0.01)


def test_who_is_erased_leaves_what_was_learnt_of_words_that_stay(desk, make_comment):
    before = RankingState.objects.get().version
    erase_person(Comment.objects.filter(status="visible").first().commenter, keep_comments=True)
    learn_all()
    assert RankingState.objects.get().version == before


def test_where_other_things_are_looked_at_the_worker_learns_the_log_again(desk):
    comments = Comment.objects.order_by("pk")[:5]
    before = scores(*comments)
    state = RankingState.objects.get()
    ranker = ranking._ranker_of(state)
    for at in range(0, ranking.PLACES, 3):
        ranker.weight[at] = 9.0  # what stands there means another thing now
    state.weights, state.features = ranker.packed(), ranking.FEATURES - 1
    state.move_on()
    state.save()
    assert scores(*comments) != before
    learn_all()
    assert scores(*comments) == pytest.approx(before, abs=0.001)
    assert (Learnt.objects.count(), RankingState.objects.get().features) == (28, ranking.FEATURES)


def test_it_survives_a_restart(desk):
    comment = Comment.objects.first()
    before = scores(comment)
    ranking._kept.clear()
    assert scores(comment) == before


def test_switched_off_it_says_nothing(desk, make_comment):
    spam = make_comment("Visit my channel for free money http://cash.example!!", name="Bo", status="held")
    ranking.score_anew(spam)
    ranking.switch(False)
    learn_all()
    spam.refresh_from_db()
    assert (spam.spam_score, spam.priority, ranking.current(), ranking.why(spam)) == (None, 0, None, [])
    ranking.switch(True)
    learn_all()
    spam.refresh_from_db()
    assert spam.spam_score > 0.8


def test_switched_off_it_orders_what_readers_reported_no_more(desk, make_comment):
    spam, fine, later = (
        make_comment(text, name=f"R {n}")
        for n, text in enumerate(
            ("Free money on my channel!!", "The tide was late.", "Subscribe for free money!!")
        )
    )
    for comment in (spam, fine, later):
        ranking.score_anew(comment)
    assert later.spam_score > 0.5

    def report(comment, *readers):
        for reader in readers:
            Report.file(Comment.objects.get(pk=comment.pk), "abuse", browser=reader, network=reader)

    report(spam, "a")
    report(fine, "a", "b")
    ranking.switch(False)
    report(later, "a", "b", "c")
    places = Comment.objects.reported().order_by("-priority").values_list("pk", "priority")
    assert dict(places) == pytest.approx({later.pk: 0.6, fine.pk: 0.4, spam.pk: 0.2})


def test_it_says_what_in_the_text_moved_it(desk, make_comment):
    comment = make_comment("Subscribe to my channel, says the harbour", name="Bo", status="held")
    pulls = {pull.words: pull.by for pull in ranking.why(comment, most=30)}
    assert pulls["channel"] > 0 > pulls["harbour"]


def test_it_names_a_word_that_only_the_examples_taught(desk, make_comment):
    comment = make_comment("The airdrop is said to begin at noon", name="Bo", status="held")
    assert "airdrop" not in " ".join(GOOD + BAD)
    pulls = {pull.words: pull.by for pull in ranking.why(comment, most=30)}
    assert pulls["airdrop"] > 0


def test_it_shows_how_it_did_on_decisions_it_had_not_seen(desk):
    live = ranking.live()
    assert live.decisions == Learnt.objects.exclude(score_before=None).count() > 5
    assert live.area > 0.9
    assert "Good" in live.words


def test_a_new_comment_is_scored_with_two_small_queries(desk, article, django_assert_num_queries):
    comment = Comment(article=article, comment="free money on my channel")
    ranking._kept.clear()
    with django_assert_num_queries(2):
        ranking.score_new(comment)
    with django_assert_num_queries(1):  # nothing was learnt since
        ranking.score_new(comment)
    assert comment.spam_score > 0.5


def test_forgetting_gives_back_what_was_before():
    ranker, rng = ranking.Ranker(), random.Random(7)
    for _ in range(30):
        label = rng.random() < 0.4
        ranker.learn(ranking.features(rng.choice(BAD if label else GOOD) + str(rng.random())), int(label))
    before = [ranker.margin(ranking.features(text)) for text in GOOD + BAD]
    found = ranking.features("Something else entirely about lanterns", "An article")
    step = ranker.learn(found, 1)
    ranker.forget(found, 1, step)
    assert [ranker.margin(ranking.features(text)) for text in GOOD + BAD] == pytest.approx(before, abs=1e-4)
    assert ranking.Ranker.unpacked(ranker.packed(), ranker.counts).margin(found) == ranker.margin(found)


def test_where_a_text_begins_and_ends_counts_beside_its_words():
    ranker = ranking.Ranker()
    for _ in range(3):
        ranker.learn(ranking.features("visit today harbour winter archive tide"), 1)
        ranker.learn(ranking.features("tide archive winter harbour today visit"), 0)
    # the same words, and no pair of them was seen before
    like_the_bad = ranker.margin(ranking.features("visit ferry council today tide"))
    like_the_good = ranker.margin(ranking.features("tide today council ferry visit"))
    assert like_the_bad > like_the_good + 0.1


def test_features_hold_for_odd_texts():
    for text in (
        "",
        " ",
        "\U0001f600" * 50,
        "ا" * 300,
        "a" * 100_000,
        "\ud800".encode("utf-8", "replace").decode(),
    ):
        assert 0 < ranking.Ranker().score(ranking.features(text)) < 1


def test_the_measure_reads_files_and_says_how_good_it_is(tmp_path, capsys):
    file = tmp_path / "said.csv"
    rng = random.Random(3)
    rows = [
        f'"{rng.choice(BAD)} {n}",1' if rng.random() < 0.3 else f'"{rng.choice(GOOD)} {n}",0'
        for n in range(250)
    ]
    file.write_text("text,label\n" + "\n".join(rows))
    call_command("measure_ranking", str(file), "--alone")
    said = capsys.readouterr().out
    assert "said.csv: 250 comments" in said
    assert float(said.split("second half: ")[1][:5]) > 0.95
    call_command("measure_ranking", str(file), "--alone", "--shuffle", "--seeds=2", "--first-seed=7")
    assert re.findall(r"seed \d+", capsys.readouterr().out) == ["seed 7", "seed 8"]


def test_the_measure_names_what_stood_behind_the_first_quarter_of_a_queue(tmp_path, capsys):
    file = tmp_path / "said.csv"
    rows = [
        f'"{BAD[n % len(BAD)]} {n}",1' if n % 10 == 0 else f'"{GOOD[n % len(GOOD)]} {n}",0'
        for n in range(300)
    ]
    # one that no words tell from the good ones, among the ten of the second queue
    rows[150] = f'"{GOOD[0]}",1'
    rows[155] = f'"{GOOD[1]}",1'
    file.write_text("text,label\n" + "\n".join(rows))
    call_command("measure_ranking", str(file), "--alone", "--missed")
    said = capsys.readouterr().out
    assert "(worst 82%; 1 of 2 have 90%)" in said
    behind = said.split("of 11 bad ones in a queue, 2 stood behind:\n")[1].splitlines()
    assert sorted(map(str.strip, behind[:2])) == sorted([GOOD[0], GOOD[1]])
    assert len(behind) == 2
    call_command("measure_ranking", str(file), "--alone")
    assert "stood behind" not in capsys.readouterr().out
