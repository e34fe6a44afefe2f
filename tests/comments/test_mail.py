"""Mail: a row first, sent once, never a flood, and the link that confirms."""

import re
from datetime import timedelta
from itertools import pairwise

import pytest
import time_machine
from django.contrib.auth import get_user_model
from django.core import mail as outbox
from django.core.mail.backends.locmem import EmailBackend
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from articles.models import Author, Byline
from comments import emails, moderation
from comments.fairness import Appeal
from comments.models import Comment, Commenter, Mail, Token

pytestmark = pytest.mark.django_db


@pytest.fixture
def guest(article, client):
    """`guest("words")` posts as a guest and returns the comment."""

    def guest(text="A guest’s words", email="ida@example.org", name="Ida Berg"):
        data = {"name": name, "email": email, "comment": text}
        assert client.post(f"/articles/{article.slug}/comments/new/", data).status_code == 302
        return Comment.objects.get(comment=text)

    return guest


def links():
    return re.findall(r"/comments/confirm/[\w-]+/", "".join(message.body for message in outbox.outbox))


def sent():
    return [(message.to[0], message.subject.split(" – ")[0]) for message in outbox.outbox]


@pytest.mark.threat("T10")
def test_a_mailed_link_confirms_with_a_button_and_reading_it_confirms_nothing(guest, client):
    comment = guest()
    call_command("send_mail_queue")
    (link,) = links()
    for _ in range(5):
        page = client.get(link)
        assert page.status_code == 200
        assert client.head(link).status_code == 200
    comment.refresh_from_db()
    assert (comment.status, "A guest’s words" in page.content.decode()) == ("unconfirmed", True)
    assert "no-store" in page["Cache-Control"] and page["Referrer-Policy"] == "same-origin"

    client.post(link)
    comment.refresh_from_db()
    assert comment.status == "held"  # the first of a new person

    assert client.post(link).status_code == 200
    assert comment.decisions.count() == 1


def test_a_confirmed_comment_that_no_rule_holds_is_shown(guest, client):
    Commenter.objects.create(email="ida@example.org", standing="trusted")
    comment = guest()
    call_command("send_mail_queue")
    response = client.post(links()[0])
    assert response["Location"].endswith(f"#comment-{comment.pk}")
    assert list(Comment.objects.visible()) == [comment]


@pytest.mark.threat("T11")
def test_the_token_itself_is_stored_nowhere(guest):
    guest()
    call_command("send_mail_queue")
    token = links()[0].split("/")[3]
    rows = [str(row) for model in (Token, Mail, Comment) for row in model.objects.values()]
    assert not [row for row in rows if token in row]
    assert Token.objects.get().hash == Token.hash_of(token)
    assert len(token) >= 43  # 256 bits


@pytest.mark.threat("T11")
@pytest.mark.parametrize("age", [timedelta(days=2, minutes=1), -timedelta(minutes=6), -timedelta(days=400)])
def test_an_expired_or_future_dated_link_is_refused_and_a_new_one_can_be_had(guest, client, age):
    comment = guest()
    call_command("send_mail_queue")
    Token.objects.update(created_at=timezone.now() - age)
    link = links()[0]
    assert client.get(link).status_code == 400
    assert client.post(link).status_code == 400
    comment.refresh_from_db()
    assert comment.status == "unconfirmed"

    Mail.objects.update(due_at=timezone.now() - timedelta(days=2))
    client.post(link, {"resend": "1"})
    call_command("send_mail_queue")
    assert len(links()) == 2
    client.post(links()[1])
    comment.refresh_from_db()
    assert comment.status == "held"


@pytest.mark.threat("T11")
def test_a_link_confirms_once_and_a_copy_of_it_says_that_it_is_done(guest, client):
    comment = guest()
    call_command("send_mail_queue")
    assert client.post(links()[0]).status_code == 200
    used_at = Token.objects.get().used_at
    Comment.objects.update(status="unconfirmed")  # as if it had not done its work
    assert [client.get(links()[0]).status_code, client.post(links()[0]).status_code] == [400, 400]
    comment.refresh_from_db()
    assert (comment.status, Token.objects.get().used_at) == ("unconfirmed", used_at)


