"""The demo: what it holds, that it is loaded once, and that readers get only what they may."""

import io
import re
from collections import Counter
from datetime import timedelta

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.core.management import call_command
from django.db import transaction
from django.test import override_settings
from django.utils import timezone
from PIL import Image

from articles.demo import loading
from articles.models import (
    Article,
    ArticlePhoto,
    Author,
    Byline,
    FrontPageSlot,
    Page,
    Photo,
    Tag,
    Topic,
)
from comments.models import Comment
from tests.conftest import count_at_once

PHOTOS = loading.SOURCE / "photos"
READERS = {
    "a-chart-is-a-promise": 200,
    "a-harbour-without-fences": 404,
    "in-defence-of-the-slow-train": 200,
    "ninety-nine-ships-off-saltmere": 200,
    "orrin-to-end-its-night-ferry": 410,
    "nobody-needs-a-lighthouse": 200,
    "publish-the-soundings": 200,
    "the-case-for-boring-ministers": 200,
    "the-drowned-ledger": 200,
    "the-empty-lectern": 200,
    "the-last-market-under-glass": 200,
    "the-office-that-answers-letters": 404,
    "the-river-that-was-never-divided": 200,
    "the-winter-the-wire-went-quiet": 200,
    "three-endings-for-the-vessen-talks": 404,
    "what-the-upper-valley-wants": 200,
    "why-small-states-write-long-treaties": 200,
}


@pytest.fixture(scope="module")
def loaded(django_db_setup, django_db_blocker, tmp_path_factory):
    """The demo, loaded once for this file: the renditions of its photos take a while. Rolled back at the end."""
    folder = tmp_path_factory.mktemp("media")
    with django_db_blocker.unblock(), override_settings(MEDIA_ROOT=folder), transaction.atomic():
        out = io.StringIO()
        count_at_once()
        call_command("load_demo", stdout=out)
        yield out.getvalue()
        transaction.set_rollback(True)


@pytest.fixture
def demo(loaded, db):
    return loaded


def everything():
    """Every row of the publication, as it is in the database."""
    models = (Article, ArticlePhoto, Author, Byline, FrontPageSlot, Page, Photo, Tag, Topic, User)
    return {model.__name__: list(model.objects.order_by("pk").values()) for model in models}


def test_it_holds_a_whole_publication(demo):
    assert {
        "published": Article.objects.published().count(),
        "scheduled": Article.objects.scheduled().count(),
        "drafts": Article.objects.drafts().count(),
        "withdrawn": Article.objects.withdrawn().count(),
        "topics": Topic.objects.count(),
        "authors": Author.objects.count(),
        "photos": Photo.objects.count(),
        "photos awaiting their picture": Photo.objects.awaiting().count(),
        "about pages": Page.objects.count(),
    } == {
        "published": 13,
        "scheduled": 1,
        "drafts": 2,
        "withdrawn": 1,
        "topics": 4,
        "authors": 8,
        "photos": 21,
        "photos awaiting their picture": 1,
        "about pages": 5,
    }


def test_it_shows_every_feature(demo):
    published = Article.objects.published()
    long = [a for a in published if a.word_count >= 1200]
    placed = ArticlePhoto.objects.filter(article__in=published, position__gt=0)
    tags = Counter(
        Tag.objects.filter(tagged_articles__content_object__in=published).values_list("name", flat=True)
    )
    shown = {
        "every type of work": {a.kind for a in published} == set(Article.Kind.values),
        "two long pieces with four photos and more": sum(a.placements.count() > 4 for a in long) == 2,
        "subheads, a list, a quotation, pull quotes and a link within": {
            mark
            for mark in ("<h2>", "<ul>", "<ol>", "<blockquote>", "<aside data-pull>", "<cite>", 'href="/articles/')
            if any(mark in a.body for a in long)
        }
        == {"<h2>", "<ul>", "<ol>", "<blockquote>", "<aside data-pull>", "<cite>", 'href="/articles/'},
        "captions of the library": placed.filter(is_own_caption=False).exists(),
        "captions of a placement": placed.filter(is_own_caption=True).exclude(caption="").exists(),
        "a placement that has deliberately no caption": placed.filter(is_own_caption=True, caption="").exists(),
        "a hero with a caption of its own": published.exclude(hero_caption="").exists(),
        "a photo with a caption of two lines": any("\n" in photo.caption for photo in Photo.objects.all()),
        "a photo used by more than one story": max(Counter(placed.values_list("photo", flat=True)).values()) > 1,
        "upright and lying photos": {photo.is_portrait for photo in Photo.objects.all()} == {True, False},
        "a story without a photo": published.filter(placements=None).exists(),
        "a byline of two": "Bastian Orme and Nell Tavish. Photos by Joren Maddick"
        in {a.byline_text for a in published},
        "every role but illustration": set(Byline.objects.values_list("role", flat=True))
        == {"by", "photos", "translation", "additional"},
        "an author with a portrait": Author.objects.exclude(portrait=None).exists(),
        "every author with a biography": not Author.objects.filter(bio="").exists(),
        "an author with links": any(author.link_list for author in Author.objects.all()),
        "topics with a description and a place on the globe": not Topic.objects.filter(description="").exists()
        and not Topic.objects.filter(latitude=None).exists(),
        "topics of different colours": len(set(Topic.objects.values_list("colour", flat=True))) == 4,
        "something published in every topic": {a.topic_id for a in published} == {t.pk for t in Topic.objects.all()},
        "tags that recur": sum(count > 1 for count in tags.values()) >= 6,
        "a short headline": published.exclude(short_headline="").exists(),
        "a search description": published.exclude(search_description="").exists(),
        "chosen related articles": published.exclude(related=None).exists(),
        "a story that says that it was updated": any(a.is_updated for a in published),
        "a story with its comments closed": published.filter(comment_policy="closed").exists(),
    }  # fmt: skip
    assert [feature for feature, is_shown in shown.items() if not is_shown] == []


