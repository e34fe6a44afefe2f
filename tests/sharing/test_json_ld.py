"""What search engines read: the lists of schema.org and Google that the article page is held against."""

import json
import re
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from articles.models import Author, Byline, Correction, Page, Photo
from sharing.json_ld import script

AT = datetime(2026, 3, 14, 15, 9, 26, tzinfo=UTC)


def data_of(response):
    found = re.findall(
        r'<script type="application/ld\+json">(.*?)</script>', response.content.decode(), re.DOTALL
    )
    assert len(found) == 1
    return {thing["@type"]: thing for thing in json.loads(found[0])["@graph"]}


@pytest.fixture
def at_example(settings):
    settings.SITE_URL = "https://news.example.org"


def test_an_article_says_all_that_the_lists_recommend(client, publish, photo, at_example, settings):
    settings.TIME_ZONE = "Europe/Berlin"
    Page.objects.create(title="Ethics", slug="ethics")
    Page.objects.create(title="Corrections", slug="corrections")
    hero = photo(2000, 1500, copyright="© Bo Lind")
    article = publish("A dam", by=["Ana Ruiz", "Bo Lind"], hero=hero, tags=["Water"], kind="analysis", at=AT)
    Byline.objects.create(
        article=article, author=Author.objects.create(name="Cy Dee"), role="photos", position=9
    )
    article.mark_updated(at=AT + timedelta(days=1))
    correction = Correction.objects.create(article=article, words="The dam is 80 m high.", made_at=AT)
    data = data_of(client.get("/articles/a-dam/"))
    assert set(data) == {"AnalysisNewsArticle", "NewsMediaOrganization", "BreadcrumbList"}
    piece = data["AnalysisNewsArticle"]
    pictures = piece.pop("image")
    assert piece == {
        "@type": "AnalysisNewsArticle",
        "@id": "https://news.example.org/articles/a-dam/#article",
        "url": "https://news.example.org/articles/a-dam/",
        "mainEntityOfPage": {"@type": "WebPage", "@id": "https://news.example.org/articles/a-dam/"},
        "headline": "A dam",
        "description": "Who pays.",
        "inLanguage": "en-gb",
        "datePublished": "2026-03-14T16:09:26+01:00",
        "dateModified": "2026-03-15T16:09:26+01:00",
        "author": [
            {
                "@type": "Person",
                "@id": f"https://news.example.org/authors/{slug}/#person",
                "name": name,
                "url": f"https://news.example.org/authors/{slug}/",
            }
            for name, slug in (("Ana Ruiz", "ana-ruiz"), ("Bo Lind", "bo-lind"))
        ],
        "publisher": {"@id": "https://news.example.org/#publisher"},
        "isPartOf": {"@id": "https://news.example.org/#website"},
        "isAccessibleForFree": True,
        "wordCount": 1,
        "genre": "Analysis",
        "articleSection": "Rivers",
        "keywords": ["Water"],
        "correction": [
            {
                "@type": "CorrectionComment",
                "@id": f"https://news.example.org/articles/a-dam/#correction-{correction.pk}",
                "text": "The dam is 80 m high.",
                "datePublished": "2026-03-14T16:09:26+01:00",
            }
        ],
        "commentCount": 0,
        "discussionUrl": "https://news.example.org/articles/a-dam/#comments",
    }
    ratios = [round(p["width"] / p["height"], 2) for p in pictures]
    assert ratios == [1.78, 1.33, 1.0]
    for picture in pictures:
        assert picture["width"] * picture["height"] >= 50_000
        assert picture["creditText"] == "Bo Lind"
        assert picture["copyrightNotice"] == "© Bo Lind"
        assert picture["contentUrl"].startswith("https://news.example.org/media/")
        assert client.get(picture["url"].removeprefix("https://news.example.org")).status_code == 200
    publisher = data["NewsMediaOrganization"]
    assert publisher["ethicsPolicy"] == "https://news.example.org/about/ethics/"
    assert publisher["correctionsPolicy"] == "https://news.example.org/about/corrections/"
    assert [(s["position"], s["name"], s["item"]) for s in data["BreadcrumbList"]["itemListElement"]] == [
        (1, "Parallel", "https://news.example.org/"),
        (2, "Rivers", "https://news.example.org/topics/rivers/"),
        (3, "A dam", "https://news.example.org/articles/a-dam/"),
    ]


@pytest.mark.parametrize(
    ("kind", "type"),
    [
        ("report", "ReportageNewsArticle"),
        ("analysis", "AnalysisNewsArticle"),
        ("opinion", "OpinionNewsArticle"),
        ("editorial", "OpinionNewsArticle"),
        ("review", "ReviewNewsArticle"),
        ("interview", "NewsArticle"),
    ],
)
def test_the_type_of_work_is_the_type(client, publish, kind, type):
    publish("A dam", kind=kind)
    assert type in data_of(client.get("/articles/a-dam/"))


def test_an_author_has_a_profile_and_the_front_page_a_search(client, publish, at_example):
    publish("A dam")
    Author.objects.update(bio="Writes about water.", links="Website https://ana.example")
    profile = data_of(client.get("/authors/ana-ruiz/"))["ProfilePage"]["mainEntity"]
    assert (profile["name"], profile["description"], profile["sameAs"]) == (
        "Ana Ruiz",
        "Writes about water.",
        ["https://ana.example"],
    )
    site = data_of(client.get("/"))["WebSite"]
    assert site["potentialAction"]["target"]["urlTemplate"] == (
        "https://news.example.org/search/?q={search_term_string}"
    )


def test_a_photo_that_readers_may_not_see_is_not_told_of(client, publish, photo):
    article = publish("A dam", hero=photo(2000, 1500, caption="A secret place"))
    address = "/articles/a-dam/"
    assert "image" in data_of(client.get(address))["OpinionNewsArticle"]
    Photo.objects.filter(pk=article.hero_id).update(rights_end_on=AT.date())
    answer = client.get(address)
    assert "image" not in data_of(answer)["OpinionNewsArticle"]
    assert "og:image" not in answer.content.decode() and "A secret place" not in answer.content.decode()


@hypothesis_settings(max_examples=100, deadline=None)
@given(
    st.text(max_size=60)
    | st.sampled_from(["</script><script>alert(1)</script>", "<!--<script>", "]]>", "\u2028"])
)
def test_no_headline_ends_the_element(words):
    html = script({"headline": words})
    inside = html.removeprefix('<script type="application/ld+json">').removesuffix("</script>")
    assert not set(inside) & set("<>&\u2028\u2029")
    assert json.loads(inside) == {"headline": words}


def test_corrections_stand_with_their_article_and_on_a_page_of_their_own(client, publish, write):
    article, draft, wrong = publish("A dam"), write("A draft"), publish("Wrong")
    shown = Correction.objects.create(article=article, words="It is <b>80</b> m high.")
    Correction.objects.create(article=draft, words="Not yet.")
    Correction.objects.create(article=wrong, words="All of it.")
    wrong.withdraw("It was wrong.")
    page = client.get("/corrections/").content.decode()
    assert "It is &lt;b&gt;80&lt;/b&gt; m high." in page
    assert f'href="/articles/a-dam/#correction-{shown.pk}"' in page
    assert "Not yet." not in page and "All of it." not in page
    assert f'<p id="correction-{shown.pk}"' in client.get("/articles/a-dam/").content.decode()