@pytest.mark.threat("T11")
@pytest.mark.parametrize("token", ["x", "a" * 43, "%00", "..%2f", "é"])
def test_a_forged_link_is_not_found(client, token):
    assert client.get(f"/comments/confirm/{token}/").status_code == 404
    assert client.post(f"/comments/confirm/{token}/").status_code == 404


@pytest.mark.threat("T11")
def test_a_link_does_not_bring_back_what_was_taken_down(guest, client):
    comment = guest()
    call_command("send_mail_queue")
    comment.mark_spam()
    client.post(links()[0])
    comment.refresh_from_db()
    assert comment.status == "spam"


@pytest.mark.threat("T8")
def test_an_address_gets_one_link_an_hour_and_three_a_day_whoever_asks(guest, article):
    now = timezone.now()
    for minute in range(0, 24 * 60, 20):
        with time_machine.travel(now + timedelta(minutes=minute), tick=False):
            browser = Client(REMOTE_ADDR=f"198.51.{minute % 200}.7")
            data = {"name": f"N {minute}", "email": "Victim@Example.org", "comment": f"Words {minute}"}
            browser.post(f"/articles/{article.slug}/comments/new/", data)
            call_command("send_mail_queue")
    assert Comment.objects.count() >= 20
    assert 1 <= len(outbox.outbox) <= 3
    sent_at = list(Mail.objects.exclude(sent_at=None).order_by("sent_at").values_list("sent_at", flat=True))
    assert all(later - before >= timedelta(hours=1) for before, later in pairwise(sent_at))
    assert {message.to[0] for message in outbox.outbox} == {"victim@example.org"}


@pytest.mark.threat("T8")
def test_who_wants_no_links_gets_none_whoever_writes_the_address(guest):
    Commenter.objects.create(email="victim@example.org", mail_confirm=False)
    guest("Words", email="Victim@example.org")
    call_command("send_mail_queue")
    assert (outbox.outbox, list(Mail.objects.all())) == ([], [])


@pytest.mark.threat("T8")
def test_addresses_are_compared_exactly(guest):
    guest("one", email="ida@example.org")
    guest("two", email="i%a@example.org")
    guest("three", email="i_a@example.org")
    call_command("send_mail_queue")
    assert sorted(message.to[0] for message in outbox.outbox) == [
        "i%a@example.org", "i_a@example.org", "ida@example.org",
    ]  # fmt: skip


@pytest.mark.threat("T9")
def test_a_mail_holds_the_links_of_all_that_waits_and_none_of_the_words(guest, client):
    guest("Buy https://spam.example now", name="Evil https://spam.example")
    guest("A second one")
    call_command("send_mail_queue")
    assert sent() == [("ida@example.org", "Please confirm your comment")]
    body = outbox.outbox[0].body + outbox.outbox[0].alternatives[0].content
    assert "spam.example" not in body and "second" not in body
    assert len(set(links())) == 2
    for link in set(links()):
        client.post(link)
    assert set(Comment.objects.values_list("status", flat=True)) == {"held"}


@pytest.mark.threat("T8")
def test_asking_again_from_the_page_after_sending_keeps_to_the_limits(article, client):
    data = {"name": "Ida", "email": "ida@example.org", "comment": "Words"}
    address = client.post(f"/articles/{article.slug}/comments/new/", data)["Location"]
    mark = re.search(r"sent=(.*)", address).group(1)
    answers = [client.post(f"/articles/{article.slug}/comments/new/", {"resend": mark}) for _ in range(20)]
    assert {answer.status_code for answer in answers} == {302}
    call_command("send_mail_queue")
    assert len(outbox.outbox) == 1


def test_a_mail_server_that_is_down_loses_nothing_and_is_tried_with_growing_pauses(guest, settings):
    guest()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9
    pauses = []
    for attempt in range(1, 4):
        assert emails.send_due() == (0, 1)
        row = Mail.objects.get()
        pauses.append(round((row.due_at - timezone.now()).total_seconds() / 60))
        assert (row.attempts, row.sent_at, "Refused" in row.last_error) == (attempt, None, True)
        assert emails.send_due() == (0, 0)
        Mail.objects.update(due_at=timezone.now())
    assert pauses == [1, 2, 4]

    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    assert emails.send_due() == (1, 0)
    assert emails.send_due() == (0, 0)
    assert len(outbox.outbox) == 1


