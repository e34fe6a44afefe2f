"""The privacy page says what the settings hold; and what it says is forgotten is forgotten."""

import re
from datetime import timedelta

import pytest
import time_machine
from allauth.account.models import EmailAddress
from django.conf import settings as django_settings
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.core.management import call_command
from django.test import Client
from django.utils import timezone
from django_comments.models import Comment as StoredComment

from articles.models import Article, Page, Topic
from comments.fairness import weight_of_reports
from comments.models import Comment, Commenter, Mail, MailedLink, Policy, Recommendation, Report
from comments.retention import (
    forget_accounts,
    forget_mail,
    forget_origins,
    forget_sessions,
    forget_unconfirmed,
)
from tests.articles.at_the_desk import whole_article

pytestmark = pytest.mark.django_db
SETTINGS = {
    "unconfirmed": "COMMENT_UNCONFIRMED_KEPT_DAYS", "origin": "COMMENT_ORIGIN_KEPT_DAYS", "mail": "MAIL_KEPT_DAYS",
    "removed": "COMMENT_REMOVED_KEPT_DAYS", "draft": "COMMENT_DRAFT_KEPT_DAYS", "log": "LOG_KEPT_DAYS",
    "desk_draft": "DESK_DRAFT_KEPT_DAYS", "session": "SESSION_COOKIE_AGE",
}  # fmt: skip


def said(html):
    return {name: int(days) for name, days in re.findall(r'data-kept="(\w+)">(\d+) days?<', html)}


def test_each_number_is_that_of_its_setting(client, settings):
    for number, name in enumerate(SETTINGS.values(), start=40):
        setattr(settings, name, number * 24 * 3600 if name == "SESSION_COOKIE_AGE" else number)
    settings.SHARE_LETTERS = True
    html = client.get("/about/privacy/").content.decode()
    found = said(html)
    assert {name: found[name] for name in SETTINGS} == dict(zip(SETTINGS, range(40, 48), strict=True))
    assert found["link"] == MailedLink.LIVES.days
    assert set(found) == {*SETTINGS, "link", "device", "browser", "letter"}
    # and there is no other number of days that nobody reads from anywhere
    assert len(re.findall(r"\d+ days?\b", re.sub(r"<[^>]+>", "", html))) == len(found)


def test_what_is_switched_on_is_told_and_what_is_off_is_not(client, settings):
    words = {
        "SHARE_COUNTS": "a number goes up",
        "SHARE_LETTERS": "had an article sent to",
        "SENTRY_DSN": "reported to a server",
        "STAFF_SECOND_FACTOR": "with a passkey or a one-time code",
    }
    for name in words:
        setattr(settings, name, "")
    html = client.get("/about/privacy/").content.decode()
    assert not any(sentence in html for sentence in words.values())
    for name, sentence in words.items():
        setattr(settings, name, "https://x@y/1")
        assert sentence in client.get("/about/privacy/").content.decode()


def test_it_is_for_everyone_linked_from_every_page_and_begins_with_what_an_editor_wrote(client):
    Page.objects.create(title="Privacy", slug="privacy", body="<p>We mean it.</p>")
    answer = client.get("/about/privacy/")
    html = answer.content.decode()
    assert answer["Cache-Control"].startswith("public") and not answer.cookies
    assert html.index("We mean it.") < html.index("When you read")
    for address in ("/", "/search/", "/account/login/", "/nowhere/"):
        assert client.get(address).content.decode().count('href="/about/privacy/"') == 1, address


# --- and it is so -------------------------------------------------------------------------------------------------
@pytest.fixture
def long_ago():
    return lambda days: timezone.now() - timedelta(days=days, hours=1)


def test_where_a_comment_came_from_and_what_nobody_confirmed_are_forgotten_in_time(settings, long_ago):
    settings.COMMENT_ORIGIN_KEPT_DAYS, settings.COMMENT_UNCONFIRMED_KEPT_DAYS = 5, 2
    article = Article.objects.create(
        headline="A dam", slug="a-dam", topic=Topic.objects.create(name="R", slug="r")
    )
    about = {"article": article, "user_name": "Ida", "from_address": "a" * 32, "from_network": "n" * 32}
    for days in (1, 2, 4, 5):
        about["newcomer_at"] = long_ago(days)
        for status in ("visible", "unconfirmed"):
            Comment.objects.create(
                **about, comment=f"{days} {status}", status=status, submit_date=long_ago(days)
            )
    forget_origins(), forget_unconfirmed()
    assert set(Comment.objects.values_list("comment", "from_network")) == {
        ("1 visible", "n" * 32), ("2 visible", "n" * 32), ("4 visible", "n" * 32), ("5 visible", ""),
        ("1 unconfirmed", "n" * 32),
    }  # fmt: skip
    of_newcomers = Comment.objects.exclude(newcomer_at=None).values_list("comment", flat=True)
    assert set(of_newcomers) == {"1 visible", "2 visible", "4 visible", "1 unconfirmed"}
    Comment.objects.update(from_address="", from_network="", newcomer_at=long_ago(5))
    StoredComment.objects.update(submit_date=long_ago(5))
    forget_origins()  # also where the place was never known
    assert not Comment.objects.exclude(newcomer_at=None).exists()


