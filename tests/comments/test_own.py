"""What its writer may do with a comment: change it for five minutes, take it back, and see what became of it."""

import re
from datetime import timedelta

import pytest
import time_machine
from django.contrib.auth import get_user_model
from django.core import signing
from django.test import override_settings
from django.utils import timezone

from comments import posting, retention
from comments.models import Comment, Commenter, Hold, Policy

pytestmark = pytest.mark.django_db


@pytest.fixture
def writer(client):
    user = get_user_model().objects.create_user("ida", "ida@example.org", "x", first_name="Ida")
    Commenter.objects.create(user=user, email="ida@example.org", name="Ida", standing="normal")
    Policy(mode="open", seconds_to_write=0, banned_words="casino", nudge=False).save()
    client.force_login(user)
    return user


@pytest.fixture
def own(writer, article, client):
    client.post(f"/articles/{article.slug}/comments/new/", {"comment": "First thoughts."})
    return Comment.objects.get()


def test_a_comment_can_be_changed_for_five_minutes_and_says_so(client, own, article):
    client.post(f"/comments/{own.pk}/edit/", {"comment": "Second *thoughts*."})
    own.refresh_from_db()
    assert (own.comment, own.html, own.status) == (
        "Second *thoughts*.",
        "<p>Second <em>thoughts</em>.</p>",
        "visible",
    )
    assert list(own.revisions.values_list("text", flat=True)) == ["First thoughts."]
    page = client.get(f"/articles/{article.slug}/comments/").content.decode()
    assert ">edited<" in page and "First thoughts" not in page

    with time_machine.travel(timezone.now() + timedelta(minutes=5, seconds=1)):
        late = client.post(f"/comments/{own.pk}/edit/", {"comment": "Third thoughts."})
    own.refresh_from_db()
    assert (late.status_code, own.comment) == (403, "Second *thoughts*.")
    assert "Third thoughts." in late.content.decode()


@pytest.mark.threat("T22")
def test_the_rules_run_again_on_what_was_changed(client, own):
    refused = client.post(f"/comments/{own.pk}/edit/", {"comment": "Visit my casino"})
    own.refresh_from_db()
    assert (refused.status_code, own.comment, own.status) == (403, "First thoughts.", "visible")
    assert "Visit my casino" in refused.content.decode()

    client.post(f"/comments/{own.pk}/edit/", {"comment": "See https://a.example and https://b.example"})
    own.refresh_from_db()
    assert (own.status, [h.rule for h in own.holds.all()]) == ("held", ["links"])


def test_an_empty_change_is_refused(client, own):
    assert client.post(f"/comments/{own.pk}/edit/", {}).status_code == 422
    own.refresh_from_db()
    assert own.comment == "First thoughts."


def test_saving_the_same_words_changes_nothing(client, own):
    client.post(f"/comments/{own.pk}/edit/", {"comment": "First thoughts."})
    own.refresh_from_db()
    assert (own.edited_at, own.revisions.count()) == (None, 0)


@pytest.mark.threat("T5")
@pytest.mark.parametrize("act", ["edit", "delete"])
def test_only_its_writer_may(client, own, act):
    client.logout()
    assert client.post(f"/comments/{own.pk}/{act}/", {"comment": "x"}).status_code == 404
    client.force_login(get_user_model().objects.create_user("other"))
    assert client.post(f"/comments/{own.pk}/{act}/", {"comment": "x"}).status_code == 404
    assert client.post(f"/comments/{own.pk}/{act}/", {"comment": "x", "mark": "forged"}).status_code == 404
    own.refresh_from_db()
    assert (own.comment, own.status) == ("First thoughts.", "visible")


