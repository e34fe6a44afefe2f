"""Accounts of readers: registering, logging in, my data, and going away."""

import io
import json
import re
from collections import Counter
from datetime import timedelta
from urllib.parse import urlencode

import pytest
import segno
import time_machine
from allauth.account.models import EmailAddress
from allauth.mfa.adapter import get_adapter
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings as django_settings
from django.contrib.auth import get_user_model
from django.core import mail as outbox
from django.core.cache import cache, caches
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from articles.models import Author
from comments import retention
from comments.models import Comment, Commenter, Follow, LimitEntry, Mail, Policy, Recommendation, Report

pytestmark = pytest.mark.django_db
PASSWORD = "a long and quiet road"
User = get_user_model()


def register(client, name="Ida Berg", email="ida@example.org"):
    return client.post("/account/signup/", {"name": name, "email": email, "password1": PASSWORD})


def link(pattern):
    call_command("send_mail_queue")
    return re.search(pattern, outbox.outbox[-1].body).group()


@pytest.fixture
def ida(client):
    register(client)
    client.post(link(r"/account/confirm-email/[^\s]+"))
    client.post("/account/login/", {"login": "ida@example.org", "password": PASSWORD})
    return User.objects.get()


def test_a_mail_about_an_account_has_text_and_html_in_our_words(client, settings):
    settings.SITE_URL, settings.SITE_NAME = "https://news.example", "The <Paper>"
    register(client)
    call_command("send_mail_queue")
    message = outbox.outbox[-1]
    address = re.search(r"https://news\.example/account/confirm-email/\S+", message.body).group()
    assert message.subject == "Confirm your address"
    assert message.body == (
        "Someone, you we hope, gave this address for an account at The <Paper>. If it was you, confirm it here:\n\n"
        f"{address}\n\nIf it was not you, do nothing: without that the account cannot be used.\n\n"
        "-- \nThe <Paper>, https://news.example"
    )
    ((html, kind),) = message.alternatives
    assert kind == "text/html"
    assert f'<a href="{address}" rel="nofollow">{address}</a>' in html
    assert "The &lt;Paper&gt;" in html and "<Paper>" not in html


@pytest.mark.threat("T10")
@pytest.mark.threat("T15")
def test_a_reader_registers_confirms_the_address_and_logs_in(client, settings):
    settings.SITE_URL = "https://news.example"
    register(client)
    assert client.get("/account/").status_code == 302
    address = link(r"https://news\.example/account/confirm-email/[^\s]+")
    path = address.removeprefix("https://news.example")
    client.get(path)
    client.post("/account/login/", {"login": "ida@example.org", "password": PASSWORD})
    assert client.get("/account/").status_code == 302  # reading the link confirmed nothing
    client.post(path)
    client.post("/account/login/", {"login": "ida@example.org", "password": PASSWORD})
    page = client.get("/account/").content.decode()
    assert "Ida Berg" in page


def test_a_mail_server_that_is_down_does_not_stop_registering_and_words_are_forgotten_when_sent(client):
    assert register(client).status_code == 302
    assert Mail.objects.get().words["text"]
    call_command("send_mail_queue")
    assert Mail.objects.get().words is None


def test_the_name_of_someone_who_works_here_cannot_be_registered(client):
    Author.objects.create(name="Mara Okafor")
    page = register(client, name="mara okafor")
    assert "This is the name of someone who works here" in page.content.decode()
    assert not User.objects.exists()


@pytest.mark.threat("T12")
def test_registering_and_resetting_tell_nobody_who_has_an_account(client, ida):
    for path, data in (
        ("/account/password/reset/", {}),
        ("/account/signup/", {"name": "Bo", "password1": PASSWORD}),
    ):
        answers = []
        for email in ("ida@example.org", "nobody@example.org"):
            response = Client().post(path, data | {"email": email})
            browser = response.client
            page = browser.get(response["Location"]).content.decode().replace(email, "ADDRESS")
            answers.append((response.status_code, response["Location"], re.sub(r'value="[^"]*"', "", page)))
        assert answers[0] == answers[1], path


