"""A reader writes: what is stored, what is asked for, and that no word is ever lost."""

import re
from datetime import timedelta

import pytest
import time_machine
from django.contrib.auth import get_user_model
from django.core import signing
from django.test import Client
from django.utils import timezone

from articles.models import Author, Byline
from comments import posting
from comments.models import Comment, Commenter, Mail, Policy
from newsroom.models import Failure

pytestmark = pytest.mark.django_db
WORDS = "The water was lower in my grandmother’s day."


@pytest.fixture
def post(client, article):
    """`post(words, name=…)` sends the form as a browser does, a minute after it was opened."""

    def post(text=WORDS, on=None, by=None, **fields):
        on, by = on or article, by or client
        with time_machine.travel(timezone.now() - timedelta(minutes=1), tick=False):
            mark = posting.started()
        data = {"name": "Ida Berg", "email": "ida@example.org", "comment": text, "started": mark, "send": "1"}
        return by.post(f"/articles/{on.slug}/comments/new/", data | fields)

    return post


@pytest.fixture
def member():
    return get_user_model().objects.create_user(
        "ida", "ida@example.org", "x", first_name="Ida", last_name="Berg"
    )


@pytest.fixture
def known(member):
    """A member with two approved comments behind them is no new person."""
    return Commenter.objects.create(user=member, email=member.email, name="Ida Berg", standing="trusted")


def textarea(response):
    found = re.search(r"<textarea[^>]*>\n?(.*?)</textarea>", response.content.decode(), re.S)
    return found and found.group(1).replace("&#x27;", "'")


def rows():
    return list(Comment.objects.order_by("pk").values_list("comment", "status"))


def test_the_form_has_its_own_address_that_no_cache_keeps(client, article):
    response = client.get(f"/articles/{article.slug}/comments/new/")
    assert response.status_code == 200
    assert {"private", "no-store"} <= {part.strip() for part in response["Cache-Control"].split(",")}
    assert "noindex" in response["X-Robots-Tag"]
    assert "csrfmiddlewaretoken" in response.content.decode()


def test_a_guests_comment_is_stored_and_waits_for_the_address(post):
    response = post()
    assert response.status_code == 302
    assert rows() == [(WORDS, "unconfirmed")]
    assert list(Mail.objects.values_list("kind", "to")) == [("confirm", "ida@example.org")]
    assert not Comment.objects.visible().exists()


def test_where_everyone_may_post_a_guest_needs_no_link(post):
    Policy(who_may_post="everyone", mode="open").save()
    post()
    assert rows() == [(WORDS, "visible")]
    assert not Mail.objects.exists()


@pytest.mark.threat("T22")
def test_a_name_that_says_it_is_trusted_is_not_believed_without_a_proof(post):
    Policy(who_may_post="everyone").save()
    Commenter.objects.create(email="ida@example.org", name="Ida", standing="trusted")
    post()
    assert rows() == [(WORDS, "held")]


def test_a_known_member_is_read_at_once(client, post, member, known):
    client.force_login(member)
    response = post()
    comment = Comment.objects.get()
    assert (comment.status, comment.user, comment.user_name) == ("visible", member, "Ida Berg")
    assert response["Location"].endswith(f"#comment-{comment.pk}")


def test_a_member_may_be_asked_for(client, post, member, known, article):
    article.comment_policy = "members"
    article.save()
    refused = post()
    assert (refused.status_code, rows(), textarea(refused)) == (403, [], WORDS)
    client.force_login(member)
    post()
    assert rows() == [(WORDS, "visible")]


def test_a_reply_stands_below_what_it_answers(client, post, member, known, make_comment):
    client.force_login(member)
    answered = make_comment("first")
    post(reply_to=answered.pk)
    assert Comment.objects.get(comment=WORDS).answers == answered


@pytest.mark.threat("T4")
@pytest.mark.parametrize("status", sorted(set(Comment.Status) - {"visible"}))
def test_a_hidden_comment_cannot_be_answered_nor_read_in_the_form(
    client, post, make_comment, article, status
):
    hidden = make_comment("A held secret", status=status)
    page = client.get(f"/articles/{article.slug}/comments/new/?reply_to={hidden.pk}")
    assert page.status_code == 404
    assert "secret" not in page.content.decode()

    response = post(reply_to=hidden.pk)
    assert (response.status_code, textarea(response)) == (422, WORDS)
    assert "secret" not in response.content.decode()
    assert Comment.objects.count() == 1


def test_a_comment_of_another_article_or_of_none_cannot_be_answered(
    client, post, make_comment, make_article, article
):
    elsewhere = make_comment(article=make_article("Elsewhere"))
    for reply_to in (elsewhere.pk, 999999, "x", "-1", "9" * 30):
        assert client.get(f"/articles/{article.slug}/comments/new/?reply_to={reply_to}").status_code == 404
        response = post(reply_to=reply_to)
        assert (response.status_code, textarea(response)) == (422, WORDS)
    assert Comment.objects.count() == 1


