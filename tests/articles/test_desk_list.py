"""The list of articles: states, filters, search, what it costs, and the verbs for many at once."""

from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.admin.models import LogEntry
from django.urls import reverse
from django.utils import timezone
from django.utils.html import strip_tags

from articles.models import Article, Byline, FrontPageSlot, Photo, Topic
from comments.models import Comment
from tests.articles.at_the_desk import change_url, messages, whole_article

pytestmark = pytest.mark.usefixtures("db", "groups")
LIST = "/admin/articles/article/"


@pytest.fixture
def four():
    """One article of each state."""
    now = timezone.now()
    four = {state: whole_article(f"A {state} dam") for state in ("draft", "scheduled", "live", "withdrawn")}
    four["scheduled"].publish(at=datetime(2099, 7, 1, 8, tzinfo=UTC))
    four["live"].publish(at=now - timedelta(days=2))
    four["withdrawn"].publish(at=now - timedelta(days=3))
    four["withdrawn"].withdraw("It was wrong.")
    return four


def listed(client, **query):
    return {a.headline for a in client.get(LIST, query).context["cl"].result_list}


def choose(client, action, articles, **given):
    """Choose `action` for the articles in the list; with `given`, confirm it."""
    data = {"action": action, "_selected_action": [article.pk for article in articles]}
    return client.post(LIST, data | given, follow=True)


# --- the list -------------------------------------------------------------------------------------------------------
def test_each_row_says_its_state_in_a_word(client, editor, four):
    cells = client.get(LIST).content.decode().split('class="field-state">')[1:]
    said = {strip_tags(cell.split("</td>")[0]).split(" on ")[0].split(" since ")[0] for cell in cells}
    assert said == {"Draft", "Scheduled for 1 Jul 2099, 08:00", "Live", "Withdrawn"}


def test_the_list_is_filtered_by_state(client, editor, four):
    assert {state: listed(client, state=state) for state in four} == {
        state: {article.headline} for state, article in four.items()
    }


def test_the_list_is_filtered_by_topic_kind_and_author(client, editor, four):
    law = Topic.objects.create(name="Law", slug="law")
    other = whole_article("Another", topic=law, kind="report", by="Bo Lind")
    assert listed(client, topic__id__exact=law.pk) == {"Another"}
    assert listed(client, kind__exact="report") == {"Another"}
    assert listed(client, authors__id__exact=other.writers[0].pk) == {"Another"}


def test_the_list_is_filtered_by_what_lacks_something_as_publishing_sees_it(client, editor, picture):
    whole_article("Whole")
    ready = Photo(image=picture(), credit="Bo", decorative=True)
    ready.save()
    whole_article("Whole with a photo", hero=ready)
    no_credit = Photo.objects.create(caption="x")
    whole_article("No standfirst", standfirst="")
    whole_article("No text", body="<hr>")
    whole_article("No topic", topic=None)
    whole_article("Unready hero", hero=no_credit)
    whole_article("Unready photo", body=f'<p>x</p><figure data-photo="{no_credit.pk}"></figure>')
    whole_article(
        "Unsettled", body=f'<p>x</p><figure data-photo="{ready.pk}" data-uncertain="caption"></figure>'
    )
    whole_article("Nobody")
    Byline.objects.filter(article__headline="Nobody").update(role="photos")
    lacking = {a.headline for a in Article.objects.all() if a.missing_for_publishing()}
    assert listed(client, lacking="something") == lacking
    assert listed(client, lacking="nothing") == {"Whole", "Whole with a photo"}


def test_the_list_is_filtered_by_what_is_mine(client, editor, four):
    Article.objects.filter(headline="A draft dam").update(created_by=editor)
    assert listed(client, whose="mine") == {"A draft dam"}


@pytest.mark.parametrize("words", ["draft", "pays draft", "Ana draft", "seas draft", "text draft"])
def test_search_finds_headline_standfirst_text_author_and_tag(client, editor, four, words):
    four["draft"].tags.add("Seas")
    assert listed(client, q=words) == {"A draft dam"}


def test_the_list_shows_the_comments_that_readers_see(client, editor, four):
    for status in ("visible", "visible", "held", "spam"):
        Comment.objects.create(article=four["live"], status=status, comment="x", user_name="Rita")
    counts = {a.headline: a.comment_count for a in client.get(LIST).context["cl"].result_list}
    assert counts == {"A draft dam": 0, "A scheduled dam": 0, "A live dam": 2, "A withdrawn dam": 0}


def test_the_list_costs_the_same_with_one_article_and_with_three_hundred(
    client, editor, django_assert_num_queries
):
    article = whole_article("First", by="Ana Ruiz")
    article.tags.add("water")
    client.get(LIST)  # content types are looked up once
    with django_assert_num_queries(12):
        client.get(LIST)
    topic, author = article.topic, article.writers[0]
    Article.objects.bulk_create(
        Article(
            headline=f"No {n}",
            slug=f"no-{n}",
            standfirst="x",
            body="<p>x</p>",
            topic=topic,
            published_at=timezone.now(),
        )
        for n in range(299)
    )
    Byline.objects.bulk_create(
        Byline(article=a, author=author) for a in Article.objects.exclude(pk=article.pk)
    )
    with django_assert_num_queries(12):
        assert len(client.get(LIST).context["cl"].result_list) == 50


