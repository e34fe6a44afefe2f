"""What an article page weighs on its way, and that it asks nobody else: HTML, styles and type, and the scripts."""

import gzip
import re
import tomllib

import brotli
import pytest
from django.conf import settings

from comments.models import Comment
from newsroom.static import light
from tests.articles.at_the_desk import whole_article

pytestmark = pytest.mark.django_db
STATIC = settings.BASE_DIR / "static"
DEMO = settings.BASE_DIR / "articles" / "demo"
LONG = sorted(path.stem for path in (DEMO / "stories").glob("*.html") if path.stat().st_size > 4000)
KILOBYTE = 1000  # the stricter reading: of 1,024 bytes, a page has room for some more
PICTURES = 2 * KILOBYTE  # what the markup of its four photos, which are not here, weighs


def on_the_way(content):
    return len(brotli.compress(content, quality=5))


@pytest.mark.parametrize("slug", LONG)
def test_the_page_of_a_long_article_and_its_conversation_is_light(client, slug):
    """As the file of nginx sends it: styles by gzip."""
    article = whole_article(body=(DEMO / "stories" / f"{slug}.html").read_text())
    article.publish()
    for n, said in enumerate(tomllib.loads((DEMO / "conversations.toml").read_text()).get(slug, [])):
        Comment.objects.create(
            article=article, comment=said["text"], status="visible", user_email=f"{n}@example.org",
            user_name=said.get("name") or said["user"],
        )  # fmt: skip
    html = client.get(article.get_absolute_url()).content.decode()
    sheets = re.findall(r'<link[^>]+rel="stylesheet"[^>]+href="/static/([^"]+)"', html)
    styles = [(STATIC / name).read_text() for name in sheets]
    parts = {name for text in styles for name in re.findall(r'@import url\("([\w-]+\.css)"\)', text)}
    styles += [(STATIC / "css" / name).read_text() for name in parts]
    fonts = {name for text in styles for name in re.findall(r'url\("\.\./([^"]+\.woff2)"\)', text)}
    # a browser takes those whose letters stand on the page: Latin ones, and most pages have something in italics
    latin = [name for name in fonts if name.endswith("-latin.woff2")]
    assert sheets and parts and len(latin) == 3
    weight = on_the_way(html.encode()) + len(gzip.compress(light("\n".join(styles)).encode()))
    weight += sum((STATIC / name).stat().st_size for name in latin)
    weight += PICTURES
    assert weight <= 120 * KILOBYTE

    scripts = re.findall(r'<script[^>]+src="/static/([^"]+)"', html)
    imported = re.search(r'<script type="importmap"[^>]*>(.*?)</script>', html, re.S)
    assert imported is None  # nothing inline
    loaded, waiting = set(), list(scripts)
    while waiting:
        name = waiting.pop()
        if name not in loaded:
            loaded.add(name)
            folder = name.rpartition("/")[0]
            found = re.findall(
                r'^(?:import|export)[^"\n]*"(\./[^"]+|\.\./[^"]+|/static/[^"]+)"',
                (STATIC / name).read_text(),
                re.M,
            )
            waiting += [
                str((STATIC / folder / each).resolve().relative_to(STATIC.resolve())) for each in found
            ]
    assert sum(on_the_way((STATIC / name).read_bytes()) for name in loaded) <= 10 * KILOBYTE


def test_no_address_that_a_browser_asks_for_by_itself_is_of_another_host(client, picture):
    article = whole_article()
    article.publish()
    for address in (
        "/",
        article.get_absolute_url(),
        f"{article.get_absolute_url()}comments/",
        "/search/?q=dam",
        "/feeds/",
    ):
        html = client.get(address).content.decode()
        asked = re.findall(r'(?:src|srcset|poster|data)="([^"]+)"', html)
        asked += re.findall(
            r'<link[^>]+rel="(?:stylesheet|preload|icon|manifest|modulepreload|preconnect|dns-prefetch)"[^>]+href="([^"]+)"',
            html,
        )
        assert asked
        assert [each for each in asked if not each.startswith("/") or each.startswith("//")] == []


def test_every_picture_and_frame_has_its_room_before_it_comes(client, groups, picture):
    """Nothing moves when a picture arrives: each says how wide and how high it is."""
    from articles.models import Photo

    photo = Photo.objects.create(image=picture(), caption="A wall", credit="Bo Lind", alt="A wall.")
    article = whole_article(body=f'<p>Text.</p><figure data-photo="{photo.pk}"></figure>', hero=photo)
    article.publish()
    for address in ("/", article.get_absolute_url()):
        pictures = re.findall(r"<img\b[^>]*>", client.get(address).content.decode())
        assert pictures
        assert [tag for tag in pictures if "width=" not in tag or "height=" not in tag] == []
