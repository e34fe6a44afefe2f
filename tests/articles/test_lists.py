"""Topic, tag and author: who is on the list, what stands beside it."""

import pytest

from articles.models import Author, Byline, Topic
from tests.articles.reading import between, headlines, items, text_of

pytestmark = pytest.mark.django_db


def test_a_topic_shows_its_own_articles_newest_first(client, publish):
    seas = Topic.objects.create(name="Seas", slug="seas")
    publish("River one")
    publish("Sea", topic=seas)
    publish("River two")
    assert headlines(client.get("/topics/rivers/")) == ["River one", "River two"]
    assert headlines(client.get("/topics/seas/")) == ["Sea"]


def test_a_topic_without_articles_says_so(client, topic):
    response = client.get("/topics/rivers/")
    assert (response.status_code, headlines(response)) == (200, [])
    assert "0 articles" in response.content.decode()
    assert "Nothing has been published here yet." in response.content.decode()


def test_a_topic_counts_its_tags(client, publish):
    publish("One", tags=["Water", "Money"])
    publish("Two", tags=["water"])
    publish("Of the sea", tags=["Salt"], topic=Topic.objects.create(name="Seas", slug="seas"))
    assert items(between(client.get("/topics/rivers/"), 'id="tag-counts"', "</section>")) == [
        "Water 2",
        "Money 1",
    ]


def test_a_long_topic_counts_the_tags_of_its_last_articles_and_says_so(client, publish, monkeypatch):
    monkeypatch.setattr("articles.views.LATELY", 2)
    publish("Newest", tags=["Water"])
    publish("Newer", tags=["Water", "Money"])
    publish("Old", tags=["Money", "Salt"])
    page = client.get("/topics/rivers/")
    assert items(between(page, "Tags of the last 2", "</section>")) == ["Water 2", "Money 1"]


def test_a_topic_with_a_place_has_a_globe(client, publish, topic):
    publish("One")
    assert "globe__parallel" not in client.get("/topics/rivers/").content.decode()
    Topic.objects.update(latitude=38.0, longitude=127.0)
    assert "globe__parallel" in client.get("/topics/rivers/").content.decode()


def test_a_tag_is_the_same_whatever_its_case(client, publish):
    publish("One", tags=["Water"])
    publish("Two", tags=["WATER"])
    publish("Three", tags=["Money"])
    assert headlines(client.get("/tags/water/")) == ["One", "Two"]


def test_a_tag_of_another_script_has_a_page(client, publish):
    article = publish("One", tags=["ماء & <b>"])
    tag = article.tags.get()
    response = client.get(tag.get_absolute_url())
    assert (response.status_code, headlines(response)) == (200, ["One"])
    assert "ماء &amp; &lt;b&gt;" in response.content.decode()


def test_an_author_s_page_lists_what_they_did_in_any_role(client, publish):
    publish("By Ana")
    publish("By Bo", by=["Bo Lind"])
    pictured = publish("Pictured by Ana", by=["Bo Lind"])
    Byline.objects.create(
        article=pictured, author=Author.objects.get(name="Ana Ruiz"), role="photos", position=1
    )
    assert headlines(client.get("/authors/ana-ruiz/")) == ["By Ana", "Pictured by Ana"]


def test_an_author_s_page_shows_who_they_are(client, publish, photo):
    publish("By Ana", tags=["Water"])
    Author.objects.update(
        bio="Ana writes\nabout water.", public_email="ana@example.org", portrait=photo(),
        links="Website https://example.org/a?b&c\njavascript:alert(1)",
    )  # fmt: skip
    response = client.get("/authors/ana-ruiz/")
    head = between(response, '<header class="page-head sheet">', "</header>")
    assert text_of(head) == "Ana Ruiz Ana writes about water. 1 article ana@example.org Website"
    assert '<a href="mailto:ana@example.org">' in head and 'class="portrait"' in head
    assert '<a href="https://example.org/a?b&amp;c" rel="me noopener noreferrer">' in head
    assert "javascript" not in response.content.decode()
    assert items(between(response, 'id="writes-about"', "</section>")) == ["Rivers", "Water"]


def test_all_authors_are_listed_by_name_with_their_articles(client, publish):
    publish("One", by=["Bo Lind", "Ana Ruiz"])
    publish("Two", by=["Bo Lind"])
    assert items(between(client.get("/authors/"), 'class="side__list', "</ul>")) == [
        "Ana Ruiz 1 article",
        "Bo Lind 2 articles",
    ]


def test_of_who_has_written_much_the_list_of_authors_says_so_and_counts_no_further(
    client, publish, monkeypatch
):
    monkeypatch.setattr("articles.listing.MOST_COUNTED", 2)
    for n in range(3):
        publish(f"Story {n}", by=["Ana Ruiz", "Bo Lind"] if n else ["Bo Lind"])
    assert items(between(client.get("/authors/"), 'class="side__list', "</ul>")) == [
        "Ana Ruiz 2 articles",
        "Bo Lind 2+ articles",
    ]
    found = between(client.get("/search/", {"q": "bo"}), 'id="matching-authors"', "</section>")
    assert items(found) == ["Bo Lind 2+"]


def test_a_list_of_authors_without_any_says_so(client, db):
    assert "Nobody has published anything yet." in client.get("/authors/").content.decode()
