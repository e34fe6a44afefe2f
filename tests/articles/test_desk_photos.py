"""The photo library at the desk: finding, uploading, focal point, where used, replacing, deleting."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from articles.models import Author, Photo
from tests.articles.at_the_desk import change_url, errors, messages, post, whole_article

pytestmark = pytest.mark.usefixtures("db", "groups")
LIST = "/admin/articles/photo/"


@pytest.fixture
def photo(picture):
    photo = Photo(image=picture(), caption="A dam\nat dawn", credit="Bo Lind", alt="A wall of concrete.")
    photo.save()
    return photo


def listed(client, **query):
    return {str(photo) for photo in client.get(LIST, query).context["cl"].result_list}


def test_the_library_is_filtered_by_what_is_lacking_and_by_use(client, editor, picture):
    def make(caption, **facts):
        photo = Photo(caption=caption, **facts)
        photo.save()
        return photo

    make("ready", image=picture(), credit="Bo", alt="x")
    make("awaiting", credit="Bo", alt="x")
    make("no credit", image=picture(), alt="x")
    make("no alt", image=picture(), credit="Bo")
    make("decorative", image=picture(), credit="Bo", decorative=True)
    whole_article(hero=make("placed", image=picture(), credit="Bo", alt="x"))
    Author.objects.create(name="Ana", portrait=make("portrait", image=picture(), credit="Bo", alt="x"))
    assert listed(client, lacks="picture") == {"awaiting"}
    assert listed(client, lacks="credit") == {"no credit"}
    assert listed(client, lacks="alternative") == {"no alt"}
    assert listed(client, used="yes") == {"placed", "portrait"}
    assert listed(client, used="no") == {"ready", "awaiting", "no credit", "no alt", "decorative"}


def test_a_photo_with_many_uses_is_listed_once_with_their_number(client, editor, photo):
    for n in range(3):
        whole_article(f"No {n}", hero=photo)
        Author.objects.create(name=f"Author {n}", portrait=photo)
    for query in ({}, {"used": "yes"}, {"used": "yes", "q": "dawn"}):
        assert [(p.pk, p.place_count) for p in client.get(LIST, query).context["cl"].result_list] == [
            (photo.pk, 3)
        ]


@pytest.mark.parametrize("words", ["dawn", "Lind", "concrete", "picture.jpg", "dam Lind wall"])
def test_search_finds_caption_credit_alternative_text_and_file_name(client, editor, photo, words):
    Photo.objects.create(caption="Another")
    assert listed(client, q=words) == {"A dam at dawn"}


def test_the_library_costs_the_same_with_one_photo_and_with_forty(
    client, editor, photo, django_assert_num_queries
):
    whole_article(hero=photo)
    client.get(LIST)
    with django_assert_num_queries(6):
        client.get(LIST)
    Photo.objects.bulk_create(Photo(caption=f"No {n}") for n in range(39))
    with django_assert_num_queries(6):
        assert len(client.get(LIST).context["cl"].result_list) == 40


def test_an_uploaded_picture_knows_who_brought_it(client, editor, picture):
    post(client, reverse("admin:articles_photo_add"), image=picture(1200, 800, "dam.jpg"), caption="A dam")
    photo = Photo.objects.get()
    facts = (photo.uploaded_by, photo.file_name, photo.width, photo.height, str(photo))
    assert facts == (editor, "dam.jpg", 1200, 800, "A dam")


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "empty"),
        (b"%PDF-1.7 not a picture", "cannot be read as a picture"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'></svg>", "cannot be read as a picture"),
    ],
)
def test_what_is_no_picture_is_refused_in_words_and_the_rest_kept(client, editor, content, sentence):
    file = SimpleUploadedFile("dam.jpg", content, "image/jpeg")
    response = post(client, reverse("admin:articles_photo_add"), image=file, caption="A dam")
    assert sentence in errors(response)[0]
    assert response.context["adminform"].form["caption"].value() == "A dam"
    assert Photo.objects.count() == 0


def test_the_page_of_a_photo_survives_a_refused_file(client, editor, photo):
    file = SimpleUploadedFile("dam.jpg", b"not a picture", "image/jpeg")
    response = post(client, change_url(photo), image=file)
    assert "cannot be read as a picture" in errors(response)[0]
    assert photo.card_src in response.content.decode()


def test_the_focal_point_moves_the_crop(client, editor, photo):
    post(client, change_url(photo), focal_x="0.9", focal_y="0.125")
    photo.refresh_from_db()
    assert (photo.focal_x, photo.focal_y) == (0.9, 0.125)
    assert photo.card_src in client.get(change_url(photo)).content.decode()


def test_a_focal_point_outside_of_the_picture_is_refused(client, editor, photo):
    response = post(client, change_url(photo), focal_x="1.2")
    assert "focal_x" in response.context["adminform"].form.errors


def test_another_file_keeps_every_placement(client, editor, photo, picture):
    article = whole_article(hero=photo, body=f'<p>x</p><figure data-photo="{photo.pk}"></figure>')
    before = photo.image.name
    post(client, change_url(photo), image=picture(900, 900, "new.jpg", "darkred"))
    photo.refresh_from_db()
    assert (photo.image.name == before, photo.width, photo.file_name) == (False, 900, "new.jpg")
    assert [p.photo_id for p in article.placements.all()] == [photo.pk, photo.pk]


def test_the_page_says_where_a_photo_is_used(client, editor, photo):
    article = whole_article(hero=photo, body=f'<p>x</p><figure data-photo="{photo.pk}"></figure>')
    Author.objects.create(name="Cy Dee", portrait=photo)
    lines = client.get(change_url(photo)).context["kept_by"]
    link = f'<a href="{change_url(article)}">A dam</a> (draft)'
    assert [line.split(" is ", 1)[1] for line in lines[:2]] == [
        f"the hero photo of {link}",
        f"photo 1 in the text of {link}",
    ]
    assert "is the portrait of" in lines[2]


def test_a_placed_photo_is_not_deleted_and_it_is_said_why(client, editor, photo):
    article = whole_article(hero=photo)
    url = reverse("admin:articles_photo_delete", args=[photo.pk])
    response = client.post(url, {"post": "yes"})
    assert Photo.objects.filter(pk=photo.pk).exists()
    assert (
        f'is the hero photo of <a href="{change_url(article)}">A dam</a> (draft)' in response.content.decode()
    )


def test_why_is_said_as_well_where_an_article_is_one_that_the_editor_may_not_delete(client, editor, photo):
    article = whole_article(hero=photo)
    article.publish()
    page = client.get(reverse("admin:articles_photo_delete", args=[photo.pk])).content.decode()
    assert f'is the hero photo of <a href="{change_url(article)}">A dam</a> (live)' in page


def test_placed_photos_are_not_deleted_in_bulk(client, editor, photo):
    whole_article(hero=photo)
    other = Photo.objects.create(caption="Another")
    data = {"action": "delete_selected", "_selected_action": [photo.pk, other.pk], "post": "yes"}
    response = client.post(LIST, data)
    assert "is the hero photo of" in response.content.decode()
    assert Photo.objects.count() == 2


def test_an_unused_photo_is_deleted(client, editor, photo):
    client.post(reverse("admin:articles_photo_delete", args=[photo.pk]), {"post": "yes"})
    assert Photo.objects.count() == 0


@pytest.mark.parametrize(
    ("change", "gap"),
    [
        ({"credit": ""}, "a credit"),
        ({"alt": ""}, "an alternative text"),
        ({"image-clear": "on"}, "its picture"),
    ],
)
def test_a_photo_that_readers_see_keeps_what_publishing_asked_for(client, editor, photo, change, gap):
    article = whole_article(hero=photo)
    post(client, change_url(photo), credit="Bo")  # a draft holds nothing up
    article.publish()
    assert errors(post(client, change_url(photo), **change))[0].startswith(
        f"It stands in an article that is live or scheduled: it cannot lack {gap}"
    )
    photo.refresh_from_db()
    assert photo.is_ready


def test_what_a_photo_lacked_before_does_not_keep_it_from_being_mended(client, editor, photo):
    whole_article(hero=photo).publish()
    Photo.objects.update(credit="", alt="")
    response = post(client, change_url(photo), credit="Bo Lind")
    assert messages(response)[0].startswith("The photo ")
    photo.refresh_from_db()
    assert (photo.credit, photo.alt) == ("Bo Lind", "")


def test_a_picture_may_be_taken_from_a_photo_that_only_drafts_place(client, editor, photo):
    whole_article(hero=photo)
    post(client, change_url(photo), **{"image-clear": "on"})
    photo.refresh_from_db()
    assert photo.is_awaiting