@pytest.mark.threat("T5")
@pytest.mark.threat("T11")
def test_a_mark_opens_the_comment_that_it_was_made_for_and_none_is_made_up(client, own, make_comment):
    another = make_comment("Another's.")
    client.logout()
    signed = [posting.sent_mark(another), posting.started(), signing.dumps(own.pk, salt="another")]
    with override_settings(SECRET_KEY="somebody else's key"):
        signed.append(posting.sent_mark(own))
    made_up = posting.sent_mark(another).split(":", 1)
    made_up = f"{posting.sent_mark(own).split(':')[0]}:{made_up[1]}"
    for mark in (*signed, made_up, str(own.pk)):
        for act in ("edit", "delete"):
            assert client.get(f"/comments/{own.pk}/{act}/?mark={mark}").status_code == 404, mark
            assert (
                client.post(f"/comments/{own.pk}/{act}/", {"comment": "x", "mark": mark}).status_code == 404
            )
    late = posting.sent_mark(own)
    with time_machine.travel(timezone.now() + timedelta(hours=25)):
        assert client.get(f"/comments/{own.pk}/delete/?mark={late}").status_code == 404
    assert client.get(f"/comments/{own.pk}/delete/?mark={late}").status_code == 200
    assert list(Comment.objects.order_by("pk").values_list("comment", flat=True)) == [
        "First thoughts.",
        "Another's.",
    ]


def test_deleting_takes_the_words_and_leaves_the_replies(client, own, make_comment, article):
    make_comment("A good reply", answers=own)
    assert client.get(f"/comments/{own.pk}/delete/").status_code == 200
    client.post(f"/comments/{own.pk}/delete/")
    own.refresh_from_db()
    assert (own.status, own.comment, own.html) == ("removed", "", "")
    page = client.get(f"/articles/{article.slug}/comments/").content.decode()
    assert "A good reply" in page and "The writer took this comment back." in page
    assert "First thoughts" not in page
    assert client.post(f"/comments/{own.pk}/delete/").status_code == 302


def test_a_guest_may_change_and_delete_what_was_just_sent(client, article):
    data = {"name": "Bo", "email": "bo@example.org", "comment": "A guest’s words"}
    address = client.post(f"/articles/{article.slug}/comments/new/", data)["Location"]
    mark = re.search("sent=(.*)", address).group(1)
    comment = Comment.objects.get()
    assert f"/comments/{comment.pk}/edit/?mark=" in client.get(address).content.decode()
    client.post(f"/comments/{comment.pk}/edit/", {"comment": "Better words", "mark": mark})
    comment.refresh_from_db()
    assert (comment.comment, comment.status) == ("Better words", "unconfirmed")
    client.post(f"/comments/{comment.pk}/delete/", {"mark": mark})
    comment.refresh_from_db()
    assert comment.status == "removed"
    assert "Your comment is deleted" in client.get(address).content.decode()


def test_my_comments_show_each_state_with_its_reason_in_plain_words(
    client, own, article, make_comment, writer
):
    person = writer.commenter
    held = make_comment("held words", commenter=person, status="held")
    Hold.objects.create(comment=held, rule="links", value=3, limit=2)
    answer = make_comment("rejected words", commenter=person, answers=own)  # newest, in the oldest thread
    answer.reject(reason="off_topic", note="See the ports story.")
    make_comment("somebody else’s", name="Bo Lind", status="held")

    response = client.get("/account/comments/")
    page = response.content.decode()
    assert re.findall(r'data-status="(\w+)"', page) == ["rejected", "held", "visible"]
    assert "A moderator looks at comments with several links." in page
    assert "It is not about the article. See the ports story." in page
    assert "somebody" not in page
    assert "no-store" in response["Cache-Control"]


def test_my_comments_ask_for_an_account(client):
    assert client.get("/account/comments/").status_code == 302


def test_moderators_read_what_was_taken_back_for_a_time_and_readers_never(
    client, own, article, settings, admin_client
):
    client.post(f"/comments/{own.pk}/delete/")
    page = admin_client.get(f"/admin/comments/comment/{own.pk}/change/").content.decode()
    assert "First thoughts." in page
    for address in (
        f"/articles/{article.slug}/",
        f"/articles/{article.slug}/comments/",
        "/account/comments/",
    ):
        assert "First thoughts" not in client.get(address).content.decode()

    settings.COMMENT_REMOVED_KEPT_DAYS = 30
    with time_machine.travel(timezone.now() + timedelta(days=29)):
        assert retention.forget_removed() == 0
    with time_machine.travel(timezone.now() + timedelta(days=31)):
        assert retention.forget_removed() == 1
    assert not own.revisions.exists()


def test_former_words_of_a_comment_that_stands_are_not_forgotten(client, own):
    client.post(f"/comments/{own.pk}/edit/", {"comment": "Second thoughts."})
    with time_machine.travel(timezone.now() + timedelta(days=400)):
        assert retention.forget_removed() == 0
