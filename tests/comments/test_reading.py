"""What readers get to read: the conversation under an article and on its own pages."""

import re
from datetime import timedelta

import pytest
from django.template import Context, Template
from django.test import Client
from django.utils import timezone

from articles.models import Article
from comments.conversation import COMMENTS_A_PAGE, REPLIES_SHOWN, THREADS_A_PAGE, with_comment_count
from comments.models import Comment, Commenter, Policy

pytestmark = pytest.mark.django_db


def first_page(article):
    return Template("{% load conversation %}{% conversation article %}").render(Context({"article": article}))


def outline(html):
    """The comments and placeholders of a page as (depth, first words or “—”)."""
    found = re.findall(
        r'<(?:article|div) class="remark[ "][^>]*?data-(comment|placeholder)="(\d+)" data-depth="(\d)".*?(?:dir="auto"><p>(.*?)</p>|</article>|</div>)',
        html,
        re.S,
    )
    return [(int(depth), text if kind == "comment" else "—") for kind, _, depth, text in found]


def is_nested_well(html):
    stack = []
    for closing, name in re.findall(r"<(/?)(ol|li|details|article|section|div)\b", html):
        if not closing:
            stack.append(name)
        elif stack.pop() != name:
            return False
    return not stack


def pages(client, article, **query):
    response = client.get(f"/articles/{article.slug}/comments/", query)
    assert response.status_code == 200
    return response.content.decode()


def test_the_page_of_an_article_shows_the_threads_with_their_replies(make_comment, article):
    first = make_comment("first")
    one = make_comment("one", answers=first)
    make_comment("two", answers=one)
    make_comment("three", answers=first)
    make_comment("second")

    html = first_page(article)
    assert outline(html) == [(0, "first"), (1, "one"), (2, "two"), (1, "three"), (0, "second")]
    assert is_nested_well(html)
    assert 'data-comment-count="5">5 comments<' in html
    assert ">3 replies<" in html


def test_an_article_without_comments_says_so(article):
    html = first_page(article)
    assert (outline(html), "No comments yet" in html) == ([], True)


def test_what_is_not_visible_is_nowhere_on_the_pages(client, make_comment, article):
    shown = make_comment("shown words")
    for status in set(Comment.Status) - {"visible"}:
        make_comment(f"secret {status} words", name=f"Secret {status}", status=status)
        make_comment(f"secret {status} reply", name=f"Secret {status}", status=status, answers=shown)

    for html in (first_page(article), pages(client, article), pages(client, article, thread=shown.pk)):
        assert outline(html) == [(0, "shown words")]
        assert "ecret" not in html
        assert "1 comment" in html


def test_a_hidden_comment_with_visible_replies_is_a_placeholder(client, make_comment, article):
    root = make_comment("root words", name="Rude Root", status="rejected")
    middle = make_comment("middle words", name="Rude Middle", answers=root, status="removed")
    make_comment("good", answers=middle)
    make_comment("also good", answers=root)

    for html in (first_page(article), pages(client, article), pages(client, article, thread=root.pk)):
        assert outline(html) == [(0, "—"), (1, "—"), (2, "good"), (1, "also good")]
        assert "ude" not in html.replace("include", "") and "words" not in html
        assert html.count("This comment is not shown.") == 1
        assert html.count("The writer took this comment back.") == 1
        assert is_nested_well(html)


def test_a_long_thread_shows_its_beginning_and_leads_to_the_rest(client, make_comment, article):
    root = make_comment("root")
    for number in range(COMMENTS_A_PAGE + 10):
        make_comment(f"reply {number}", answers=root)
    make_comment("after")

    html = first_page(article)
    assert outline(html) == [(0, "root"), *((1, f"reply {n}") for n in range(REPLIES_SHOWN)), (0, "after")]
    assert f"?thread={root.pk}" in html
    assert f">{COMMENTS_A_PAGE + 10} replies<" in html
    assert is_nested_well(html)

    page_1, page_2 = (pages(client, article, thread=root.pk, page=n) for n in (1, 2))
    assert outline(page_1) == [(0, "root"), *((1, f"reply {n}") for n in range(COMMENTS_A_PAGE - 1))]
    assert outline(page_2) == [
        (0, "root"),
        *((1, f"reply {n}") for n in range(COMMENTS_A_PAGE - 1, COMMENTS_A_PAGE + 10)),
    ]


