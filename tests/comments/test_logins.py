"""Logging in: who guesses is slowed down, and the owner gets in all the while."""

import json
import re
from datetime import timedelta

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP
from django.contrib.auth.hashers import MD5PasswordHasher
from django.contrib.auth.models import User
from django.core.cache import caches
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from comments.models import LimitEntry
from newsroom import floods

pytestmark = pytest.mark.django_db
PASSWORD = "a long password"
GUESSER, OWNER = "203.0.113.7", "198.51.100.4"


@pytest.fixture(autouse=True)
def ida(db):
    caches["limits"].clear()
    user = User.objects.create_user("ida", "ida@example.org", PASSWORD, first_name="Ida")
    user.emailaddress_set.create(email=user.email, verified=True, primary=True)
    return user


def log_in(browser, password=PASSWORD, login="ida@example.org", address=OWNER):
    return browser.post("/account/login/", {"login": login, "password": password}, REMOTE_ADDR=address)


def guess(times, **where):
    return [log_in(Client(), f"wrong {n}", **where).status_code for n in range(times)]


@pytest.mark.threat("T13")
def test_the_eleventh_wrong_password_gets_429_and_the_owner_gets_in_from_elsewhere():
    assert guess(11, address=GUESSER) == [200] * 10 + [429]
    refused = log_in(Client(), address="203.0.113.99")  # of the same network, with the right password
    assert (refused.status_code, refused["Retry-After"]) == (429, "300")
    assert log_in(Client()).status_code == 302


@pytest.mark.threat("T13")
def test_the_two_names_of_one_account_are_guessed_at_together():
    names = ["ida", "ida@example.org", "IDA", "Ida@Example.org"] * 3
    assert [guess(1, login=name, address=GUESSER) for name in names] == [[200]] * 10 + [[429]] * 2


@pytest.mark.threat("T28")
def test_what_is_counted_is_no_code():
    guess(1)
    log_in(Client())
    values = list(LimitEntry.objects.values_list("value", flat=True))
    assert values and [type(json.loads(value)) for value in values] == [list] * len(values)
    LimitEntry.objects.update(value="gAWVDQAAAAAAAABdlEdB2sMZ9/oHPWEu")  # as an older version wrote it
    assert guess(1) == [200]


def test_the_owner_gets_in_from_the_network_of_the_guesser_with_a_browser_that_is_known():
    known = Client()
    assert log_in(known, address=GUESSER).status_code == 302
    known.post("/account/logout/")
    assert guess(11, address=GUESSER)[-1] == 429
    assert log_in(known, address=GUESSER).status_code == 302
    another = Client()
    another.cookies["device"] = known.cookies["device"].value.replace(":", "x:", 1)
    assert log_in(another, address=GUESSER).status_code == 429  # a cookie that we did not sign


@pytest.mark.threat("T11")
def test_a_browser_that_a_clock_far_ahead_made_known_is_not():
    known = Client()
    with time_machine.travel(timezone.now() + timedelta(days=400), tick=True):
        log_in(known, address=GUESSER)
        known.post("/account/logout/")
    guess(10, address=GUESSER)
    assert log_in(known, address=GUESSER).status_code == 429


@pytest.mark.threat("T13")
def test_a_known_browser_guesses_no_longer_than_another():
    known = Client()
    log_in(known)
    known.post("/account/logout/")
    assert [log_in(known, "wrong").status_code for _ in range(11)] == [200] * 10 + [429]
    assert log_in(Client(), login="ida").status_code == 302


@pytest.mark.threat("T13")
def test_the_browser_of_one_account_is_not_known_for_another():
    other = User.objects.create_user("bo", "bo@example.org", PASSWORD)
    other.emailaddress_set.create(email=other.email, verified=True, primary=True)
    known = Client()
    log_in(known, login="bo", address=GUESSER)
    known.post("/account/logout/")
    guess(10, address=GUESSER)
    assert log_in(known, address=GUESSER).status_code == 429