def test_its_stories_are_of_the_last_fourteen_months_and_the_newest_is_of_today(demo):
    ages = sorted((timezone.now() - a.published_at).days for a in Article.objects.published())
    assert ages[0] == 0
    assert 365 < ages[-1] < 430
    months = {(a.published_at.year, a.published_at.month) for a in Article.objects.published()}
    assert len(months) >= 6


def test_the_scheduled_story_comes_in_two_days(demo):
    wait = Article.objects.scheduled().get().published_at - timezone.now()
    assert timedelta(days=1) < wait < timedelta(days=3)


def test_every_story_that_readers_have_could_be_published_by_an_editor(demo):
    dated = Article.objects.exclude(published_at=None)
    assert {a.slug: a.missing_for_publishing() for a in dated} == {a.slug: [] for a in dated}


def test_one_draft_only_waits_and_the_other_shows_what_can_be_missing(demo):
    assert {a.slug: a.missing_for_publishing() for a in Article.objects.drafts()} == {
        "a-harbour-without-fences": [],
        "the-office-that-answers-letters": [
            "The standfirst is missing.",
            "No topic is chosen.",
            "The hero photo (“The ministry of works in Pellan, a quarter past nine in the evening.”) lacks a credit.",
            "Photo 1 in the text (“The sorting wall on the third floor. Every pigeonhole is a county.”) "
            "lacks an alternative text (or the mark “decorative”).",
            "Photo 2 in the text (“The morning’s post, on the day of our visit.”) "
            "lacks its picture and an alternative text (or the mark “decorative”).",
        ],
    }


def as_stored(text, photos):
    """The text of a story's file as its article holds it; only lists and gaps are laid out for reading there."""
    text = re.sub(r'data-photo="([^"]+)"', lambda key: f'data-photo="{photos[key[1]]}"', text)
    text = re.sub(r"<li>(.*)</li>\n", r"<li><p>\1</p></li>", text)
    return re.sub(r"(<[uo]l>)\n", r"\1", text).replace("\n\n", "\n").strip()


def test_the_stories_are_stored_as_they_are_written(demo):
    photos = {photo.file_name.removesuffix(".jpg"): photo.pk for photo in Photo.objects.exclude(image="")}
    photos["post-room"] = Photo.objects.awaiting().get().pk
    stories = loading._documents(loading.SOURCE / "stories")
    written = {slug: as_stored(text, photos) for slug, _, text in stories}
    assert {article.slug: article.body for article in Article.objects.all()} == written


def test_every_photo_is_used(demo):
    placed = set(ArticlePhoto.objects.values_list("photo", flat=True))
    portraits = set(Author.objects.exclude(portrait=None).values_list("portrait", flat=True))
    assert placed | portraits == set(Photo.objects.values_list("pk", flat=True))


def test_alternative_texts_are_not_the_captions_again(demo):
    described = Photo.objects.exclude(alt="")
    assert [
        p.file_name for p in described if len(p.alt) < 60 or p.alt in p.caption or p.caption in p.alt
    ] == []


def test_the_pictures_are_large_light_and_carry_nothing_but_pixels():
    files = sorted(PHOTOS.glob("*.jpg"))
    pictures = {path.name: Image.open(path) for path in files}
    assert len(files) == 20
    assert [name for name, picture in pictures.items() if max(picture.size) < 1400] == []
    assert [path.name for path in files if path.stat().st_size > 350_000] == []
    assert sum(path.stat().st_size for path in files) < 4_000_000
    assert [
        name for name, picture in pictures.items() if picture.getexif() or "comment" in picture.info
    ] == []


