"""What an editor or a reader types is text on the page, never markup."""

from html import unescape

import pytest
from django.utils.html import escape

from articles.models import Article, Author, Page, Photo, Tag, Topic
from tests.articles.reading import elements, what_may_run

pytestmark = pytest.mark.django_db

HOSTILE = "\"'><script>alert(1)</script><img src=x onerror=alert(1)>&amp;{{ 7 }}"


@pytest.fixture
def site(publish, photo):
    topic = Topic.objects.create(
        name=f"T {HOSTILE}"[:60], slug="hostile", description=f"D {HOSTILE}", latitude=1, longitude=2
    )
    article = publish(
        f"H {HOSTILE}", short_headline=f"S {HOSTILE}"[:90], standfirst=f"St {HOSTILE}", slug="hostile", topic=topic,
        by=[f"N {HOSTILE}"], tags=[f"G {HOSTILE}"], search_description=f"De {HOSTILE}",
        hero=photo(caption=f"C {HOSTILE}", credit=f"Cr {HOSTILE}", alt=f"A {HOSTILE}"), hero_caption=f"Hc {HOSTILE}",
        body=f"<p>B {escape(HOSTILE)}</p><aside data-pull><p>P {escape(HOSTILE)}</p><cite>{escape(HOSTILE)}</cite></aside>",
    )  # fmt: skip
    Author.objects.update(bio=f"Bi {HOSTILE}", links=f"L {HOSTILE} https://example.org/\"onclick='x'")
    Page.objects.create(title=f"Pt {HOSTILE}", slug="us", body=f"<p>{escape(HOSTILE)}</p>")
    return article


@pytest.mark.threat("T2")
@pytest.mark.parametrize(
    "address",
    ["/", "/articles/hostile/", "/topics/hostile/", "tag", "author", "/authors/", "/archive/", "/about/", "/search/",
     "/search/?q=hostile", "/search/?q=alert"],
)  # fmt: skip
def test_hostile_words_are_words(client, site, address):
    model = {"tag": Tag, "author": Author}.get(address)
    response = client.get(model.objects.get().get_absolute_url() if model else address)
    assert (response.status_code, what_may_run(response)) == (200, [])
    assert [a for tag, a in elements(response) if tag == "img" and not a["src"].startswith("/media/")] == []


def test_each_of_them_is_there_as_it_was_typed(client, site):
    text = unescape(client.get("/articles/hostile/").content.decode())
    kinds = ("H", "St", "T", "N", "G", "Cr", "A", "Hc", "De", "Bi", "B", "P")
    assert [kind for kind in kinds if f"{kind} {HOSTILE}"[:60] not in text] == []


def test_the_search_box_gives_back_what_was_typed(client, db):
    html = client.get("/search/", {"q": HOSTILE}).content.decode()
    typed = escape(HOSTILE)
    assert f'name="q" value="{typed}"' in html
    assert f"No results for “<bdi>{typed}</bdi>”" in html
    assert f"<title>“{typed}” | Search | Parallel</title>" in html


def test_a_reason_for_withdrawing_is_text(client, site):
    site.withdraw(HOSTILE)
    assert escape(HOSTILE) in client.get("/articles/hostile/").content.decode()
    assert Article.objects.published().count() == 0
    assert Photo.objects.count() == 1
