"""Sitemaps, robots.txt and IndexNow: valid by their schemas, and silent about what readers may not see."""

import io
import urllib.request
from datetime import UTC, datetime, timedelta
from urllib.error import URLError

import pytest
from django.conf import settings as django_settings
from django.core.management import call_command
from django.utils import timezone
from lxml import etree

from articles import sitemaps
from articles.models import Announcement, Article, Page, Photo

pytestmark = pytest.mark.django_db

SITE = "http://127.0.0.1:8000"
XSD = django_settings.BASE_DIR.parent / "shared" / "samples" / "xsd"
FILES = ["/sitemap-articles-0.xml", "/sitemap-lists.xml", "/news-sitemap.xml"]
LOC = "{http://www.sitemaps.org/schemas/sitemap/0.9}loc"


@pytest.fixture(autouse=True)
def numbers_from_one(monkeypatch):
    """Numbers of rows go on from test to test on PostgreSQL: all of a test lie in the first file."""
    monkeypatch.setattr(sitemaps, "A_FILE", 10**9)


def places(client, address):
    response = client.get(address)
    assert (response.status_code, response["Content-Type"]) == (200, "application/xml; charset=utf-8")
    return [e.text.removeprefix(SITE) for e in etree.fromstring(response.content).iter(LOC)]


def test_the_index_names_the_files_and_the_files_what_is_published(client, publish, photo):
    Page.objects.create(title="About us", slug="us")
    publish("A dam", by=["Ana Ruiz"], hero=photo())
    assert places(client, "/sitemap.xml") == ["/sitemap-lists.xml", "/sitemap-articles-0.xml"]
    assert places(client, "/sitemap-articles-0.xml") == ["/articles/a-dam/"]
    assert places(client, "/sitemap-lists.xml") == [
        "/",
        "/topics/rivers/",
        "/authors/ana-ruiz/",
        "/about/us/",
    ]
    images = list(client.get("/sitemap-articles-0.xml").content.decode().split("<image:loc>")[1:])
    assert len(images) == 1 and images[0].startswith(f"{SITE}/media/renditions/")


