"""Nobody decides on what they wrote, nor on themselves, whatever they may: another moderator does."""

import re

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from articles.models import Author, Byline
from comments import fairness, moderation, posting
from comments.fairness import Appeal, SecondOpinion
from comments.models import Comment, Commenter, Decision, Hold, Policy, PolicyVersion, Report
from comments.workbench import settings_of

pytestmark = pytest.mark.django_db
DESK = "/moderation/"
SAID = "You wrote it yourself: another moderator decides."
MYSELF = "That is yourself: another moderator decides."


@pytest.fixture(params=["moderator", "superuser"])
def mo(request, client, staff):
    """Who writes and decides, logged in."""
    if request.param == "superuser":
        user = User.objects.create_superuser("mo", "mo@example.org")
    else:
        user = staff("mo")
    client.force_login(user)
    return user


@pytest.fixture
def written_by(make_comment):
    def written_by(user, text="I am right.", **fields):
        who = posting.commenter_of(user)
        return make_comment(
            text, name=user.username, commenter=who, user=user, **({"status": "held"} | fields)
        )

    return written_by


def status_of(comment):
    return Comment.objects.values_list("status", flat=True).get(pk=comment.pk)


@pytest.mark.parametrize(
    "verb", ["approve", "reject", "spam", "feature", "unfeature", "hold", "answer", "first"]
)
def test_the_desk_refuses_each_verb_with_a_sentence(client, mo, written_by, verb):
    status = "visible" if verb in ("unfeature", "hold") else "held"
    own = written_by(mo, status=status, is_pick=verb == "unfeature")
    sent = {
        verb: own.pk,
        f"stamp-{own.pk}": own.stamp,
        f"reason-{own.pk}": "abuse",
        f"reply-{own.pk}": "Thanks.",
    }
    answer = client.post(DESK, sent, headers={"accept": "application/json"}).json()
    assert (answer["done"], answer["refused"]) == ([], {f"{own.pk}": SAID})
    assert SAID in client.post(DESK, sent, follow=True).text
    assert (Comment.objects.count(), status_of(own), Decision.objects.count()) == (1, status, 0)


def test_personal_data_is_edited_out_by_another(client, mo, written_by):
    own = written_by(mo, "Call me on 555 0199.")
    page = client.post(f"{DESK}comments/{own.pk}/redact/", {"text": "Call me."})
    assert (page.status_code, SAID in page.text) == (422, True)
    assert Comment.objects.get().comment == "Call me on 555 0199."


def test_a_selection_skips_it_and_says_so(client, mo, written_by, make_comment):
    own, readers = written_by(mo), make_comment("A reader’s.", status="held")
    page = client.post(DESK, {"bulk": "approve", "pick": [own.pk, readers.pk]}, follow=True).text
    assert f"Comment {own.pk}: {SAID}" in page
    assert (status_of(own), status_of(readers)) == ("held", "visible")


def test_the_admins_list_skips_it_and_says_so(client, mo, written_by, make_comment):
    own, readers = written_by(mo), make_comment("A reader’s.", status="held")
    sent = {"action": "approve", "_selected_action": [own.pk, readers.pk]}
    page = client.post("/admin/comments/comment/", sent, follow=True).text
    assert f"Comment {own.pk}: {SAID}" in page and "Done for 1 comment." in page
    assert (status_of(own), status_of(readers)) == ("held", "visible")


def test_another_moderator_decides_and_its_writer_takes_nothing_of_it_back(client, mo, staff, written_by):
    own = written_by(mo)
    event = moderation.reject(own, staff("other"), "abuse")
    page = client.get(f"{DESK}comments/{own.pk}/").text
    assert f'name="undo" value="{event.pk}"' not in page
    answer = client.post(DESK, {"undo": event.pk}, headers={"accept": "application/json"}).json()
    assert (answer["done"], answer["refused"]) == ([], {f"{own.pk}": SAID})
    assert status_of(own) == "rejected"


def test_the_card_says_why_it_has_no_buttons_and_leads_its_writer_to_taking_it_back(
    client, mo, written_by, make_comment, staff
):
    own, readers = written_by(mo, status="visible"), make_comment("A reader’s.")
    moderation.note(own.commenter, staff("other"), "Sharp of late.")
    page = client.get(f"{DESK}?queue=new").text
    card, other = (
        re.search(
            rf'<li class="case" id="case-{c.pk}".*?(?=<li class="case"|</ol>\s*<p class="desk__empty)',
            page,
            re.S,
        )[0]
        for c in (own, readers)
    )
    buttons = ["approve", "reject", "spam", "feature", "answer", "hold", "seen"]
    assert re.findall(r'<button[^>]*name="(\w+)"', other) == buttons
    assert re.findall(r'<button[^>]*name="(\w+)"', card) == ["seen"]
    assert SAID in card and SAID not in other
    assert f'href="/comments/{own.pk}/delete/"' in card
    assert "redact" not in card and "Sharp of late." not in card