@pytest.mark.threat("T13")
def test_one_network_does_not_try_one_password_on_all_accounts(settings):
    settings.ACCOUNT_RATE_LIMITS = settings.ACCOUNT_RATE_LIMITS | {"login_network": "4/5m/key", "login": None}
    answers = [log_in(Client(), "spring", login=f"reader{n}", address=GUESSER).status_code for n in range(5)]
    assert answers == [200] * 4 + [429]
    assert log_in(Client()).status_code == 302


def test_right_passwords_are_not_counted():
    for _ in range(12):
        assert log_in(Client()).status_code == 302


@pytest.mark.threat("T14")
def test_a_log_in_leads_to_no_other_host_even_of_those_that_the_site_answers_to(settings):
    """T14"""
    settings.ALLOWED_HOSTS = ["testserver", "127.0.0.1"]  # as for Prometheus: docs/operations.md
    for to, led in (("https://127.0.0.1/", "/account/"), ("http://testserver/archive/", "http://testserver/archive/"),
                    ("/archive/", "/archive/"), ("//evil.test", "/account/")):  # fmt: skip
        browser = Client()
        answer = browser.post(
            "/account/login/", {"login": "ida@example.org", "password": PASSWORD, "next": to}
        )
        assert (answer.status_code, answer["Location"]) == (302, led), to


def test_other_sessions_end_when_the_password_is_changed(ida):
    here, elsewhere = Client(), Client()
    log_in(here), log_in(elsewhere)
    new = "another long password"
    changed = here.post(
        "/account/password/change/", {"oldpassword": PASSWORD, "password1": new, "password2": new}
    )
    assert changed.status_code == 302 and log_in(Client(), new).status_code == 302
    assert [browser.get("/account/").status_code for browser in (here, elsewhere)] == [200, 302]


def test_passwords_are_kept_as_argon2(settings):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
    assert User.objects.create_user("bo", password=PASSWORD).password.startswith("argon2$argon2id$")


# --- nobody learns by the time who has an account -----------------------------------------------------------------------
@pytest.fixture
def hashed(monkeypatch):
    """One entry for each hash of a password: it is what a log-in takes its time for."""
    made, encode = [], MD5PasswordHasher.encode
    monkeypatch.setattr(MD5PasswordHasher, "encode", lambda *given: made.append(1) or encode(*given))
    return made


@pytest.mark.threat("T12")
def test_a_wrong_password_costs_one_look_whether_there_is_an_account_or_not(hashed):
    same = User.objects.create_user("bo@example.org", "bo@example.org", PASSWORD)
    same.emailaddress_set.create(email=same.email, verified=True, primary=True)
    User.objects.create_user("gone", "gone@example.org", PASSWORD, is_active=False)
    User.objects.create_user("passkey", "passkey@example.org")  # without a password
    taken = {}
    for login in (
        "ida", "IDA", "ida@example.org", "Ida@Example.org", "bo@example.org", "gone", "gone@example.org", "passkey",
        "passkey@example.org", "nobody", "nobody@example.org",
    ):  # fmt: skip
        hashed.clear()
        assert log_in(Client(), "a wrong password", login=login).status_code == 200
        taken[login] = len(hashed)
    assert set(taken.values()) == {1}, taken
    for login in ("ida", "IDA", "ida@example.org", "Ida@Example.org", "bo@example.org"):
        hashed.clear()
        assert (log_in(Client(), login=login).status_code, len(hashed)) == (302, 1), login


@pytest.mark.threat("T12")
def test_registering_costs_one_hash_whether_there_is_an_account_or_not(hashed):
    for email in ("ida@example.org", "nobody@example.org"):
        hashed.clear()
        form = {"name": "Bo", "email": email, "password1": "another long password"}
        assert Client().post("/account/signup/", form).status_code == 302
        assert len(hashed) == 1, email


