"""A writer may ask once for a second look; another moderator than the first decides, and the writer is told."""

import re
from datetime import timedelta

import pytest
import time_machine
from django.contrib.auth import get_user_model
from django.core import mail
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.utils import timezone

from articles.models import Topic
from comments import emails, fairness, moderation, numbers, workbench
from comments.accounts import erase
from comments.fairness import Appeal, SecondOpinion
from comments.models import Comment, Commenter, Hold, Mail, TopicScope

pytestmark = pytest.mark.django_db


@pytest.fixture
def first(staff):
    return staff("first")


@pytest.fixture
def second(staff):
    return staff("second")


@pytest.fixture
def writer(db):
    user = get_user_model().objects.create_user("ida", "ida@example.org", first_name="Ida")
    Commenter.objects.create(user=user, email="ida@example.org", name="Ida")
    return user


@pytest.fixture
def rejected(make_comment, writer, first):
    comment = make_comment("The ferry was late.", commenter=writer.commenter, user=writer, status="held")
    Hold.objects.create(comment=comment, rule="links", value=3, limit=2)
    comment.reject(by=first, reason="off_topic")
    return comment


def appeal_of(comment):
    return Appeal.objects.get(comment=comment)


def test_the_writer_appeals_from_my_comments_once(client, writer, rejected, first):
    client.force_login(writer)
    address = f"/comments/{rejected.pk}/appeal/"
    assert address in client.get("/account/comments/").content.decode()
    page = client.get(address).content.decode()
    assert "It is not about the article" in page and "The ferry was late." in page

    assert client.post(address, {"words": ""}).status_code == 422
    assert client.post(address, {"words": "The ferry is the article."})["Location"] == address
    again = client.post(address, {"words": "Please!"})
    appeal = appeal_of(rejected)
    assert (appeal.words, appeal.against, appeal.outcome) == ("The ferry is the article.", first, "")
    assert again.status_code == 422 and "You asked for a second look already." in again.content.decode()
    page = client.get("/account/comments/").content.decode()
    assert address not in page and "Another moderator looks at it." in page


def test_a_moderator_of_a_topic_has_the_appeals_of_that_topic_only(client, second, rejected):
    Appeal.file(rejected, "It was.")
    appeal = appeal_of(rejected)
    rivers = Topic.objects.create(name="Rivers", slug="rivers")
    scope = TopicScope.objects.create(user=second, topic=rivers)
    client.force_login(second)
    assert list(client.get("/moderation/appeals/").context["page"]) == []
    assert client.post(f"/moderation/appeals/{appeal.pk}/", {"outcome": "stands"}).status_code == 404
    scope.topic = rejected.article.topic
    scope.save()
    assert list(client.get("/moderation/appeals/").context["page"]) == [appeal]
    assert client.post(f"/moderation/appeals/{appeal.pk}/", {"outcome": "stands"}).status_code == 302
    assert appeal_of(rejected).outcome == "stands"


def test_a_moderator_of_a_topic_gives_second_opinions_on_that_topic_only(client, second, rejected):
    decision = rejected.decisions.get()
    opinion = SecondOpinion.objects.create(
        decision=decision, comment=rejected, first="rejected", first_by=decision.by
    )
    TopicScope.objects.create(user=second, topic=Topic.objects.create(name="Rivers", slug="rivers"))
    client.force_login(second)
    assert client.get("/moderation/second-opinions/").context["opinion"] is None
    given = {"opinion": opinion.pk, "verdict": "visible"}
    assert client.post("/moderation/second-opinions/", given).status_code == 404
    TopicScope.objects.update(topic=rejected.article.topic)
    assert client.get("/moderation/second-opinions/").context["opinion"] == opinion


@pytest.mark.threat("T10")
def test_a_guest_appeals_by_the_link_of_the_mail(client, make_comment, first):
    comment = make_comment("A guest’s words", name="Bo Lind", status="held")
    comment.reject(by=first, reason="abuse")
    with time_machine.travel(timezone.now() + timedelta(minutes=1)):
        emails.send_due()
    [path] = re.findall(r"http://[^/]+(/comments/appeal/\S+)", mail.outbox[0].body)
    assert "A guest’s words" in client.get(path).content.decode()
    assert client.post(path, {"words": "I was quoting."}).status_code == 302
    assert appeal_of(comment).words == "I was quoting."
    assert "Another moderator looks at it" in client.get(path).content.decode()
    assert client.get(path[:-2] + "x/").status_code == 404


