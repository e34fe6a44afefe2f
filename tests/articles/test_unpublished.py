"""What readers may not see is on no page, in no list, count, search or header.

Every hidden article has a headline, a standfirst, a text, a tag, an author and a photo that nothing else has, so that
any of it would be found wherever it came through.
"""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from articles.models import Article, ArticlePhoto, FrontPageSlot, Photo, Topic
from tests.articles.reading import between, headlines, items, text_of

pytestmark = pytest.mark.django_db

HIDDEN = ("draftling", "futureling", "goneling")


@pytest.fixture
def newsroom(publish, write, photo):
    """One live article, and beside it a draft, a scheduled and a withdrawn one. Returns the hidden, by their word."""
    live = publish("Live", tags=["Shared"], at=datetime(2025, 3, 1, tzinfo=UTC), slug="live")

    def hidden(word):
        picture = photo(caption=f"{word} caption", credit=f"{word} credit", alt=f"{word} alt")
        return write(
            f"{word} headline", standfirst=f"{word} standfirst.", slug=word, by=[f"{word} author"],
            tags=["Shared", f"{word} tag"], hero=picture, search_description=f"{word} description",
            body=f'<p>{word} text.</p><figure data-photo="{picture.pk}"></figure>',
        )  # fmt: skip

    articles = {word: hidden(word) for word in HIDDEN}
    articles["futureling"].publish(at=timezone.now() + timedelta(days=400))
    articles["goneling"].publish(at=datetime(2024, 5, 1, tzinfo=UTC))
    articles["goneling"].withdraw("It was wrong.")
    for position, article in enumerate([*articles.values(), live]):
        FrontPageSlot.objects.create(article=article, position=position)
        live.related.add(article)
    return articles


ADDRESSES = [
    "/", "/articles/live/", "/topics/rivers/", "/topics/rivers/?page=2", "/tags/shared/", "/authors/", "/authors/ana-ruiz/",
    "/archive/", "/archive/2025/", "/archive/2025/03/", "/search/", "/search/?q=text", "/search/?q=ling",
    "/search/?topic=rivers", "/search/?from=2020-01-01", "/nowhere/",
    "/articles/draftling/", "/articles/futureling/", "/articles/goneling/",
    "/tags/draftling-tag/", "/tags/futureling-tag/", "/tags/goneling-tag/",
    "/authors/draftling-author/", "/authors/futureling-author/", "/authors/goneling-author/",
]  # fmt: skip


@pytest.mark.parametrize("address", ADDRESSES)
def test_nothing_hidden_comes_through(client, newsroom, address):
    response = client.get(address)
    everything = response.content.decode() + repr(response.headers)
    # the address itself may be repeated (a canonical link is not, on a page that is not there)
    assert [word for word in HIDDEN if word in everything] == []


@pytest.mark.parametrize("word", HIDDEN)
def test_a_search_for_its_own_words_finds_nothing(client, newsroom, word):
    for asked in (f"{word} headline", f"{word} text", f"{word} tag", f"{word} author", f"{word} caption"):
        response = client.get("/search/", {"q": asked})
        assert headlines(response) == []
        assert f"No results for “{asked}”" in text_of(response.content.decode())
        assert "matching-" not in response.content.decode()


def test_it_is_in_no_count(client, newsroom):
    assert "1 article</span>" in client.get("/topics/rivers/").content.decode()
    assert "1 article</span>" in client.get("/tags/shared/").content.decode()
    assert items(between(client.get("/topics/rivers/"), 'id="tag-counts"', "</section>")) == ["Shared 1"]
    assert items(between(client.get("/authors/"), 'class="side__list', "</ul>")) == ["Ana Ruiz 1 article"]
    assert items(between(client.get("/archive/"), 'class="side__list', "</ul>")) == ["March 2025 1 article"]
    assert "1 result</h2>" in client.get("/search/?topic=rivers").content.decode()


@pytest.mark.parametrize(
    ("address", "status"),
    [
        *((f"/articles/{word}/", 410 if word == "goneling" else 404) for word in HIDDEN),
        *((f"/{kind}s/{word}-{kind}/", 404) for kind in ("tag", "author") for word in HIDDEN),
        ("/archive/2024/", 404),
        ("/archive/2024/05/", 404),
        (f"/archive/{timezone.now() + timedelta(days=400):%Y}/", 404),
    ],
)
def test_its_addresses_say_no_more_than_they_must(client, newsroom, address, status):
    assert client.get(address).status_code == status


def test_a_missing_page_and_a_draft_answer_alike(client, newsroom):
    def answer(address):
        response = client.get(address)
        headers = {k: v for k, v in response.headers.items() if k != "X-Request-ID"}
        return response.status_code, response.content, headers

    assert answer("/articles/draftling/") == answer("/articles/futureling/") == answer("/articles/no-such/")


def test_a_topic_whose_articles_are_all_hidden_looks_empty(client, newsroom):
    Article.objects.filter(slug="draftling").update(topic=Topic.objects.create(name="Seas", slug="seas"))
    assert "0 articles" in client.get("/topics/seas/").content.decode()


# --- photos -------------------------------------------------------------------------------------------------------
def test_a_photo_that_awaits_its_picture_is_on_no_page(client, publish, photo):
    hero, inside = (
        photo(caption="heroling", credit="heroling"),
        photo(caption="insideling", credit="insideling"),
    )
    publish("Live", slug="live", hero=hero, body=f'<p>Text.</p><figure data-photo="{inside.pk}"></figure>')
    shown = client.get("/articles/live/").content.decode()
    assert "heroling" in shown and "insideling" in shown  # so that the rest of this test could fail
    Photo.objects.update(image="")
    for address in ("/", "/articles/live/", "/topics/rivers/", "/authors/ana-ruiz/", "/search/?q=live"):
        html = client.get(address).content.decode()
        found = [
            word
            for word in ("heroling", "insideling", "<img", "<figure", "og:image", "waiting")
            if word in html
        ]
        assert (address, found) == (address, [])


def test_an_uncertain_caption_carries_no_mark(client, publish, photo):
    publish("Live", slug="live")
    Article.objects.update(
        body=f'<p>Text.</p><figure data-photo="{photo().pk}" data-uncertain="caption"><figcaption>So.</figcaption></figure>'
    )
    ArticlePhoto.objects.create(article=Article.objects.get(), photo=Photo.objects.get(), position=1)
    html = client.get("/articles/live/").content.decode()
    assert "So." in html and "uncertain" not in html