def test_who_reported_it_is_not_told_to_its_writer(client, mo, written_by, staff):
    own = written_by(mo, status="visible")
    reporter = User.objects.create_user("rea", first_name="Rea", last_name="Porter")
    Report.file(own, "abuse", "He always does this.", user=reporter)
    for user, is_told in ((mo, False), (staff("other"), True)):
        client.force_login(user)
        page = client.get(f"{DESK}?queue=reported").text
        assert "Reported by 1" in page
        assert ("Rea Porter" in page, "He always does this." in page) == (is_told, is_told)


def test_a_superuser_alone_takes_down_their_own_words_as_their_writer(client, written_by):
    user = User.objects.create_superuser("chief", "chief@example.org")
    client.force_login(user)
    for status in ("held", "visible"):
        own = written_by(user, f"I was {status}.", status=status)
        client.post(f"/comments/{own.pk}/delete/")
        assert status_of(own) == "removed"


def test_who_decides_alone_can_put_their_own_words_away_as_seen(client, mo, written_by):
    own = written_by(mo, status="visible")
    client.post(DESK, {"seen": own.pk})
    assert client.get(f"{DESK}?queue=new").context["cards"] == []


def test_an_author_does_not_decide_on_comments_of_their_own(client, make_comment, make_article, written_by):
    Policy(authors_moderate=True).save()
    user = User.objects.create_user("wim", "wim@example.org", is_staff=True)
    article = make_article("Mine")
    Byline.objects.create(article=article, author=Author.objects.create(name="Wim", slug="wim", user=user))
    own = written_by(user, article=article)
    readers = make_comment("A reader’s.", article=article, status="held")
    nobodys = make_comment("Written before there were persons.", article=article, status="held")
    Comment.objects.filter(pk=nobodys.pk).update(commenter=None)
    client.force_login(user)
    client.post(DESK, {"bulk": "approve", "pick": [own.pk, readers.pk, nobodys.pk]})
    assert [status_of(c) for c in (own, readers, nobodys)] == ["held", "visible", "visible"]


def test_an_appeal_is_not_decided_by_its_writer(client, mo, staff, written_by):
    own = written_by(mo)
    moderation.reject(own, staff("other"), "abuse")
    appeal = Appeal.file(own, "It was no insult.")
    page = client.get(f"{DESK}appeals/").text
    assert "You wrote this comment: another moderator looks at it." in page and "Show the comment" not in page
    assert client.post(f"{DESK}appeals/{appeal.pk}/", {"outcome": "reopened"}).status_code == 403
    assert status_of(own) == "rejected"
    client.force_login(staff("third"))
    client.post(f"{DESK}appeals/{appeal.pk}/", {"outcome": "reopened"})
    assert status_of(own) == "visible"


def test_a_second_opinion_is_not_its_writers(client, mo, staff, written_by, settings, time_machine):
    settings.COMMENT_SECOND_OPINIONS = 100
    own = written_by(mo)
    moderation.reject(own, staff("other"), "abuse")
    time_machine.move_to(timezone.now() + fairness.SETTLES_AFTER * 2)
    fairness.read_log()
    asked = SecondOpinion.objects.get()
    assert own.comment not in client.get(f"{DESK}second-opinions/").text
    sent = {"opinion": asked.pk, "verdict": "visible"}
    assert client.post(f"{DESK}second-opinions/", sent).status_code == 403
    client.force_login(staff("third"))
    assert own.comment in client.get(f"{DESK}second-opinions/").text


def test_a_rule_rolled_back_shows_none_of_ones_own(client, written_by, make_comment):
    chief = User.objects.create_superuser("chief", "chief@example.org")
    client.force_login(chief)
    Policy(suspect_words="right").save()
    version = PolicyVersion.objects.create(
        chosen=settings_of(Policy.current()), before=settings_of(Policy()), switched_on_at="2020-01-01T00:00Z"
    )
    own, readers = written_by(chief), make_comment("A reader is right.", status="held")
    for comment in (own, readers):
        Hold.objects.create(comment=comment, rule="suspect_words", words=["right"])
    for action in ("roll_back", "offer_again"):
        client.post(f"{DESK}rules/versions/{version.pk}/", {action: "1"})
    assert (status_of(own), status_of(readers)) == ("held", "visible")


def test_nobody_decides_on_themselves(client, mo, staff, written_by):
    own = written_by(mo)
    warning = moderation.sanction(own.commenter, "warn", staff("other"), words="Please be kind.")
    address = f"{DESK}persons/{own.commenter_id}/"
    page = client.get(address).text
    assert MYSELF in page and 'name="kind"' not in page and f'value="{warning.pk}"' not in page
    for sent in (
        {"do": "lift"},
        {"do": "sanction", "kind": "trust"},
        {"do": "since", "since": "2020-01-01T00:00", "verb": "approve"},
    ):
        assert MYSELF in client.post(address, sent, follow=True).text
    assert MYSELF in client.post(DESK, {"undo": warning.pk}, follow=True).text
    client.post(
        f"/admin/comments/commenter/{own.commenter_id}/change/", {"name": "mo", "standing": "trusted"}
    )
    assert Commenter.objects.get().standing == "normal"
    assert list(Decision.objects.all()) == [warning]