def test_only_what_was_taken_down_lately_can_be_appealed(client, writer, rejected, make_comment):
    client.force_login(writer)
    for status in ("held", "visible", "unconfirmed"):
        other = make_comment(f"{status} words", commenter=writer.commenter, status=status)
        assert client.post(f"/comments/{other.pk}/appeal/", {"words": "x"}).status_code == 422
    with time_machine.travel(timezone.now() + Appeal.WITHIN + timedelta(minutes=1)):
        client.force_login(writer)
        late = client.post(f"/comments/{rejected.pk}/appeal/", {"words": "x"})
        assert (late.status_code, "within 30 days" in late.content.decode()) == (422, True)
    assert not Appeal.objects.exists()


@pytest.mark.threat("T5")
def test_nobody_appeals_for_somebody_else(client, rejected):
    address = f"/comments/{rejected.pk}/appeal/"
    assert client.post(address, {"words": "x"}).status_code == 302  # to the log-in
    client.force_login(get_user_model().objects.create_user("other"))
    assert (client.get(address).status_code, client.post(address, {"words": "x"}).status_code) == (404, 404)
    assert not Appeal.objects.exists()


def test_another_moderator_shows_the_comment_and_the_writer_gets_one_mail(
    client, rejected, second, django_capture_on_commit_callbacks
):
    with time_machine.travel(timezone.now() + timedelta(minutes=1)):
        emails.send_due()  # that it was rejected
    mail.outbox.clear()
    appeal = Appeal.file(rejected, "The ferry is the article.")
    client.force_login(second)
    client.post(f"/moderation/appeals/{appeal.pk}/", {"outcome": "reopened", "note": "You are right."})
    rejected.refresh_from_db()
    appeal.refresh_from_db()
    assert (rejected.status, appeal.outcome, appeal.by) == ("visible", "reopened", second)
    assert [(d.became, d.by) for d in rejected.decisions.all()][-1] == ("visible", second)
    assert appeal.answer == rejected.decisions.last()
    with time_machine.travel(timezone.now() + timedelta(minutes=1)):
        emails.send_due()
    [message] = mail.outbox
    assert (message.to, message.subject.split(" – ")[0]) == (
        ["ida@example.org"],
        "Your comment was looked at again",
    )
    assert "It is shown now" in message.body and "You are right." in message.body


def test_when_the_decision_stands_the_writer_is_told_that(client, rejected, second, writer):
    appeal = Appeal.file(rejected, "Please.")
    client.force_login(second)
    client.post(f"/moderation/appeals/{appeal.pk}/", {"outcome": "stands", "note": "It was about buses."})
    rejected.refresh_from_db()
    assert rejected.status == "rejected"
    with time_machine.travel(timezone.now() + timedelta(minutes=1)):
        emails.send_due()
    assert "The decision stands: it is not shown." in mail.outbox[-1].body
    client.force_login(writer)
    page = client.get("/account/comments/").content.decode()
    assert "the decision stands. It was about buses." in page


def test_who_took_it_down_cannot_decide_whatever_is_posted(client, rejected, first):
    appeal = Appeal.file(rejected, "Please.")
    client.force_login(first)
    page = client.get("/moderation/appeals/").content.decode()
    assert "This was your decision" in page and 'value="reopened"' not in page
    answer = client.post(f"/moderation/appeals/{appeal.pk}/", {"outcome": "reopened"})
    rejected.refresh_from_db()
    assert (answer.status_code, rejected.status, appeal_of(rejected).outcome) == (403, "rejected", "")
    with pytest.raises(PermissionDenied):
        appeal.let_stand(by=first)
    with pytest.raises(IntegrityError), transaction.atomic():
        Appeal.objects.filter(pk=appeal.pk).update(by=first, outcome="stands", decided_at=timezone.now())


