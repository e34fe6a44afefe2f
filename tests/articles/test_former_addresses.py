"""Addresses at which an article was: 301 while there is something to lead to, 410 where it was withdrawn, else 404."""

from datetime import timedelta

import pytest
from django.utils import timezone

pytestmark = pytest.mark.django_db


def move(article, slug):
    article.slug = slug
    article.save()


def test_a_former_address_leads_on_and_keeps_what_came_with_it(client, publish):
    move(publish("A dam"), "the-dam")
    response = client.get("/articles/a-dam/?utm=a%20b&x=1")
    assert (response.status_code, response["Location"]) == (301, "/articles/the-dam/?utm=a%20b&x=1")
    assert client.get("/articles/a-dam/")["Location"] == "/articles/the-dam/"
    assert (
        response["Cache-Control"] == "public, max-age=0, must-revalidate"
    )  # the article may go back to its former address


def test_a_former_address_of_what_readers_may_not_see_is_not_there(client, write):
    draft = write("A dam")
    move(draft, "the-dam")
    assert client.get("/articles/a-dam/").status_code == 404
    draft.publish(at=timezone.now() + timedelta(hours=1))
    assert client.get("/articles/a-dam/").status_code == 404


def test_a_withdrawn_article_is_gone_and_says_why_and_nothing_else(client, publish):
    article = publish("A dam of lies", standfirst="Who “pays”.", body="<p>The text.</p>")
    article.withdraw("The figures were <wrong>.")
    response = client.get(article.get_absolute_url())
    html = response.content.decode()
    assert (response.status_code, response["Cache-Control"]) == (410, "public, max-age=0, must-revalidate")
    assert "The figures were &lt;wrong&gt;." in html and '<meta name="robots" content="noindex">' in html
    assert [
        words for words in ("A dam of lies", "pays", "The text.", "Ana Ruiz", "canonical") if words in html
    ] == []


def test_a_former_address_of_a_withdrawn_article_leads_to_where_the_reason_is(client, publish):
    article = publish("A dam")
    move(article, "the-dam")
    article.withdraw("It was wrong.")
    response = client.get("/articles/a-dam/", follow=True)
    assert (response.redirect_chain, response.status_code) == ([("/articles/the-dam/", 301)], 410)


def test_what_was_withdrawn_and_published_again_is_there(client, publish):
    article = publish("A dam")
    article.withdraw("It was wrong.")
    article.publish()
    assert client.get(article.get_absolute_url()).status_code == 200


@pytest.mark.parametrize("address", [
    "/articles/nothing/", "/topics/nothing/", "/tags/nothing/", "/authors/nothing/", "/about/", "/about/nothing/",
    "/archive/2026/", "/archive/2026/03/", "/archive/2026/13/", "/archive/2026/3/", "/archive/0000/", "/archive/9999/12/",
    "/archive/99999/", "/preview/1/", "/preview/99999999999999999999999/", "/nowhere/",
])  # fmt: skip
def test_what_was_never_there_is_404(client, address):
    response = client.get(address)
    html = response.content.decode()
    assert response.status_code == 404
    assert "This page is off the map" in html and '<meta name="robots" content="noindex">' in html
    assert "canonical" not in html
