"""The form of an article shows how search engines, cards and messages will show it."""

import re
from html import unescape

import pytest

from tests.articles.at_the_desk import change_url, person, whole_article

pytestmark = pytest.mark.usefixtures("db", "groups")


def shown(client, address):
    html = client.get(address).content.decode()
    return {name: unescape(text) for name, text in re.findall(r'data-shown="(\w+)"[^>]*>([^<]*)<', html)}


def test_an_article_is_shown_as_search_engines_and_messages_will_show_it(client, settings):
    settings.SITE_URL = "https://news.example.org"
    client.force_login(person("edith", "Editors"))
    article = whole_article(
        "Dams & <b> the law" + " of rivers" * 10, short_headline="Dams & <b>", kind="opinion", slug="dams"
    )
    assert shown(client, change_url(article)) == {
        "address": "https://news.example.org/articles/dams/",
        "result": "Dams & <b> the law of rivers of rivers of rivers of rivers …",
        "summary": "Who pays.",
        "kind": "Opinion",
        "card": "Dams & <b>",
        "title": "Dams & <b>",
        "description": "Who pays.",
        "text": "Opinion: Dams & <b> – Parallel",
    }
    assert shown(client, "/admin/articles/article/add/")["address"] == "https://news.example.org/articles/"
