"""The Nu HTML Checker finds nothing on any page of the demo, and nothing on the forms of the desk."""

import json
import shutil
import subprocess
from html import escape
from io import StringIO

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.core.management import call_command
from django.test import Client

from articles.models import Article, Author, Byline, Correction, Page, Photo, Topic

JAR = settings.BASE_DIR / "var" / "node" / "node_modules" / "vnu-jar" / "build" / "dist" / "vnu.jar"

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(
        not shutil.which("java") or not JAR.exists(), reason="the HTML checker needs Java and npm"
    ),
]


def complaints(pages, folder):
    """Return what the checker says of `pages` (address → HTML) as lines."""
    names = {}
    for number, (address, html) in enumerate(pages.items()):
        path = folder / f"{number}.html"
        path.write_bytes(html)
        names[str(path)] = address
    result = subprocess.run(
        ["java", "-jar", str(JAR), "--format", "json", "--exit-zero-always", "--Werror", *names],
        capture_output=True,
        text=True,
        timeout=300,
    )
    return [
        f"{names.get(m['url'].removeprefix('file:'), m['url'])}: {m['message']} … {m.get('extract', '')!r}"
        for m in json.loads(result.stderr)["messages"]
    ]


def test_every_public_page_is_valid_html(demo, client, tmp_path):
    article = Article.objects.published().exclude(hero=None).newest_first().first()
    live = Article.objects.published()
    addresses = [
        "/",
        *(a.get_absolute_url() for a in live),
        *(topic.get_absolute_url() for topic in Topic.objects.all()),
        article.tags.first().get_absolute_url(),
        article.writers[0].get_absolute_url(),
        "/authors/",
        "/archive/",
        f"/archive/{article.published_at:%Y}/",
        f"/archive/{article.published_at:%Y/%m}/",
        "/search/",
        "/search/?q=river+%3Cb%3E",
        "/search/?q=nothing-has-these-words",
        f"/articles/{article.slug}/print/",
        f"/articles/{article.slug}/share/",
        f"/articles/{article.slug}/share/mastodon/",
        "/corrections/",
        "/about/",
        "/about/privacy/",
        *(page.get_absolute_url() for page in Page.objects.all()),
        "/nowhere/",
        Article.objects.withdrawn().first().get_absolute_url(),
    ]
    pages = {address: client.get(address, follow=True).content for address in addresses}
    pages["the error page"] = _error_page()
    assert complaints(pages, tmp_path) == []


def imported(picture):
    """The article of a scraped page, settled, illustrated and published: the customer's first one where it is here."""
    samples = settings.BASE_DIR.parent / "shared" / "samples"
    file = samples / "the-next-pax-romana.txt"
    if not file.exists():
        file = settings.BASE_DIR / "tests" / "articles" / "importing" / "texts" / "harbour-pilots.txt"
    call_command("import_articles", str(file), stdout=StringIO())
    article = Article.objects.latest("pk")
    for photo in Photo.objects.awaiting():
        photo.image, photo.credit, photo.alt = picture(name=f"{photo.pk}.jpg"), "Yonhap", "Two at a table"
        photo.save()
    article.body = article.body.replace(' data-uncertain="caption"', "")
    article.topic = Topic.objects.create(name="Asia", slug="asia")
    article.save()
    article.publish()
    return article


def test_the_first_article_and_the_worst_are_valid_html(client, groups, picture, tmp_path):
    """The worst: every sign that could break out, letters of both directions, five authors, no photo, corrections."""
    first = imported(picture)
    hostile = "</title></script><!-- \"'&amp; & \u202eمرحبا\u202c 👩\u200d🌾 \x0b\u2028 ]]>"
    article = Article.objects.create(
        headline=hostile + " h", short_headline=hostile, standfirst=hostile, share_text=hostile,
        slug="worst", topic=Topic.objects.create(name="A & <b>", slug="a"), body=f"<p>{escape(hostile)}</p>" * 3,
    )  # fmt: skip
    for n in range(5):
        author = Author.objects.create(name=f"{n} {hostile}", bio=hostile)
        Byline.objects.create(article=article, author=author, position=n)
    article.tags.add("a & <b>", "وسم")
    article.publish()
    Correction.objects.create(article=article, words=hostile)
    addresses = ["/articles/worst/", "/articles/worst/print/", "/articles/worst/share/", "/corrections/"]
    addresses += [author.get_absolute_url(), first.get_absolute_url(), f"{first.get_absolute_url()}print/"]
    assert complaints({address: client.get(address).content for address in addresses}, tmp_path) == []


def _error_page():
    from newsroom.views import server_error

    return server_error(None).content


def test_the_forms_of_the_desk_are_valid_html(demo, tmp_path):
    client = Client()
    client.force_login(User.objects.create_superuser("root", password="x"))
    article, photo = Article.objects.published().first(), Photo.objects.first()
    addresses = [
        "/admin/",
        "/admin/condition/",
        f"/admin/articles/article/{article.pk}/change/",
        "/admin/articles/article/add/",
        f"/admin/articles/photo/{photo.pk}/change/",
        f"/preview/{article.pk}/",
    ]
    assert complaints({address: client.get(address).content for address in addresses}, tmp_path) == []
