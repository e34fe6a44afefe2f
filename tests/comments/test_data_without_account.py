"""Readers without an account have what is stored about them, or have it erased, by a mailed link."""

import json
import re
from datetime import timedelta

import pytest
import time_machine
from django.apps import apps
from django.contrib.auth import get_user_model
from django.core import mail as outbox
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from comments.models import Comment, Commenter, DataToken, Mail

pytestmark = pytest.mark.django_db
ASK = "/account/data/by-mail/"
ERASE = {"erase": "1", "comments": "remove", "sure": "on"}


def ask(email="ida.berg@example.org"):
    return Client().post(ASK, {"email": email})


def mailed():
    call_command("send_mail_queue")
    return re.search(r"/account/data/by-mail/[\w-]+/", outbox.outbox[-1].body)[0]


@pytest.fixture
def wrote(make_comment):
    other = make_comment("Somebody else’s", name="Bo Lind")
    own = make_comment("Ida’s words", answers=other, followup=True)
    make_comment("A good reply", name="Bo Lind", answers=own)
    make_comment("Ida’s held words", status="held")
    return own


@pytest.mark.threat("T12")
def test_the_answer_is_the_same_for_an_address_that_nobody_knows(wrote):
    def page(email):
        return re.sub(r'value="[^"]*"', "", ask(email).content.decode())

    assert page("IDA.Berg@example.org ") == page("nobody@example.org")
    assert list(Mail.objects.values_list("kind", "to")) == [("data", "ida.berg@example.org")]
    assert (ask("no address").status_code, ask("").status_code) == (422, 422)


@pytest.mark.threat("T8")
def test_an_address_gets_one_link_an_hour_and_three_a_day_whoever_asks(wrote):
    now, due = timezone.now(), []
    for minutes in (0, 1, 61, 62, 122, 123, 200):
        with time_machine.travel(now + timedelta(minutes=minutes), tick=False):
            ask()
            due.append(Mail.objects.order_by("-due_at").first().due_at - now)
            call_command("send_mail_queue")
    assert [round(each.total_seconds() / 60) for each in due] == [0, 60, 60, 120, 120, 1440, 1440]
    assert len(outbox.outbox) == 3


@pytest.mark.threat("T10")
@pytest.mark.threat("T11")
def test_everything_can_be_downloaded_once_and_reading_the_link_uses_nothing(wrote):
    ask()
    link = mailed()
    assert [Client().get(link).status_code for _ in range(3)] == [200] * 3
    response = Client().post(link, {"download": "1"})
    assert "attachment" in response["Content-Disposition"] and "no-store" in response["Cache-Control"]
    data = json.loads(response.content)
    assert data["address"]["email"] == "ida.berg@example.org"
    assert [c["text"] for c in data["comments"]] == ["Ida’s words", "Ida’s held words"]
    assert [m["kind"] for m in data["mails"]] == ["data"]
    assert "Somebody else" not in response.content.decode()
    assert [Client().post(link, ERASE).status_code, Client().get(link).status_code] == [400, 400]
    assert Commenter.objects.filter(email="ida.berg@example.org").exists()


@pytest.mark.threat("T27")
@pytest.mark.parametrize("choice", ["keep", "remove"])
def test_erasing_leaves_nothing_that_names_the_person(wrote, article, choice):
    ask()
    link = mailed()
    assert Client().post(link, {"erase": "1", "comments": choice}).status_code == 422
    assert Client().post(link, ERASE | {"comments": choice}).status_code == 200
    page = Client().get(f"/articles/{article.slug}/comments/").content.decode()
    assert "A good reply" in page
    assert ("A former reader" in page and "Ida’s words" in page) is (choice == "keep")
    assert Comment.objects.count() == 4
    for model in apps.get_models():
        for row in model.objects.values() if hasattr(model, "objects") else []:
            assert "ida.berg@example.org" not in str(row) and "Ida Berg" not in str(row), (model, row)
    assert Client().post(link, ERASE).status_code == 404


@pytest.mark.threat("T11")
@pytest.mark.parametrize(
    "age", [timedelta(days=2, minutes=1), timedelta(minutes=-10)], ids=["expired", "future"]
)
def test_an_old_or_future_dated_link_does_nothing_and_only_hashes_are_stored(wrote, age):
    ask()
    link = mailed()
    assert link.split("/")[-2] not in str(list(DataToken.objects.values()))
    DataToken.objects.update(created_at=timezone.now() - age)
    for data in (ERASE, {"download": "1"}):
        assert Client().post(link, data).status_code == 400
    assert Client().post(f"{ASK}forged/", ERASE).status_code == 404
    assert Commenter.objects.filter(email="ida.berg@example.org").exists()


def test_the_address_of_an_account_is_led_to_the_log_in(wrote):
    ask()
    link = mailed()
    user = get_user_model().objects.create_user("ida", "ida.berg@example.org")
    Commenter.objects.filter(email="ida.berg@example.org").update(user=user)
    assert Client().post(link, ERASE).status_code == 400
    with time_machine.travel(timezone.now() + timedelta(hours=2)):
        ask()
        call_command("send_mail_queue")
    assert "/account/\n" in outbox.outbox[-1].body and "by-mail" not in outbox.outbox[-1].body
