"""What django-comments-xtd does that must not happen here. Each was seen to happen with the library as it comes.

Processes that write to one thread at once, where the library lost nearly half, are in test_many_at_once.py.
"""

import re
import threading
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine
from django.apps import apps
from django.conf import settings
from django.core import mail as outbox
from django.core import signing
from django.core.management import call_command
from django.db import connection
from django.db.models.signals import pre_save
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import NoReverseMatch, Resolver404, resolve, reverse
from django.utils import timezone
from django_comments_xtd.models import XtdComment, publish_or_unpublish_on_pre_save

from comments import emails
from comments.models import Comment, Mail, Policy, Token

pytestmark = pytest.mark.django_db


def post(article, by=None, **fields):
    data = {"name": "Ida Berg", "email": "ida@example.org", "comment": "Well said."} | fields
    return (by or Client()).post(f"/articles/{article.slug}/comments/new/", data)


def stored():
    """What is in the library's own table, whatever the status."""
    return list(XtdComment.norel_objects.order_by("pk").values_list("comment", "is_public"))


# --- writing ------------------------------------------------------------------------------------------------------


def test_saving_a_visible_comment_does_not_publish_held_replies_below_it(make_comment):
    root = make_comment("root")
    held = make_comment("held", answers=root, status="held")
    deeper = make_comment("deeper", answers=held, status="held")
    root.user_name = "Ida B."
    root.save()
    root.hold()
    root.approve()

    assert list(Comment.objects.visible()) == [root]
    assert set(XtdComment.norel_objects.filter(is_public=True).values_list("pk", flat=True)) == {root.pk}
    assert {c.status for c in Comment.objects.filter(pk__in=[held.pk, deeper.pk])} == {"held"}


def test_the_librarys_publishing_handler_is_not_connected():
    receivers = list(pre_save._live_receivers(Comment)[0])
    assert publish_or_unpublish_on_pre_save not in receivers


def test_a_reply_rewrites_no_other_row_of_its_thread(make_comment):
    root = make_comment("root")
    for number in range(10):
        make_comment(f"reply {number}", answers=root)
    first = Comment.objects.get(comment="reply 0")
    before = list(XtdComment.norel_objects.order_by("pk").values())
    make_comment("in the middle", answers=first)
    assert list(XtdComment.norel_objects.order_by("pk").values())[:-1] == before


def test_a_reply_costs_as_many_queries_in_a_long_thread_as_in_a_short_one(make_comment):
    root = make_comment("root")
    taken = []
    for length in (1, 40):
        for number in range(length):
            make_comment(f"reply {length}.{number}", answers=root)
        first = Comment.objects.get(comment=f"reply {length}.0")
        with CaptureQueriesContext(connection) as queries:
            make_comment("in the middle", answers=first, commenter=root.commenter)
        taken.append(len(queries))
    assert taken[0] == taken[1] <= 8


@pytest.mark.django_db(transaction=True)
def test_replies_written_at_once_all_arrive_and_leave_no_junk(make_comment):
    root, errors = make_comment("root"), []

    def write(number):
        try:
            for n in range(5):
                Comment.objects.create(
                    article_id=root.article_id,
                    answers=root,
                    comment=f"{number}.{n}",
                    user_name="Ida",
                    status="held",
                )
        except Exception as error:  # any of them is one too many
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=write, args=[number]) for number in range(4)]
    [thread.start() for thread in threads], [thread.join() for thread in threads]
    assert errors == []
    assert stored()[0] == ("root", True)
    assert sorted(stored()[1:]) == [(f"{number}.{n}", False) for number in range(4) for n in range(5)]
    assert Comment.objects.below(root).count() == 20


def test_a_double_click_makes_one_row(article):
    assert [post(article).status_code for _ in range(2)] == [302, 302]
    assert stored() == [("Well said.", False)]


@pytest.mark.parametrize("reply_to", ["999999", "0", "-1", "x", "1" * 30])
def test_an_unknown_reply_to_is_no_error_and_leaves_no_row(article, reply_to):
    form = Client().get(f"/articles/{article.slug}/comments/new/?reply_to={reply_to}")
    assert (form.status_code, post(article, reply_to=reply_to).status_code, stored()) == (404, 422, [])


def test_a_reply_to_a_comment_of_another_article_is_refused(make_article, make_comment):
    elsewhere = make_article("Elsewhere")
    answered = make_comment("here")
    assert post(elsewhere, reply_to=answered.pk).status_code == 422
    assert stored() == [("here", True)]


