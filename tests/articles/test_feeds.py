"""Feeds: whole articles in three formats, well-formed whatever an author pasted, and asked for anew cheaply."""

import json
from datetime import UTC, datetime, timedelta

import feedparser
import pytest
import time_machine
from django.utils import timezone
from lxml import etree

from articles.models import Article, Photo, Topic
from comments.models import Comment

pytestmark = pytest.mark.django_db

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)
FEEDS = [
    f"{page}feeds/{kind}/"
    for page in ("/", "/topics/rivers/", "/tags/water/", "/authors/ana-ruiz/")
    for kind in ("rss", "atom", "json")
]
NASTY = "A <b> & “q” ]]> &amp; &#0; \ufffe\x0b\x00 سلام 😀 \u202e"


def parsed(client, address, **headers):
    response = client.get(address, **headers)
    assert response.status_code == 200
    found = feedparser.parse(response.content)
    assert (address, found.bozo, found.get("bozo_exception")) == (address, False, None)
    etree.fromstring(response.content)
    return found


@pytest.fixture
def story(publish, photo):
    inside = photo(caption="Inside\nthe dam", credit="Cy & Dee", alt="A hall.")
    return publish(
        "A dam & its “price”", at=AT, by=["Ana Ruiz", "Bo Lind"], tags=["Water"], hero=photo(),
        body=f'<p>See <a href="/about/">us</a>, <a href="#end">the end</a> and <a href="https://x.org/">x</a>.</p>'
        f'<figure data-photo="{inside.pk}"></figure>',
    )  # fmt: skip


@pytest.fixture
def worst(publish):
    """Everything at once, past the cleaning of the model: rows of an import may have come by another way."""
    article = publish(
        "Worst", by=["A & B", "<b>", "عربي", "😀", "Ana Ruiz"], tags=["Water", "a & <b>", "ماء"], at=AT
    )
    Article.objects.filter(pk=article.pk).update(
        headline=NASTY.replace("\x00", ""), standfirst=NASTY.replace("\x00", "") * 9,
        body="<p>&nbsp;&amp;amp; ]]&gt; &lt;script&gt; \u000b\ufffe سلام 😀</p>", updated_at=AT + timedelta(hours=1),
    )  # fmt: skip
    return article


@pytest.mark.parametrize("address", FEEDS)
def test_every_feed_tells_the_same_article(client, story, address):
    response = client.get(address)
    assert response["Cache-Control"] == "public, max-age=0, must-revalidate"
    assert "Set-Cookie" not in response and "Vary" not in response
    if "json" in address:
        assert response["Content-Type"] == "application/feed+json; charset=utf-8"
        (item,) = json.loads(response.content)["items"]
        told = (
            item["title"],
            item["url"],
            [a["name"] for a in item["authors"]],
            item["tags"],
            item["content_html"],
        )
    else:
        (entry,) = parsed(client, address).entries
        told = (
            entry.title, entry.link, [a.name for a in entry.authors], [t.term for t in entry.tags], entry.content[0].value,
        )  # fmt: skip
    title, link, authors, tags, html = told
    assert (title, authors, tags) == ("A dam & its “price”", ["Ana Ruiz", "Bo Lind"], ["Rivers", "Water"])
    assert link == "http://127.0.0.1:8000/articles/a-dam-its-price/"
    for words in (
        "Who pays.",
        "A dam<br",
        "Bo Lind",
        "A wall of concrete.",
        "Inside<br",
        "Cy &amp; Dee",
        "A hall.",
    ):
        assert words in html
    assert 'href="http://127.0.0.1:8000/about/"' in html and f'href="{link}#end"' in html
    assert 'src="http://127.0.0.1:8000/media/renditions/' in html and 'src="/' not in html


def test_json_feed_keeps_its_rules(client, story):
    feed = json.loads(client.get("/feeds/json/").content)
    assert feed["version"] == "https://jsonfeed.org/version/1.1"
    assert feed["feed_url"].endswith("/feeds/json/") and feed["home_page_url"].endswith(":8000/")
    (item,) = feed["items"]
    assert item["date_published"] == "2026-03-01T12:00:00+00:00" and "date_modified" not in item
    assert isinstance(item["id"], str) and item["image"].startswith("http://127.0.0.1:8000/media/renditions/")


@pytest.mark.parametrize("address", FEEDS)
def test_the_worst_article_is_well_formed(client, worst, address):
    if "json" in address:
        (item,) = json.loads(client.get(address).content)["items"]
        assert (len(item["authors"]), "سلام 😀" in item["content_html"], "\x0b" in repr(item)) == (
            5,
            True,
            False,
        )
    else:
        (entry,) = parsed(client, address).entries
        assert [a.name for a in entry.authors] == ["A & B", "<b>", "عربي", "😀", "Ana Ruiz"]
        assert "سلام 😀" in entry.content[0].value and "<script" not in entry.content[0].value


