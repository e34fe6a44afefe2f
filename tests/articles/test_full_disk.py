"""A disk without room: it is said, nothing half-written stays, and what was typed is still there."""

import contextlib
import resource

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.urls import reverse
from PIL import Image

from articles import darkroom, photos
from articles.admin import DISK_IS_FULL
from articles.models import Article, Photo
from tests.articles.at_the_desk import change_url, errors, fields, person, post, whole_article
from tests.articles.test_photos import upload

pytestmark = pytest.mark.usefixtures("groups")


@contextlib.contextmanager
def no_room_beyond(size):
    """No file of this process, or of one that it starts, grows beyond `size` bytes."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.fixture
def editor(client):
    editor = person("edith", "Editors")
    client.force_login(editor)
    return editor


@pytest.fixture
def new_darkroom():
    """One that is started in the test, and is under its limits."""

    def end():
        if darkroom._child:
            darkroom._end(darkroom._child[1])

    end()
    yield
    end()


def stored(settings):
    return [path for path in settings.MEDIA_ROOT.rglob("*") if path.is_file()]


def test_a_picture_without_room_is_not_stored_and_neither_is_half_of_it(db, settings, new_darkroom):
    picture = upload(Image.effect_noise((1080, 720), 90).convert("RGB"), quality=5)
    for room in (64, picture.size + 1000):  # for nothing; for the original, and not for what is made of it
        with no_room_beyond(room), pytest.raises(ValidationError) as error:
            Photo(image=picture).save()
        assert (room, error.value.messages, stored(settings)) == (room, [photos.FULL], [])
    assert Photo.objects.count() == 0


def test_the_editor_is_told_where_the_picture_was_dropped(db, client, editor, picture):
    article = Article.objects.create(headline="A dam", body="<p>Text.</p>", created_by=editor)
    photos.check_upload(picture())  # the darkroom runs
    with no_room_beyond(64):
        answer = client.post("/admin/articles/article/photos/", {"image": picture()})
    assert (answer.status_code, answer["Retry-After"]) == (503, "10")
    assert answer.json() == {"error": photos.FULL}
    article.refresh_from_db()
    assert article.body == "<p>Text.</p>"


def test_a_large_file_without_room_leaves_what_was_typed_beside_it(db, client, editor, picture):
    """It is too large for memory, and there is no room for it while it comes in."""
    content = picture().read() + bytes(12 * 1024**2)
    data = fields(client, reverse("admin:articles_photo_add"))
    data |= {
        "caption": "Words that took\nan hour",
        "image": SimpleUploadedFile("dam.jpg", content),
        "_save": "yes",
    }
    with no_room_beyond(8 * 1024**2):
        page = client.post(reverse("admin:articles_photo_add"), data)
    assert (page.status_code, page["Retry-After"], errors(page)) == (503, "10", [photos.FULL])
    assert "Words that took\nan hour</textarea>" in page.content.decode()
    assert Photo.objects.count() == 0


@pytest.mark.django_db(transaction=True)
def test_an_article_that_the_full_disk_does_not_take_comes_back_as_it_was_typed(client, editor):
    if connection.vendor != "sqlite":
        pytest.skip("only SQLite can be told how large it may grow")
    article = whole_article()
    text = "<p>" + "A dam is a wall. " * 12_000 + "</p>"
    with connection.cursor() as cursor:
        cursor.execute("VACUUM")  # no room is left inside of it
        most = cursor.execute("PRAGMA max_page_count").fetchone()[0]
        cursor.execute("PRAGMA max_page_count = 1")  # SQLite makes of it what it has now
        try:
            page = post(client, change_url(article), headline="Another dam", body=text)
        finally:
            cursor.execute(f"PRAGMA max_page_count = {most}")
    assert (page.status_code, page["Retry-After"], errors(page)) == (503, "10", [DISK_IS_FULL])
    html = page.content.decode()
    assert 'value="Another dam"' in html and html.count("A dam is a wall.") == 12_000
    article.refresh_from_db()
    assert article.headline == "A dam"
    post(client, change_url(article), headline="Another dam", body=text)
    article.refresh_from_db()
    assert (article.headline, article.body.count("wall")) == ("Another dam", 12_000)