def test_an_address_that_nobody_confirmed_is_kept_only_where_it_wants_no_such_mail(client):
    Policy(seconds_to_write=0).save()
    article = whole_article(slug="a-dam")
    article.publish()
    for name in ("ida", "bo", "cy"):
        sent = {"name": name, "email": f"{name}@example.org", "comment": f"Words of {name}."}
        assert client.post("/articles/a-dam/comments/new/", sent).status_code == 302
    Comment.objects.get(user_name="bo").confirm()
    Commenter.objects.filter(name="cy").update(mail_confirm=False)
    kept = Commenter.objects.order_by("name").values_list("name", flat=True)
    for days, names in ((2, ["bo", "cy", "ida"]), (4, ["bo", "cy"])):
        with time_machine.travel(timezone.now() + timedelta(days=days)):
            forget_unconfirmed()
        assert list(kept.all()) == names
    assert not Mail.objects.filter(to="ida@example.org").exists()


def test_an_account_whose_address_nobody_confirms_goes_as_such_a_comment_does(client):
    for name in ("ida", "bo", "staff"):
        form = {"name": name, "email": f"{name}@example.org", "password1": "a long and quiet road"}
        assert client.post("/account/signup/", form).status_code == 302
    EmailAddress.objects.filter(email="bo@example.org").update(verified=True)
    User.objects.filter(email="staff@example.org").update(is_staff=True)
    User.objects.create_user("by hand", "hand@example.org")
    for days, going in ((2, set()), (4, {"ida@example.org"})):
        before = set(User.objects.values_list("email", flat=True))
        with time_machine.travel(timezone.now() + timedelta(days=days)):
            forget_accounts()
        assert before - set(User.objects.values_list("email", flat=True)) == going
    assert not EmailAddress.objects.filter(email="ida@example.org").exists()


def test_where_a_report_or_a_recommendation_came_from_is_forgotten_in_time_as_well(settings, long_ago):
    settings.COMMENT_ORIGIN_KEPT_DAYS = 5
    article = Article.objects.create(
        headline="A dam", slug="a-dam", topic=Topic.objects.create(name="R", slug="r")
    )
    one, other = (Comment.objects.create(article=article, comment=text, user_name="Ida") for text in "ab")
    for model, more in ((Report, {"reason": "abuse"}), (Recommendation, {})):
        for n, (comment, days) in enumerate([(one, 4), (one, 5), (one, 5), (other, 5), (other, 9)]):
            network = f"{'n' * 31}{days if comment == other else 0}"
            model.objects.create(
                comment=comment, browser=f"b{n}", at=long_ago(days), from_network=network, **more
            )
    Report.objects.filter(comment=one, browser="b0").update(from_network="m" * 32)  # the hash of another day
    weighed = [weight_of_reports(comment.reports.all()) for comment in (one, other)]
    forget_origins()
    forget_origins()
    kept = list(Recommendation.objects.exclude(from_network="").values_list("browser", flat=True))
    assert kept == ["b0"]
    assert list(Report.objects.filter(from_network__contains="m").values_list("browser", flat=True)) == ["b0"]
    assert not Report.objects.filter(from_network__contains="n").exists()
    # two of one network still count as one
    assert [weight_of_reports(comment.reports.all()) for comment in (one, other)] == weighed == [2, 2]


def test_to_whom_mail_was_sent_is_forgotten_in_time_and_nothing_is_sent_twice(settings, long_ago):
    settings.MAIL_KEPT_DAYS = 10
    for name, days, more in (
        ("new", 9, {}),
        ("old", 10, {}),
        ("keyed", 10, {"key": "rights:1", "words": {"text": "x"}}),
    ):
        Mail.objects.create(kind="notice", to=f"{name}@example.org", sent_at=long_ago(days), **more)
    Mail.objects.create(
        kind="digest", to="dropped@example.org", dropped_at=long_ago(10), last_error="Refused"
    )
    Mail.objects.create(kind="digest", to="waiting@example.org", created_at=long_ago(99), due_at=long_ago(99))
    forget_mail()
    kept = set(Mail.objects.values_list("to", "key", "words"))
    assert kept == {
        ("new@example.org", None, None),
        ("", "rights:1", None),
        ("waiting@example.org", None, None),
    }


def test_log_ins_that_have_run_out_leave_nothing(long_ago):
    for name in ("ida", "bo"):
        Client().force_login(User.objects.create_user(name))
    Session.objects.filter(pk=Session.objects.first().pk).update(expire_date=long_ago(1))
    forget_sessions()
    assert Session.objects.count() == 1


def test_the_worker_does_all_of_it_every_hour():
    hourly = set(django_settings.HOURLY)
    assert hourly >= {
        f"comments.retention.forget_{what}"
        for what in ("mail", "sessions", "origins", "unconfirmed", "accounts", "removed", "limits")
    }
    call_command("worker", "--once")