def test_rss_and_atom_name_what_they_must(client, story):
    rss = etree.fromstring(client.get("/feeds/rss/").content)
    names = {"atom": "http://www.w3.org/2005/Atom", "dc": "http://purl.org/dc/elements/1.1/", "media": "http://search.yahoo.com/mrss/"}  # fmt: skip
    assert rss.get("version") == "2.0"
    assert [rss.findtext(f"channel/{name}") for name in ("title", "link")] == [
        "Parallel",
        "http://127.0.0.1:8000/",
    ]
    assert rss.find("channel/item/guid").get("isPermaLink") == "false"
    assert rss.findtext("channel/item/pubDate") == "Sun, 01 Mar 2026 12:00:00 +0000"
    assert [e.text for e in rss.iterfind("channel/item/dc:creator", names)] == ["Ana Ruiz", "Bo Lind"]
    assert [e.text for e in rss.iterfind(".//media:credit", names)] == ["Bo Lind", "Cy & Dee"]
    assert rss.find("channel/atom:link[@rel='self']", names).get("href") == "http://127.0.0.1:8000/feeds/rss/"
    atom = etree.fromstring(client.get("/feeds/atom/").content)
    ns = "{http://www.w3.org/2005/Atom}"
    assert [c.tag.removeprefix(ns) for c in atom][:4] == ["title", "subtitle", "id", "updated"]
    assert [e.text for e in atom.iterfind(f"{ns}entry/{ns}author/{ns}name")] == ["Ana Ruiz", "Bo Lind"]


def test_the_time_of_an_update_moves_only_on_a_change_of_substance(client, story):
    def updated():
        return parsed(client, "/feeds/atom/").entries[0].updated

    before = updated()
    story.body += "<p>A repaired typo.</p>"
    story.save()
    assert updated() == before == "2026-03-01T12:00:00+00:00"
    assert "A repaired typo." in client.get("/feeds/atom/").content.decode()
    story.mark_updated(at=AT + timedelta(days=2))
    assert updated() == "2026-03-03T12:00:00+00:00"


def test_an_article_keeps_its_id_when_its_address_changes(client, story):
    before = parsed(client, "/feeds/rss/").entries[0]
    story.slug = "another"
    story.save()
    after = parsed(client, "/feeds/rss/").entries[0]
    assert (after.id == before.id, after.link == before.link) == (True, False)


def test_whatever_the_text_of_an_item_says_is_said_anew_when_it_changes(client, story):
    inside = Photo.objects.get(caption__startswith="Inside")
    article, inner, hero = (
        Article.objects.filter(pk=story.pk), Photo.objects.filter(pk=inside.pk), Photo.objects.filter(pk=story.hero_id),
    )  # fmt: skip

    def text():
        return client.get("/feeds/json/").json()["items"][0]["content_html"]

    for rows, change, said in (
        (article, {"standfirst": "Who pays now."}, "Who pays now."),
        (article, {"body": f"<p>Rewritten.</p>{story.body}"}, "Rewritten."),
        (article, {"hero_caption": "The dam itself"}, "The dam itself"),
        (article, {"slug": "a-dike"}, "/articles/a-dike/#end"),
        (inner, {"caption": "Below the dam"}, "Below the dam"),
        (inner, {"credit": "Eva Ek"}, "Eva Ek"),
        (hero, {"alt": "A wall at noon."}, "A wall at noon."),
    ):
        before = text()
        rows.update(**change)
        assert (said in before, said in text()) == (False, True), change
    (inner | hero).update(rights_end_on=timezone.localdate() - timedelta(days=1))
    assert "Rewritten." in text()
    assert [said for said in ("Below the dam", "A wall at noon.", "The dam itself") if said in text()] == []


@pytest.mark.parametrize("address", ["/feeds/rss/", "/topics/rivers/feeds/atom/", "/tags/water/feeds/json/"])
def test_what_has_not_changed_is_not_sent_again(client, story, address):
    first = client.get(address)
    assert client.get(address, headers={"If-None-Match": first["ETag"]}).status_code == 304
    assert client.get(address, headers={"If-Modified-Since": first["Last-Modified"]}).status_code == 304
    with time_machine.travel(timezone.now() + timedelta(minutes=5)):
        story.withdraw("It was wrong.")
        if "tags" in address:
            assert client.get(address).status_code == 404
        else:
            for header in ({"If-None-Match": first["ETag"]}, {"If-Modified-Since": first["Last-Modified"]}):
                response = client.get(address, headers=header)
                assert (response.status_code, "A dam" in response.content.decode()) == (200, False)