@pytest.mark.threat("T12")
def test_a_comment_under_an_address_tells_nobody_whether_it_has_an_account(client, ida, article):
    Policy(mode="open", seconds_to_write=0).save()
    client.get("/account/")  # from then on she is known to the comments, too

    def answer(email):
        browser = Client()
        form = {"name": "Bo", "email": email, "comment": f"Words of {email}"}
        sent = browser.post(f"/articles/{article.slug}/comments/new/", form)
        page = browser.get(sent["Location"]).content.decode().replace(email, "ADDRESS")
        return sent.status_code, re.sub(r'value="[^"]*"|sent=[\w:-]+|mark=[\w:-]+|/comments/\d+/', "", page)

    assert answer("ida@example.org") == answer("nobody@example.org")
    assert set(Comment.objects.values_list("status", "user")) == {("unconfirmed", None)}


@pytest.mark.threat("T15")
def test_links_of_an_account_name_the_sites_own_host_whatever_a_request_says(client, ida, settings):
    settings.SITE_URL, settings.ALLOWED_HOSTS, settings.TRUSTED_PROXIES = "https://news.example", ["*"], 1
    said = {
        "Host": "evil.example",
        "X-Forwarded-Host": "evil.example",
        "X-Forwarded-Port": "1",
        "Forwarded": "host=evil.example",
    }
    outbox.outbox.clear()
    for path, form in (
        ("/account/password/reset/", {"email": "ida@example.org"}),
        ("/account/password/reset/", {"email": "nobody@example.org"}),
        ("/account/signup/", {"name": "Bo", "email": "bo@example.org", "password1": PASSWORD}),
        ("/account/signup/", {"name": "Ida", "email": "ida@example.org", "password1": PASSWORD}),
    ):
        with time_machine.travel(timezone.now() + timedelta(hours=1)):
            assert Client().post(path, form, headers=said).status_code == 302
        with time_machine.travel(timezone.now() + timedelta(hours=1)):
            call_command("send_mail_queue")
    text = "".join(message.body + message.alternatives[0][0] for message in outbox.outbox)
    assert len(outbox.outbox) == 4 and "evil" not in text
    assert set(re.findall(r"https?://[^/\s\"<]+", text)) == {"https://news.example"}


@pytest.mark.threat("T8")
@pytest.mark.parametrize("email", ["ida@example.org", "nobody@example.org"])
def test_whoever_asks_in_the_name_of_an_address_has_three_mails_of_a_kind_a_day_sent_there(ida, email):
    outbox.outbox.clear()
    answers, began = (
        set(),
        timezone.now() + timedelta(hours=1),
    )  # what Ida was mailed herself is no part of it
    for minute in range(0, 24 * 60, 120):
        with time_machine.travel(began + timedelta(minutes=minute), tick=False):
            stranger = {"REMOTE_ADDR": f"198.51.{minute % 200}.7"}
            reset = Client().post("/account/password/reset/", {"email": email.upper()}, **stranger)
            form = {"name": f"Voice {minute}", "email": email, "password1": PASSWORD}
            answers.add((reset.status_code, Client().post("/account/signup/", form, **stranger).status_code))
            call_command("send_mail_queue")
    sent = Counter(message.subject for message in outbox.outbox)
    assert {address for message in outbox.outbox for address in message.to} == {email}
    assert max(sent.values()) == 3, sent
    assert answers == {(302, 302)}  # and nobody learns of it
    with time_machine.travel(began + timedelta(days=2)):
        Client().post("/account/password/reset/", {"email": email})
        call_command("send_mail_queue")
    assert len(outbox.outbox) == sum(sent.values()) + 1


@pytest.mark.threat("T8")
def test_an_account_cannot_have_a_stranger_mailed_again_and_again(client, ida):
    outbox.outbox.clear()
    began = timezone.now()
    for hour in range(0, 24, 3):
        with time_machine.travel(began + timedelta(hours=hour)):
            client.post("/account/reauthenticate/", {"password": PASSWORD})
            client.post("/account/email/", {"action_add": "", "email": "victim@example.org"})
            client.post("/account/email/", {"action_send": "", "email": "victim@example.org"})
            client.post("/account/email/", {"action_remove": "", "email": "victim@example.org"})
            call_command("send_mail_queue")
    assert [message.to for message in outbox.outbox] == [["victim@example.org"]] * 3


