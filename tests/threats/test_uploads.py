"""Every door by which a file comes in takes what is a picture, and nothing else."""

import io
import json
import socket

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from PIL import Image

from articles.models import Photo
from tests.articles.at_the_desk import person
from tests.articles.test_photos import png_that_claims

pytestmark = pytest.mark.django_db


def saved(format="JPEG", size=(600, 400), **more):
    out = io.BytesIO()
    Image.new("RGB", size, "teal").save(out, format, **more)
    return out.getvalue()


HOSTILE = {
    "grey bomb": png_that_claims(13_000, 13_000), "colour bomb": png_that_claims(9_400, 9_400), "wide": png_that_claims(60_000_001, 1),
    "svg": b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>', "html": b"<html><script>alert(1)</script>",
    "eps": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "tiff": saved("TIFF"), "gif": saved("GIF"), "bmp": saved("BMP"),
    "both": saved() + b"<ScRiPt>alert(1)</sCript>", "torn": saved(size=(2000, 2000))[:2000],
}  # fmt: skip


def by_the_form(client, file):
    answer = client.post(
        "/admin/articles/photo/add/",
        {"image": file, "focal_x": ".5", "focal_y": ".5", "credit_kind": "photo"},
    )
    return answer.status_code == 200 and bool(answer.context["errors"])


def by_the_form_of_a_photo(client, file):
    photo = Photo.objects.create(caption="It awaits its picture")
    form = {"image": file, "focal_x": ".5", "focal_y": ".5", "credit_kind": "photo", "caption": "x"}
    answer = client.post(f"/admin/articles/photo/{photo.pk}/change/", form)
    photo.delete()
    return answer.status_code == 200 and bool(answer.context["errors"])


def by_the_page_of_uploads(client, file):
    answer = client.post(
        "/admin/articles/photo/upload/", {"image": file}, headers={"accept": "application/json"}
    )
    return answer.status_code == 400 and bool(json.loads(answer.content)["error"])


def by_the_page_of_uploads_without_script(client, file):
    client.post("/admin/articles/photo/upload/", {"image": file}, follow=True)
    return not Photo.objects.exists()


def by_the_editor(client, file):
    answer = client.post(reverse("admin:articles_article_photos"), {"image": file})
    return answer.status_code == 400 and bool(json.loads(answer.content)["error"])


def by_the_editor_for_a_photo(client, file):
    photo = Photo.objects.create(caption="It awaits its picture")
    answer = client.post(f"/admin/articles/article/photos/{photo.pk}/picture/", {"image": file})
    photo.delete()
    return answer.status_code == 400 and bool(json.loads(answer.content)["error"])


DOORS = (
    by_the_form, by_the_form_of_a_photo, by_the_page_of_uploads, by_the_page_of_uploads_without_script, by_the_editor,
    by_the_editor_for_a_photo,
)  # fmt: skip


@pytest.mark.threat("T17")
@pytest.mark.threat("T18")
@pytest.mark.parametrize("door", DOORS)
def test_what_is_no_picture_of_ours_comes_in_by_no_door(client, groups, door):
    client.force_login(person("edith", "Editors"))
    came_in = [
        name
        for name, content in HOSTILE.items()
        if not door(client, SimpleUploadedFile("x.jpg", content, "image/jpeg"))
    ]
    assert (came_in, Photo.objects.count()) == ([], 0)


@pytest.mark.threat("T20")
def test_what_a_picture_names_is_fetched_by_nobody(client, groups):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0.2)
        address = f"http://127.0.0.1:{listener.getsockname()[1]}/x"
        packet = f'''<?xpacket begin="" id=""?><!DOCTYPE x [<!ENTITY e SYSTEM "{address}"><!ENTITY f SYSTEM "file:///etc/hostname">]>
            <x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
            <rdf:Description xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:xmpRights="http://ns.adobe.com/xap/1.0/rights/"
            xmpRights:WebStatement="{address}"><dc:description>&e;&f;</dc:description></rdf:Description></rdf:RDF></x:xmpmeta>'''
        client.force_login(person("edith", "Editors"))
        file = SimpleUploadedFile("x.jpg", saved(xmp=packet.encode()), "image/jpeg")
        answer = client.post(reverse("admin:articles_article_photos"), {"image": file, "source_url": address})
        assert answer.status_code == 201 and Photo.objects.get().caption == ""
        with pytest.raises(TimeoutError):
            listener.accept()
