"""A 403, and a 429, say in words what is the matter, and lead on."""

import re

import pytest
from django.contrib.auth import get_user_model
from django.test import Client

pytestmark = pytest.mark.django_db
DESK = ["/moderation/", "/moderation/numbers/", "/moderation/rules/", "/moderation/appeals/", "/moderation/comments/1/"]  # fmt: skip


@pytest.mark.parametrize("path", DESK)
def test_a_stranger_at_the_desk_is_shown_where_to_log_in_and_comes_back(path):
    page = Client().get(f"{path}?q=tide&page=2")
    html = page.content.decode()
    assert (page.status_code, html.count("<main"), html.count("<h1")) == (403, 1, 1)
    assert "no-store" in page["Cache-Control"]
    link = re.search(r'<a href="(/account/login/\?next=[^"]+)"', html)[1]
    boss = get_user_model().objects.create_superuser("boss", "boss@example.org", "a long password")
    boss.emailaddress_set.create(email=boss.email, verified=True, primary=True)
    browser = Client()
    answer = browser.post(link, {"login": "boss", "password": "a long password"})
    assert answer["Location"] == f"{path}?q=tide&page=2"


def test_who_is_logged_in_is_told_that_the_account_has_no_right_to_it(django_user_model, client):
    client.force_login(django_user_model.objects.create_user("bo"))
    html = client.get("/moderation/").content.decode()
    assert "Your account has no right to it." in html and "log in</a>" not in html


def test_a_form_without_its_token_is_told_to_go_back():
    browser = Client(enforce_csrf_checks=True)
    answer = browser.post("/account/login/", {"login": "ida", "password": "x"})
    assert answer.status_code == 403
    assert "load the page again and send it once more" in answer.content.decode()


def test_too_much_at_once_is_told_in_our_own_frame():
    browser = Client()
    answers = [browser.post("/account/signup/", {"email": "no address"}) for _ in range(21)]
    assert [answer.status_code for answer in answers] == [200] * 20 + [429]
    page = answers[-1].content.decode()
    assert "Please wait a few minutes" in page and page.count("<main") == page.count("<h1") == 1
    assert "no-store" in answers[-1]["Cache-Control"]
