"""What a shared cache in front is told: by which words it can purge, and how long it may trust its copy."""

import pytest
from django.core.cache import caches
from django.utils import timezone

from articles.models import Article, Author, Byline, Topic
from newsroom import surrogate

pytestmark = pytest.mark.django_db


@pytest.fixture
def article():
    topic = Topic.objects.create(name="Rivers", slug="rivers")
    article = Article.objects.create(
        headline="A dam",
        slug="a-dam",
        standfirst="s",
        body="<p>b</p>",
        topic=topic,
        published_at=timezone.now(),
    )
    Byline.objects.create(article=article, author=Author.objects.create(name="Ana Ruiz"))
    article.tags.add("Water")
    return article


def words(client, address):
    return set(client.get(address).get("Surrogate-Key", "").split())


def test_a_page_names_what_it_is_and_what_it_leads_to(client, article, settings):
    settings.SURROGATE_KEY_HEADER = "Surrogate-Key"
    own = {"all", "article-a-dam", "topic-rivers", "author-ana-ruiz"}
    assert words(client, "/articles/a-dam/") >= own | {"tag-water"}
    for address in (
        "/",
        "/topics/rivers/",
        "/feeds/rss/",
        "/feeds/json/",
        "/articles/a-dam/print/",
        "/authors/ana-ruiz/",
    ):
        assert "article-a-dam" in words(client, address), address
    assert "article-a-dam" not in words(client, "/about/privacy/")
    assert words(client, "/account/login/") == set()  # nobody keeps it


def test_what_is_kept_names_them_too_and_another_service_another_header(client, article, settings):
    settings.PAGE_CACHE, settings.SURROGATE_KEY_HEADER = True, "Cache-Tag"
    caches["pages"].clear()
    first, second = (client.get("/articles/a-dam/")["Cache-Tag"] for _ in range(2))
    assert first == second and "article-a-dam" in first.split(",")
    caches["pages"].clear()


def test_without_the_setting_no_reader_carries_them(client, article):
    answer = client.get("/articles/a-dam/")
    assert not {"Surrogate-Key", "Cache-Tag", "X-Accel-Expires"} & set(answer.headers)


def test_too_many_words_for_a_header_become_one():
    content = "".join(f'<a href="/articles/{"x" * 60}-{n}/">' for n in range(100)).encode()
    keys = surrogate.keys_of("/topics/rivers/", content)
    assert keys[:2] == ["all", "topic-rivers"] and keys[-1] == "many" and 40 < len(keys) < 90
    assert len(" ".join(keys)) <= 4000


@pytest.mark.parametrize("seconds, said, to_nginx", [
    (0, "public, max-age=0, must-revalidate", "@1"),
    (5, "public, max-age=0, s-maxage=3, stale-while-revalidate=2", "5"),
    (1, "public, max-age=0, s-maxage=1, stale-while-revalidate=0", "1"),
])  # fmt: skip
def test_how_long_a_copy_may_be_trusted(client, article, settings, seconds, said, to_nginx):
    settings.SHARED_CACHE_SECONDS, settings.TRUSTED_PROXIES = seconds, 1
    answer = client.get("/articles/a-dam/")
    assert (answer["Cache-Control"], answer["X-Accel-Expires"]) == (said, to_nginx)
    same = client.get("/articles/a-dam/", headers={"If-None-Match": answer["ETag"]})
    assert (same.status_code, same["X-Accel-Expires"]) == (304, to_nginx)
    assert "X-Accel-Expires" not in client.get("/articles/a-dam/comments/new/").headers