def test_where_there_is_one_moderator_an_editor_decides(client, rejected, staff, first):
    appeal = Appeal.file(rejected, "Please.")
    client.force_login(first)
    assert "You are the only moderator." in client.get("/moderation/appeals/").content.decode()
    editor = staff("editor", "Editors")
    assert "You are the only moderator." not in client.get("/moderation/appeals/").content.decode()
    client.force_login(editor)
    client.post(f"/moderation/appeals/{appeal.pk}/", {"outcome": "stands"})
    assert appeal_of(rejected).by == editor


def test_an_appeal_is_decided_once(client, rejected, second, staff):
    appeal = Appeal.file(rejected, "Please.")
    for name, outcome in ((second, "stands"), (staff("third"), "reopened")):
        client.force_login(name)
        client.post(f"/moderation/appeals/{appeal.pk}/", {"outcome": outcome})
    rejected.refresh_from_db()
    assert (appeal_of(rejected).outcome, rejected.status) == ("stands", "rejected")


def test_a_reopened_appeal_counts_in_the_record_of_the_rule(rejected, second):
    Appeal.file(rejected, "Please.").reopen(by=second)
    since = timezone.now() - timedelta(days=90)
    assert fairness.reopened_by_rule(since) == {"links": 1}
    assert fairness.reopened_by_rule(timezone.now() + timedelta(days=1)) == {}


@pytest.mark.parametrize(
    "address, method",
    [
        ("/moderation/appeals/", "get"),
        ("/moderation/appeals/{id}/", "post"),
        ("/moderation/second-opinions/", "get"),
        ("/moderation/second-opinions/", "post"),
        ("/moderation/numbers/", "get"),
        ("/moderation/choices/", "post"),
    ],
)
@pytest.mark.parametrize("who", ["stranger", "reader", "Writers"])
def test_nobody_else_enters(client, staff, writer, rejected, address, method, who):
    appeal = Appeal.file(rejected, "Secret words of an appeal")
    if who != "stranger":
        client.force_login(writer if who == "reader" else staff("author", who))
    answer = getattr(client, method)(address.format(id=appeal.pk), {"outcome": "reopened"})
    rejected.refresh_from_db()
    assert answer.status_code in (403, 404) and "Secret words" not in answer.content.decode()
    assert (rejected.status, appeal_of(rejected).outcome) == ("rejected", "")


def test_an_appeal_is_in_no_public_page(client, rejected, article):
    Appeal.file(rejected, "Secret words of an appeal")
    for address in (
        "/",
        article.get_absolute_url(),
        f"/articles/{article.slug}/comments/",
        "/about/comments/",
    ):
        assert "Secret words" not in client.get(address).content.decode()


def test_the_page_costs_the_same_with_one_and_with_three(
    client, second, make_comment, first, django_assert_num_queries
):
    def ask(name):
        comment = make_comment(f"Words of {name}", name=name, status="held")
        Hold.objects.create(comment=comment, rule="links")
        comment.reject(by=first, reason="abuse")
        Appeal.file(comment, f"Because, says {name}.")

    client.force_login(second)
    ask("Ann")
    client.get("/moderation/appeals/")
    with django_assert_num_queries(21) as one:
        client.get("/moderation/appeals/")
    ask("Ben")
    ask("Cem")
    with django_assert_num_queries(len(one)):
        page = client.get("/moderation/appeals/").content.decode()
    assert re.findall(r"Because, says (\w+)", page) == ["Ann", "Ben", "Cem"]


def test_who_asked_and_lost_the_comment_meanwhile_waits_no_more(rejected, second):
    Appeal.file(rejected, "Please.")
    Comment.objects.get(pk=rejected.pk).approve(by=second)
    assert not Appeal.objects.waiting().exists()


def test_one_appeal_is_not_the_oldest_of_several_and_a_decided_one_leads_to_its_comment(
    client, rejected, second
):
    Appeal.file(rejected, "It is the article.")
    client.force_login(second)
    page = client.get("/moderation/appeals/").text
    assert "1 waits. Another moderator" in page
    appeal_of(rejected).reopen(by=second)
    page = client.get("/moderation/appeals/").text
    assert "No appeal waits." in page and f'href="/moderation/comments/{rejected.pk}/"' in page