def test_a_preview_shows_the_words_and_stores_nothing(post):
    response = post("Some *weight*", preview="1")
    assert "<p>Some <em>weight</em></p>" in response.content.decode()
    assert (textarea(response), rows()) == ("Some *weight*", [])


@pytest.mark.parametrize(
    "fields",
    [
        {"name": ""},
        {"name": "  "},
        {"email": "ida at example"},
        {"email": ""},
        {"name": "x" * 51},
        {"reply_to": "no number"},
    ],
)
def test_an_error_keeps_every_word(post, fields):
    response = post(**fields)
    assert (response.status_code, textarea(response), rows()) == (422, WORDS, [])
    assert 'role="alert"' in response.content.decode()


@pytest.mark.threat("T26")
def test_a_text_that_is_too_long_is_given_back_whole(post, settings):
    text = "word " * 700
    response = post(text)
    assert response.status_code == 422
    assert textarea(response).strip() == text.strip()
    assert "Please shorten it to 3000 or fewer" in response.content.decode()


def test_an_empty_comment_is_none(post):
    for text in ("", "   \n "):
        assert post(text).status_code == 422
    assert rows() == []


def test_three_hours_of_writing_are_fine(post):
    with time_machine.travel(timezone.now() - timedelta(hours=3)):
        mark = posting.started()
    assert post(started=mark).status_code == 302
    assert len(rows()) == 1
    assert "too_fast" not in Comment.objects.get().holds.values_list("rule", flat=True)


def test_a_lost_cookie_gives_the_words_back_with_a_form_that_works(article):
    browser = Client(enforce_csrf_checks=True)
    data = {"name": "Ida", "email": "ida@example.org", "comment": WORDS}
    refused = browser.post(f"/articles/{article.slug}/comments/new/", data)
    assert (refused.status_code, textarea(refused), rows()) == (403, WORDS, [])
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', refused.content.decode()).group(1)
    again = browser.post(f"/articles/{article.slug}/comments/new/", data | {"csrfmiddlewaretoken": token})
    assert again.status_code == 302
    assert rows() == [(WORDS, "unconfirmed")]


def test_words_are_given_back_when_the_article_closed_meanwhile(post, article):
    article.comment_policy = "closed"
    article.save()
    response = post()
    assert (response.status_code, textarea(response), rows()) == (403, WORDS, [])
    assert "Comments are closed." in response.content.decode()


def test_words_are_given_back_when_the_article_is_gone_meanwhile_and_nothing_is_said_of_it(
    post, make_article
):
    for fields in (
        {"published_at": None},
        {"published_at": timezone.now() + timedelta(days=1)},
        {"withdrawn_at": timezone.now(), "withdrawn_reason": "It was wrong."},
    ):
        gone = make_article("A secret headline", **fields)
        response = post(on=gone)
        assert (response.status_code, textarea(response)) == (404, WORDS)
        assert "secret headline" not in response.content.decode()
        gone.delete()
    assert rows() == []


def test_a_form_of_a_former_address_still_works(post, article):
    article.slug = "another-address"
    article.save()
    article.slug = "the-strait-at-low-tide"
    assert post(on=article).status_code == 302
    assert len(rows()) == 1


def test_a_double_click_makes_one_row_and_one_mail(post):
    assert [post().status_code for _ in range(3)] == [302, 302, 302]
    assert len(rows()) == 1
    assert Mail.objects.count() == 1


def test_a_locked_database_gives_the_words_back(post, monkeypatch):
    from django.db import OperationalError

    def locked(*args, **kwargs):
        raise OperationalError("database is locked")

    monkeypatch.setattr(Comment, "save", locked)
    response = post()
    assert (response.status_code, textarea(response), rows()) == (503, WORDS, [])
    assert response["Retry-After"]


def test_a_database_that_stays_wrong_gives_the_words_back_and_the_operator_is_told(post, monkeypatch):
    from django.db import OperationalError

    def lacks(*args, **kwargs):
        raise OperationalError("no such column: comments_comment.sea")

    monkeypatch.setattr(Comment, "save", lacks)
    response = post()
    assert (response.status_code, textarea(response)) == (503, WORDS)
    assert list(Failure.objects.values_list("what", "route")) == [
        ("OperationalError", "/articles/<slug:slug>/comments/new/")
    ]