def test_the_form_for_a_reply_shows_no_held_text(make_comment, article):
    held = make_comment("Held words", status="held")
    form = Client().get(f"/articles/{article.slug}/comments/new/?reply_to={held.pk}")
    sent = post(article, reply_to=held.pk)
    assert (form.status_code, sent.status_code) == (404, 422)
    assert "Held words" not in form.content.decode() + sent.content.decode()


def test_an_article_that_is_not_published_takes_no_comment(make_article):
    for article in (
        make_article("A draft", published_at=None),
        make_article("Tomorrow", published_at=timezone.now() + timedelta(days=1)),
        make_article("Taken back", withdrawn_at=timezone.now(), withdrawn_reason="It was wrong."),
    ):
        assert (post(article).status_code, stored()) == (404, [])


def test_a_closing_date_in_the_future_is_no_error(make_article):
    Policy(close_after_days=365).save()
    article = make_article()
    assert Client().get(f"/articles/{article.slug}/comments/").status_code == 200
    assert post(article).status_code == 302
    later = make_article("Tomorrow", published_at=timezone.now() + timedelta(days=1))
    assert Policy.current().why_closed(later) == "This article is not open to comments."


def test_a_form_that_was_open_for_three_hours_is_taken(make_article):
    article = make_article(published_at=timezone.now() - timedelta(days=1))
    browser = Client(enforce_csrf_checks=True)
    with time_machine.travel(timezone.now() - timedelta(hours=3), tick=False):
        form = browser.get(f"/articles/{article.slug}/comments/new/").content.decode()
    hidden = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', form))
    assert post(article, by=browser, **hidden).status_code == 302


def test_nobody_writes_under_the_name_of_staff_and_an_address_is_proved(article, django_user_model):
    django_user_model.objects.create_user("mara", first_name="Mara", last_name="Okafor", is_staff=True)
    assert post(article, name="Mara Okafor").status_code == 422
    assert post(article, email="somebody@else.example").status_code == 302
    assert stored() == [("Well said.", False)]
    assert Comment.objects.get().status == "unconfirmed"


# --- links in mail ------------------------------------------------------------------------------------------------
def confirmation(article):
    post(article)
    call_command("send_mail_queue")
    return re.search(r"/comments/confirm/([\w-]+)/", outbox.outbox[-1].body)


@pytest.mark.threat("T10")
def test_a_confirming_link_holds_no_comment_and_acts_on_post_alone(article):
    path, token = confirmation(article)[0], confirmation(article)[1]
    assert len(token) == 43 and not Token.objects.filter(hash=token).exists()
    for _ in range(5):
        Client().get(path)
    assert Comment.objects.get().status == "unconfirmed"
    Client().post(path)
    assert Comment.objects.get().status == "held"


def test_a_confirming_link_expires(article):
    path = confirmation(article)[0]
    with time_machine.travel(timezone.now() + timedelta(days=2, minutes=1)):
        assert Client().post(path).status_code == 400
    assert Comment.objects.get().status == "unconfirmed"


def test_a_confirming_link_brings_nothing_back_that_was_deleted(article):
    path = confirmation(article)[0]
    Comment.objects.get().delete()
    assert Client().post(path).status_code == 404
    assert stored() == []


def test_the_link_out_of_a_mail_holds_a_number_and_a_kind_and_nothing_of_an_account(make_comment):
    person = make_comment().commenter
    inside = signing.loads(emails.unsubscribe_token(person, "reply"), salt="comments.unsubscribe")
    assert inside == [person.pk, "reply"]


@pytest.mark.threat("T8")
def test_many_posts_under_the_address_of_a_victim_are_one_mail(article):
    for number in range(12):
        post(article, comment=f"Words {number}", email="victim@example.org")
    call_command("send_mail_queue")
    assert [message.to for message in outbox.outbox] == [["victim@example.org"]]
    assert len(stored()) == 12


def test_approving_tells_the_writer_and_those_who_follow(make_comment):
    root = make_comment("root", name="Bo Lind", followup=True)
    make_comment("held", answers=root, status="held").approve()
    told = Mail.objects.order_by("kind").values_list("kind", "to")
    assert list(told) == [("decided", "ida.berg@example.org"), ("reply", "bo.lind@example.org")]


