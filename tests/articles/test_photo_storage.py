"""The same pictures from a folder and from an S3-compatible store, chosen by one setting."""

import contextlib
import io
import os

import pytest
from django.core.exceptions import ImproperlyConfigured, ValidationError
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from articles import photos
from articles.models import Photo
from newsroom.settings import storage_at

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="session")
def s3_server():
    pytest.importorskip("storages")
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture(params=["disk", "s3"])
def storage(request, settings, monkeypatch):
    if request.param == "disk":
        return default_storage
    import boto3

    address = request.getfixturevalue("s3_server")
    for name, value in {
        "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_REGION": "eu-west-1",
        "AWS_DEFAULT_REGION": "eu-west-1", "AWS_ENDPOINT_URL_S3": address,
    }.items():  # fmt: skip
        monkeypatch.setenv(name, value)
    bucket = f"pictures-{os.urandom(6).hex()}"
    boto3.client("s3").create_bucket(
        Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"}
    )
    settings.STORAGES = settings.STORAGES | {"default": storage_at(f"s3://{bucket}/newsroom")}
    return default_storage


def names(storage, folder=""):
    folders, found = storage.listdir(folder)
    path = f"{folder}/" if folder else ""
    return sorted([path + f for f in found] + [n for f in folders for n in names(storage, path + f)])


def test_a_photo_is_stored_made_served_replaced_and_its_original_is_not_to_be_had(storage, client, picture):
    upload = picture(700, 500)
    photo = Photo(image=upload, credit="Bo Lind")
    photo.save()
    original = photo.image.name
    assert photos.work_off(photo.pk)
    photo.refresh_from_db()
    assert (photo.failure, photo.made_at is None) == ("", False)
    stored = names(storage)
    assert (original in stored, len(stored)) == (True, 17)
    upload.seek(0)
    with storage.open(original) as file:
        assert file.read() == upload.read()
    for format in ("jpg", "avif"):
        rendition = photos.renditions(photo, "whole", format)[-1]
        response = client.get(rendition.url)
        content = b"".join(response.streaming_content)
        assert (response.status_code, response["Content-Type"], len(content)) == (
            200,
            rendition.type,
            rendition.bytes,
        )
        assert Image.open(io.BytesIO(content)).size == (700, 500)
    assert client.get(f"/media/{original}").status_code == 404
    assert client.get(rendition.url.replace("700", "999")).status_code == 404
    photo.replace(picture(900, 900))
    assert photo.image.name != original and photo.renditions[-1].width == 900
    photo.made_at = None
    photo.save()
    photos.work_off(photo.pk)
    again = names(storage)
    Photo.objects.update(made_at=None)
    photos.work_off(photo.pk)
    assert names(storage) == again


def test_what_is_refused_or_comes_to_nothing_leaves_nothing_behind(storage, picture):
    with pytest.raises(ValidationError):
        Photo(image=SimpleUploadedFile("x.jpg", b"<svg/>")).save()
    with pytest.raises(Exception, match="focal_point_is_in_the_picture"):
        from django.db import transaction

        with transaction.atomic():
            Photo(image=picture(), focal_x=7).save()
    with contextlib.suppress(FileNotFoundError):  # not even a folder
        assert names(storage) == []


def test_a_setting_that_is_no_storage_stops_the_start():
    for url in ("s3:bucket", "ftp://bucket", "bucket"):
        with pytest.raises(ImproperlyConfigured):
            storage_at(url)
