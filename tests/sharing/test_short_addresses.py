"""Short addresses, the print edition and the page of all ways: stable, and silent about what readers may not see."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from articles.models import Article
from sharing.addresses import LETTERS, new_code
from sharing.models import ShareCount


def pages_of(article):
    return [f"/s/{article.code}", f"/articles/{article.slug}/print/", f"/articles/{article.slug}/share/"]


def test_a_code_has_no_letters_that_look_alike():
    assert not set(LETTERS) & set("0o1lis5uvz2ea")
    assert all(set(new_code()) <= set(LETTERS) for _ in range(50))


def test_it_leads_to_where_the_article_is_now(client, publish):
    article = publish("A dam")
    for address in (f"/s/{article.code}", f"/s/{article.code}/"):
        assert client.get(address).headers["Location"] == "/articles/a-dam/"
    article.slug = "the-dam"
    article.save()
    answer = client.get(f"/s/{article.code[:5].upper()}-{article.code[5:]}")
    assert (answer.status_code, answer.headers["Location"]) == (302, "/articles/the-dam/")
    assert answer.cookies == {}


@pytest.mark.parametrize("code", ["nothing", "%00", "a" * 300, "..%2f", "ﷺ"])
def test_what_is_no_code_is_not_found(client, db, code):
    assert client.get(f"/s/{code}").status_code == 404


def test_what_readers_may_not_see_has_no_page(client, write, publish):
    draft, scheduled = write("A draft"), write("To come")
    scheduled.publish(at=timezone.now() + timedelta(days=1))
    for article in (draft, scheduled):
        answers = [client.get(address) for address in pages_of(article)]
        assert [answer.status_code for answer in answers] == [404, 404, 404]
        assert not any(article.headline in answer.content.decode() for answer in answers)
    withdrawn = publish("Wrong")
    withdrawn.withdraw("It was wrong.")
    answers = [client.get(address) for address in pages_of(withdrawn)]
    assert [answer.status_code for answer in answers] == [410, 410, 410]
    assert not any("Text." in answer.content.decode() for answer in answers)


def test_a_former_address_leads_on(client, publish):
    article = publish("A dam")
    article.slug = "the-dam"
    article.save()
    for kind in ("print", "share"):
        answer = client.get(f"/articles/a-dam/{kind}/")
        assert (answer.status_code, answer.headers["Location"]) == (301, f"/articles/the-dam/{kind}/")


def test_the_print_edition_holds_the_article_and_the_way_back_from_paper(client, publish, photo, settings):
    settings.SITE_URL = "https://news.example.org"
    article = publish("A dam", hero=photo(caption="The dam"), body="<p>Words on paper.</p>")
    html = client.get("/articles/a-dam/print/").content.decode()
    main = html.split("<main", 1)[1].split("</main>")[0]
    assert "<p>Words on paper.</p>" in main
    assert "The dam" in main and "data-credit>Bo Lind" in main
    assert f"https://news.example.org/s/{article.code}" in main
    assert re.search(r'<svg role="img"[^>]*class="qr"[^>]*><title>QR code', main)
    assert "style=" not in main
    assert "data-share>" not in main and "data-comments" not in main
    assert '<link rel="canonical" href="https://news.example.org/articles/a-dam/">' in html
    assert '<meta name="robots" content="noindex">' in html


def test_nothing_is_counted_unless_the_setting_says_so(client, publish):
    article = publish("A dam")
    client.get(f"/s/{article.code}")
    answer = client.post(
        "/articles/a-dam/share/counted/", {"target": "x"}, headers={"origin": "http://testserver"}
    )
    assert (answer.status_code, ShareCount.objects.count()) == (404, 0)


def test_what_is_counted_is_a_number_of_a_day_and_a_target(client, publish, write, settings):
    settings.SHARE_COUNTS = True
    article, _ = publish("A dam"), write("A draft")
    assert 'data-counted="/articles/a-dam/share/counted/"' in client.get("/articles/a-dam/").content.decode()
    ours = {"origin": "http://testserver"}
    statuses = [
        client.post(f"/articles/{slug}/share/counted/", {"target": target}, headers=headers).status_code
        for slug, target, headers in [
            ("a-dam", "x", ours),
            ("a-dam", "x", ours),
            ("a-dam", "copy", ours),
            ("a-dam", "nonsense", ours),
            ("a-draft", "x", ours),
            ("a-dam", "x", {"origin": "https://evil.example"}),
            ("a-dam", "x", {}),
        ]
    ]
    client.get(f"/s/{article.code}")
    assert statuses == [204, 204, 204, 204, 404, 404, 404]
    today = timezone.localdate()
    assert sorted(ShareCount.objects.values_list("article", "day", "target", "count")) == [
        (article.pk, today, "copy", 1),
        (article.pk, today, "short", 1),
        (article.pk, today, "x", 2),
    ]
    assert client.cookies == {}


def test_the_code_of_an_article_never_changes(publish):
    article = publish("A dam")
    code = article.code
    article.headline = "Another dam"
    article.save()
    assert Article.objects.get().code == code


def test_the_form_for_mastodon_leads_to_the_server_that_was_named(client, publish, settings):
    settings.SITE_URL = "https://news.example.org"
    publish("A & B", slug="a-b", kind="report")
    page = client.get("/articles/a-b/share/mastodon/?server=evil.example")
    assert (page.status_code, page.headers["Cache-Control"]) == (200, "private, no-store")
    assert "form-action 'self' https:" in page.headers["Content-Security-Policy"]
    answer = client.post("/articles/a-b/share/mastodon/", {"server": "https://mastodon.social/home"})
    assert (answer.status_code, answer.headers["Location"]) == (
        302,
        "https://mastodon.social/share?text=A%20%26%20B%20%E2%80%93%20Parallel%20https%3A%2F%2Fnews.example.org%2Farticles%2Fa-b%2F",
    )
    wrong = client.post("/articles/a-b/share/mastodon/", {"server": "127.0.0.1:22"})
    assert (wrong.status_code, "That is no name of a server" in wrong.content.decode()) == (200, True)


def test_a_form_on_another_site_leads_nowhere(publish):
    from django.test import Client

    publish("A dam")
    strict = Client(enforce_csrf_checks=True)
    assert strict.post("/articles/a-dam/share/mastodon/", {"server": "evil.example"}).status_code == 403


def test_the_manifest_names_the_site_and_its_icons(client, settings):
    settings.SITE_NAME = "Parallel"
    answer = client.get("/site.webmanifest")
    manifest = answer.json()
    assert answer.headers["Content-Type"] == "application/manifest+json"
    assert (manifest["name"], manifest["start_url"], manifest["display"]) == ("Parallel", "/", "minimal-ui")
    assert {"192x192", "512x512"} <= {icon["sizes"] for icon in manifest["icons"]}
    assert any(icon.get("purpose") == "maskable" for icon in manifest["icons"])