@pytest.mark.parametrize("between", ["an edit", "an approval that was taken back"])
def test_what_another_moderator_did_in_between_is_not_the_decision_that_is_appealed(
    client, writer, rejected, first, second, between
):
    if between == "an edit":
        moderation.redact(rejected, second, "The ferry.")
    else:
        moderation.approve(rejected, second)
        moderation.undo(moderation.last_of(second), second)
    client.force_login(writer)
    for address in (f"/comments/{rejected.pk}/appeal/", "/account/comments/"):
        assert "It is not about the article" in client.get(address).text
    client.post(f"/comments/{rejected.pk}/appeal/", {"words": "The ferry is the article."})
    assert appeal_of(rejected).against == first
    with pytest.raises(PermissionDenied):
        appeal_of(rejected).let_stand(by=first)


def test_a_writer_whose_comment_was_shown_meanwhile_reads_that_it_is_shown(client, writer, rejected, first):
    Appeal.file(rejected, "The ferry is the article.")
    rejected.approve(by=first)
    client.force_login(writer)
    page = client.get(f"/comments/{rejected.pk}/appeal/").text
    assert "Your comment is shown</h1>" in page and "looks at it" not in page


@pytest.mark.parametrize("first_takes_back", [True, False])
def test_who_took_it_down_anew_decides_no_more_than_who_did_first(
    client, rejected, first, second, staff, first_takes_back
):
    appeal = Appeal.file(rejected, "Please.")
    if first_takes_back:
        moderation.undo(list(rejected.decisions.all()), first)
        moderation.reject(rejected, second, "abuse")
    else:
        moderation.mark_spam(rejected, second)
    for decider in (first, second):
        client.force_login(decider)
        page = client.get("/moderation/appeals/").text
        assert "This was your decision" in page and "by second" in page
        assert client.post(f"/moderation/appeals/{appeal.pk}/", {"outcome": "stands"}).status_code == 403
    assert appeal_of(rejected).outcome == ""
    appeal.let_stand(by=staff("third"))


def test_what_is_shown_after_an_appeal_comes_ten_seconds_later_and_goes_back_whole(
    client, rejected, first, second
):
    before = Comment.objects.values(*Comment.KEPT).get()
    appeal = Appeal.file(rejected, "The ferry is the article.")
    client.force_login(second)
    client.post(f"/moderation/appeals/{appeal.pk}/", {"outcome": "reopened"})
    appeal = appeal_of(rejected)
    told = Mail.objects.waiting().get(kind="appeal")
    assert told.due_at == appeal.answer.effect_at == appeal.answer.at + timedelta(seconds=10)
    assert not Comment.objects.visible().exists()

    client.post("/moderation/", {"undo": "last"})
    assert Comment.objects.values(*Comment.KEPT).get() == before
    assert [each.outcome for each in Appeal.objects.waiting()] == [""]
    assert not Mail.objects.waiting().filter(kind="appeal").exists()
    client.force_login(first)
    client.post("/moderation/", {"undo": "last"})  # nobody decided since
    rejected.refresh_from_db()
    assert rejected.status == "held"


def in_a_minute(minutes=1):
    return time_machine.travel(timezone.now() + timedelta(minutes=minutes))


def told():
    return [line for message in mail.outbox for line in message.body.splitlines() if "shown" in line]


def test_that_a_decision_stands_is_taken_back_at_once_and_the_appeal_waits_again(
    client, rejected, first, second, writer, staff
):
    before = Comment.objects.values().get()
    appeal = Appeal.file(rejected, "The ferry is the article.")
    client.force_login(second)
    page = client.post(
        f"/moderation/appeals/{appeal.pk}/", {"outcome": "stands", "note": "It was about buses."}, follow=True
    )
    [event] = re.findall(r'name="undo" value="(\d+)"', page.text)
    letter = Mail.objects.waiting().get(kind="appeal")
    assert letter.due_at == appeal_of(rejected).decided_at + timedelta(seconds=10)

    page = client.post("/moderation/", {"undo": event, "back": "/moderation/appeals/"}, follow=True).text
    assert "Taken back. The appeal waits again." in page and 'value="stands"' in page
    assert Appeal.objects.values("outcome", "by", "note", "answer", "decided_at").get() == {
        "outcome": "", "by": None, "note": "", "answer": None, "decided_at": None,
    }  # fmt: skip
    assert Comment.objects.values().get() == before
    with in_a_minute():
        emails.send_due()
    assert [m.subject.split(" – ")[0] for m in mail.outbox] == ["About your comment"]
    log = [(event.verb, event.by, event.became) for event in rejected.decisions.all()]
    assert log == [("reject", first, "rejected"), ("stand", second, ""), ("undo", second, "")]

    client.force_login(first)
    assert client.post(f"/moderation/appeals/{appeal.pk}/", {"outcome": "stands"}).status_code == 403
    appeal_of(rejected).reopen(by=staff("third"))
    with in_a_minute():
        emails.send_due()
    assert told() == ["Your comment on “The strait at low tide” is not shown.", "It is shown now:"]