def test_the_front_page_has_a_lead_and_four_more(demo):
    assert list(FrontPageSlot.objects.values_list("position", "article__slug")) == [
        (1, "the-river-that-was-never-divided"),
        (2, "ninety-nine-ships-off-saltmere"),
        (3, "the-empty-lectern"),
        (4, "a-chart-is-a-promise"),
        (5, "in-defence-of-the-slow-train"),
    ]


def test_readers_get_what_is_published_and_nothing_else(demo, client):
    assert {slug: client.get(f"/articles/{slug}/").status_code for slug in READERS} == READERS
    assert set(Article.objects.values_list("slug", flat=True)) == set(READERS)


def test_the_withdrawn_story_says_why_and_shows_nothing_of_itself(demo, client):
    page = client.get("/articles/orrin-to-end-its-night-ferry/").content.decode()
    assert "was not written by the transport ministry" in page
    assert "has run since 1922" not in page


def test_every_link_between_its_pages_arrives(demo, client):
    texts = [*Article.objects.values_list("body", flat=True), *Page.objects.values_list("body", flat=True)]
    addresses = set(re.findall(r'href="(/[^"]*)"', "".join(texts)))
    assert len(addresses) > 6
    assert {address: client.get(address).status_code for address in addresses} == dict.fromkeys(
        addresses, 200
    )


def test_the_about_pages_answer(demo, client):
    slugs = list(Page.objects.values_list("slug", flat=True))
    assert slugs == ["about", "house-rules", "corrections", "ownership", "contact"]
    assert [client.get(page.get_absolute_url()).status_code for page in Page.objects.all()] == [200] * 5


def test_the_privacy_page_keeps_its_word(demo, client):
    """No cookie and no address of another host in what a reader's browser loads by itself."""
    for address in ("/", "/articles/the-river-that-was-never-divided/", "/about/privacy/"):
        response = client.get(address)
        assert not response.cookies
        loads = re.findall(r'(?:<img|<script|<source|<iframe)[^>]* src="([^"]+)"', response.content.decode())
        loads += re.findall(
            r'<link[^>]* rel="(?:stylesheet|preload|icon)"[^>]* href="([^"]+)"', response.content.decode()
        )
        assert [address for address in loads if address.startswith(("http:", "https:", "//"))] == []


def test_it_says_where_the_site_is_and_who_may_log_in(demo):
    assert demo == (
        "Loading the demo: its first pictures take some 10 seconds; the worker makes the others.\n"
        "The demo is loaded.\n"
        "\n"
        f"Site   {settings.SITE_URL}/\n"
        f"Desk   {settings.SITE_URL}/admin/\n"
        "Log in as editor    ferry-and-soup   publishes, schedules, withdraws, arranges the front page\n"
        "Log in as writer    ferry-and-soup   writes and changes own drafts\n"
        "Log in as moderator ferry-and-soup   looks after the comments\n"
    )


def test_the_log_ins_open_the_desk(demo, client):
    for name, group in loading.LOG_INS.items():
        assert client.login(username=name, password=loading.PASSWORD)
        assert client.get("/admin/").status_code == 200
        assert [g.name for g in User.objects.get(username=name).groups.all()] == [group]
        assert not User.objects.get(username=name).is_superuser
    assert Author.objects.get(user__username="writer").name == "Nell Tavish"
    assert set(Article.objects.filter(created_by__username="writer", published_at=None).values_list("slug", flat=True)) == {
        "a-harbour-without-fences",
        "the-office-that-answers-letters",
    }  # fmt: skip


def test_loading_again_keeps_what_editors_changed_and_deleted(demo):
    article = Article.objects.get(slug="the-empty-lectern")
    article.headline = "Changed by an editor"
    article.save()
    Article.objects.get(slug="a-harbour-without-fences").delete()
    writer = User.objects.get(username="writer")
    writer.set_password("another-one-altogether")
    writer.save()
    before, out = everything(), io.StringIO()
    call_command("load_demo", stdout=out)
    assert everything() == before
    assert out.getvalue().startswith(
        "There is content already: it is kept as it is, and the demo was not loaded.\n"
    )
    assert re.findall(r"Log in as (\w+)", out.getvalue()) == ["editor", "moderator"]


def test_the_desk_finds_likely_spam_among_what_waits_in_the_demo(demo):
    likely = Comment.objects.likely_spam()
    assert {hold.rule for comment in likely for hold in comment.holds.all()} == {"links"}
    assert 0 < likely.count() < Comment.objects.held().count() / 2
