"""The front page is arranged on one page of the desk."""

from datetime import timedelta

import pytest
from django.contrib.admin.models import LogEntry
from django.urls import reverse
from django.utils import timezone

from articles.models import Article, FrontPageSlot
from tests.articles.at_the_desk import whole_article

pytestmark = pytest.mark.usefixtures("db", "groups")
URL = "/admin/articles/frontpageslot/"


@pytest.fixture
def stories():
    stories = [whole_article(f"Story {n}") for n in range(1, 4)]
    for story in stories:
        story.publish()
    return stories


def arrange(client, *rows, **given):
    """Post the page with (article, number) rows; `given` has the button and what else is typed."""
    seen = client.get(URL).context["seen"]
    data = {"article": [a.pk for a, _ in rows], "position": [n for _, n in rows], "seen": seen}
    return client.post(URL, data | given, follow=True)


def front_page():
    return [slot.article.headline for slot in FrontPageSlot.objects.select_related("article")]


def shown(response):
    return [story.headline for story in response.context["stories"]]


def test_stories_are_saved_in_the_order_of_their_numbers(client, editor, stories):
    one, two, three = stories
    arrange(client, (one, 3), (two, 1), (three, 2), save="yes")
    assert front_page() == ["Story 2", "Story 3", "Story 1"]
    assert list(FrontPageSlot.objects.values_list("position", flat=True)) == [1, 2, 3]


def test_searching_adding_and_removing_saves_nothing(client, editor, stories):
    one, two, three = stories
    FrontPageSlot.objects.create(article=one, position=1)
    added = arrange(client, (one, 2), (two, 1), add=three.pk)
    assert (shown(added), front_page()) == (["Story 2", "Story 1", "Story 3"], ["Story 1"])
    removed = arrange(client, (one, 1), (two, 2), remove=one.pk)
    assert (shown(removed), front_page()) == (["Story 2"], ["Story 1"])
    searched = arrange(client, (one, 2), (two, 1), q="three 3", show="yes")
    assert (shown(searched), front_page()) == (["Story 2", "Story 1"], ["Story 1"])


def test_what_may_be_added_is_published_or_scheduled_and_not_there_yet(client, editor, stories):
    whole_article("A draft")
    whole_article("A scheduled one").publish(at=timezone.now() + timedelta(days=1))
    withdrawn = whole_article("A withdrawn one")
    withdrawn.publish()
    withdrawn.withdraw("It was wrong.")
    FrontPageSlot.objects.create(article=stories[0], position=1)
    found = {article.headline for article in client.get(URL).context["found"]}
    assert found == {"Story 2", "Story 3", "A scheduled one"}
    found = {article.headline for article in client.get(URL, {"q": "scheduled"}).context["found"]}
    assert found == {"A scheduled one"}


def test_a_story_is_there_once(client, editor, stories):
    one, two, _ = stories
    arrange(client, (one, 1), (two, 2), (one, 3), save="yes")
    assert front_page() == ["Story 1", "Story 2"]


@pytest.mark.threat("T23")
def test_a_draft_cannot_be_put_there_by_a_forged_form(client, editor):
    draft = whole_article("A draft")
    response = arrange(client, (draft, 1), save="yes")
    assert (response.context["problem"], front_page()) == (
        "“A draft” is a draft: publish or schedule it first.",
        [],
    )


def test_what_is_gone_is_said_in_words(client, editor, stories):
    response = client.post(URL, {"article": [4711], "position": [1], "seen": "", "save": "yes"})
    assert "is not there any more" in response.context["problem"]


def test_nonsense_in_the_form_does_no_harm(client, editor, stories):
    data = {
        "article": ["x", "-1", "9" * 30, stories[0].pk],
        "position": ["", "y"],
        "add": "z",
        "seen": "\x00",
    }
    assert client.post(URL, data | {"show": "yes"}).status_code == 200
    assert client.post(URL, data | {"save": "yes"}).status_code == 200
    assert front_page() == []


def test_the_front_page_takes_eight_chosen_stories(client, editor):
    articles = [whole_article(f"Story {n}") for n in range(9)]
    for article in articles:
        article.publish()
    rows = [(article, n) for n, article in enumerate(articles, start=1)]
    assert "Please remove 1." in arrange(client, *rows, save="yes").context["problem"]
    arrange(client, *rows[:8], save="yes")
    assert len(front_page()) == 8


def test_the_order_of_another_is_not_replaced_silently(client, editor, stories):
    one, two, three = stories
    seen = client.get(URL).context["seen"]
    arrange(client, (three, 1), save="yes")
    data = {"article": [one.pk, two.pk], "position": [1, 2], "seen": seen, "save": "yes"}
    response = client.post(URL, data)
    assert "Somebody else changed the front page" in response.context["problem"]
    assert (shown(response), front_page()) == (["Story 1", "Story 2"], ["Story 3"])
    client.post(URL, data | {"seen": response.context["seen"]})
    assert front_page() == ["Story 1", "Story 2"]


def test_a_withdrawn_story_shows_as_such_and_readers_do_not_get_it(client, editor, stories):
    arrange(client, (stories[0], 1), save="yes")
    stories[0].withdraw("It was wrong.")
    assert "Readers do not see it here any more." in client.get(URL).content.decode()
    client.logout()
    assert "Story 1" not in client.get("/").content.decode()


def test_a_story_that_became_a_draft_again_does_not_hold_up_the_rest(client, editor, stories):
    scheduled = whole_article("A scheduled one")
    scheduled.publish(at=timezone.now() + timedelta(days=1))
    arrange(client, (scheduled, 1), save="yes")
    scheduled.unpublish()
    arrange(client, (scheduled, 2), (stories[0], 1), save="yes")
    assert front_page() == ["Story 1", "A scheduled one"]


def test_the_lead_leads_for_readers(client, editor, stories):
    arrange(client, (stories[1], 1), (stories[0], 2), save="yes")
    html = client.get("/").content.decode()
    assert html.index("Story 2") < html.index("Story 1") < html.index("Story 3")


def test_the_history_of_a_story_says_when_it_came_and_went(client, editor, stories):
    arrange(client, (stories[0], 1), (stories[1], 2), save="yes")
    arrange(client, (stories[1], 1), save="yes")
    said = [(e.object_repr, e.get_change_message()) for e in LogEntry.objects.order_by("pk")]
    assert said == [
        ("Story 1", "On the front page: it leads."),
        ("Story 2", "On the front page: place 2."),
        ("Story 2", "On the front page: it leads."),
        ("Story 1", "Taken off the front page."),
    ]


def test_the_page_costs_the_same_with_no_story_and_with_eight(client, editor, django_assert_num_queries):
    for n in range(9):
        whole_article(f"Story {n}").publish()
    FrontPageSlot.objects.create(article=Article.objects.first(), position=1)
    with django_assert_num_queries(11):
        client.get(URL)
    for n, article in enumerate(Article.objects.filter(front_page_slot=None)[:7], start=2):
        FrontPageSlot.objects.create(article=article, position=n)
    with django_assert_num_queries(11):
        client.get(URL)


def test_forms_of_single_slots_lead_to_the_page(client, editor, stories):
    slot = FrontPageSlot.objects.create(article=stories[0], position=1)
    for name, args in (("add", []), ("change", [slot.pk]), ("delete", [slot.pk]), ("history", [slot.pk])):
        response = client.post(reverse(f"admin:articles_frontpageslot_{name}", args=args), {"post": "yes"})
        assert (response.status_code, response["Location"]) == (302, URL)
    assert FrontPageSlot.objects.count() == 1