@pytest.mark.threat("T13")
def test_the_eleventh_wrong_password_is_refused_whichever_process_it_meets_and_others_still_get_in(
    client, ida
):
    User.objects.create_user("bo", "bo@example.org", PASSWORD)
    stranger, answers = Client(), []
    for n in range(12):
        cache.clear()  # another process has another one
        answers.append(
            stranger.post("/account/login/", {"login": "ida@example.org", "password": f"wrong {n}"})
        )
    assert [answer.status_code for answer in answers] == [200] * 10 + [429] * 2
    assert stranger.post("/account/login/", {"login": "bo", "password": PASSWORD}).status_code == 302
    kept = str(list(LimitEntry.objects.values()))
    assert kept != "[]" and "127.0.0.1" not in kept and "ida" not in kept
    assert retention.forget_limits() == 0
    with time_machine.travel(timezone.now() + timedelta(days=2)):
        assert retention.forget_limits() > 0
    assert not LimitEntry.objects.exists()


def test_what_one_process_counted_another_one_knows(db):
    one, other = (caches.create_connection("limits") for _ in range(2))
    assert [one.add("code", "used"), other.add("code", "used"), other.get("code")] == [True, False, "used"]


@pytest.mark.threat("T6")
def test_pages_of_an_account_are_kept_by_no_cache_and_public_ones_know_no_account(client, ida, article):
    for path in (
        "/account/",
        "/account/login/",
        "/account/email/",
        "/account/2fa/",
        "/account/comments/",
        "/account/data/",
    ):
        response = client.get(path)
        assert {"private", "no-store"} <= {p.strip() for p in response["Cache-Control"].split(",")}, path
    for path in ("/", f"/articles/{article.slug}/", f"/articles/{article.slug}/comments/"):
        response = Client().get(path)
        assert not response.cookies
        assert "cookie" not in response.get("Vary", "").lower()


@pytest.mark.parametrize(
    "path",
    [
        "/account/login/", "/account/signup/", "/account/password/reset/", "/account/email/",
        "/account/password/change/", "/account/2fa/", "/account/2fa/totp/activate/", "/account/2fa/webauthn/",
        "/account/2fa/webauthn/add/", "/account/logout/", "/account/erase/", "/account/name/",
    ],
)  # fmt: skip
def test_every_page_of_an_account_stands_in_the_frame_of_the_site_without_inline_code(client, ida, path):
    if path in ("/account/login/", "/account/signup/", "/account/password/reset/"):
        client.logout()
    response = client.get(path, follow=True)
    page = response.content.decode()
    assert response.status_code == 200
    assert page.count("<main") == page.count("<h1") == 1
    assert django_settings.SITE_NAME in page and "example.com" not in page
    assert not re.search(r' style="| on\w+="|src="data:', page)
    for attributes in re.findall(r"<script([^>]*)>", page):
        assert "src=" in attributes or 'type="application/json"' in attributes


LOG_IN = "/account/login/?next=%2Fadmin%2F"


ELSEWHERE = (
    "//evil.example", "///evil.example", "https:evil.example", "http:evil.example", "http:///evil.example", "/\\evil.example",
    "\\/evil.example", "https://evil.example/", "\t//evil.example", "/\t/evil.example", "//testserver@evil.example",
    "https://testserver.evil.example", "javascript:alert(1)", "data:text/html,x", "/\r\nLocation: //evil.example", " //evil.example",
)  # fmt: skip