def test_a_search_for_nonsense_finds_nothing_and_breaks_nothing(client, editor, four):
    assert listed(client, q='"%_\\ <script>' + "x" * 5000) == set()
    assert client.get(LIST, {"q": "a\x00b"}).status_code == 400


# --- many at once ---------------------------------------------------------------------------------------------------
def test_publishing_many_asks_first_and_says_what_stands_in_the_way(client, editor, four):
    four["draft"].topic = None
    four["draft"].save()
    response = choose(client, "publish_selected", [four["draft"], four["scheduled"], four["live"]])
    assert [(a.headline, obstacles) for a, obstacles in response.context["rows"]] == [
        ("A draft dam", ["No topic is chosen."]),
        ("A scheduled dam", []),
        ("A live dam", ["It is live already."]),
    ]
    assert "Publish 1 article" in response.content.decode()
    assert {a.headline: a.state for a in Article.objects.all()}["A scheduled dam"] == "scheduled"


def test_publishing_many_publishes_what_can_be_and_reports_the_rest(client, editor, four):
    four["draft"].topic = None
    four["draft"].save()
    live_since = four["live"].published_at
    response = choose(client, "publish_selected", four.values(), confirmed="yes")
    assert {a.headline: a.state for a in Article.objects.all()} == {
        "A draft dam": "draft",
        "A scheduled dam": "live",
        "A live dam": "live",
        "A withdrawn dam": "live",
    }
    said = messages(response)
    assert "“A draft dam” was not published:<ul><li>No topic is chosen.</li></ul>" in said
    assert "“A live dam” was not published:<ul><li>It is live already.</li></ul>" in said
    assert [s for s in said if s.startswith("Published: ")] != []
    four["live"].refresh_from_db()
    assert four["live"].published_at == live_since
    logged = LogEntry.objects.filter(object_repr__in=["A scheduled dam", "A withdrawn dam", "A draft dam"])
    assert {(e.object_repr, e.get_change_message()[:16]) for e in logged} == {
        ("A scheduled dam", "Published, dated"),
        ("A withdrawn dam", "Published, dated"),
    }


def test_scheduling_many_needs_a_time(client, editor, four):
    response = choose(client, "schedule_selected", [four["draft"]], confirmed="yes", at="")
    assert response.context["form"].errors == {"at": ["Please say when."]}
    choose(client, "schedule_selected", [four["draft"]], confirmed="yes", at="2099-07-01T08:00")
    four["draft"].refresh_from_db()
    assert four["draft"].published_at == datetime(2099, 7, 1, 8, tzinfo=UTC)


def test_withdrawing_many_needs_a_reason_and_takes_only_what_is_live(client, editor, four):
    response = choose(client, "withdraw_selected", four.values(), confirmed="yes", reason="")
    assert "Please say why" in response.context["form"].errors["reason"][0]
    choose(client, "withdraw_selected", four.values(), confirmed="yes", reason="They were wrong.")
    assert {(a.headline, a.state, a.withdrawn_reason) for a in Article.objects.all()} == {
        ("A draft dam", "draft", ""),
        ("A scheduled dam", "scheduled", ""),
        ("A live dam", "withdrawn", "They were wrong."),
        ("A withdrawn dam", "withdrawn", "It was wrong."),
    }
    entry = LogEntry.objects.get(object_repr="A live dam")
    assert (entry.user, entry.get_change_message()) == (editor, "Withdrawn: They were wrong.")


def test_only_drafts_are_deleted_and_the_rest_is_named(client, editor, four):
    response = choose(client, "delete_selected", four.values())
    assert [a.headline for a in response.context["queryset"]] == ["A draft dam"]
    assert len(messages(response)) == 3
    choose(client, "delete_selected", four.values(), post="yes")
    assert set(Article.objects.values_list("headline", flat=True)) == {
        "A scheduled dam",
        "A live dam",
        "A withdrawn dam",
    }


def test_what_readers_had_cannot_be_deleted_from_its_page(client, editor, four):
    for state, article in four.items():
        url = reverse("admin:articles_article_delete", args=[article.pk])
        assert client.post(url, {"post": "yes"}).status_code == (302 if state == "draft" else 403)
    assert Article.objects.count() == 3


def test_deleting_a_draft_takes_its_place_on_the_front_page_along(client, editor, four):
    FrontPageSlot.objects.create(article=four["draft"], position=1)
    client.post(reverse("admin:articles_article_delete", args=[four["draft"].pk]), {"post": "yes"})
    assert (Article.objects.drafts().count(), FrontPageSlot.objects.count()) == (0, 0)


def test_the_history_of_an_article_shows_its_verbs(client, editor, four):
    choose(client, "withdraw_selected", [four["live"]], confirmed="yes", reason="It was wrong.")
    html = client.get(change_url(four["live"]).replace("change", "history")).content.decode()
    assert "Withdrawn: It was wrong." in html