def test_undo_of_the_last_decision_takes_an_appeal_back_as_it_does_a_comment(
    client, rejected, second, make_comment
):
    client.force_login(second)
    Appeal.file(rejected, "Please.").let_stand(by=second)
    other = make_comment("Another one", name="Bo", status="held")
    moderation.approve(other, second)
    answers = [
        client.post("/moderation/", {"undo": "last"}, headers={"accept": "application/json"}).json()
        for _ in range(3)
    ]
    assert [(a["words"], a["done"]) for a in answers] == [
        ("Taken back.", [other.pk]),
        ("Taken back. The appeal waits again.", []),
        ("There is nothing to take back.", []),
    ]
    assert list(Appeal.objects.waiting()) == [appeal_of(rejected)]


@pytest.mark.parametrize("answered", ["stands", "reopened"])
@pytest.mark.parametrize("again", ["stands", "reopened"])
def test_an_outcome_that_left_by_mail_and_was_taken_back_is_followed_by_the_next_one(
    client, rejected, first, second, staff, answered, again
):
    appeal = Appeal.file(rejected, "The ferry is the article.")
    client.force_login(second)
    client.post(f"/moderation/appeals/{appeal.pk}/", {"outcome": answered, "note": "One."})
    with in_a_minute():
        emails.send_due()
    with in_a_minute(60 * 24):
        client.force_login(second)
        address = f"/moderation/comments/{rejected.pk}/"
        [event] = [e for e in client.get(address).context["log"] if e.is_open and e.by == second]
        client.post("/moderation/", {"undo": event.pk, "back": address})
        emails.send_due()
        assert list(Appeal.objects.waiting()) == [appeal]
        rejected.refresh_from_db()
        assert rejected.status == "rejected"
        client.force_login(staff("third"))
        client.post(f"/moderation/appeals/{appeal.pk}/", {"outcome": again, "note": "Two."})
    with in_a_minute(60 * 24 + 1):
        emails.send_due()
    said = {"stands": "The decision stands: it is not shown.", "reopened": "It is shown now:"}
    assert told() == [said[answered], said[again]]
    assert ["Two." in message.body for message in mail.outbox] == [False, True]


@pytest.mark.parametrize("outcome", ["stands", "reopened"])
def test_who_took_it_down_does_not_take_back_what_answered_the_appeal(
    client, rejected, first, second, outcome
):
    appeal = Appeal.file(rejected, "Please.")
    appeal.let_stand(by=second) if outcome == "stands" else appeal.reopen(by=second)
    answer = appeal.answer
    client.force_login(first)
    log = client.get(f"/moderation/comments/{rejected.pk}/").context["log"]
    assert not [event for event in log if event.pk == answer.pk and event.is_open]
    page = client.post("/moderation/", {"undo": answer.pk}, follow=True).text
    assert "It answers an appeal against your own decision" in page
    assert appeal_of(rejected).outcome == outcome


def test_an_outcome_is_not_taken_back_once_somebody_decided_on_the_comment(client, rejected, second, staff):
    appeal = Appeal.file(rejected, "Please.")
    appeal.let_stand(by=second)
    event = moderation.mark_spam(rejected, staff("third"))
    assert moderation.undo([appeal.answer], second).refused == {rejected.pk: "decided"}
    moderation.undo([event], event.by)
    moderation.undo([appeal.answer], second)
    moderation.approve(rejected, second)
    assert [each.outcome for each in Appeal.objects.all()] == [""]


