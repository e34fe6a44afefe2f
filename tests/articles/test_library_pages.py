"""The pages of the library: filters, searching, captions that follow, what the file knows, galleries at the desk."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from articles.models import Author, Gallery, GalleryPhoto, Photo
from tests.articles.at_the_desk import change_url, messages, person, post, whole_article
from tests.articles.test_photo_metadata import RDF, iim, jpeg

pytestmark = pytest.mark.usefixtures("db", "groups")
LIST = "/admin/articles/photo/"


@pytest.fixture
def photo(picture):
    return Photo.objects.create(image=picture(), caption="A dam", credit="Bo Lind", alt="A wall.")


def listed(client, **query):
    return {str(photo) for photo in client.get(LIST, query).context["cl"].result_list}


def test_the_library_is_filtered_by_rights_and_by_renditions(client, editor):
    today = timezone.localdate()
    Photo.objects.bulk_create(
        [
            Photo(caption="free"),
            Photo(caption="ended", rights_end_on=today - timedelta(days=1)),
            Photo(caption="ends today", rights_end_on=today),
            Photo(caption="ends in two weeks", rights_end_on=today + timedelta(days=14)),
            Photo(caption="ends later", rights_end_on=today + timedelta(days=15)),
            Photo(caption="failed", image="originals/x.jpg", width=9, height=9, failed_at=timezone.now(), failure="Torn."),
            Photo(caption="being made", image="originals/y.jpg", width=9, height=9),
            Photo(caption="made", image="originals/z.jpg", width=9, height=9, made_at=timezone.now()),
        ]
    )  # fmt: skip
    assert listed(client, rights="ending") == {"ends today", "ends in two weeks"}
    assert listed(client, rights="ended") == {"ended"}
    assert listed(client, renditions="failed") == {"failed"}
    assert listed(client, renditions="due") == {"being made"}
    page = client.get(LIST, {"renditions": "failed"}).content.decode()
    assert "Renditions failed: Torn." in page and "Try again" in page


def test_a_photo_of_a_gallery_is_used(client, editor, photo):
    GalleryPhoto.objects.create(gallery=Gallery.objects.create(title="Dams"), photo=photo)
    assert listed(client, used="yes") == {"A dam"}
    assert listed(client, used="no") == set()


def test_the_search_knows_keywords_dates_and_people(client, editor):
    at = timezone.now().replace(year=2024, month=3, day=9, hour=12)
    Photo.objects.create(caption="one", keywords="flood, delta", uploaded_at=at, taken_on="2023-12-31")
    Photo.objects.create(caption="two", uploaded_at=at.replace(month=4), uploaded_by=editor)
    for words, expected in {
        "FLOOD": {"one"},
        "2024": {"one", "two"},
        "2024-03": {"one"},
        "2024-03-09": {"one"},
        "2023-12": {"one"},
        "2024-13": set(),
        "edith 2024": {"two"},
        "flood edith": set(),
    }.items():
        assert (words, listed(client, q=words)) == (words, expected)


def test_pictures_or_a_list_both_with_every_photo_and_the_same_cost(
    client, editor, photo, django_assert_num_queries
):
    Photo.objects.bulk_create(Photo(caption=f"No {n}", uploaded_by=editor) for n in range(20))
    client.get(LIST)
    for query in ({}, {"view": "list"}):
        with django_assert_num_queries(6):
            page = client.get(LIST, query)
        assert page.content.decode().count('name="_selected_action"') == 21
    assert 'class="library"' in client.get(LIST).content.decode()
    assert "result_list" in page.content.decode() and 'class="library"' not in page.content.decode()


def test_a_new_caption_says_which_places_follow_and_which_do_not(client, editor, photo):
    figure = f'<p>x</p><figure data-photo="{photo.pk}"></figure>'
    follows = whole_article("Follows & more", hero=photo, hero_caption="Mine", body=figure)
    own = whole_article("Its own", hero=photo, hero_caption="Mine")
    gallery = Gallery.objects.create(title="Dams")
    GalleryPhoto.objects.create(gallery=gallery, photo=photo)
    following = (
        f'<a href="{change_url(follows)}">Follows &amp; more</a> (photo 1), '
        f'<a href="{change_url(gallery)}">Dams</a> (gallery)'
    )
    keeping = (
        f'<a href="{change_url(own)}">Its own</a> (the hero), '
        f'<a href="{change_url(follows)}">Follows &amp; more</a> (the hero)'
    )
    before = client.get(change_url(photo)).content.decode()
    assert f"A change of the caption above is a change in: {following}." in before
    assert f"which have a text of their own: {keeping}." in before
    said = messages(post(client, change_url(photo), caption="A dam at dawn"))
    assert said[:2] == [f"The new caption stands in: {following}.", f"A text of their own keep: {keeping}."]


def test_the_line_ends_of_browsers_are_no_new_caption(client, editor, photo):
    whole_article(hero=photo)
    said = messages(post(client, change_url(photo), caption="A dam\r\nat dawn"))
    photo.refresh_from_db()
    assert (photo.caption, len(said)) == ("A dam\nat dawn", 2)
    assert len(messages(post(client, change_url(photo), caption="A dam\r\nat dawn"))) == 1


@pytest.mark.parametrize("position", [0, 1, 2])
def test_a_place_with_a_text_of_its_own_takes_the_text_of_the_library_again(client, editor, photo, position):
    figure = f'<figure data-photo="{photo.pk}"><figcaption>Mine</figcaption></figure>'
    article = whole_article(hero=photo, hero_caption="Mine", body=f"<p>x</p>{figure}<p>y</p>{figure}")
    row = article.placements.get(position=position)
    assert "Use the library text again" in client.get(change_url(photo)).content.decode()
    client.post(reverse("admin:articles_photo_library_caption", args=[row.pk]))
    own = article.placements.order_by("position").values_list("is_own_caption", flat=True)
    assert list(own) == [n != position for n in range(3)]


def test_the_article_of_somebody_else_is_not_changed_from_the_library(client, photo):
    article = whole_article(hero=photo, hero_caption="Mine", created_by=person("ana", "Writers"))
    client.force_login(person("wim", "Writers"))
    row = article.placements.get()
    assert client.post(reverse("admin:articles_photo_library_caption", args=[row.pk])).status_code == 403
    row.refresh_from_db()
    assert row.is_own_caption


def test_a_failed_photo_says_why_and_is_tried_again(client, editor, photo):
    Photo.objects.update(made_at=None, failed_at=timezone.now(), failure="The picture is torn.", attempts=3)
    assert "The picture is torn." in client.get(change_url(photo)).content.decode()
    client.post(reverse("admin:articles_photo_again", args=[photo.pk]))
    assert list(Photo.objects.failed()) == [] and list(Photo.objects.due()) == [photo]


def test_marked_photos_become_a_gallery_and_their_renditions_are_made_again(client, editor, photo, picture):
    other = Photo.objects.create(caption="Awaiting")
    chosen = {"_selected_action": [photo.pk, other.pk]}
    client.post(LIST, {"action": "make_again", **chosen})
    assert list(Photo.objects.due()) == [photo]
    response = client.post(LIST, {"action": "make_gallery", **chosen})
    gallery = Gallery.objects.get()
    assert response.headers["Location"] == change_url(gallery)
    assert [one.photo for one in gallery.placements.all()] == [photo, other]


def test_a_gallery_is_brought_into_order_and_numbered_anew(client, editor, photo):
    gallery = Gallery.objects.create(title="Dams")
    for n in (1, 2, 3):
        GalleryPhoto.objects.create(
            gallery=gallery, photo=Photo.objects.create(caption=f"No {n}"), position=n
        )
    post(
        client,
        change_url(gallery),
        **{"placements-0-position": "9", "placements-1-position": "", "placements-2-caption": "Own"},
    )
    rows = [(one.position, str(one.photo), one.caption) for one in gallery.placements.all()]
    assert rows == [(1, "No 3", "Own"), (2, "No 1", ""), (3, "No 2", "")]


def test_neither_a_placed_gallery_nor_its_photos_are_deleted(client, editor, photo):
    gallery = Gallery.objects.create(title="Dams")
    GalleryPhoto.objects.create(gallery=gallery, photo=photo)
    article = whole_article(body=f'<p>x</p><figure data-gallery="{gallery.pk}"></figure>')
    page = client.post(reverse("admin:articles_gallery_delete", args=[gallery.pk]), {"post": "yes"})
    assert f'“Dams” stands in <a href="{change_url(article)}">A dam</a> (draft)' in page.content.decode()
    page = client.post(reverse("admin:articles_photo_delete", args=[photo.pk]), {"post": "yes"})
    assert f'is in the gallery <a href="{change_url(gallery)}">Dams</a>' in page.content.decode()
    assert (Gallery.objects.count(), Photo.objects.count()) == (1, 1)


def test_what_the_file_knows_is_shown_and_fills_what_is_empty_only(client, editor):
    file = jpeg(
        xmp=RDF.format(attributes='photoshop:Credit="The file’s"', inside="").encode(),
        extra=iim(
            [(2, 120, b"A wall,\rat dawn"), (2, 25, b"dam"), (2, 25, b"river"), (2, 90, b"Town-of-it")]
        ),
    )
    photo = Photo.objects.create(image=file, credit="Bo Lind")
    Photo.objects.update(keywords="", caption="")
    url = reverse("admin:articles_photo_file", args=[photo.pk])
    page = client.get(url)
    assert page.context["known"] == [
        ("caption", "caption", "A wall,\nat dawn", ""),
        ("credit", "credit", "The file’s", "Bo Lind"),
        ("keywords", "keywords", "dam, river", ""),
    ]
    shown = page.content.decode()
    assert "A wall,<br>at dawn" in shown and "dam, river" in shown and "Town-of-it" not in shown
    assert "Filled from the file: caption and keywords." in messages(client.post(url, follow=True))
    photo.refresh_from_db()
    assert (photo.caption, photo.credit, photo.keywords) == ("A wall,\nat dawn", "Bo Lind", "dam, river")
    assert "Fill empty fields" not in client.get(url).content.decode()


def test_the_portrait_of_an_author_is_a_use_that_is_told(client, editor, photo):
    Author.objects.create(name="Ana", portrait=photo)
    assert "is the portrait of" in client.get(change_url(photo)).content.decode()
