"""The search of readers: any input is answered, what is found is marked, and nothing unpublished is found."""

from datetime import UTC, datetime

import pytest

from articles.models import Topic
from tests.articles.reading import between, headlines, items

pytestmark = pytest.mark.django_db


def search(client, **asked):
    return client.get("/search/", {name.rstrip("_"): value for name, value in asked.items()})


def test_every_word_is_looked_for_wherever_a_reader_can_read_it(client, publish):
    publish("In the headline: heron")
    publish("In the dek", standfirst="A heron.")
    publish("In the text", body="<p>The <em>her</em>on stands.</p>")
    publish("In the tag", tags=["Herons"])
    publish("In the byline", by=["Hera Heron"])
    publish("Nowhere")
    assert headlines(search(client, q="HERON")) == [
        "In the headline: heron", "In the dek", "In the byline", "In the tag", "In the text",
    ]  # fmt: skip
    assert headlines(search(client, q="heron stands")) == ["In the text"]
    assert headlines(search(client, q="heron nowhere")) == []


def test_filters_narrow_and_may_stand_alone(client, publish):
    seas = Topic.objects.create(name="Seas", slug="seas")
    publish("River in May", at=datetime(2026, 5, 1, 0, 0, tzinfo=UTC), by=["Bo Lind"])
    publish("River in June", at=datetime(2026, 6, 30, 23, 59, tzinfo=UTC))
    publish("Sea in June", at=datetime(2026, 6, 1, 12, 0, tzinfo=UTC), topic=seas)
    assert headlines(search(client, topic="seas")) == ["Sea in June"]
    assert headlines(search(client, author="bo-lind")) == ["River in May"]
    assert headlines(search(client, from_="2026-06-01", to="2026-06-30")) == ["River in June", "Sea in June"]
    assert headlines(search(client, q="river", to="2026-05-01")) == ["River in May"]


def test_the_words_are_marked_and_the_text_around_them_is_shown(client, publish):
    publish(
        "A <dam>", body=f"<p>{'Before. ' * 60}The <em>quiet</em> heron &amp; the dam. {'After. ' * 60}</p>"
    )
    html = search(client, q="heron <dam>").content.decode()
    assert "A &lt;<mark>dam</mark>&gt;</a>" in html
    piece = between(search(client, q="quiet HERON"), '<p class="story__dek" dir="auto">', "</p>")
    assert "The <mark>quiet</mark> <mark>heron</mark> &amp; the dam." in piece
    assert "After. After." in piece and len(piece) < 400


@pytest.mark.threat("T16")
@pytest.mark.parametrize("asked", [
    {"q": '"'}, {"q": "a-b:c*"}, {"q": "%"}, {"q": "_"}, {"q": "\\"}, {"q": "\0"}, {"q": "x" * 5000}, {"q": "a " * 90},
    {"q": "😀 سلام"}, {"q": "\u202e"}, {"q": "('", "page": "x"}, {"q": "dam", "page": "-1"}, {"q": "dam", "page": "9" * 5000},
    {"topic": "nothing"}, {"topic": "\0"}, {"author": "nobody"}, {"from": "yesterday"}, {"from": "9999-12-31"},
    {"to": "0001-01-01"}, {"to": "9999-12-31"}, {"from": "2026-02-31"}, {"from": "2026-06-01", "to": "2026-05-01"},
    {"q": ["one", "two"]}, {"unknown": "x"}, {},
])  # fmt: skip
def test_any_input_is_answered(client, publish, asked):
    publish("A dam")
    response = client.get("/search/", asked)
    assert (response.status_code, response.get("Set-Cookie"), response.get("Vary")) == (200, None, None)


def test_bytes_that_are_no_text_are_answered(client, db):
    assert client.get("/search/?q=%ff%fe%00&from=%80&page=%c0").status_code == 200


def test_a_wrong_field_says_so_and_the_others_still_count(client, publish):
    publish("A dam")
    publish("A bridge")
    response = search(client, q="dam", from_="yesterday", topic="nothing")
    html = response.content.decode()
    assert headlines(response) == ["A dam"]
    assert "This is no date. Please give year, month and day: 2026-01-31." in html
    assert "There is no such topic." in html


def test_a_span_that_ends_before_it_begins_is_named(client, publish):
    publish("A dam")
    html = search(client, q="dam", from_="2026-06-01", to="2026-05-01").content.decode()
    assert "This day lies before the other one" in html


def test_nothing_is_listed_before_anything_is_asked(client, publish):
    publish("A dam")
    assert headlines(client.get("/search/")) == []
    assert "noindex" not in client.get("/search/").content.decode()
    assert '<meta name="robots" content="noindex">' in search(client, q="dam").content.decode()


def test_the_next_page_asks_the_same(client, publish, settings):
    settings.ARTICLES_PER_PAGE = 1
    publish("Dam one")
    publish("Dam two")
    html = search(client, q="dam & “x”", utm_source="mail").content.decode()
    assert "No results for “<bdi>dam &amp; “x”</bdi>”" in html
    response = search(client, q="dam", topic="rivers", utm_source="mail")
    assert 'href="/search/?q=dam&amp;topic=rivers&amp;page=2" rel="next"' in response.content.decode()
    assert headlines(search(client, q="dam", page=2)) == ["Dam two"]


def test_tags_and_authors_of_that_name_are_offered_with_what_is_published(client, publish, write):
    publish("One", tags=["Water law"], by=["Water Ruiz"])
    publish("Two", by=["Water Ruiz"])
    write("Draft", tags=["Water secret"], by=["Water Secret"])
    response = search(client, q="water")
    assert items(between(response, 'id="matching-tags"', "</section>")) == ["Water law"]
    assert items(between(response, 'id="matching-authors"', "</section>")) == ["Water Ruiz 2"]


def test_what_is_found_can_be_narrowed_by_topic_author_and_year(client, publish, write):
    seas = Topic.objects.create(name="Seas", slug="seas")
    publish("Dam one", by=["Ana Ruiz", "Bo Lind"], at=datetime(2025, 12, 31, 12, tzinfo=UTC))
    publish("Dam two", by=["Ana Ruiz"], at=datetime(2026, 1, 1, 12, tzinfo=UTC), topic=seas)
    publish("Other", by=["Cy Dee"], at=datetime(2024, 1, 1, 12, tzinfo=UTC))
    write("Dam draft", by=["Secret Writer"])

    def narrow(**asked):
        html = search(client, **asked).content.decode()
        return {
            title: items(html.split(f'id="narrow-{title}"')[1].split("</ul>")[0])
            if f"narrow-{title}" in html
            else []
            for title in ("topics", "authors", "years")
        }

    assert narrow(q="dam") == {
        "topics": ["Seas 1", "Rivers 1"], "authors": ["Ana Ruiz 2", "Bo Lind 1"], "years": ["2026 1", "2025 1"],
    }  # fmt: skip
    chosen = narrow(q="dam", topic="seas", from_="2026-01-01", to="2026-12-31")
    assert chosen == {
        "topics": ["Seas , chosen: show all again 1"], "authors": ["Ana Ruiz 1"], "years": ["2026 , chosen: show all again 1"],
    }  # fmt: skip
    html = search(client, q="dam").content.decode()
    assert 'href="/search/?q=dam&amp;from=2026-01-01&amp;to=2026-12-31"' in html
    assert 'href="/search/?q=dam&amp;author=bo-lind"' in html
    assert headlines(search(client, q="dam", author="bo-lind")) == ["Dam one"]
    assert "There is no such author." in search(client, author="secret-writer").content.decode()