def test_an_outcome_that_was_taken_back_counts_no_more(rejected, second):
    def counts():
        numbers.rebuild()
        stored = {key: n for (what, key), n in numbers.numbers_of("week").total.items() if what == "appeal"}
        record = workbench.rules_record(fresh=True)["links"]
        return numbers.numbers_of("day").appeals_decided, stored, record.words

    appeal = Appeal.file(rejected, "Please.")
    held = "held 1 in 90 days, 0 of them approved"
    shown = "held 1 in 90 days, 1 of them approved, 1 on appeal"
    for decide, figures in (
        (appeal.let_stand, (1, {"filed": 1, "stands": 1}, held)),
        (appeal.reopen, (1, {"filed": 1, "reopened": 1}, shown)),
    ):
        decide(by=second)
        assert counts() == figures
        moderation.undo(moderation.last_of(second), second)
        assert counts() == (0, {"filed": 1}, held)


def test_an_appeal_that_stood_and_was_taken_back_after_weeks_leaves_the_numbers_of_its_day(rejected, second):
    Appeal.file(rejected, "Please.").let_stand(by=second)
    numbers.rebuild()
    with in_a_minute(60 * 24 * 20):
        moderation.undo(moderation.last_of(second), second)
        numbers.count_lately()
    of_appeals = numbers.DayCount.objects.filter(what="appeal")
    assert list(of_appeals.values_list("key", "count")) == [("filed", 1)]


def test_the_appeal_of_somebody_who_was_erased_does_not_wait_again(rejected, second, writer):
    Appeal.file(rejected, "Please.").let_stand(by=second)
    erase(writer, keep_comments=True)
    moderation.undo(moderation.last_of(second), second)
    assert not Appeal.objects.exists()


def test_what_an_outcome_stood_in_place_of_is_told_after_all_when_it_is_taken_back(rejected, second, writer):
    writer.commenter.mail_daily = True
    writer.commenter.save()
    Mail.objects.filter(kind="decided").update(due_at=timezone.now() + timedelta(hours=9))
    appeal = Appeal.file(rejected, "Please.")
    appeal.let_stand(by=second)
    assert [letter.kind for letter in Mail.objects.waiting()] == ["appeal"]
    moderation.undo([appeal.answer], second)
    assert [letter.kind for letter in Mail.objects.waiting()] == ["decided"]
    assert rejected.last_decision.reason == "off_topic"
    appeal.reopen(by=second)
    moderation.undo([appeal.answer], second)
    assert [letter.kind for letter in Mail.objects.waiting()] == ["decided"]
    with in_a_minute(60 * 24):
        emails.send_due()
    [message] = mail.outbox
    assert "It is not about the article" in message.body


@pytest.mark.parametrize("verb", ["reject", "spam", "hold"])
def test_what_an_appeal_shows_is_not_taken_down_again_by_who_took_it_down(
    client, rejected, make_comment, first, second, staff, writer, verb
):
    Appeal.file(rejected, "The ferry is the article.").reopen(by=second)
    beside = make_comment("Another one", name="Bo")
    client.force_login(first)
    client.post(
        "/moderation/",
        {"bulk": verb, "pick": [rejected.pk, beside.pk], "reason-bulk": "abuse"},
    )
    page = client.get("/moderation/?queue=all").text
    assert "another moderator takes it down" in page
    became = {c.pk: c.status for c in Comment.objects.all()}
    assert became[rejected.pk] == "visible" and became[beside.pk] != "visible"
    outcome = moderation.decide_all(
        moderation.of_person_since(rejected.commenter, timezone.now() - timedelta(days=1), first), "reject",
        by=first, reason="abuse",
    )  # fmt: skip
    assert outcome.refused == {rejected.pk: "reopened"}
    moderation.decide(verb, {rejected.pk: ""}, by=staff("third"), reason="abuse")
    assert Comment.objects.get(pk=rejected.pk).status != "visible"

    client.force_login(writer)
    page = client.get(f"/comments/{rejected.pk}/appeal/").text
    assert "Your comment is not shown any more</h1>" in page and "Your comment is shown" not in page
    assert "Another moderator looks at it" not in client.get("/account/comments/").text
