"""The links under an article: anchors that work without a script."""

import re
from html import unescape

import pytest
from django.template import Context, Template

from articles.models import Article, Author, Byline, Topic
from sharing.targets import targets, text_of


@pytest.fixture
def rendered(settings):
    settings.SITE_URL = "https://news.example.org"
    article = Article(headline='Long & "quoted"', short_headline="Q&A <b>", slug="a-dam")
    return Template("{% load sharing %}{% share_links article 'end' %}").render(Context({"article": article}))


def test_each_target_is_one_anchor_with_the_labelled_short_headline_and_the_whole_address(rendered):
    found = re.findall(r'<a href="([^"]*)" data-target="([a-z]+)"', rendered)
    own = {
        "mastodon": "/articles/a-dam/share/mastodon/",
        "signal": "/articles/a-dam/share/#copy",
    }
    wanted = targets("Opinion: Q&A <b> – Parallel", "https://news.example.org/articles/a-dam/", own)
    assert [(unescape(address), name) for address, name in found] == [(t.address, t.name) for t in wanted]
    assert len(found) == 12


def test_other_sites_learn_nothing_of_the_page_and_gain_nothing_by_the_link(rendered):
    rels = dict(re.findall(r'data-target="([a-z]+)" rel="([^"]*)"', rendered))
    own = {rels.pop(name) for name in ("mail", "sms", "mastodon", "signal")}
    assert own == {"nofollow"}
    assert set(rels.values()) == {"noopener noreferrer nofollow"}


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"kind": "report"}, "A dam – Parallel"),
        ({"kind": "analysis"}, "Analysis: A dam – Parallel"),
        ({"kind": "opinion", "short_headline": "Dam"}, "Opinion: Dam – Parallel"),
        ({"kind": "opinion", "share_text": "Who owns a river?"}, "Who owns a river?"),
    ],
)
def test_the_words_that_go_along_say_what_it_is(fields, words):
    assert text_of(Article(headline="A dam", **fields)) == words


def test_copying_waits_for_a_script(rendered):
    assert (
        '<li hidden><button type="button" data-copy-link="https://news.example.org/articles/a-dam/">'
        in rendered
    )


@pytest.mark.django_db
def test_two_lists_of_one_page_have_names_of_their_own(client):
    article = Article.objects.create(
        headline="A dam",
        standfirst="Who pays.",
        body="<p>Text.</p>",
        topic=Topic.objects.create(name="R", slug="r"),
    )
    Byline.objects.create(article=article, author=Author.objects.create(name="Ana"))
    article.publish()
    html = client.get("/articles/a-dam/").content.decode()
    assert re.findall(r'<ul aria-labelledby="(share-\w+)"', html) == ["share-top", "share-end"]
    assert html.count("data-share>") == 2
    assert "data-counted" not in html
