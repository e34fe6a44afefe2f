"""Renditions are made by the worker: once, by one of many, whatever dies meanwhile."""

import io
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command
from django.db import connection, connections
from django.utils import timezone

from articles import darkroom, photos
from articles.models import Photo

pytestmark = pytest.mark.django_db


def files(settings):
    return {path: path.stat().st_mtime_ns for path in (settings.MEDIA_ROOT / "renditions").rglob("*.*")}


def test_the_worker_makes_what_is_due_and_then_nothing_twice(photo, settings):
    for colour in ("first", "second"):
        photo(caption=colour)
    call_command("worker", once=True)
    assert (Photo.objects.without_renditions().count(), photos.make_due()) == (0, 0)
    before = files(settings)
    Photo.objects.update(made_at=None)
    assert photos.make_due() == 2
    assert files(settings) == before


def test_a_picture_without_its_renditions_is_shown_from_what_exists(client, publish, photo):
    publish("A dam", hero=photo(1200, 800))
    html = client.get("/articles/a-dam/").content.decode()
    assert ("image/avif" in html, html.count("/1080.jpg 1080w"), 'width="1080" height="720"' in html) == (
        False,
        1,
        True,
    )
    photos.make_due()
    html = client.get("/articles/a-dam/").content.decode()
    widths = [f"/{w}.{format} {w}w" for format in ("avif", "jpg") for w in (320, 480, 720, 1080, 1200)]
    assert [name in html for name in widths] == [True] * 10
    for name in ("avif", "jpg"):
        response = client.get(photos.renditions(Photo.objects.get(), "whole", name)[0].url)
        assert (response.status_code, response["Content-Type"]) == (200, photos.TYPES[name])


def test_one_of_many_workers_has_a_photo(photo):
    picture = photo()
    assert Photo.objects.due().filter(pk=picture.pk).update(claimed_at=timezone.now()) == 1
    assert (photos.work_off(picture.pk), photos.make_due()) == (False, 0)


def test_the_claim_of_a_worker_that_died_is_free_again(photo):
    picture = photo()
    Photo.objects.update(claimed_at=timezone.now() - Photo.CLAIMED_FOR - timedelta(seconds=1), attempts=1)
    assert photos.work_off(picture.pk)
    assert Photo.objects.without_renditions().count() == 0


def test_a_photo_that_ends_every_worker_is_given_up_with_a_reason_and_tried_again_when_asked(photo):
    picture = photo()
    Photo.objects.update(attempts=Photo.MOST_ATTEMPTS)
    photos.work_off(picture.pk)
    failed = Photo.objects.failed().get()
    assert failed.failure == "The picture ended the worker each time that it was tried."
    assert (failed.is_shown, photos.make_due()) == (True, 0)
    failed.retry()
    assert (photos.make_due(), Photo.objects.without_renditions().count()) == (1, 0)


def test_a_lost_original_is_said_and_the_next_photo_does_not_wait(photo):
    lost, other = photo(caption="Lost"), photo(caption="Other")
    default_storage.delete(lost.image.name)
    assert photos.make_due() == 2
    assert list(Photo.objects.failed()) == [lost]
    assert Photo.objects.get(pk=lost.pk).failure == "The original is not in the storage."
    assert Photo.objects.get(pk=other.pk).made_at


def test_who_changes_a_photo_while_it_is_worked_on_keeps_it_in_the_queue(photo, monkeypatch):
    picture, ask = photo(), darkroom.ask

    def ask_slowly(job, **options):
        changed = Photo.objects.get(pk=picture.pk)
        changed.recipe = "changed meanwhile"
        Photo.objects.filter(pk=picture.pk).update(recipe=changed.recipe)
        return ask(job, **options)

    monkeypatch.setattr(darkroom, "ask", ask_slowly)
    photos.work_off(picture.pk)
    assert Photo.objects.get(pk=picture.pk).made_at is None


@pytest.mark.django_db(transaction=True)
def test_workers_beside_each_other_make_each_photo_once(photo, settings):
    for n in range(6):
        photo(caption=f"No {n}")

    def work(_):
        try:
            return photos.make_due()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as workers:
        taken = sum(workers.map(work, range(4)))
        taken += sum(workers.map(work, range(4)))
    assert (taken, Photo.objects.without_renditions().count()) == (6, 0)
    if connection.vendor == "sqlite":
        connection.close()


def test_the_command_makes_all_anew_that_is_gone_and_says_what_failed(photo, settings):
    kept, lost = photo(caption="Kept"), photo(caption="Lost")
    call_command("make_renditions", stdout=io.StringIO())
    everything = files(settings)
    gone = [r.name for r in photos.renditions(Photo.objects.get(pk=kept.pk), "whole", "avif")]
    for name in gone:
        default_storage.delete(name)
    out = io.StringIO()
    call_command("make_renditions", stdout=out)
    assert out.getvalue() == "0 photos in 0 s, 0 failed.\n"
    call_command("make_renditions", all=True, stdout=io.StringIO())
    assert files(settings).keys() == everything.keys()
    assert {p for p, at in files(settings).items() if everything[p] != at} == {
        settings.MEDIA_ROOT / n for n in gone
    }
    default_storage.delete(lost.image.name)
    for rendition in photos.renditions(lost):
        default_storage.delete(rendition.name)
    errors = io.StringIO()
    with pytest.raises(CommandError):
        call_command("make_renditions", all=True, stdout=io.StringIO(), stderr=errors)
    assert errors.getvalue() == f"Lost (photo {lost.pk}): The original is not in the storage.\n"


def test_after_an_interruption_the_rest_is_made_by_whoever_works_on(photo, settings, monkeypatch):
    first, _ = photo(caption="First"), photo(caption="Second")
    call_command("make_renditions", stdout=io.StringIO())
    everything = files(settings).keys()
    for picture in Photo.objects.all():
        for rendition in photos.renditions(picture, "whole", "avif"):
            default_storage.delete(rendition.name)

    def interrupted(pk):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(photos, "work_off", interrupted)
        call_command("make_renditions", all=True, stdout=io.StringIO())
    assert photos.work_off(first.pk)  # a worker
    call_command("make_renditions", stdout=io.StringIO())
    assert (files(settings).keys(), Photo.objects.without_renditions().count()) == (everything, 0)


def test_saving_words_writes_one_row_and_decodes_nothing(photo, monkeypatch, django_assert_num_queries):
    picture = photo()
    monkeypatch.setattr(darkroom, "ask", None)
    picture.caption = "Other words"
    with django_assert_num_queries(1):
        picture.save()
