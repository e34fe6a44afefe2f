"""The desk's plain list: who may use it, and that it decides through the verbs."""

import re
from datetime import timedelta

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.urls import reverse
from django.utils import timezone

from comments import moderation
from comments.models import Comment, Commenter, Decision, Hold, RejectionReason, Sanction

pytestmark = pytest.mark.django_db
LIST = "admin:comments_comment_changelist"


@pytest.fixture
def desk(client):
    def desk(group):
        user = get_user_model().objects.create_user(group.lower(), password="x", is_staff=True)
        user.groups.add(Group.objects.get(name=group))
        client.force_login(user)
        return client

    return desk


def act(client, action, *comments, **more):
    data = {"action": action, "_selected_action": [comment.pk for comment in comments]} | more
    return client.post(reverse(LIST), data, follow=True)


def test_a_moderator_approves_and_rejects_from_the_list(desk, make_comment):
    client = desk("Moderators")
    good, bad = make_comment("good", status="held"), make_comment("bad", status="held")
    Hold.objects.create(comment=good, rule="links", value=3, limit=2)
    assert "links" in client.get(reverse(LIST)).content.decode()

    act(client, "approve", good)
    act(client, "reject_abuse", bad)

    assert list(Comment.objects.order_by("pk").values_list("comment", "status")) == [
        ("good", "visible"),
        ("bad", "rejected"),
    ]
    assert bad.decisions.get().reason == "abuse"


def test_what_cannot_be_approved_is_named_and_the_rest_is_done(desk, make_comment):
    client = desk("Moderators")
    good, unconfirmed = make_comment("good", status="held"), make_comment("not yet", status="unconfirmed")
    page = act(client, "approve", good, unconfirmed).content.decode()
    assert "has not confirmed the address" in page
    assert set(Comment.objects.values_list("comment", "status")) == {
        ("good", "visible"),
        ("not yet", "unconfirmed"),
    }


def test_a_reason_that_the_desk_does_not_have_any_more_is_said(desk, make_comment):
    RejectionReason.objects.filter(slug="other").delete()
    client, comment = desk("Moderators"), make_comment("bad", status="held")
    assert "choose why it is rejected" in act(client, "reject_other", comment).text
    assert Comment.objects.get().status == "held"


def test_a_writer_has_no_list_of_comments(desk, make_comment):
    make_comment(status="held")
    assert desk("Writers").get(reverse(LIST)).status_code == 403


@pytest.mark.threat("T23")
def test_someone_who_may_only_look_cannot_decide(client, make_comment):
    from django.contrib.auth.models import Permission

    user = get_user_model().objects.create_user("looker", password="x", is_staff=True)
    user.user_permissions.add(
        Permission.objects.get(codename="view_comment", content_type__app_label="comments")
    )
    client.force_login(user)
    held = make_comment(status="held")
    act(client, "approve", held)
    held.refresh_from_db()
    assert held.status == "held"


def test_the_list_asks_the_same_number_of_queries_for_one_and_for_three(
    desk, make_comment, django_assert_num_queries
):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    client = desk("Moderators")
    make_comment("one", status="held")
    with CaptureQueriesContext(connection) as first:
        client.get(reverse(LIST))
    make_comment("two", status="held")
    make_comment("three", status="held")
    with django_assert_num_queries(len(first)):
        client.get(reverse(LIST))


def test_who_picks_what_readers_do_not_see_is_told_so(desk, make_comment):
    client = desk("Moderators")
    held, seen = make_comment("not yet", status="held"), make_comment("good")
    page = act(client, "pick", held, seen).text
    assert f"Comment {held.pk}: Only what readers see can be an editors’ pick." in page
    assert "Done for 1 comment." in page
    assert dict(Comment.objects.values_list("comment", "is_pick")) == {"not yet": False, "good": True}


def test_what_is_no_pick_is_said_to_be_none_already(desk, make_comment):
    client, comment = desk("Moderators"), make_comment("good")
    assert f"Comment {comment.pk}: It is so already." in act(client, "unpick", comment).text


@pytest.mark.threat("T23")
def test_a_standing_given_to_a_person_is_a_decision_with_its_end(desk, make_comment):
    client, who = desk("Moderators"), make_comment().commenter
    until = timezone.localtime() + timedelta(days=3)

    def save(standing, end=""):
        data = {"name": "Ida", "standing": standing}
        if end:
            data |= {"suspended_until_0": f"{end:%Y-%m-%d}", "suspended_until_1": f"{end:%H:%M:%S}"}
        return client.post(reverse("admin:comments_commenter_change", args=[who.pk]), data).status_code

    assert save("normal", until) == 302  # of nobody of whom nothing is said
    assert save("suspended", until - timedelta(days=4)) == 200
    assert not Decision.objects.exists()
    assert [save("suspended", until), save("banned", until), save("normal")] == [302] * 3
    assert list(Decision.objects.values_list("verb", "by__username")) == [
        ("suspend", "moderators"), ("ban", "moderators"), ("lift", "moderators"),
    ]  # fmt: skip
    assert [bool(given.until) for given in Sanction.objects.order_by("pk")] == [True, False]
    client.post(reverse("comments:desk"), {"undo": "last"})
    assert Commenter.objects.get().holds_now == ("banned", None)