# --- passkeys -----------------------------------------------------------------------------------------------------
NO_ANSWERS = (
    "", "x", "null", "1", "[]", '"x"', "{}", '{"id": "x"}', '{"id": "eA", "rawId": "eQ"}', '{"response": "x"}',
    '{"id": "x", "rawId": "x", "type": "public-key", "response": {}}', '{"id": 1, "rawId": 1, "response": [1]}',
    '{"id": "eA", "rawId": "eA", "type": "public-key", "response": {"clientDataJSON": "eA", "authenticatorData": "eA",'
    ' "signature": "eA", "attestationObject": "eA", "userHandle": 1}}',
)  # fmt: skip


def test_what_no_passkey_answers_is_a_wrong_answer(ida):
    stranger, known, half_in = Client(), Client(), Client()
    log_in(known)
    known.post("/account/reauthenticate/", {"password": PASSWORD})
    for answer in NO_ANSWERS:
        caches["limits"].clear()
        sent = {"credential": answer, "name": "x"}
        refused = stranger.post("/account/2fa/webauthn/login/", sent)
        again = known.post("/account/2fa/webauthn/reauthenticate/", sent)
        assert (refused.status_code, again.status_code) == (302, 302), answer
        assert known.post("/account/2fa/webauthn/add/", sent).status_code == 200, answer
    assert not Authenticator.objects.exists() and stranger.get("/account/").status_code == 302
    TOTP.activate(ida, "JBSWY3DPEHPK3PXP")
    log_in(half_in)
    for answer in NO_ANSWERS:
        caches["limits"].clear()
        sent = half_in.post("/account/2fa/authenticate/", {"credential": answer})
        assert (sent.status_code, half_in.get("/account/").status_code) == (200, 302), answer


# --- staff --------------------------------------------------------------------------------------------------------
@pytest.fixture
def boss():
    return User.objects.create_superuser("boss", "boss@example.org", PASSWORD)


def test_staff_get_in_before_any_mail_works(boss):
    browser = Client()
    answer = browser.post("/account/login/?next=/admin/", {"login": "boss", "password": PASSWORD})
    assert (answer.status_code, answer["Location"]) == (302, "/admin/")
    assert browser.get("/admin/").status_code == 200


def test_without_a_second_factor_the_desk_stays_shut_where_it_is_asked_for(boss, settings):
    settings.STAFF_SECOND_FACTOR = True
    browser = Client()
    log_in(browser, login="boss")
    for address in ("/admin/", "/admin/articles/article/", "/moderation/", "/preview/1/"):
        assert browser.get(address)["Location"] == "/account/2fa/"
        assert browser.post(address).status_code == 403
    assert "add a passkey" in browser.get("/account/2fa/").content.decode()
    assert browser.get("/").status_code == 200
    TOTP.activate(boss, "JBSWY3DPEHPK3PXP")
    assert browser.get("/admin/").status_code == 200


def test_who_is_no_staff_is_told_so_and_not_led_in_a_circle(ida):
    browser = Client()
    log_in(browser)
    answer = browser.get("/admin/", follow=True)
    assert answer.status_code == 403 and len(answer.redirect_chain) == 1


# --- every form ---------------------------------------------------------------------------------------------------
def test_every_form_has_a_limit_for_one_address(settings):
    settings.POSTS_A_MINUTE = 3
    floods.forget()
    for path in (
        "/account/signup/",
        "/comments/1/recommend/",
        "/articles/x/comments/new/",
        "/about/comments/",
        "/nowhere/",
    ):
        floods.forget()
        answers = [Client().post(path, {}, REMOTE_ADDR=GUESSER) for _ in range(4)]
        assert [answer.status_code == 429 for answer in answers] == [False, False, False, True], path
        assert answers[-1]["Retry-After"] == "60" and "no-store" in answers[-1]["Cache-Control"]
        assert Client().post(path, {}, REMOTE_ADDR=OWNER).status_code != 429
    assert Client().get("/", REMOTE_ADDR=GUESSER).status_code == 200


