"""The front page: what an editor chose, then the newest, then each topic."""

import pytest

from articles import front_page
from articles.models import FrontPageSlot, Photo, Topic
from tests.articles.reading import headlines

pytestmark = pytest.mark.django_db


def test_an_empty_publication_has_a_front_page(client):
    response = client.get("/")
    assert (response.status_code, headlines(response)) == (200, [])
    assert "The first story is being written." in response.content.decode()


@pytest.mark.parametrize("number", [1, 2, 3, 5, 6])
def test_of_a_few_stories_each_has_one_place_the_newest_first(client, publish, number):
    for n in range(number):
        publish(f"Story {n}")
    assert headlines(client.get("/")) == [f"Story {n}" for n in range(number)]


def test_of_many_stories_the_newest_are_listed_and_come_again_under_their_topic(publish):
    for n in range(20):
        publish(f"Story {n}")
    page = front_page.compose()

    def names(stories):
        return [story.headline for story in stories]

    assert (page.lead.headline, names(page.row)) == ("Story 0", ["Story 1", "Story 2", "Story 3"])
    assert names(page.latest) == [f"Story {n}" for n in range(4, 10)]
    assert [names(section.stories) for section in page.sections] == [["Story 4", "Story 5", "Story 6"]]


def test_what_an_editor_pinned_comes_first_in_the_order_given(client, publish):
    stories = [publish(f"Story {n}") for n in range(6)]
    FrontPageSlot.objects.create(article=stories[4], position=2)
    FrontPageSlot.objects.create(article=stories[5], position=1)
    assert headlines(client.get("/")) == ["Story 5", "Story 4", "Story 0", "Story 1", "Story 2", "Story 3"]


def test_a_pinned_story_that_is_not_live_holds_no_place(client, publish, write):
    publish("Live")
    FrontPageSlot.objects.create(article=write("Draft"), position=1)
    assert headlines(client.get("/")) == ["Live"]


def test_topics_follow_in_their_order_with_what_has_no_place_above(publish):
    roads = Topic.objects.create(name="Roads", slug="roads", position=0)
    harbours = Topic.objects.create(name="Harbours", slug="harbours", position=1)
    Topic.objects.create(name="Empty", slug="empty", position=2)
    for n in range(4):
        publish(f"Above {n}", topic=roads)
    for n in range(5):
        publish(f"Harbour {n}", topic=harbours)
    publish("Road", topic=roads)
    sections = [(s.topic.name, [a.headline for a in s.stories]) for s in front_page.compose().sections]
    assert sections == [("Roads", ["Road"]), ("Harbours", ["Harbour 0", "Harbour 1", "Harbour 2"])]


def test_a_story_with_a_picture_is_the_feature_and_leads_its_topic(publish, photo):
    for n in range(4):
        publish(f"Above {n}")
    publish("Plain")
    publish("Pictured", hero=photo())
    publish("Pictured too", hero=photo())
    publish("Last")
    page = front_page.compose()
    assert page.feature.headline == "Pictured"
    assert [a.headline for a in page.latest] == ["Plain", "Pictured too", "Last"]
    assert [a.headline for a in page.sections[0].stories] == ["Pictured too", "Plain", "Last"]


def test_a_picture_that_is_still_awaited_makes_no_feature(publish, photo):
    for n in range(5):
        publish(f"Story {n}", hero=photo() if n == 4 else None)
    assert front_page.compose().feature.headline == "Story 4"
    Photo.objects.update(image="")
    assert front_page.compose().feature is None


def test_the_short_headline_stands_in_lists(client, publish):
    publish("A headline that goes on and on", short_headline="A short one")
    assert headlines(client.get("/")) == ["A short one"]