def test_the_conversation_is_paged_by_thread(client, make_comment, article):
    for number in range(THREADS_A_PAGE + 3):
        make_comment(f"reply to {number}", answers=make_comment(f"thread {number}"))

    first, second = pages(client, article), pages(client, article, page=2)
    assert outline(first) == outline(first_page(article))
    assert [text for depth, text in outline(first) if not depth] == [
        f"thread {n}" for n in range(THREADS_A_PAGE)
    ]
    assert [text for depth, text in outline(second) if not depth] == ["thread 20", "thread 21", "thread 22"]
    assert f'href="/articles/{article.slug}/comments/?page=2"' in first_page(article)


def test_the_orders_are_oldest_newest_and_most_recommended_with_picks_first(client, make_comment, article):
    for text, recommended in (("a", 1), ("b", 9), ("c", 5)):
        make_comment(text, recommend_count=recommended)
    make_comment("d").pick()

    def order(**query):
        return "".join(text for _, text in outline(pages(client, article, **query)))

    assert [
        order(),
        order(sort="oldest"),
        order(sort="newest"),
        order(sort="recommended"),
        order(sort="x"),
    ] == [
        "dabc",
        "dabc",
        "dcba",
        "dbca",
        "dabc",
    ]


@pytest.mark.parametrize(
    "query", ["page=x", "page=0", "page=99", "sort=%00", "thread=x", "thread=-1", "page=-1&sort=a"]
)
def test_nonsense_in_the_address_is_forgiven(client, make_comment, article, query):
    make_comment("shown")
    response = client.get(f"/articles/{article.slug}/comments/?{query}")
    assert outline(response.content.decode()) == [(0, "shown")]


def test_a_permalink_leads_to_the_page_and_anchor_of_the_comment(client, make_comment, article):
    comments = []
    for number in range(THREADS_A_PAGE + 2):
        comments.append(make_comment(f"thread {number}"))
    for number in range(COMMENTS_A_PAGE + 5):
        comments.append(
            make_comment(f"reply {number}", answers=comments[-1] if number == 0 else comments[21])
        )
    comments[3].pick()

    for comment in comments:
        response = client.get(f"/comments/{comment.pk}/")
        assert response.status_code == 302
        address, _, anchor = response["Location"].partition("#")
        assert anchor == f"comment-{comment.pk}"
        assert f'id="{anchor}"' in client.get(address).content.decode(), comment


@pytest.mark.parametrize("status", sorted(set(Comment.Status) - {"visible"}))
def test_a_hidden_comment_has_no_permalink(client, make_comment, status):
    assert client.get(f"/comments/{make_comment(status=status).pk}/").status_code == 404


def test_comments_of_an_article_that_is_not_live_cannot_be_reached(client, make_article, make_comment):
    for number, fields in enumerate(
        (
            {"published_at": None},
            {"published_at": timezone.now() + timedelta(days=1)},
            {"withdrawn_at": timezone.now(), "withdrawn_reason": "It was wrong."},
        )
    ):
        article = make_article(f"Not live {number}", **fields)
        comment = make_comment("secret", article=article)
        assert client.get(f"/comments/{comment.pk}/").status_code == 404
        assert client.get(f"/articles/{article.slug}/comments/").status_code == 404


def test_the_pages_ask_the_same_four_queries_for_one_and_for_many_comments(
    make_comment, article, django_assert_num_queries
):
    one = make_comment("one")
    make_comment("reply", answers=one)
    with django_assert_num_queries(4):
        first_page(article)
    hidden = make_comment("hidden", answers=one, status="rejected")
    for number in range(30):
        make_comment(f"reply {number}", answers=hidden if number % 2 else one)
        make_comment(f"thread {number}")
    again = Article.objects.get(pk=article.pk)
    with django_assert_num_queries(4):
        first_page(again)


