"""Pages about the publication: flat, edited in the admin."""

import re

import pytest

from articles.models import Page
from tests.articles.reading import between, items

pytestmark = pytest.mark.django_db


@pytest.fixture
def pages():
    Page.objects.create(title="Contact", slug="contact", position=2, body="<p>Write to us.</p>")
    Page.objects.create(title="About us", slug="us", position=1, body="<h2>Who</h2><p onclick='x'>We.</p>")


def test_the_first_page_is_the_one_about_us_and_has_one_address(client, pages):
    for address in ("/about/", "/about/us/"):
        html = client.get(address).content.decode()
        assert re.search(r'<h2>Who</h2>\n<p id="p-[0-9a-f]{8}">We\.</p>', html)
        assert '/about/">\n' in html[html.index("canonical") :]


def test_each_page_leads_to_the_others(client, pages):
    response = client.get("/about/contact/")
    nav = between(response, '<nav class="sheet__rail', "</nav>")
    assert items(nav) == ["About us", "Contact"]
    assert '<a href="/about/contact/" aria-current="page">' in nav
    assert re.search(r'<p id="p-[0-9a-f]{8}">Write to us\.</p>', response.content.decode())


def test_the_footer_of_every_page_leads_to_them(client, pages, topic):
    for address in ("/", "/topics/rivers/", "/search/", "/nowhere/"):
        assert items(between(client.get(address), 'id="foot-about"', "</nav>")) == ["About us", "Contact"]


def test_a_page_may_show_photos(client, photo):
    shown = photo()
    Page.objects.create(
        title="About us", slug="us", body=f'<p>We.</p><figure data-photo="{shown.pk}"></figure>'
    )
    assert f'data-photo="{shown.pk}"' in client.get("/about/").content.decode()