def test_the_names_of_staff_and_authors_cannot_be_taken(client, post):
    get_user_model().objects.create_user("okafor", first_name="Mara", last_name="Okafor", is_staff=True)
    Author.objects.create(name="Hoàng Minh Lê")
    for name in ("Mara Okafor", "mara  okafor", "MARA OKAF0R", "Маra Оkafor", "Hoang Minh Le", "okafor"):
        response = post(name=name)
        assert (response.status_code, textarea(response)) == (422, WORDS), name
    assert rows() == []
    assert post(name="Mara Okafors").status_code == 302


def test_staff_and_the_articles_author_carry_a_badge_and_are_not_held(client, post, article):
    staff = get_user_model().objects.create_user("staff", "s@example.org", is_staff=True)
    writer = get_user_model().objects.create_user("writer", "w@example.org", is_staff=True)
    Byline.objects.create(article=article, author=Author.objects.create(name="Bo Lind", user=writer))
    for user, text in ((staff, "from the desk"), (writer, "from the author")):
        client.force_login(user)
        post(text)
    assert list(Comment.objects.order_by("pk").values_list("status", "badge")) == [
        ("visible", "staff"),
        ("visible", "author"),
    ]
    page = client.get(f"/articles/{article.slug}/comments/").content.decode()
    assert "Author of the article" in page and ">Staff<" in page


@pytest.mark.threat("T1")
@pytest.mark.threat("T22")
def test_text_is_rendered_once_and_links_vouch_for_nobody(client, post, member, known):
    client.force_login(member)
    post(
        "A [link](https://example.org/a?b=1&c=2), *stress* and\n\n> a quotation\n\n<script>alert(1)</script>"
    )
    assert Comment.objects.get().html == (
        '<p>A <a href="https://example.org/a?b=1&amp;c=2" rel="nofollow ugc noopener">link</a>, <em>stress</em> and</p>\n'
        "<blockquote>\n<p>a quotation</p>\n</blockquote>\n<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>"
    )


@pytest.mark.threat("T5")
def test_only_its_writer_is_shown_what_became_of_a_comment(client, post, article):
    Policy(who_may_post="everyone").save()
    address = post()["Location"]
    page = client.get(address)
    assert WORDS in page.content.decode()
    assert "A moderator reads your first comments." in page.content.decode()
    assert "no-store" in page["Cache-Control"]
    assert client.get(f"/articles/{article.slug}/comments/new/?sent=forged").status_code == 302


def test_closed_comments_have_no_form(client, make_article):
    article = make_article("Old", published_at=timezone.now() - timedelta(days=40))
    page = client.get(f"/articles/{article.slug}/comments/new/").content.decode()
    assert "data-comment-form" not in page
    assert "closed by themselves 30 days after" in page


def test_an_address_is_never_stored_as_it_is(post):
    post()
    comment = Comment.objects.get()
    assert comment.ip_address is None
    assert re.fullmatch(r"[0-9a-f]{32}", comment.from_address)
    assert comment.from_address != comment.from_network


@pytest.mark.threat("T22")
def test_the_form_itself_has_the_hidden_field_and_the_clock(client, article, member):
    Policy(mode="open", seconds_to_write=3, who_may_post="everyone").save()
    address, opened = f"/articles/{article.slug}/comments/new/", timezone.now()
    with time_machine.travel(opened, tick=False):
        html = client.get(address).content.decode()
    assert 'name="website"' in html
    started = re.search(r'name="started" value="([^"]+)"', html)[1]
    signed_by_another = signing.dumps(0, salt="another")

    def why(words, later=60, **sent):
        with time_machine.travel(opened + timedelta(seconds=later), tick=False):
            client.post(address, {"name": "Bo", "email": "bo@example.org", "comment": words} | sent)
        comment = Comment.objects.get(comment=words)
        return [hold.rule for hold in comment.holds.all()]

    assert why("One.", started=started) == []
    assert why("Two.", started=started, website="https://pills.example") == ["honeypot"]
    for n, mark in enumerate(("", "0", "MA:x:y", signed_by_another, started[:-1])):
        assert why(f"No clock of ours, {n}.", started=mark) == ["too_fast"], mark
    assert why("At once.", later=1, started=started) == ["too_fast"]


@pytest.mark.threat("T26")
def test_odd_input_is_never_a_server_error(client, article):
    for text in (
        "[" * 2900,
        "*" * 2900,
        "\x00",
        "\ud83d",
        "\u202e" * 100,
        "🏳️‍🌈" * 200,
        "a" * 2999,
        "> " * 1400,
        "%s%n{{7*7}}",
    ):
        for field in ("comment", "name", "email", "started", "nudged", "reply_to", "website"):
            data = {"comment": "x", "name": "n", "email": "a@b.org"} | {
                field: text.encode("utf-8", "replace")
            }
            assert client.post(f"/articles/{article.slug}/comments/new/", data).status_code < 500