def test_a_mail_that_another_process_has_is_left_alone_until_that_is_gone(guest):
    guest()
    Mail.objects.update(taken_at=timezone.now())
    assert emails.send_due() == (0, 0)
    Mail.objects.update(taken_at=timezone.now() - timedelta(minutes=11))
    assert emails.send_due() == (1, 0)


class ServerThatTakesItsTime(EmailBackend):
    """While it is handed a letter, another machine looks for mail to send (`meanwhile`)."""

    meanwhile = None

    def send_messages(self, messages):
        ServerThatTakesItsTime.meanwhile()
        return super().send_messages(messages)


@pytest.mark.parametrize("hours", [3, -3])
def test_a_letter_is_sent_once_by_two_machines_whose_clocks_are_hours_apart(guest, settings, hours):
    guest()
    Mail.objects.update(due_at=timezone.now() - timedelta(hours=5))
    here = timezone.now()

    def another():
        with time_machine.travel(here + timedelta(hours=max(hours, 0))):
            assert emails.send_due() == (0, 0)

    ServerThatTakesItsTime.meanwhile = another
    settings.EMAIL_BACKEND = f"{__name__}.{ServerThatTakesItsTime.__name__}"
    with time_machine.travel(here + timedelta(hours=min(hours, 0))):
        assert emails.send_due() == (1, 0)
    assert len(outbox.outbox) == 1


def test_what_was_decided_is_told_with_the_reason_in_text_and_html(make_comment):
    good, bad = make_comment("good", status="held"), make_comment("bad <b>", name="Bo Lind", status="held")
    good.approve()
    bad.reject(reason="off_topic", note="Ports are elsewhere.")
    make_comment("junk", name="Spammer", status="held").mark_spam()
    call_command("send_mail_queue")

    assert sent() == [
        ("ida.berg@example.org", "About your comment"),
        ("bo.lind@example.org", "About your comment"),
    ]
    shown, rejected = outbox.outbox
    assert f"/comments/{good.pk}/" in shown.body
    assert "It is not about the article." in rejected.body and "Ports are elsewhere." in rejected.body
    assert "bad <b>" in rejected.body
    assert "bad &lt;b&gt;" in rejected.alternatives[0].content


def test_a_decision_that_was_changed_before_the_mail_went_is_told_once(make_comment):
    comment = make_comment(status="held")
    comment.reject(reason="abuse")
    comment.approve()
    call_command("send_mail_queue")
    assert [("is shown" in message.body) for message in outbox.outbox] == [True]


@pytest.mark.parametrize("is_appeal", [False, True])
def test_whoever_was_told_of_a_decision_is_told_when_it_is_otherwise_again(make_comment, staff, is_appeal):
    first, second, third = staff("first"), staff("second"), staff("third")
    comment = make_comment("One to argue about", status="held")

    def told(minutes, step):
        outbox.outbox.clear()
        with time_machine.travel(timezone.now() + timedelta(minutes=minutes)):
            step()
        with time_machine.travel(timezone.now() + timedelta(minutes=minutes + 1)):
            emails.send_due()
        return [re.findall(r"(is not shown|is shown)", m.body)[:1] for m in outbox.outbox]

    def shows():
        if is_appeal:
            Appeal.file(comment, "Look again.").reopen(by=second)
        else:
            moderation.approve(comment, second)

    assert told(0, lambda: moderation.reject(comment, first, "abuse")) == [["is not shown"]]
    assert told(2, shows) == [["is shown"]]
    assert told(4, lambda: moderation.reject(comment, third, "off_topic")) == [["is not shown"]]
    assert told(6, lambda: moderation.hold(comment, third)) == []
    assert told(8, lambda: moderation.reject(comment, third, "off_topic")) == []  # that is known
    assert told(10, lambda: moderation.approve(comment, third)) == [["is shown"]]


