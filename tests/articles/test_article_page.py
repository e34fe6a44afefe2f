"""The page of an article: its order, its marks, its head."""

import re
from datetime import UTC, datetime, timedelta

import pytest

from articles import photos
from articles.models import Article, Author, Byline, Topic
from tests.articles.reading import between, headlines, items, text_of

pytestmark = pytest.mark.django_db

AT = datetime(2026, 3, 14, 15, 9, 26, tzinfo=UTC)


def positions(html, *pieces):
    return [html.index(piece) for piece in pieces]


def test_everything_stands_in_the_order_of_a_piece(client, publish, photo):
    hero, inside = photo(caption="The dam"), photo(caption="The valley")
    article = publish(
        "A dam", hero=hero, tags=["Water"], kind="analysis", topic=Topic.objects.create(name="Seas", slug="seas"),
        body=f'<p>First.</p><figure data-photo="{inside.pk}"></figure><p>Last.</p>',
    )  # fmt: skip
    Author.objects.update(bio="Ana writes about water.")
    html = client.get(article.get_absolute_url()).content.decode().split("</head>")[1]
    order = positions(
        html, 'data-article="a-dam"', ">Seas</a> ", ">Analysis<", "<h1", "data-standfirst", f'data-photo="{hero.pk}"',
        "The dam", "data-credit>Bo Lind", "data-byline", ">Ana Ruiz<", "<time datetime=", "minute read", "data-share",
        "data-body", ">First.</p>", f'data-photo="{inside.pk}"', "The valley", ">Last.</p>", "closing-call",
        'rel="tag">Water', "Ana writes about water.",
    )  # fmt: skip
    assert order == sorted(order)


def test_the_time_is_shown_in_the_site_s_zone_and_readable_by_machines(client, publish, settings):
    settings.TIME_ZONE = "Europe/Berlin"
    article = publish("A dam", at=datetime(2026, 3, 14, 23, 30, tzinfo=UTC))
    html = client.get(article.get_absolute_url()).content.decode()
    assert '<time datetime="2026-03-15T00:30:00+01:00">15 March 2026</time>' in html
    assert "Updated" not in html


def test_an_update_of_substance_is_told(client, publish):
    article = publish("A dam", at=AT)
    article.mark_updated(at=AT + timedelta(days=1))
    html = client.get(article.get_absolute_url()).content.decode()
    assert 'Updated <time datetime="2026-03-15T15:09:26+00:00">15 March 2026, 15:09 UTC</time>' in html


def test_bylines_are_named_in_order_with_their_roles(client, publish):
    article = publish("A dam", by=["Ana Ruiz", "Bo Lind", "Cy Dee"])
    Byline.objects.create(
        article=article, author=Author.objects.create(name="Di Eve"), role="photos", position=3
    )
    response = client.get(article.get_absolute_url())
    bylines = between(response, "<div data-byline>", "</div>")
    assert [text_of(p) for p in re.findall(r"<p.*?</p>", bylines, re.DOTALL)] == [
        "Article written by Ana Ruiz, Bo Lind and Cy Dee",
        "Photos by Di Eve",
    ]


def test_a_caption_is_printed_line_by_line_and_an_empty_one_is_none(client, publish, photo):
    hero, inside = photo(caption="The minister (L) and\nthe engineer (R)", credit="A & B"), photo(credit="")
    publish("A dam", hero=hero)
    Article.objects.update(body=f'<figure data-photo="{inside.pk}"><figcaption></figcaption></figure>')
    Article.objects.get().save()
    response = client.get("/articles/a-dam/")
    assert between(response, "<figcaption", "</figcaption>") == (
        ' dir="auto"><span class="fig__caption">The minister (L) and<br>the engineer (R)</span> '
        '<span class="fig__credit" data-credit>A &amp; B</span>'
    )
    assert response.content.decode().count("<figcaption") == 1


