"""Letters: one article, one recipient, nothing that serves for spam."""

from datetime import timedelta

import pytest
import time_machine
from allauth.account.models import EmailAddress
from django.contrib.auth.models import User
from django.utils import timezone

from comments.accounts import erase
from comments.emails import send_due
from comments.models import Mail
from sharing.models import Letter, NoLetters

ADDRESS = "/articles/a-dam/share/letter/"


@pytest.fixture
def on(settings):
    settings.SHARE_LETTERS = True
    settings.SITE_URL = "https://news.example.org"


@pytest.fixture
def reader(db):
    def reader(name="Ida Berg"):
        email = f"{name.lower().replace(' ', '.')}@example.org"
        user = User.objects.create_user(email, email, first_name=name)
        EmailAddress.objects.create(user=user, email=email, verified=True, primary=True)
        return user

    return reader


def send(client, to="friend@example.com", note="", **extra):
    return client.post(ADDRESS, {"to": to, "note": note}, **extra)


def test_there_is_no_such_thing_unless_the_setting_says_so(client, publish, reader):
    publish("A dam")
    client.force_login(reader())
    assert (client.get(ADDRESS).status_code, send(client).status_code, Mail.objects.count()) == (404, 404, 0)
    assert ADDRESS not in client.get("/articles/a-dam/").content.decode()


@pytest.mark.threat("T8")
def test_it_takes_an_account_with_a_proved_address(client, publish, reader, on):
    publish("A dam")
    assert client.get(ADDRESS).headers["Location"].startswith("/account/login/")
    user = reader()
    client.force_login(user)
    EmailAddress.objects.update(verified=False)
    assert "confirm your own address" in send(client).content.decode()
    assert Mail.objects.count() == 0


@pytest.mark.threat("T9")
def test_a_letter_holds_the_article_and_one_way_to_end_such_mail(client, publish, reader, on, mailoutbox):
    publish("A dam", kind="report")
    client.force_login(reader())
    assert "It is on its way" in send(client, note="You asked\r\n\r\nabout it.").content.decode()
    send_due()
    (mail,) = mailoutbox
    assert mail.to == ["friend@example.com"] and not mail.cc and not mail.reply_to
    assert mail.subject == "An article that someone wants you to read – Parallel"
    for part in (mail.body, mail.alternatives[0][0]):
        for words in (
            "Ida Berg",
            "A dam – Parallel",
            "https://news.example.org/articles/a-dam/",
            "You asked about it.",  # in one line
        ):
            assert words in part
        assert "ida.berg@example.org" not in part
    assert mail.extra_headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    stored = Mail.objects.get()
    assert stored.words is None  # the note is forgotten once it was sent
    assert "friend" not in str(Letter.objects.values().get())


@pytest.mark.threat("T27")
def test_the_letters_of_a_person_are_in_their_data_and_go_with_their_account(client, publish, reader, on):
    publish("A dam")
    someone, another = reader(), reader("Bo Lind")
    client.force_login(another)
    send(client, to="other@example.com")
    client.force_login(someone)
    send(client, note="You asked about it.")
    data = client.get("/account/data/").json()
    (letter,), (waiting,) = data["letters"], data["letters_waiting"]
    assert (letter["article"], waiting["to"], waiting["note"]) == (
        "A dam",
        "friend@example.com",
        "You asked about it.",
    )
    erase(someone, keep_comments=True)
    assert not Mail.objects.filter(to="friend@example.com").exists()
    send_due()
    assert [letter.sender for letter in Letter.objects.all()] == [another]
    assert not Mail.objects.filter(to="friend@example.com").exclude(words=None)


@pytest.mark.threat("T9")
@pytest.mark.parametrize(
    "note",
    [
        "see http://x.example", "www.pills", "pills.example", "pills . com", "me@pills", "call +49 170 1234567",
        "x" * 201, "evil。com", "pills\u200d.\u200cexample",
    ],
)  # fmt: skip
def test_a_note_leads_nowhere(client, publish, reader, on, note):
    publish("A dam")
    client.force_login(reader())
    answer = send(client, note=note)
    assert (answer.status_code, "There is a problem" in answer.content.decode()) == (200, True)
    assert Mail.objects.count() == 0


@pytest.mark.threat("T9")
@pytest.mark.parametrize(
    "to", ["a@example.com, b@example.com", "a@example.com\nBcc: b@example.com", "nobody", ""]
)
def test_there_is_one_recipient(client, publish, reader, on, to):
    publish("A dam")
    client.force_login(reader())
    send(client, to=to)
    assert Mail.objects.count() == 0


@pytest.mark.threat("T9")
def test_a_name_that_is_an_advertisement_is_not_told(client, publish, reader, on, mailoutbox):
    publish("A dam")
    user = reader()
    user.first_name = "Buy at pills.example"
    user.save()
    client.force_login(user)
    send(client)
    send_due()
    assert "pills" not in mailoutbox[0].body and "A reader wants you" in mailoutbox[0].body