def test_a_reader_gets_no_cookie_and_the_same_bytes_as_everybody(
    client, make_comment, article, django_user_model
):
    make_comment("one")
    address = f"/articles/{article.slug}/comments/"
    anonymous = client.get(address)
    client.force_login(django_user_model.objects.create_user("ida", password="x"))
    known = client.get(address)

    assert known.content == anonymous.content
    assert anonymous["Cache-Control"] == "public, max-age=0, must-revalidate"
    assert not anonymous.cookies
    assert "Cookie" not in anonymous.get("Vary", "")
    assert "csrf" not in anonymous.content.decode()
    assert "<form" not in first_page(article)


def test_a_name_is_escaped_and_cannot_turn_the_text_around_it(make_comment, article):
    make_comment("good", name="<b>\u202eIda")
    html = first_page(article)
    assert "<bdi>&lt;b&gt;\u202eIda</bdi>" in html
    assert 'class="remark__body" dir="auto"' in html


def test_cards_can_be_counted_in_the_query_that_finds_them(
    make_article, make_comment, django_assert_num_queries
):
    quiet, loud = make_article("Quiet"), make_article("Loud")
    make_comment("1", article=loud)
    make_comment("2", article=loud)
    make_comment("3", article=loud, status="held")
    with django_assert_num_queries(1):
        found = with_comment_count(Article.objects.published().filter(pk__in=[quiet.pk, loud.pk]))
        assert {a.headline: a.comment_count for a in found} == {"Quiet": 0, "Loud": 2}


def test_comments_close_by_themselves_and_the_page_says_so(make_article):
    article = make_article("Old", published_at=timezone.now() - timedelta(days=31))
    assert "Comments closed by themselves 30 days after publication." in first_page(article)
    Policy(close_after_days=0).save()
    assert "closed" not in first_page(Article.objects.get())


@pytest.mark.parametrize("policy, chosen", [("closed", "site"), ("everyone", "closed")])
def test_comments_can_be_closed_everywhere_or_on_one_article(make_article, policy, chosen):
    Policy(who_may_post=policy).save()
    assert "Comments are closed." in first_page(make_article(comment_policy=chosen))


def test_a_reply_that_joined_the_last_level_names_whom_it_answers(make_comment, article):
    a = make_comment("a")
    b = make_comment("b", answers=a)
    c = make_comment("c", name="Cleo Park", answers=b)
    d = make_comment("d", name="Dan Ito", answers=c)
    make_comment("e", answers=d)
    html = first_page(article)
    assert f'Answers <a href="/comments/{c.pk}/"><bdi>Cleo Park</bdi></a>' in html
    assert f'Answers <a href="/comments/{d.pk}/"><bdi>Dan Ito</bdi></a>' in html
    assert html.count("Answers <a") == 2

    d.reject(reason="abuse")
    assert "Dan Ito" not in first_page(article)


def test_a_person_has_initials_and_one_mark_under_every_name_and_it_tells_nothing(
    client, article, make_comment
):
    ida = make_comment("One").commenter
    make_comment("Two", name="I. B.", commenter=ida)
    make_comment("Three", name="Bo")
    make_comment("Four", name="A former reader", commenter=Commenter.objects.create(name="x"))
    Comment.objects.filter(comment="Four").update(commenter=None)
    first, second = (
        client.get(f"/articles/{article.slug}/comments/").content.decode(),
        Client().get(f"/articles/{article.slug}/comments/").content.decode(),
    )
    marks = re.findall(r'data-person="(\w+)"', first)
    assert (len(marks), len(set(marks))) == (3, 2)
    assert marks == re.findall(r'data-person="(\w+)"', second)
    assert str(ida.pk) not in marks
    assert re.findall(r'class="initials" aria-hidden="true">(.*?)<', first) == ["IB", "IB", "B", "AR"]
