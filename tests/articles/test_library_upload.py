"""Bringing pictures into the library: many at once, refused ones with their sentence, duplicates before they are stored."""

import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from PIL import Image

from articles.models import Photo
from tests.articles.at_the_desk import change_url, errors, person, post

pytestmark = pytest.mark.usefixtures("db", "groups")
UPLOAD = "/admin/articles/photo/upload/"
SCRIPT = {"accept": "application/json"}


def no_picture(name="notes.jpg"):
    return SimpleUploadedFile(name, b"not a picture", "image/jpeg")


def as_file(image, name):
    out = io.BytesIO()
    image.save(out, "JPEG")
    return SimpleUploadedFile(name, out.getvalue(), "image/jpeg")


def test_without_script_many_files_go_in_at_once_and_one_that_is_refused_stops_none(client, editor, picture):
    files = [picture(name="a.jpg"), no_picture(), picture(300, 200, "b.jpg", "gold")]
    page = client.post(
        UPLOAD,
        {"image": files, "credit": "Bo Lind", "keywords": "dam, river", "duplicates": "keep"},
    )
    stored = Photo.objects.order_by("file_name").values_list(
        "file_name", "credit", "keywords", "uploaded_by__username"
    )
    assert list(stored) == [
        ("a.jpg", "Bo Lind", "dam, river", "edith"),
        ("b.jpg", "Bo Lind", "dam, river", "edith"),
    ]
    assert len(page.context["refused"]) == 1 and "notes.jpg" in page.context["refused"][0]
    assert page.context["refused"][0] in page.content.decode()


def test_a_picture_that_the_library_has_is_shown_before_it_is_stored(client, editor, picture):
    client.post(UPLOAD, {"image": [picture()], "duplicates": "ask"})
    ours = Photo.objects.get()
    page = client.post(UPLOAD, {"image": [picture(name="again.jpg")], "duplicates": "ask"})
    assert page.context["had"] == [("again.jpg", [(ours, True)])]
    assert Photo.objects.count() == 1
    client.post(UPLOAD, {"image": [picture(name="again.jpg")], "duplicates": "keep"})
    assert Photo.objects.count() == 2


def test_neither_a_new_photo_nor_a_replaced_one_gets_a_file_that_the_library_has_unasked(
    client, editor, picture
):
    ours = Photo.objects.create(image=picture(), caption="A <dam>")
    other = Photo.objects.create(image=picture(900, 700, colour="gold"))
    sentence = (
        f'The library has this very file: <a href="{change_url(ours)}">A &lt;dam&gt;</a>. Place that photo instead, '
        "or choose the file once more and say that both are meant."
    )
    for url in (reverse("admin:articles_photo_add"), change_url(other)):
        page = post(client, url, image=picture(name="again.jpg"))
        assert (errors(page), sentence in page.content.decode()) == ([sentence], True)
    assert (Photo.objects.count(), Photo.objects.get(pk=other.pk).width) == (2, 900)
    post(client, change_url(ours), image=picture(name="again.jpg"))  # its own file
    assert Photo.objects.get(pk=ours.pk).file_name == "again.jpg"
    post(client, change_url(other), image=picture(name="meant.jpg"), keep_both="on")
    assert Photo.objects.get(pk=other.pk).file_name == "meant.jpg"


def test_a_new_photo_that_looks_like_one_of_the_library_is_asked_about(client, editor):
    shape = Image.radial_gradient("L").crop((60, 0, 256, 200)).convert("RGB")
    ours = Photo.objects.create(image=as_file(shape.resize((1200, 800)), "large.jpg"), caption="A lamp")
    small = shape.resize((600, 400))
    page = post(client, reverse("admin:articles_photo_add"), image=as_file(small, "small.jpg"))
    assert errors(page) == [
        f'The library has a picture that looks like this one: <a href="{change_url(ours)}">A lamp</a>. Place that '
        "photo instead, or choose the file once more and say that both are meant."
    ]
    post(client, reverse("admin:articles_photo_add"), image=as_file(small, "small.jpg"), keep_both="on")
    assert sorted(Photo.objects.values_list("file_name", flat=True)) == ["large.jpg", "small.jpg"]


def test_the_script_sends_one_file_a_request_and_is_told_what_became_of_it(client, editor, picture):
    answer = client.post(UPLOAD, {"image": picture(), "credit": "Bo"}, headers=SCRIPT)
    ours = Photo.objects.get()
    assert (answer.status_code, answer.json()["photo"]["id"], ours.credit) == (201, ours.pk, "Bo")
    answer = client.post(UPLOAD, {"image": picture(name="again.jpg")}, headers=SCRIPT)
    assert answer.status_code == 409
    assert [(one["id"], one["exact"]) for one in answer.json()["duplicates"]] == [(ours.pk, True)]
    answer = client.post(UPLOAD, {"image": no_picture()}, headers=SCRIPT)
    assert answer.status_code == 400 and "notes.jpg" in answer.json()["error"]
    assert Photo.objects.count() == 1
    answer = client.post(UPLOAD, {"image": picture(), "duplicates": "keep"}, headers=SCRIPT)
    assert (answer.status_code, Photo.objects.count()) == (201, 2)


@pytest.mark.threat("T23")
def test_who_may_not_add_photos_gets_neither_the_page_nor_the_address(client, picture):
    assert client.get(UPLOAD).status_code == 302
    assert client.post(UPLOAD, {"image": picture()}, headers=SCRIPT).status_code == 401
    client.force_login(person("stan"))
    assert client.get(UPLOAD).status_code == 403
    assert client.post(UPLOAD, {"image": picture()}, headers=SCRIPT).status_code == 403
    assert not Photo.objects.exists()


def test_the_library_leads_to_the_page_of_uploads(client, editor):
    assert UPLOAD in client.get(reverse("admin:articles_photo_changelist")).content.decode()
    assert "data-upload" in client.get(UPLOAD).content.decode()