@pytest.mark.threat("T9")
def test_no_name_adds_a_line_to_the_head_of_a_letter(client, publish, reader, on, mailoutbox):
    publish("A dam")
    user = reader()
    user.first_name = "Ida\r\nBcc: b"
    user.save()
    client.force_login(user)
    send(client)
    send_due()
    (mail,) = mailoutbox
    head = mail.message()
    assert (mail.recipients(), "Bcc" in head) == (["friend@example.com"], False)
    assert not [name for name, words in head.items() if "Ida" in words]


@pytest.mark.threat("T8")
def test_a_person_a_network_and_a_recipient_have_limits(client, publish, reader, on):
    publish("A dam")
    client.force_login(reader())
    statuses = [send(client, to=f"friend{n}@example.com").status_code for n in range(6)]
    assert statuses == [200] * 5 + [429]
    # others from the same address: ten a day together
    for n in range(3):
        client.force_login(reader(f"Other {n}"))
        statuses += [send(client, to=f"f{n}-{k}@example.com").status_code for k in range(3)]
    assert statuses[6:] == [200] * 5 + [429] * 4
    with time_machine.travel(timezone.now() + timedelta(days=1, minutes=1)):
        client.force_login(User.objects.get(first_name="Ida Berg"))
        assert send(client, to="late@example.com").status_code == 200


@pytest.mark.threat("T8")
def test_a_network_has_a_limit_however_many_persons_and_addresses_are_in_it(client, publish, reader, on):
    publish("A dam")
    statuses = []
    for n in range(7):
        client.force_login(reader(f"Voice {n}"))
        where = {"REMOTE_ADDR": f"198.51.100.{n + 1}"}
        statuses += [
            client.post("/articles/a-dam/share/letter/", {"to": f"f{n}-{k}@example.com"}, **where).status_code
            for k in range(5)
        ]
    assert statuses == [200] * 30 + [429] * 5
    client.force_login(reader("Elsewhere"))
    elsewhere = {"REMOTE_ADDR": "203.0.113.1"}
    assert (
        client.post("/articles/a-dam/share/letter/", {"to": "g@example.com"}, **elsewhere).status_code == 200
    )


@pytest.mark.threat("T8")
def test_a_recipient_gets_an_article_once_and_two_letters_a_day_whoever_sends(client, publish, reader, on):
    publish("A dam")
    for slug in ("b", "c", "d"):
        publish(f"Story {slug}", slug=slug)
    client.force_login(reader())
    send(client)
    client.force_login(reader("Bo Lind"))
    assert "It is on its way" in send(client, to="FRIEND@example.com").content.decode()  # nobody learns which
    assert Mail.objects.count() == 1
    with time_machine.travel(timezone.now() + timedelta(days=2)):
        for slug in ("b", "c", "d"):
            client.post(f"/articles/{slug}/share/letter/", {"to": "friend@example.com"})
    assert Mail.objects.count() == 3


@pytest.mark.threat("T8")
@pytest.mark.threat("T10")
def test_one_click_ends_it_for_ever(client, publish, reader, on, mailoutbox, settings):
    publish("A dam")
    publish("Another", slug="another")
    client.force_login(reader())
    send(client)
    send_due()
    address = (
        mailoutbox[0].extra_headers["List-Unsubscribe"].strip("<>").removeprefix("https://news.example.org")
    )
    client.logout()
    assert (client.get(address).status_code, NoLetters.objects.count()) == (
        200,
        0,
    )  # a link checker ends nothing
    assert (
        client.post(address, {"List-Unsubscribe": "One-Click"}).status_code,
        NoLetters.objects.count(),
    ) == (200, 1)
    settings.SECRET_KEY = "another key, years later"
    Letter.objects.all().delete()
    client.force_login(User.objects.get(first_name="Ida Berg"))
    answer = client.post("/articles/another/share/letter/", {"to": "Friend@Example.com"})
    assert ("It is on its way" in answer.content.decode(), Mail.objects.count()) == (True, 1)
    assert client.get("/letters/none/nonsense/").status_code == 404


@pytest.mark.threat("T8")
def test_who_refuses_before_it_is_sent_gets_none_and_neither_does_one_of_a_withdrawn_article(
    client, publish, reader, on, mailoutbox
):
    from sharing import letters

    article = publish("A dam")
    client.force_login(reader())
    send(client)
    letters.refuse(letters.hash_of("friend@example.com"))
    send(client, to="other@example.com")
    article.withdraw("It was wrong.")
    send_due()
    assert mailoutbox == []
    assert Mail.objects.waiting().count() == 0


def test_what_no_limit_asks_for_is_forgotten(client, publish, reader, on, settings):
    from sharing import letters

    publish("A dam")
    client.force_login(reader())
    send(client)
    letters.refuse("x" * 64)
    placed = Letter.objects.exclude(from_address="", from_network="")
    for days, known in ((settings.COMMENT_ORIGIN_KEPT_DAYS, 1), (settings.COMMENT_ORIGIN_KEPT_DAYS + 1, 0)):
        with time_machine.travel(timezone.now() + timedelta(days=days, hours=-1)):
            assert (letters.forget(), placed.count()) == (0, known)  # from where, as of a comment
    with time_machine.travel(timezone.now() + letters.KEPT_FOR + timedelta(days=1)):
        assert letters.forget() == 1
    assert (Letter.objects.count(), NoLetters.objects.count()) == (0, 1)
