"""How pictures stand on a page."""

import pytest
from django.template import Context, Template

from articles import photos
from articles.models import Photo
from articles.templatetags.pictures import absolute, shape, tenths

pytestmark = pytest.mark.django_db


def test_a_picture_in_a_list_is_an_ornament_and_comes_in_every_width(photo):
    picture = photo(600, 400)
    render = Template('{% load pictures %}{% card_image photo "50vw" is_first %}').render
    folder = picture.cards[0].url.rsplit("/", 1)[0]
    fields = "".join(f'<path fill="#48b" d="M{n % 4} {n // 4}h1v1h-1z"/>' for n in range(12))
    blur = f'<svg class="pic__blur" viewBox="0 0 4 3" preserveAspectRatio="none" aria-hidden="true">{fields}</svg>'
    assert render(Context({"photo": picture, "is_first": False})) == (
        f'<span class="pic">{blur}<picture><img src="{folder}/3x2-50-50-600.jpg" srcset="{folder}/3x2-50-50-600.jpg 600w" '
        'sizes="50vw" width="600" height="400" alt="" loading="lazy" decoding="async"></picture></span>'
    )
    photos.work_off(picture.pk)
    picture.refresh_from_db()
    jpeg, avif = (
        ", ".join(f"{folder}/3x2-50-50-{w}.{format} {w}w" for w in (320, 480, 600))
        for format in ("jpg", "avif")
    )
    assert render(Context({"photo": picture, "is_first": False})) == (
        f'<span class="pic">{blur}<picture><source type="image/avif" srcset="{avif}" sizes="50vw">'
        f'<img src="{folder}/3x2-50-50-600.jpg" srcset="{jpeg}" '
        'sizes="50vw" width="600" height="400" alt="" loading="lazy" decoding="async"></picture></span>'
    )
    assert 'alt="" fetchpriority="high">' in render(Context({"photo": picture, "is_first": True}))


@pytest.mark.parametrize(
    ("width", "height", "stands"),
    [(1200, 800, "plain"), (800, 1000, "tall"), (1000, 1000, "plain"), (1900, 1000, "wide"), (0, 0, "plain")],
)
def test_its_shape_says_how_it_stands_in_the_text(width, height, stands):
    assert shape(Photo(width=width, height=height)) == stands


def test_a_hero_keeps_its_focal_point_in_view(client, publish, photo):
    publish("A dam", hero=photo(focal_x=0.24, focal_y=0.98))
    assert (
        'data-focal-x="2" data-focal-y="10" fetchpriority="high">'
        in client.get("/articles/a-dam/").content.decode()
    )


def test_every_focal_point_has_its_rule(settings):
    css = (settings.BASE_DIR / "static" / "css" / "figure.css").read_text()
    steps = {tenths(part / 100) for part in range(101)} - {5}  # the middle is the default
    assert {
        n for n in range(11) if f'[data-focal-x="{n}"]' in css and f'[data-focal-y="{n}"]' in css
    } == steps


def test_only_the_first_picture_of_a_page_is_loaded_at_once(client, publish, photo):
    for n in range(5):
        publish(f"Story {n}", hero=photo())
    html = client.get("/").content.decode()
    assert (html.count("<img"), html.count('fetchpriority="high"'), html.count('loading="lazy"')) == (5, 1, 4)


def test_addresses_for_others_are_whole(settings):
    settings.SITE_URL = "https://news.example.org"
    assert absolute("/media/a.jpg") == "https://news.example.org/media/a.jpg"
    assert absolute("https://cdn.example.org/a.jpg") == "https://cdn.example.org/a.jpg"