def test_an_address_that_a_visitor_claims_counts_only_from_a_proxy_of_ours(settings):
    settings.POSTS_A_MINUTE = 1
    claims = [{"x-forwarded-for": f"192.0.2.{n}, 198.51.100.{n}"} for n in range(3)]
    assert [Client().post("/nowhere/", headers=claim).status_code for claim in claims] == [404, 429, 429]
    settings.TRUSTED_PROXIES = 1
    floods.forget()
    assert [Client().post("/nowhere/", headers=claim).status_code for claim in claims] == [404] * 3
    same = [
        {"x-forwarded-for": f"192.0.2.{n}, 203.0.113.200"} for n in range(2)
    ]  # only its beginning is invented
    assert [Client().post("/nowhere/", headers=claim).status_code for claim in same] == [404, 429]


class Unread:
    def read(self, *size):
        raise AssertionError("was read")

    readline = read


@pytest.mark.threat("T26")
def test_what_is_too_large_is_refused_by_its_length_alone(settings):
    address = "/articles/a-dam/comments/new/"
    answer = Client().post(
        address, CONTENT_LENGTH=str(settings.READER_MAX_BYTES + 1), **{"wsgi.input": Unread()}
    )
    assert answer.status_code == 413
    assert "Nothing of it was stored" in re.sub(r"\s+", " ", answer.content.decode())
    assert Client().post(address, {"comment": "x" * 5000}).status_code == 404


def test_an_upload_of_who_is_not_at_the_desk_is_refused_before_it_is_read(settings, boss, ida):
    """Parsing it would fill the disk for temporary files, whatever is said to it then."""

    def upload(user, size, **cookies):
        browser = Client(enforce_csrf_checks=True)
        if user:
            browser.force_login(user)
        browser.cookies.load({"csrftoken": "a" * 32} | cookies)
        kind = f"multipart/form-data; boundary={'b' * 8}"
        sent = {"CONTENT_LENGTH": str(size), "CONTENT_TYPE": kind, "wsgi.input": Unread()}
        return browser.post("/admin/articles/photo/upload/", **sent).status_code

    picture, too_much = settings.READER_MAX_BYTES + 1, settings.DESK_MAX_BYTES + 1
    assert [upload(None, picture), upload(None, picture, sessionid="made-up"), upload(ida, picture)] == [
        403
    ] * 3
    assert [upload(None, too_much), upload(boss, too_much)] == [413] * 2
    with pytest.raises(AssertionError, match="was read"):
        upload(boss, picture)


def test_who_is_not_logged_in_is_counted_at_the_addresses_of_the_desk_too(settings, boss):
    settings.POSTS_A_MINUTE = 1
    assert [Client().post("/admin/articles/article/add/").status_code for _ in range(2)] == [302, 429]
    floods.forget()
    forger = Client()
    forger.cookies["sessionid"] = "made-up"
    assert [forger.post("/admin/articles/article/add/").status_code for _ in range(2)] == [302, 429]
    floods.forget()
    browser = Client()
    browser.force_login(boss)
    assert [browser.post("/admin/articles/article/add/").status_code for _ in range(2)] == [200, 200]


@pytest.mark.threat("T26")
def test_more_fields_and_files_than_a_form_has_are_refused(settings):
    settings.READER_MAX_BYTES = 10**7
    fields, files = settings.DATA_UPLOAD_MAX_NUMBER_FIELDS, settings.DATA_UPLOAD_MAX_NUMBER_FILES
    for most, sent in ((fields, ""), (files, SimpleUploadedFile("x.txt", b"x"))):
        answers = [
            Client().post("/account/login/", {f"f{n}": sent for n in range(number)}).status_code
            for number in (most, most + 1)
        ]
        assert answers == [200, 400], most