def test_those_who_follow_a_thread_hear_of_visible_replies_only(make_comment):
    root = make_comment("root", name="Follower One", followup=True)
    make_comment("also", name="Follower Two", answers=root, followup=True)
    make_comment("not", name="No Follower", answers=root)
    make_comment("elsewhere", name="Other Thread", followup=True)
    reply = make_comment("a reply", name="New Person", answers=root, status="held")
    call_command("send_mail_queue")
    assert sent() == []

    reply.approve()
    call_command("send_mail_queue")
    assert sorted(to for to, subject in sent() if "replies" in subject) == [
        "follower.one@example.org",
        "follower.two@example.org",
    ]
    assert all("a reply" in message.body for message in outbox.outbox if "replies" in message.subject)


def test_a_reply_that_is_taken_down_before_the_mail_goes_is_not_mailed(make_comment):
    root = make_comment("root", name="Follower One", followup=True)
    reply = make_comment("a bad reply", name="New Person", answers=root, status="held")
    reply.approve()
    reply.reject(reason="abuse")
    call_command("send_mail_queue")
    assert [to for to, _ in sent()] == ["new.person@example.org"]


def test_replies_that_are_due_together_come_in_one_mail(make_comment):
    root = make_comment("root", name="Follower One", followup=True)
    Commenter.objects.filter(name="Follower One").update(mail_daily=True, mail_decisions=False)
    for number in range(3):
        make_comment(f"reply {number}", name="New Person", answers=root, status="held").approve()
    Commenter.objects.filter(name="New Person").update(mail_decisions=False)
    call_command("send_mail_queue")
    assert sent() == []
    Mail.objects.update(due_at=timezone.now())
    call_command("send_mail_queue")
    assert [to for to, _ in sent()] == ["follower.one@example.org"]
    assert all(f"reply {number}" in outbox.outbox[0].body for number in range(3))


def test_an_author_hears_of_comments_only_when_they_want_to(make_comment, article):
    user = get_user_model().objects.create_user("bo", "bo@example.org")
    Byline.objects.create(article=article, author=Author.objects.create(name="Bo Lind", user=user))
    author = Commenter.objects.create(user=user, email="bo@example.org")
    make_comment("one", status="held", name="A B").approve()
    author.mail_articles = True
    author.save()
    make_comment("two", status="held", name="A B").approve()
    call_command("send_mail_queue")
    assert [to for to, subject in sent() if "your article" in subject] == ["bo@example.org"]


@time_machine.travel("2026-11-24T12:00:00Z")  # a Tuesday: on Mondays the week comes too
def test_moderators_get_one_digest_a_day_of_what_waits(make_comment, groups, settings):
    moderator = get_user_model().objects.create_user("mod", "mod@example.org", is_staff=True)
    from importlib import import_module

    from django.apps import apps

    import_module("comments.migrations.0002_moderators").grant(apps, None)
    moderator.groups.add(groups["Moderators"])
    call_command("worker", "--once")
    assert sent() == []
    for number in range(7):
        make_comment(f"held {number}", status="held")
    call_command("worker", "--once")
    call_command("worker", "--once")
    assert sent() == [("mod@example.org", "Comments wait for a moderator")]
    assert outbox.outbox[0].body.startswith("7 comments wait, the oldest since ")
    html = outbox.outbox[0].alternatives[0][0]
    for words in (outbox.outbox[0].body, html):
        assert f"{settings.SITE_URL}/moderation/" in words and "/admin/" not in words


def test_one_click_ends_the_digest_and_the_account_brings_it_back(make_comment, staff):
    make_comment(status="held")
    moderator = staff("mod")
    call_command("worker", "--once")
    [digest] = outbox.outbox
    assert digest.extra_headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    address = digest.extra_headers["List-Unsubscribe"].strip("<>")
    assert address in digest.body and address in digest.alternatives[0][0]
    stranger = Client()
    path = "/" + address.split("/", 3)[3]
    assert stranger.post(path, {"List-Unsubscribe": "One-Click"}).text == "Unsubscribed"

    Mail.objects.all().delete()
    call_command("worker", "--once")
    assert len(outbox.outbox) == 1

    own = Client()
    own.force_login(moderator)
    assert "What waits for moderators" in own.get("/account/").text
    own.post("/account/", {"mail_digest": "on"})
    Mail.objects.all().delete()
    call_command("worker", "--once")
    assert len(outbox.outbox) == 2


