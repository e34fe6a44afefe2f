"""What a page costs does not grow with what is published: one article, three, or three hundred."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from articles.models import Article, Author, Byline, FrontPageSlot, Page, Photo, Tag, TaggedArticle, Topic
from newsroom import edition
from tests.plans import analyze, indexes, reads_whole

pytestmark = pytest.mark.django_db

AT = datetime(2026, 3, 31, 12, tzinfo=UTC)


def publish(number):
    """Bring that many articles into being, each with a topic, two authors, two tags and a picture; the first is whole."""
    Page.objects.create(title="About us", slug="us")
    topics = [Topic.objects.create(name=f"Topic {n}", slug=f"topic-{n}") for n in range(4)]
    authors = [Author.objects.create(name=f"Author {n}", slug=f"author-{n}") for n in range(4)]
    tags = [Tag.objects.create(name=f"Tag {n}", slug=f"tag-{n}") for n in range(4)]
    photo = Photo(
        image="originals/x.jpg", measured="originals/x.jpg", width=900, height=600, alt="x", credit="x"
    )
    Photo.objects.bulk_create([photo])
    articles = Article.objects.bulk_create(
        Article(
            headline=f"Story {n}", slug=f"story-{n}", standfirst="Who pays.", body="<p>Text.</p>", body_text="Text.",
            topic=topics[n % 4], hero=photo, published_at=AT - timedelta(minutes=n),
        )
        for n in range(number)
    )  # fmt: skip
    Byline.objects.bulk_create(
        Byline(article=a, author=authors[(n + k) % 4], position=k)
        for n, a in enumerate(articles)
        for k in (0, 1)
    )
    TaggedArticle.objects.bulk_create(
        TaggedArticle(content_object=a, tag=tags[(n + k) % 4]) for n, a in enumerate(articles) for k in (0, 1)
    )
    FrontPageSlot.objects.create(article=articles[0], position=1)


# two of each are the topics of the navigation and the pages in the footer
LISTS = [
    ("/", 7),
    ("/topics/topic-0/", 8),
    ("/tags/tag-0/", 7),
    ("/authors/", 4),
    ("/authors/author-0/", 10),
    ("/archive/", 4),
    ("/archive/2026/", 7),
    ("/archive/2026/03/", 7),
    ("/search/", 3),
    ("/search/?q=story", 14),
    ("/search/?topic=topic-0", 10),
    ("/about/", 3),
    ("/nowhere/", 2),
]


@pytest.mark.parametrize("number", [1, 3, 300])
@pytest.mark.parametrize(("address", "queries"), LISTS)
def test_a_list_costs_the_same_however_long_it_is(
    client, django_assert_num_queries, address, queries, number
):
    publish(number)
    with django_assert_num_queries(queries):
        assert client.get(address).status_code == (404 if address == "/nowhere/" else 200)


@pytest.mark.parametrize("number", [3, 300])
def test_an_article_costs_the_same_whatever_else_there_is(client, django_assert_num_queries, number):
    publish(number)
    with django_assert_num_queries(15):
        client.get("/articles/story-0/")


def test_the_text_of_an_article_is_not_read_for_a_list(client, django_assert_num_queries):
    publish(3)
    with django_assert_num_queries(8) as queries:
        client.get("/topics/topic-0/")
    assert [q["sql"] for q in queries if '"articles_article"."body"' in q["sql"]] == []


@pytest.mark.parametrize(
    ("address", "index"),
    [
        ("/topics/topic-0/", "article_topic_newest"),
        ("/tags/tag-0/", "tagged_newest"),
        ("/authors/author-0/", "byline_newest"),
        ("/archive/2026/", "article_newest"),
    ],
)
def test_a_late_page_of_a_list_is_found_by_an_index(client, settings, address, index):
    """Its numbers come from the index, and rows are read for them alone."""
    settings.ARTICLES_PER_PAGE = 5
    publish(300)
    analyze(by_order=True)
    with CaptureQueriesContext(connection) as queries:
        client.get(address, {"page": 9})
    (late,) = [query["sql"] for query in queries if "OFFSET 40" in query["sql"]]
    # among three hundred PostgreSQL may as well walk through the newest of all topics
    fit = {index, "article_newest"} if connection.vendor == "postgresql" else {index}
    tables = ("articles_article", "articles_taggedarticle", "articles_byline")
    assert fit & {used for table in tables for used in indexes(late, table)}


@pytest.mark.parametrize("address", ["/", "/articles/story-0/"])
def test_a_page_that_is_not_kept_searches_indexes_alone(client, address):
    publish(300)
    for article in Article.objects.all()[:40]:
        article.related.add(Article.objects.get(slug="story-50"), Article.objects.get(slug="story-51"))
    analyze(by_order=True)
    edition._known = None
    with CaptureQueriesContext(connection) as queries:
        edition.current()
        client.get(address)
    found = {
        query["sql"]: indexes(query["sql"], table)
        for query in queries
        for table in ("articles_article", "articles_byline", "articles_taggedarticle", "comments_comment")
        if f'"{table}"' in query["sql"] or f" {table} " in query["sql"]
    }
    assert len(found) > 5
    assert {sql: used for sql, used in found.items() if None in used} == {}


def test_no_page_for_everyone_reads_a_large_table_whole(client):
    publish(300)
    analyze(by_order=True)
    large = (
        "articles_article",
        "articles_byline",
        "articles_taggedarticle",
        "comments_comment",
        "django_comments",
    )
    whole = set()
    for address in (
        "/topics/topic-1/", "/topics/topic-1/?page=2", "/tags/tag-1/", "/authors/", "/authors/author-1/", "/archive/",
        "/archive/2026/", "/archive/2026/03/", "/search/?q=story", "/search/?q=nothing", "/search/suggestions/?q=story",
        "/feeds/rss/", "/topics/topic-1/feeds/rss/", "/tags/tag-1/feeds/atom/", "/authors/author-1/feeds/json/", "/articles/story-0/comments/",
        "/articles/story-0/comments/feed/", "/sitemap.xml", "/news-sitemap.xml", "/corrections/", "/about/comments/",
    ):  # fmt: skip
        with CaptureQueriesContext(connection) as queries:
            assert client.get(address).status_code == 200, address
        for query in queries:
            for table in large:
                if (
                    table in query["sql"]
                    and query["sql"].startswith("SELECT")
                    and reads_whole(query["sql"], table)
                ):
                    whole.add((address, table, query["sql"][:300]))
    assert whole == set()


def test_a_feed_is_found_by_indexes(client):
    publish(300)
    Article.objects.get(slug="story-7").withdraw("It was wrong.")
    analyze(by_order=True)
    with CaptureQueriesContext(connection) as queries:
        client.get("/feeds/rss/")
    asked = [query["sql"] for query in queries if 'FROM "articles_article"' in query["sql"]]
    used = [indexes(sql, "articles_article")[0] for sql in asked]
    # PostgreSQL searches nothing in the second: all that it holds is withdrawn
    assert used == ["article_newest", "article_withdrawn" if connection.vendor == "sqlite" else None]