def test_a_hero_may_have_a_caption_of_its_own(client, publish, photo):
    publish("A dam", hero=photo(caption="From the library"), hero_caption="Of its <own>")
    html = client.get("/articles/a-dam/").content.decode()
    assert "Of its &lt;own&gt;" in html and "From the library" not in html


def test_a_picture_says_what_it_shows_unless_it_is_decorative(client, publish, photo):
    shown, decorative = photo(alt='A "wall"'), photo(decorative=True, alt="")
    publish("A dam", body=f'<figure data-photo="{shown.pk}"></figure><figure data-photo="{decorative.pk}"></figure><p>Text.</p>')  # fmt: skip
    alts = re.findall(r' alt="([^"]*)"', client.get("/articles/a-dam/").content.decode())
    assert alts == ["A &quot;wall&quot;", ""]


def test_a_pull_quote_names_who_said_it(client, publish):
    publish("A dam", body="<p>Text.</p><aside data-pull><p>We <em>wait</em></p><cite>Ana</cite></aside>")
    html = client.get("/articles/a-dam/").content.decode()
    assert (
        '<figure class="pull"><blockquote><p>We <em>wait</em></p></blockquote><figcaption>Ana</figcaption></figure>'
        in html
    )


def test_the_head_names_the_page(client, publish, photo, settings):
    settings.SITE_URL = "https://news.example.org"
    article = publish("A “dam” & more", search_description="About a dam.", hero=photo(1200, 800))
    head = between(client.get(article.get_absolute_url() + "?utm_source=x"), "<head>", "</head>")
    meta = dict(re.findall(r'<meta (?:name|property)="([a-z:_-]+)" content="([^"]*)">', head))
    address = f"https://news.example.org/articles/{article.slug}/"
    assert "<title>A “dam” &amp; more | Parallel</title>" in head
    assert f'<link rel="canonical" href="{address}">' in head
    assert meta["description"] == "About a dam."
    assert {name: value for name, value in meta.items() if name.startswith("og:")} == {
        "og:site_name": "Parallel",
        "og:type": "article",
        "og:title": "A “dam” &amp; more",
        "og:description": "About a dam.",
        "og:url": address,
        "og:locale": "en_GB",
        "og:image:type": "image/jpeg",
        "og:image": f"https://news.example.org{photos.crop(article.hero, '16:9').url}",
        "og:image:width": "1200",
        "og:image:height": "675",
        "og:image:alt": "A wall of concrete. (Bo Lind)",
    }


def test_the_standfirst_describes_an_article_that_has_no_description(client, publish):
    publish("A dam", standfirst="Who “pays”.")
    assert (
        '<meta name="description" content="Who “pays”.">' in client.get("/articles/a-dam/").content.decode()
    )


def test_related_articles_are_the_chosen_ones_then_those_that_share_tags(client, publish):
    article = publish("A dam", tags=["Water", "Money"])
    publish("Of another topic", topic=Topic.objects.create(name="Seas", slug="seas"))
    publish("One tag", tags=["water"])
    publish("Two tags", tags=["water", "money"])
    chosen = publish("Chosen")
    article.related.add(chosen)
    assert headlines(client.get(article.get_absolute_url())) == ["Chosen", "Two tags", "One tag"]


def test_an_article_that_is_alone_leads_nowhere_else(client, publish):
    article = publish("A dam")
    response = client.get(article.get_absolute_url())
    assert headlines(response) == [] and "Read on" not in response.content.decode()


def test_its_topic_is_the_current_one_in_the_navigation(client, publish):
    article = publish("A dam")
    Topic.objects.create(name="Seas", slug="seas")
    nav = between(client.get(article.get_absolute_url()), '<nav class="nav"', "</nav>")
    assert items(nav) == ["Rivers", "Seas"]
    assert '<a href="/topics/rivers/" aria-current="true">' in nav


def test_a_headline_in_a_script_from_right_to_left_has_its_own_direction(client, publish):
    publish("السلام يحتاج إلى من يحرسه", slug="peace")
    assert '<h1 dir="auto">السلام يحتاج إلى من يحرسه</h1>' in client.get("/articles/peace/").content.decode()