@pytest.mark.threat("T14")
@pytest.mark.parametrize("next", ELSEWHERE)
def test_an_open_redirect_is_none(client, ida, next):
    whole = {"login": "ida@example.org", "password": PASSWORD, "next": next}
    asked = f"?{urlencode({'next': next})}"
    stranger, reader = Client(), Client()
    answers = [reader.post(f"/account/login/{asked}", whole)]
    answers += [browser.get(f"/admin/login/{asked}", follow=True) for browser in (stranger, reader)]
    for path in (
        "login",
        "signup",
        "password/reset",
        "reauthenticate",
        "2fa",
        "password/change",
        "email",
        "logout",
    ):
        answers += [browser.get(f"/account/{path}/{asked}") for browser in (stranger, reader)]
    answers += [reader.post(f"/account/reauthenticate/{asked}", {"password": PASSWORD, "next": next})]
    answers += [reader.post(f"/account/logout/{asked}", {"next": next})]
    for answer in answers:
        for where in [answer.get("Location", ""), *(url for url, _ in getattr(answer, "redirect_chain", []))]:
            assert re.match(r"(/(?![/\\\s])|$)", where) and "\n" not in where, (
                answer.request["PATH_INFO"],
                where,
            )
        assert not re.search(r'(href|action)="(?!/(?![/\\]))[^"]*evil', answer.content.decode())


@pytest.mark.threat("T13")
def test_who_has_a_second_factor_does_not_get_past_it_through_the_admin(client):
    from allauth.mfa.totp.internal.auth import TOTP

    boss = User.objects.create_superuser("boss", "boss@example.org", PASSWORD)
    assert Client().post("/admin/login/", {"username": "boss", "password": PASSWORD})["Location"] == LOG_IN
    TOTP.activate(boss, "JBSWY3DPEHPK3PXP")
    browser = Client()
    led = browser.get("/admin/", follow=True)
    assert led.redirect_chain[-1] == (LOG_IN, 302)
    asked = browser.post(LOG_IN, {"login": "boss", "password": PASSWORD, "next": "/admin/"})
    assert asked["Location"].startswith("/account/2fa/authenticate/")
    assert browser.get("/admin/").status_code == 302


def test_a_reader_takes_another_name_for_what_comes_but_not_that_of_staff(client, ida, article):
    Policy(mode="open", seconds_to_write=0).save()
    User.objects.create_user("mara", first_name="Mara", last_name="Okafor", is_staff=True)
    client.post(f"/articles/{article.slug}/comments/new/", {"comment": "Before"})
    assert client.post("/account/name/", {"name": "Mara Okafor"}).status_code == 422
    assert client.post("/account/name/", {"name": " "}).status_code == 422
    assert client.post("/account/name/", {"name": "Ida B."})["Location"] == "/account/"
    client.post(f"/articles/{article.slug}/comments/new/", {"comment": "After"})
    written = Comment.objects.order_by("pk").values_list("comment", "user_name", "commenter__name")
    assert list(written) == [("Before", "Ida Berg", "Ida B."), ("After", "Ida B.", "Ida B.")]
    assert Client().get("/account/name/").status_code == 302


def test_mail_choices_are_kept(client, ida):
    client.post("/account/", {"mail_daily": "on"})
    person = Commenter.objects.get(user=ida)
    assert (person.mail_replies, person.mail_decisions, person.mail_daily) == (False, False, True)


@pytest.fixture
def wrote(client, ida, article, make_comment):
    Policy(mode="open", seconds_to_write=0).save()
    other = make_comment("Somebody else’s", name="Bo Lind")
    client.post(f"/articles/{article.slug}/comments/new/", {"comment": "Ida’s own words", "follow": "on"})
    client.post(f"/comments/{other.pk}/recommend/")
    client.post(f"/comments/{other.pk}/report/", {"reason": "other", "line": "Ida’s report"})
    client.post(f"/comments/{other.pk}/follow/")
    own = Comment.objects.get(comment="Ida’s own words")
    client.post(f"/comments/{own.pk}/edit/", {"comment": "Ida’s better words"})
    make_comment("A good reply", name="Bo Lind", answers=own)
    return own


def test_everything_stored_about_a_person_can_be_downloaded(client, wrote):
    response = client.get("/account/data/")
    assert "attachment" in response["Content-Disposition"]
    data = json.loads(response.content)
    assert data["account"]["email"] == "ida@example.org"
    assert [(c["text"], c["earlier_versions"][0]["text"]) for c in data["comments"]] == [
        ("Ida’s better words", "Ida’s own words")
    ]
    assert [len(data[kind]) for kind in ("recommended", "reported", "followed")] == [1, 1, 1]
    assert "Somebody else" not in response.content.decode()