def test_a_reader_is_not_asked_about_the_digest(client):
    client.force_login(get_user_model().objects.create_user("ida", "ida@example.org"))
    assert "What waits for moderators" not in client.get("/account/").text


@pytest.mark.threat("T8")
@pytest.mark.threat("T10")
def test_one_click_ends_mail_of_a_kind_and_reading_the_link_does_not(make_comment):
    make_comment(status="held").approve()
    call_command("send_mail_queue")
    headers = outbox.outbox[0].extra_headers
    assert headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    path = "/" + headers["List-Unsubscribe"].strip("<>").split("/", 3)[3]

    browser = Client(enforce_csrf_checks=True)
    assert browser.get(path).status_code == 200
    assert Commenter.objects.get().mail_decisions
    assert browser.post(path, {"List-Unsubscribe": "One-Click"}).status_code == 200
    assert not Commenter.objects.get().mail_decisions
    assert browser.post("/account/unsubscribe/forged/").status_code == 404

    make_comment("two", status="held").approve()
    call_command("send_mail_queue")
    assert len(outbox.outbox) == 1


@pytest.mark.threat("T15")
def test_mail_says_the_sites_own_address_whatever_host_asked(guest, settings):
    settings.SITE_URL = "https://news.example"
    guest()
    call_command("send_mail_queue")
    assert "https://news.example/comments/confirm/" in outbox.outbox[0].body


def test_what_nobody_confirmed_is_forgotten_and_so_is_where_it_came_from(guest):
    old = guest("old")
    with time_machine.travel(timezone.now() + timedelta(days=3, minutes=1)):
        fresh = guest("fresh")
        call_command("worker", "--once")
        assert list(Comment.objects.all()) == [fresh]
    with time_machine.travel(timezone.now() + timedelta(days=20)):
        Comment.objects.filter(pk=fresh.pk).update(status="held")
        call_command("worker", "--once")
        fresh.refresh_from_db()
        assert (fresh.from_address, fresh.from_network) == ("", "")
    assert old.pk != fresh.pk


def test_mail_is_seen_in_the_admin_and_can_be_sent_again(client, guest):
    client.force_login(get_user_model().objects.create_superuser("boss", "b@example.org", "x"))
    row = Mail.objects.create(
        kind="digest", to="x@example.org", dropped_at=timezone.now(), last_error="Refused"
    )
    page = client.get("/admin/comments/mail/").content.decode()
    assert "x@example.org" in page and "Refused" in page
    client.post("/admin/comments/mail/", {"action": "try_again", "_selected_action": [row.pk]})
    row.refresh_from_db()
    assert row.dropped_at is None


def test_who_wants_mail_once_a_day_gets_one_of_each_kind_in_the_morning(
    make_comment, article, django_user_model
):
    user = django_user_model.objects.create_user("mara", "mara@example.org")
    Byline.objects.create(article=article, author=Author.objects.create(name="Mara Okafor", user=user))
    mara = Commenter.objects.create(
        user=user, email="mara@example.org", mail_daily=True, mail_articles=True, mail_decisions=True
    )
    own = [make_comment(f"Mara’s {n}", name="Mara", commenter=mara, status="held") for n in (1, 2)]
    own[0].approve()
    own[1].reject(reason="off_topic")
    for n in (1, 2):
        make_comment(f"On her article {n}", status="held").approve()
    to_mara = Mail.objects.filter(to="mara@example.org")
    assert sorted(to_mara.values_list("kind", flat=True)) == ["author", "author", "decided", "decided"]
    call_command("send_mail_queue")
    assert not to_mara.exclude(sent_at=None).exists()

    with time_machine.travel(timezone.now() + timedelta(days=1)):
        call_command("send_mail_queue")
    mails = {m.subject.split(" – ")[0]: m.body for m in outbox.outbox if m.to == ["mara@example.org"]}
    assert set(mails) == {"About your comment", "A new comment on your article"}
    assert len([m for m in outbox.outbox if m.to == ["mara@example.org"]]) == 2
    assert "is shown" in mails["About your comment"] and "Mara’s 2" in mails["About your comment"]
    assert all(f"On her article {n}" in mails["A new comment on your article"] for n in (1, 2))
