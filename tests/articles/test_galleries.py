"""A gallery in the text: photos in an order, for every output, kept while it is placed."""

import re

import pytest
from django.db.models import ProtectedError

from articles import body
from articles.models import Gallery, GalleryPhoto, Photo
from tests.articles.reading import between

pytestmark = pytest.mark.django_db


@pytest.fixture
def gallery(photo):
    gallery = Gallery.objects.create(title="The <dams>")
    placed = [
        ("Own words\nin two lines", photo(caption="First")),
        ("", photo(caption="Second", alt="A second wall.")),
    ]
    for position, (caption, each) in enumerate(placed, start=1):
        GalleryPhoto.objects.create(gallery=gallery, photo=each, position=position, caption=caption)
    return gallery


def figure_of(gallery):
    return f'<figure data-gallery="{gallery.pk}"></figure>'


def test_the_body_keeps_a_gallery_as_a_reference():
    stored = '<figure data-gallery="12"></figure>'
    assert body.clean(f"<p>a</p>{stored}<p>b</p>") == f"<p>a</p>\n{stored}\n<p>b</p>"
    assert (
        body.clean('<figure data-gallery="12" onclick="x()"><img src="//evil"><p>words</p></figure>')
        == stored
    )
    for wrong in ("0", "-1", "x", "1" * 30, "١"):
        assert "data-gallery" not in body.clean(f'<figure data-gallery="{wrong}"></figure>')


def test_readers_get_its_photos_in_order_with_caption_credit_and_alternative(client, publish, gallery):
    publish("A dam", body=f"<p>Text.</p>{figure_of(gallery)}")
    shown = between(client.get("/articles/a-dam/"), f'data-gallery="{gallery.pk}"', "</section>")
    assert "The &lt;dams&gt;" in shown
    assert re.findall(r'fig__caption">(.*?)</span>', shown) == ["Own words<br>in two lines", "Second"]
    assert re.findall(r"data-credit>(.*?)</span>", shown) == ["Bo Lind", "Bo Lind"]
    assert re.findall(r' alt="(.*?)"', shown) == ["A wall of concrete.", "A second wall."]


def test_a_tile_is_a_crop_that_leads_to_the_whole_photo_without_the_script(client, publish, photo):
    tall = photo(600, 900, alt="A tower")
    gallery = Gallery.objects.create(title="Towers")
    GalleryPhoto.objects.create(gallery=gallery, photo=tall)
    publish("A tower", body=f"<p>Text.</p>{figure_of(gallery)}")
    tile = between(client.get("/articles/a-tower/"), f'data-gallery="{gallery.pk}"', "</section>")
    href, label = re.search(r'<a class="gallery__open" href="(.*?)" aria-label="(.*?)"', tile).groups()
    assert (href, label) == (tall.renditions[-1].url, "See the whole photo: A tower")
    assert re.findall(r'<img src="(.*?)"', tile) == [tall.card_src]


@pytest.mark.parametrize("target", ["feed", "mail", "print"])
def test_every_output_has_all_of_it(publish, gallery, target):
    article = publish("A dam", body=f"<p>Text.</p>{figure_of(gallery)}")
    html = article.render_body(target)
    for words in ("The &lt;dams&gt;", "Own words<br>in two lines", "Second", "Bo Lind", "A second wall."):
        assert words in html
    assert html.count("<img") == 2


def test_its_cost_does_not_grow_with_its_photos(client, publish, gallery, photo, django_assert_num_queries):
    article = publish("A dam", body=f"<p>Text.</p>{figure_of(gallery)}")
    with django_assert_num_queries(2):
        article.placed_galleries()
    for position in range(3, 9):
        GalleryPhoto.objects.create(gallery=gallery, photo=photo(), position=position)
    with django_assert_num_queries(2):
        assert article.placed_galleries()[gallery.pk].placements.all()[7].photo.is_shown


def test_a_placed_gallery_is_not_deleted_and_neither_are_its_photos(write, gallery):
    article = write("A dam", body=f"<p>Text.</p>{figure_of(gallery)}")
    with pytest.raises(ProtectedError):
        gallery.delete()
    with pytest.raises(ProtectedError):
        Photo.objects.first().delete()
    assert Photo.objects.unused().count() == 0
    article.body = "<p>Text.</p>"
    article.save()
    gallery.delete()
    assert Photo.objects.unused().count() == 2


def test_what_its_photos_lack_keeps_the_article_from_readers(write, gallery):
    article = write("A dam", body=f"<p>Text.</p>{figure_of(gallery)}<figure data-gallery='999'></figure>")
    Photo.objects.filter(caption="Second").update(credit="")
    assert article.missing_for_publishing() == [
        "“Second” in the gallery “The <dams>” lacks a credit.",
        "A gallery in the text is not there any more.",
    ]


def test_a_photo_whose_rights_ended_leaves_the_gallery(client, publish, gallery):
    publish("A dam", body=f"<p>Text.</p>{figure_of(gallery)}")
    Photo.objects.filter(caption="Second").update(rights_end_on="2020-01-01")
    html = client.get("/articles/a-dam/").content.decode()
    assert ("Own words" in html, "Second" in html) == (True, False)
    Photo.objects.update(rights_end_on="2020-01-01")
    assert "The &lt;dams&gt;" not in client.get("/articles/a-dam/").content.decode()