def test_a_hub_is_named_where_the_setting_names_one(client, story, settings):
    assert "hub" not in client.get("/feeds/rss/").content.decode()
    settings.WEBSUB_HUB = "https://hub.example.org/"
    response = client.get("/feeds/atom/")
    assert (
        response["Link"]
        == '<https://hub.example.org/>; rel="hub", <http://127.0.0.1:8000/feeds/atom/>; rel="self"'
    )
    for address in ("/feeds/rss/", "/feeds/atom/", "/feeds/json/"):
        assert "https://hub.example.org/" in client.get(address).content.decode()


@pytest.mark.parametrize(
    ("page", "feed"),
    [("/", "/feeds/"), ("/topics/rivers/", "/topics/rivers/feeds/"), ("/tags/water/", "/tags/water/feeds/"), ("/authors/ana-ruiz/", "/authors/ana-ruiz/feeds/")],
)  # fmt: skip
def test_pages_lead_to_their_feeds_and_feeds_are_explained(client, story, page, feed):
    html = client.get(page).content.decode()
    for kind in ("rss", "atom", "json"):
        assert f'href="{feed}{kind}/"' in html
    assert 'href="/topics/rivers/feeds/rss/"' in client.get("/feeds/").content.decode()
    for kind in ("rss", "atom"):
        answer = client.get(f"{feed}{kind}/")
        assert (
            answer["Content-Type"] == "application/xml; charset=utf-8"
        )  # of others a browser shows the source
        assert 'xml-stylesheet href="/static/css/feed.css"' in answer.content.decode()


@pytest.mark.parametrize("address", FEEDS)
def test_nothing_that_readers_may_not_see_is_in_a_feed(client, publish, write, photo, story, address):
    yesterday = timezone.localdate() - timedelta(days=1)
    write("draftling", tags=["Water"], slug="draftling")
    publish("futureling", tags=["Water"], at=timezone.now() + timedelta(days=1))
    publish("goneling", tags=["Water"], at=AT).withdraw("It was wrong.")
    expired, awaiting = photo(caption="expiredling"), photo(caption="awaitling")
    publish(
        "Shown",
        tags=["Water"],
        at=AT,
        hero=expired,
        body=f'<p>Text.</p><figure data-photo="{awaiting.pk}"></figure>',
    )
    assert "expiredling" in client.get(address).content.decode()
    Photo.objects.filter(pk=expired.pk).update(rights_end_on=yesterday)
    Photo.objects.filter(pk=awaiting.pk).update(image="")
    text = client.get(address).content.decode()
    assert "Shown" in text
    assert [w for w in ("draftling", "futureling", "goneling", "expiredling", "awaitling") if w in text] == []


@pytest.mark.parametrize("number", [1, 50])
def test_fifty_whole_articles_cost_what_one_does(client, publish, photo, django_assert_num_queries, number):
    picture = photo()
    for n in range(number):
        publish(f"Story {n}", tags=["Water"], by=["Ana Ruiz", f"Author {n}"], hero=picture,
                body=f'<p>Text.</p><figure data-photo="{picture.pk}"></figure>')  # fmt: skip
    for kind in ("rss", "atom", "json"):
        with django_assert_num_queries(7):
            response = client.get(f"/feeds/{kind}/")
        assert response.content.decode().count("/articles/story-") >= number


def test_the_comments_of_an_article_have_a_feed_of_those_that_readers_see(client, story):
    for status in Comment.Status.values:
        Comment.objects.create(
            article=story, comment=f"word-{status}", user_name="Ida", user_email="", status=status
        )
    address = f"{story.get_absolute_url()}comments/feed/"
    assert f'href="{address}"' in client.get(story.get_absolute_url()).content.decode()
    found = parsed(client, address)
    assert [entry.content[0].value for entry in found.entries] == ["<p>word-visible</p>"]
    story.withdraw("It was wrong.")
    assert client.get(address).status_code == 404


@pytest.mark.parametrize("address", ["/topics/none/feeds/rss/", "/tags/none/feeds/atom/", "/authors/none/feeds/json/", "/feeds/xml/", "/articles/none/comments/feed/"])  # fmt: skip
def test_a_feed_of_nothing_is_not_there(client, db, address):
    assert client.get(address).status_code == 404


def test_an_empty_feed_is_a_feed(client, db):
    Topic.objects.create(name="Seas", slug="seas")
    assert parsed(client, "/topics/seas/feeds/rss/").entries == parsed(client, "/feeds/atom/").entries == []
    assert json.loads(client.get("/feeds/json/").content)["items"] == []
