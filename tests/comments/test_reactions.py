"""What readers do with the comments of others."""

import pytest
from django.contrib.auth import get_user_model
from django.core import mail as outbox
from django.core.management import call_command
from django.test import Client

from comments.models import Comment, Commenter, Follow, Policy, Report

pytestmark = pytest.mark.django_db
HIDDEN = sorted(set(Comment.Status) - {"visible"})


@pytest.fixture
def reader():
    return get_user_model().objects.create_user("zed", "zed@example.org", "x")


def count(comment):
    comment.refresh_from_db()
    return (comment.recommend_count, comment.recommendations.count())


@pytest.mark.threat("T21")
def test_a_reader_recommends_once_and_takes_it_back(client, reader, make_comment):
    comment = make_comment()
    client.force_login(reader)
    counts = []
    for _ in range(3):
        client.post(f"/comments/{comment.pk}/recommend/")
        counts.append(count(comment))
    assert counts == [(1, 1), (0, 0), (1, 1)]


def test_reading_the_page_recommends_nothing_and_sets_no_reader_cookie(client, make_comment):
    comment = make_comment()
    response = client.get(f"/comments/{comment.pk}/recommend/")
    assert (count(comment), "reader" in response.cookies) == ((0, 0), False)


@pytest.mark.threat("T21")
def test_a_guest_recommends_once_a_browser_and_a_network_cannot_stuff_the_box(make_comment):
    comment = make_comment()
    browser = Client()
    browser.post(f"/comments/{comment.pk}/recommend/")
    assert count(comment) == (1, 1)
    browser.post(f"/comments/{comment.pk}/recommend/")
    assert count(comment) == (0, 0)
    for _ in range(20):
        Client().post(f"/comments/{comment.pk}/recommend/")
    assert count(comment) == (5, 5)


@pytest.mark.threat("T21")
def test_nobody_recommends_their_own_comment(client, reader, make_comment):
    comment = make_comment(user=reader)
    client.force_login(reader)
    client.post(f"/comments/{comment.pk}/recommend/")
    assert count(comment) == (0, 0)


@pytest.mark.threat("T4")
@pytest.mark.parametrize("status", HIDDEN)
@pytest.mark.parametrize("act", ["recommend", "report", "follow", "edit", "delete"])
def test_nothing_can_be_done_with_a_hidden_comment_nor_is_it_shown(client, reader, make_comment, status, act):
    comment = make_comment("A secret", status=status)
    client.force_login(reader)
    for response in (
        client.get(f"/comments/{comment.pk}/{act}/"),
        client.post(f"/comments/{comment.pk}/{act}/", {"reason": "spam"}),
    ):
        assert response.status_code == 404
        assert "secret" not in response.content.decode()


def test_a_report_names_a_reason_and_counts_once_a_person(client, reader, make_comment):
    comment = make_comment()
    client.force_login(reader)
    assert client.post(f"/comments/{comment.pk}/report/", {}).status_code == 422
    for _ in range(3):
        page = client.post(f"/comments/{comment.pk}/report/", {"reason": "abuse", "line": "Look at the end."})
        assert "A moderator will look at it." in page.content.decode()
    assert list(Report.objects.values_list("reason", "line", "user")) == [
        ("abuse", "Look at the end.", reader.pk)
    ]


def test_reports_from_several_places_hold_a_comment_until_a_moderator_looked(make_comment):
    comment = make_comment("Rude words")
    for place in range(6):
        Client(REMOTE_ADDR=f"198.51.{place}.7").post(f"/comments/{comment.pk}/report/", {"reason": "abuse"})
        comment.refresh_from_db()
        assert comment.status == ("visible" if place < 4 else "held")
    hold = comment.holds.get()
    assert (hold.rule, hold.value, hold.limit) == ("reported", 5, 5)

    comment.approve(by=get_user_model().objects.create_user("mod", is_staff=True))
    for place in range(10, 20):
        Client(REMOTE_ADDR=f"198.51.{place}.7").post(f"/comments/{comment.pk}/report/", {"reason": "abuse"})
    comment.refresh_from_db()
    assert comment.status == "visible"


@pytest.mark.threat("T21")
def test_many_reports_from_one_place_take_nothing_down(make_comment):
    comment = make_comment()
    for _ in range(15):
        Client().post(f"/comments/{comment.pk}/report/", {"reason": "abuse"})
    comment.refresh_from_db()
    assert (comment.status, Report.objects.count()) == ("visible", 15)


def test_reports_are_limited_an_hour_and_network(make_comment):
    comments = [make_comment(f"{n}") for n in range(21)]
    answers = [Client().post(f"/comments/{c.pk}/report/", {"reason": "spam"}).status_code for c in comments]
    assert answers == [200] * 20 + [429]


def test_who_reported_whom_is_on_no_page(client, make_comment, article, reader):
    comment = make_comment()
    Report.file(comment, "abuse", "my line", user=reader)
    page = client.get(f"/articles/{article.slug}/comments/").content.decode()
    assert "my line" not in page and "zed" not in page


def test_a_thread_is_followed_from_any_of_its_comments_and_left_again(client, reader, make_comment):
    root = make_comment("root")
    reply = make_comment("reply", answers=root)
    client.force_login(reader)
    client.post(f"/comments/{reply.pk}/follow/")
    assert list(Follow.objects.values_list("commenter__user", "thread")) == [(reader.pk, root.pk)]
    make_comment("news", name="New Person", answers=root, status="held").approve()
    call_command("send_mail_queue")
    assert "zed@example.org" in [message.to[0] for message in outbox.outbox]
    client.post(f"/comments/{root.pk}/follow/")
    assert not Follow.objects.exists()


def test_following_needs_an_account(client, make_comment):
    response = client.get(f"/comments/{make_comment().pk}/follow/")
    assert response.status_code == 302
    assert "login" in response["Location"]


def test_public_pages_link_to_the_acts_and_hold_no_form(client, make_comment, article):
    comment = make_comment(recommend_count=24)
    page = client.get(f"/articles/{article.slug}/comments/").content.decode()
    for act in ("recommend", "report", "follow"):
        assert f'href="/comments/{comment.pk}/{act}/"' in page
    assert ">24<" in page
    assert 'method="post"' not in page


def test_a_limit_of_nought_holds_nothing_by_reports(make_comment):
    Policy(reports_hold_from=0).save()
    comment = make_comment()
    for place in range(10):
        Report.file(comment, "abuse", browser=f"b{place}", network=f"n{place}")
    comment.refresh_from_db()
    assert comment.status == "visible"


def test_what_was_written_before_joins_the_account_of_the_same_address(client, make_comment):
    guest = make_comment(name="Ida Berg").commenter
    user = get_user_model().objects.create_user("ida", "Ida.Berg@example.org", "x")
    other = make_comment("more", name="Bo Lind")
    client.force_login(user)
    client.post(f"/comments/{other.pk}/follow/")
    guest.refresh_from_db()
    assert (guest.user, Commenter.objects.filter(user=user).count()) == (user, 1)