@pytest.mark.threat("T27")
@pytest.mark.parametrize("choice", ["keep", "remove"])
def test_erasing_leaves_nothing_that_names_the_person(client, wrote, article, choice):
    assert client.post("/account/erase/", {"comments": choice}).status_code == 422
    assert client.post("/account/erase/", {"comments": choice, "sure": "on"}).status_code == 200

    page = client.get(f"/articles/{article.slug}/comments/").content.decode()
    assert "A good reply" in page
    if choice == "keep":
        assert "A former reader" in page and "Ida’s better words" in page
    else:
        assert "Ida’s" not in page and "The writer took this comment back." in page
    assert not User.objects.exists()
    from django.apps import apps

    for model in apps.get_models():
        for row in model.objects.values() if hasattr(model, "objects") else []:
            text = str(row)
            assert "ida@example.org" not in text and "Ida Berg" not in text, (model, row)
            assert "Ida’s own words" not in text, (model, row)  # the earlier version of what may stay
    assert (Recommendation.objects.count(), Follow.objects.count()) == (0, 0)
    assert Comment.objects.get(comment="Somebody else’s").recommend_count == 0
    assert list(Report.objects.values_list("user", "line")) == [(None, "")]


def test_staff_do_not_erase_themselves(client):
    boss = User.objects.create_superuser("boss", "boss@example.org", PASSWORD)
    client.force_login(boss)
    client.post("/account/erase/", {"comments": "keep", "sure": "on"})
    assert User.objects.filter(pk=boss.pk).exists()


def test_a_second_factor_is_set_up_by_a_qr_code_that_is_a_picture_of_its_own(client, ida):
    assert client.get("/account/2fa/totp/qr.svg").status_code == 404
    page = client.get("/account/2fa/totp/activate/", follow=True).content.decode()
    if "reauthenticate" in page or 'name="password"' in page:
        client.post("/account/reauthenticate/", {"password": PASSWORD})
        page = client.get("/account/2fa/totp/activate/").content.decode()
    assert 'src="/account/2fa/totp/qr.svg"' in page
    secret = client.session["mfa.totp.secret"]
    assert secret in page
    picture = client.get("/account/2fa/totp/qr.svg")
    assert picture["Content-Type"] == "image/svg+xml" and "no-store" in picture["Cache-Control"]
    expected = io.BytesIO()
    segno.make(get_adapter().build_totp_url(ida, secret), error="m").save(
        expected, kind="svg", scale=5, border=4, light="#fff"
    )
    assert picture.content == expected.getvalue()
    assert Client().get("/account/2fa/totp/qr.svg").status_code == 302
    counter = next(yield_hotp_counters_from_time())
    code = format_hotp_value(hotp_value(secret, counter))
    client.post("/account/2fa/totp/activate/", {"code": code})
    assert is_mfa_enabled(ida)


@pytest.mark.threat("T11")
@pytest.mark.parametrize(
    ("ahead", "works"), [(timedelta(days=400), False), (timedelta(minutes=4), True)], ids=str
)
def test_links_of_an_account_from_a_machine_whose_clock_was_ahead_are_refused(client, ahead, works):
    with time_machine.travel(timezone.now() + ahead):
        register(client)
        path = link(r"/account/confirm-email/[^\s]+")
    answers = [client.get(path).status_code, client.post(path).status_code]
    confirmed = list(EmailAddress.objects.values_list("verified", flat=True))
    assert (answers, confirmed) == (([200, 302], [True]) if works else ([404, 404], [False]))

    EmailAddress.objects.update(verified=True)
    with time_machine.travel(timezone.now() + ahead):
        client.post("/account/password/reset/", {"email": "ida@example.org"})
        path = link(r"/account/password/reset/key/[^\s]+")
    page = client.get(path, follow=True)
    answer = client.post(
        page.request["PATH_INFO"], {"password1": "another long road", "password2": "another long road"}
    )
    assert (answer.status_code, User.objects.get().check_password("another long road")) == (
        (302, True) if works else (200, False)
    )