# --- reading ------------------------------------------------------------------------------------------------------
def test_a_page_of_many_comments_by_registered_persons_costs_the_queries_of_one(
    make_comment, article, django_user_model
):
    def cost():
        with CaptureQueriesContext(connection) as queries:
            page = Client().get(f"/articles/{article.slug}/comments/").content.decode()
        return len(queries), page.count("data-comment=")

    def write(number, **fields):
        user = django_user_model.objects.create(username=f"reader {number}")
        return make_comment(f"words {number}", user=user, **fields)

    roots = [write(0)]
    write(1, answers=roots[0])
    few = cost()
    for number in range(2, 45):
        roots.append(write(number, answers=roots[0] if number % 2 else None))
    many = cost()
    assert (few[0], few[1]) == (many[0], 2)
    assert many[1] == 20 + 10  # a page of threads, and the first replies of the long one


def test_no_page_tells_who_reported_whom(make_comment, article, django_user_model):
    reader = django_user_model.objects.create_user("teller", first_name="Tess", last_name="Teller")
    comment = make_comment()
    browser = Client()
    browser.force_login(reader)
    browser.post(f"/comments/{comment.pk}/report/", {"reason": "abuse", "line": "He lies."})
    assert comment.reports.count() == 1
    for path in (
        f"/articles/{article.slug}/",
        f"/articles/{article.slug}/comments/",
        f"/comments/{comment.pk}/report/",
    ):
        html = Client().get(path).content.decode()
        assert "Tess" not in html and "teller" not in html and "He lies." not in html


def test_many_reports_take_a_comment_down_until_a_moderator_looked(make_comment):
    comment = make_comment()
    for place in range(21):
        Client(REMOTE_ADDR=f"198.51.{place}.7").post(f"/comments/{comment.pk}/report/", {"reason": "abuse"})
    comment.refresh_from_db()
    assert comment.status == "held"


def test_no_picture_is_asked_of_a_third_party(make_comment, article):
    make_comment()
    html = Client().get(f"/articles/{article.slug}/comments/").content.decode()
    assert "gravatar" not in html.lower()
    hosts = set(re.findall(r'(?:src|srcset)="(?:https?:)?//([^/"]+)', html))
    assert hosts == set()


@pytest.mark.threat("T4")
def test_counts_and_lists_leave_out_what_is_held(make_comment, article):
    make_comment("Seen")
    for status in ("held", "unconfirmed", "rejected", "spam", "removed"):
        make_comment(f"Never {status}", status=status)
    html = Client().get(f"/articles/{article.slug}/").content.decode()
    assert "Seen" in html and "Never" not in html
    assert re.findall(r"data-comment-count[^>]*>\D*(\d+)", html)[:1] == ["1"]


def test_deleting_the_first_thread_for_good_leaves_the_later_ones(make_comment):
    first, second = make_comment("first"), make_comment("second")
    reply = make_comment("reply", answers=second)
    first.delete()
    assert list(Comment.objects.visible().in_thread_order()) == [second, reply]


@pytest.mark.parametrize(
    "name",
    [
        "comments-xtd-api-create",
        "comments-xtd-api-list",
        "comments-xtd-confirm",
        "comments-xtd-reply",
        "comments-xtd-mute",
        "comments-post-comment",
        "comments-flag",
        "comments-delete",
        "comments-approve",
    ],
)
def test_no_address_of_the_library_is_ours(name):
    for arguments in ([], [1], ["x"], [1, 1]):
        with pytest.raises(NoReverseMatch):
            reverse(name, args=arguments)


@pytest.mark.parametrize(
    "path", ["/comments/reply/1/", "/comments/api/comment/", "/comments/sent/", "/comments/mute/x/"]
)
def test_the_librarys_pages_are_not_there(path):
    with pytest.raises(Resolver404):
        resolve(path)


def test_the_librarys_template_tags_are_used_nowhere():
    loads = ("{% load comments %}", "{% load comments_xtd %}", "load comments ", "load comments_xtd")
    for template in Path(settings.BASE_DIR, "templates").rglob("*.*"):
        text = template.read_text()
        assert not [tag for tag in loads if tag in text], template


def test_the_rest_framework_that_the_library_brings_is_not_installed():
    assert not apps.is_installed("rest_framework")


def test_the_manager_has_no_helper_that_includes_held_comments():
    helpers = ("for_app_models", "for_content_types", "for_model", "in_moderation", "tree_from_queryset")
    assert [name for name in helpers if hasattr(Comment.objects, name)] == []