def test_a_file_for_each_range_of_numbers(client, publish, monkeypatch):
    monkeypatch.setattr(sitemaps, "A_FILE", 2)
    articles = [publish(f"Story {n}") for n in range(3)]
    parts = sorted({a.pk // 2 for a in articles})
    assert places(client, "/sitemap.xml")[1:] == [f"/sitemap-articles-{part}.xml" for part in parts]
    found = [place for part in parts for place in places(client, f"/sitemap-articles-{part}.xml")]
    assert found == [a.get_absolute_url() for a in articles]
    assert client.get(f"/sitemap-articles-{parts[-1] + 1}.xml").status_code == 404
    assert client.get(f"/sitemap-articles-{'9' * 60}.xml").status_code == 404


def test_the_news_are_two_days_old_at_most_and_tell_the_first_date(client, publish):
    fresh = publish("Fresh & “new”", at=timezone.now() - timedelta(hours=47))
    publish("Old", at=timezone.now() - timedelta(hours=49))
    fresh.mark_updated()
    assert places(client, "/news-sitemap.xml") == ["/articles/fresh-new/"]
    xml = client.get("/news-sitemap.xml").content.decode()
    assert "<news:title>Fresh &amp; “new”</news:title>" in xml and "<news:language>en</news:language>" in xml
    assert fresh.published_at.isoformat(timespec="seconds") in xml


@pytest.mark.parametrize(("address", "schema"), [
    ("/sitemap-articles-0.xml", ["sitemap", "sitemap-image"]), ("/news-sitemap.xml", ["sitemap", "sitemap-news"]),
    ("/sitemap-lists.xml", ["sitemap"]),
])  # fmt: skip
@pytest.mark.skipif(not XSD.exists(), reason="the schemas are not here")
def test_sitemaps_are_valid(client, publish, photo, address, schema):
    hero = photo()
    publish(
        "A <b> & \u202e 😀",
        hero=hero,
        body=f'<p>T.</p><figure data-photo="{photo(caption="x").pk}"></figure>',
    )
    publish("Old", at=datetime(2020, 1, 1, tzinfo=UTC))
    imports = "".join(
        f'<import namespace="http://www.{"sitemaps.org/schemas/sitemap/0.9" if n == "sitemap" else f"google.com/schemas/{n}/{v}"}" schemaLocation="{XSD / n}.xsd"/>'
        for n, v in ((n, "1.1" if n.endswith("image") else "0.9") for n in schema)
    )
    rules = etree.XMLSchema(
        etree.fromstring(f'<schema xmlns="http://www.w3.org/2001/XMLSchema">{imports}</schema>')
    )
    document = etree.fromstring(client.get(address).content)
    assert rules.validate(document), rules.error_log
    document[0][0].tag = "wrong"
    assert not rules.validate(document)


def test_nothing_that_readers_may_not_see_is_in_a_sitemap(client, publish, write, photo):
    write("draftling", by=["draftling"])
    publish("futureling", by=["futureling"], at=timezone.now() + timedelta(days=1))
    publish("goneling", by=["goneling"], at=timezone.now()).withdraw("It was wrong.")
    expired = photo()
    publish("Shown", at=timezone.now() - timedelta(minutes=1), hero=expired)
    assert "image:loc" in client.get("/sitemap-articles-0.xml").content.decode()
    Photo.objects.filter(pk=expired.pk).update(rights_end_on=timezone.localdate() - timedelta(days=1))
    for address in FILES:
        text = client.get(address).content.decode()
        assert [w for w in ("draftling", "futureling", "goneling", "image:loc") if w in text] == []
    Article.objects.filter(slug="shown").update(published_at=timezone.now() + timedelta(days=1))
    assert client.get("/sitemap-articles-0.xml").status_code == 404
    assert places(client, "/news-sitemap.xml") == []


@pytest.mark.parametrize("number", [1, 20])
def test_a_sitemap_costs_the_same_however_long_it_is(
    client, publish, photo, django_assert_num_queries, number
):
    picture = photo()
    for n in range(number):
        publish(f"Story {n}", by=[f"Author {n}"], hero=picture)
    for address, queries in (("/sitemap.xml", 1), ("/sitemap-articles-0.xml", 3), ("/sitemap-lists.xml", 3), ("/news-sitemap.xml", 1)):  # fmt: skip
        with django_assert_num_queries(queries):
            client.get(address)


def test_robots_are_told_where_the_sitemaps_are_and_what_is_not_for_them(client):
    assert client.get("/robots.txt").content.decode().splitlines() == [
        "User-agent: *", "Disallow: /admin/", "Disallow: /account/", "Disallow: /moderation/", "Disallow: /preview/", "",
        f"Sitemap: {SITE}/sitemap.xml", f"Sitemap: {SITE}/news-sitemap.xml",
    ]  # fmt: skip


# --- IndexNow -----------------------------------------------------------------------------------------------------
class Network:
    """Stands for the network: takes what is posted."""

    def __init__(self, monkeypatch):
        self.posted, self.error, self.status = [], None, 202
        monkeypatch.setattr(urllib.request, "urlopen", self.open)

    def open(self, request, timeout):
        if self.error:
            raise self.error
        self.posted.append((request.full_url, request.data.decode()))
        answer = io.BytesIO()
        answer.status, answer.headers = self.status, {}
        return answer


@pytest.fixture
def network(monkeypatch, settings):
    settings.INDEXNOW_KEY = "a-key-of-our-own"
    return Network(monkeypatch)


def test_search_engines_are_told_of_what_was_published_updated_and_withdrawn(client, write, network):
    article = write("A dam")
    assert Announcement.objects.count() == 0
    article.publish()
    article.mark_updated()
    article.withdraw("It was wrong.")
    call_command("worker", once=True)
    assert sitemaps.announce() == 0
    assert network.posted == [(
        "https://api.indexnow.org/indexnow",
        '{"host": "127.0.0.1:8000", "key": "a-key-of-our-own", "keyLocation": "http://127.0.0.1:8000/a-key-of-our-own.txt",'
        ' "urlList": ["http://127.0.0.1:8000/articles/a-dam/"]}',
    )]  # fmt: skip
    assert client.get("/a-key-of-our-own.txt").content == b"a-key-of-our-own"


def test_a_scheduled_article_is_told_of_when_its_time_has_come(write, network):
    write("A dam").publish(at=timezone.now() + timedelta(hours=1))
    assert (sitemaps.announce(), Announcement.objects.get().done_at) == (0, None)
    Announcement.objects.update(due_at=timezone.now())
    assert sitemaps.announce() == 1


def test_what_failed_is_told_later_and_given_up_at_last(write, network):
    write("A dam").publish()
    network.error = URLError("no route")
    for _ in range(Announcement.MOST_ATTEMPTS):
        assert sitemaps.announce() == 0
        assert not Announcement.objects.due().exists()
        Announcement.objects.update(due_at=timezone.now())
    row = Announcement.objects.get()
    assert (row.attempts, row.done_at is not None, "no route" in row.last_error) == (8, True, True)


def test_nobody_is_told_without_the_setting(client, publish):
    publish("A dam")
    assert Announcement.objects.count() == sitemaps.announce() == 0
    assert client.get("/a-key-of-our-own.txt").status_code == 404
