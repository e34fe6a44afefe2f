"""Lists by the page: newest first, stable, forgiving."""

import pytest
from django.utils import timezone

from articles.models import Article
from tests.articles.reading import between, headlines, text_of

pytestmark = pytest.mark.django_db

LISTS = [
    "/topics/rivers/",
    "/tags/water/",
    "/authors/ana-ruiz/",
    "/archive/2026/",
    "/archive/2026/03/",
    "/search/?q=story",
]


@pytest.fixture
def seven(publish, settings):
    settings.ARTICLES_PER_PAGE = 3
    at = timezone.datetime(2026, 3, 1, tzinfo=timezone.get_default_timezone())
    for n in range(7):
        publish(f"Story {n}", tags=["Water"], at=at)  # all of the very same moment


def page(client, address, number):
    return client.get(address + ("&" if "?" in address else "?") + f"page={number}")


@pytest.mark.parametrize("address", LISTS)
def test_pages_hold_every_article_once_though_all_are_of_one_moment(client, seven, address):
    pages = [headlines(page(client, address, n)) for n in (1, 2, 3)]
    assert pages == [["Story 6", "Story 5", "Story 4"], ["Story 3", "Story 2", "Story 1"], ["Story 0"]]


@pytest.mark.parametrize("address", LISTS)
@pytest.mark.parametrize(
    ("asked", "given"),
    [("", 1), ("x", 1), ("0", 3), ("-1", 3), ("99", 3), ("9" * 5000, 1), ("1e3", 1), ("\0", 1)],
)
def test_nonsense_is_forgiven(client, seven, address, asked, given):
    assert headlines(page(client, address, asked)) == headlines(page(client, address, given))


def test_the_pager_leads_to_the_first_page_by_its_own_address(client, seven):
    pager = between(
        client.get("/topics/rivers/?page=2&utm_source=x"), '<nav class="pager" aria-label="Pages">', "</nav>"
    )
    assert text_of(pager) == "Page 1 Page 2 Page 3 Older stories"
    assert [part.split('"')[0] for part in pager.split('href="')[1:]] == [
        "/topics/rivers/", "/topics/rivers/?page=3", "/topics/rivers/?page=3",
    ]  # fmt: skip
    assert '<span aria-current="page"><span class="vh">Page </span>2</span>' in pager


def test_each_page_names_its_own_address(client, seven, settings):
    settings.SITE_URL = "https://news.example.org"
    for query, canonical in (("", ""), ("?page=1", ""), ("?page=2&x=y", "?page=2"), ("?page=99", "?page=3")):
        html = client.get("/topics/rivers/" + query).content.decode()
        assert f'<link rel="canonical" href="https://news.example.org/topics/rivers/{canonical}">' in html


def test_many_pages_are_shortened(client, seven, settings):
    settings.ARTICLES_PER_PAGE = 1
    pager = between(client.get("/tags/water/"), '<nav class="pager"', "</nav>")
    assert text_of(f"<nav{pager}") == "Page 1 Page 2 … Page 7 Older stories"


def test_a_list_of_one_page_has_no_pager(client, publish):
    publish("Story")
    assert "pager" not in client.get("/topics/rivers/").content.decode()


def test_an_article_that_comes_in_between_shifts_the_pages_by_one(client, seven, publish):
    publish("Newer", at=timezone.now())
    assert headlines(page(client, "/topics/rivers/", 2)) == ["Story 4", "Story 3", "Story 2"]
    assert Article.objects.count() == 8