def test_nobody_saves_a_comment_past_the_verbs(client, make_comment):
    client.force_login(get_user_model().objects.create_superuser("chief"))
    address = reverse("admin:comments_comment_change", args=[make_comment("good", status="held").pk])
    page = client.get(address)
    assert page.status_code == 200 and 'name="_save"' not in page.text
    assert client.post(address, {"_save": "Save"}).status_code == 403


def test_more_than_the_desk_takes_at_once_are_decided_and_taken_back_as_one(desk, make_comment, monkeypatch):
    monkeypatch.setattr(moderation, "MOST_AT_ONCE", 2)
    monkeypatch.setattr(moderation, "PORTION", 2)
    client = desk("Moderators")
    comments = [make_comment(f"Advertising {n}", status="held") for n in range(5)]
    assert "Done for 5 comments." in act(client, "mark_spam", *comments).text
    assert set(Comment.objects.values_list("status", flat=True)) == {"spam"}
    client.post("/moderation/", {"undo": "last"})
    assert set(Comment.objects.values_list("status", flat=True)) == {"held"}


def test_what_was_changed_or_decided_since_the_list_was_shown_is_not_decided(desk, make_comment, staff):
    client = desk("Moderators")
    changed, decided, same = (make_comment(f"Words {n}", status="held") for n in range(3))
    shown = re.search(r'name="seen_at" value="([\d.]+)"', client.get(reverse(LIST)).text)
    changed.edit("Other words.", [])
    moderation.reject(decided, staff("other"), "abuse")
    page = act(client, "approve", changed, decided, same, seen_at=shown[1]).text
    assert f"Comment {changed.pk}: Its writer changed it since you saw it" in page
    assert f"Comment {decided.pk}: Somebody else decided on it a moment ago." in page
    assert dict(Comment.objects.values_list("pk", "status")) == {
        changed.pk: "held",
        decided.pk: "rejected",
        same.pk: "visible",
    }


def test_who_acts_again_on_an_old_list_is_told_what_they_decided_themselves(desk, make_comment, staff):
    client = desk("Moderators")
    mine, overtaken, taken_back = (make_comment(f"Words {n}", status="held") for n in range(3))
    shown = re.search(r'name="seen_at" value="([\d.]+)"', client.get(reverse(LIST)).text)
    act(client, "reject_abuse", mine, overtaken, seen_at=shown[1])
    moderation.approve(overtaken, staff("other"))
    moderation.undo([moderation.reject(taken_back, staff("third"), "abuse")], staff("fourth"))
    page = act(client, "mark_spam", mine, overtaken, taken_back, seen_at=shown[1]).text
    assert re.findall(r"Comment (\d+): ([^<]+)</li>|(Done for [^<]+)</li>", page) == [
        (f"{overtaken.pk}", "Somebody else decided on it a moment ago.", ""),
        (f"{mine.pk}", "You decided on it yourself a moment ago.", ""),
        ("", "", "Done for 1 comment."),
    ]
    assert dict(Comment.objects.values_list("pk", "status")) == {
        mine.pk: "rejected",
        overtaken.pk: "visible",
        taken_back.pk: "spam",
    }


@pytest.mark.parametrize("nonsense", ["", "x", "nan", "-1", "1e300"])
def test_a_list_of_an_unknown_moment_decides_or_says_that_nothing_was_done(desk, make_comment, nonsense):
    client, comment = desk("Moderators"), make_comment("good", status="held")
    assert act(client, "approve", comment, seen_at=nonsense).status_code == 200


def test_a_comment_that_readers_see_is_seen_on_the_site_and_another_at_the_desk(desk, make_comment):
    client = desk("Moderators")
    for status, address in (("visible", "/comments/{}/"), ("held", "/moderation/comments/{}/")):
        comment = make_comment(f"I am {status}.", status=status)
        page = client.get(reverse("admin:comments_comment_change", args=[comment.pk])).text
        link = re.search(r'href="([^"]*)" class="viewsitelink"', page)[1]
        assert link == address.format(comment.pk)
        assert client.get(link, follow=True).status_code == 200
        assert comment.get_absolute_url() == f"/comments/{comment.pk}/"
