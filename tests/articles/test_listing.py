"""What lists are read from says what counting and sorting the articles would say."""

import random
import threading
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.core import serializers
from django.db import connection, transaction
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone

from articles import listing
from articles.models import Article, Author, Byline, Tag, TaggedArticle, Tally, Topic
from newsroom.sql import run
from tests.articles.reading import headlines

pytestmark = pytest.mark.django_db


def kept():
    """What the rows say: the numbers, and since when what is linked is listed."""
    numbers = {(t.topic_id, t.month): t.articles for t in Tally.objects.filter(articles__gt=0)}
    tagged = {(t.content_object_id, t.tag_id): t.listed_at for t in TaggedArticle.objects.all()}
    bylines = {b.pk: b.listed_at for b in Byline.objects.all()}
    return numbers, tagged, bylines


def worked_out():
    """The same from the articles themselves."""
    since = {a.pk: None if a.withdrawn_at else a.published_at for a in Article.objects.all()}
    standing = [a for a in Article.objects.all() if since[a.pk]]
    numbers = Counter((a.topic_id, a.published_at.astimezone(UTC).strftime("%Y-%m")) for a in standing)
    tagged = {
        (t.content_object_id, t.tag_id): since[t.content_object_id] for t in TaggedArticle.objects.all()
    }
    bylines = {b.pk: since[b.article_id] for b in Byline.objects.all()}
    return numbers, tagged, bylines


def test_whatever_is_done_to_articles_their_lists_are_right(write, publish):
    one = publish("One", at=datetime(2026, 1, 31, 23, 30, tzinfo=UTC), tags=["Water", "Law"])
    other = publish("Other", at=datetime(2026, 1, 2, tzinfo=UTC), tags=["Water"], by=["Ana Ruiz", "Bo Lind"])
    draft = write("Draft", tags=["Law"])
    rivers, seas = one.topic, Topic.objects.create(name="Seas", slug="seas")
    assert kept() == worked_out()
    assert kept()[0] == {(rivers.pk, "2026-01"): 2}

    draft.publish(at=datetime(2026, 3, 1, tzinfo=UTC))
    other.topic = seas
    other.save()
    assert kept() == worked_out()
    assert kept()[0] == {(rivers.pk, "2026-01"): 1, (rivers.pk, "2026-03"): 1, (seas.pk, "2026-01"): 1}

    other.withdraw("It was wrong.")
    one.tags.add("Peace")
    Byline.objects.create(article=other, author=Author.objects.create(name="Cy Ott"), position=2)
    Article.objects.filter(pk=one.pk).update(published_at=datetime(2026, 2, 1, tzinfo=UTC))
    assert kept() == worked_out()
    assert kept()[0] == {(rivers.pk, "2026-02"): 1, (rivers.pk, "2026-03"): 1}

    one.tags.clear()
    Article.objects.filter(pk=draft.pk).update(published_at=None)
    Byline.objects.filter(author__name="Cy Ott").update(article=one)
    assert kept() == worked_out()
    assert kept()[0] == {(rivers.pk, "2026-02"): 1}

    one.delete()
    other.delete()
    assert kept() == worked_out() and kept()[0] == {}


def test_a_byline_that_is_saved_again_stays_in_the_list(client, publish):
    article = publish("One")
    byline = Byline(article=article, author=Author.objects.create(name="Cy Ott"), position=1)
    byline.save()
    byline.position = 2  # the row of the database is listed, and this one does not know it
    byline.save()
    assert headlines(client.get("/authors/cy-ott/")) == ["One"]


def test_a_scheduled_article_is_in_no_list_until_its_time(client, publish):
    at = datetime(2026, 6, 30, 12, tzinfo=UTC)
    with time_machine.travel(at, tick=False):
        publish("Live", tags=["Water"], at=at - timedelta(days=40))
        publish("Soon", tags=["Water"], at=at + timedelta(hours=1))
    pages = ["/topics/rivers/", "/tags/water/", "/authors/ana-ruiz/", "/archive/2026/"]
    numbers = {}
    for moment, names in ((at, ["Live"]), (at + timedelta(hours=1), ["Soon", "Live"])):
        with time_machine.travel(moment, tick=False):
            for page in pages:
                response = client.get(page)
                assert headlines(response) == names
                numbers[page, moment] = response.context["page"].paginator.count
            months = [(m.month.month, m.count) for m in client.get("/archive/").context["months"]]
            assert months == [(6, 1), (5, 1)][2 - len(names) :]
    assert numbers == {(page, m): n for page in pages for m, n in ((at, 1), (at + timedelta(hours=1), 2))}


def test_who_has_two_parts_in_an_article_is_listed_with_it_once(client, publish):
    both = publish("Both")
    publish("Before")
    Byline.objects.create(article=both, author=Author.objects.get(), role=Byline.Role.PHOTOS, position=1)
    response = client.get("/authors/ana-ruiz/")
    assert headlines(response) == ["Both", "Before"]
    assert response.context["page"].paginator.count == 2


@pytest.mark.parametrize(
    "zone", ["UTC", "Pacific/Auckland", "America/Caracas", "Asia/Kathmandu", "Europe/Madrid"]
)
def test_months_are_those_of_the_site_wherever_it_is(settings, topic, zone, monkeypatch):
    settings.TIME_ZONE = zone
    monkeypatch.setattr(listing, "AT_ONCE", 3)
    chance = random.Random(zone)
    now = datetime(2026, 3, 31, 20, tzinfo=UTC)
    edge = datetime(2025, 7, 1, tzinfo=UTC)
    moments = [now - timedelta(hours=chance.randrange(-60, 9000)) for _ in range(60)]
    moments += [edge + timedelta(minutes=chance.randrange(-900, 900)) for _ in range(40)] + [now]
    Article.objects.bulk_create(
        Article(
            headline=f"Story {n}", slug=f"story-{n}", standfirst="Who pays.", body="<p>Text.</p>", topic=topic,
            published_at=at, withdrawn_at=at if n % 9 == 0 else None, withdrawn_reason="Wrong." if n % 9 == 0 else "",
        )
        for n, at in enumerate(moments)
    )  # fmt: skip
    here = timezone.get_current_timezone()
    shown = Article.objects.published(now).values_list("published_at", flat=True)
    wanted = Counter(at.astimezone(here).strftime("%Y-%m") for at in shown)
    found = listing.months(now)
    assert [(m.month.astimezone(here).strftime("%Y-%m-%d %H:%M"), m.count) for m in found] == [
        (f"{month}-01 00:00", wanted[month]) for month in sorted(wanted, reverse=True)
    ]


def test_a_list_that_says_too_much_leads_to_no_article_that_readers_may_not_see(client, publish):
    article = publish("Wrong", tags=["Water"])
    listing.uninstall()  # as if a trigger had been lost
    article.withdraw("It was wrong.")
    for page in ("/tags/water/", "/authors/ana-ruiz/", "/topics/rivers/", "/archive/"):
        assert "Wrong" not in client.get(page).content.decode()


@pytest.mark.django_db(transaction=True)
def test_an_article_that_is_copied_in_after_its_tags_is_listed(publish):
    article = publish("One", tags=["Water"])
    copied = serializers.serialize("json", [*TaggedArticle.objects.all(), *Byline.objects.all(), article])
    article.delete()
    with connection.constraint_checks_disabled(), transaction.atomic():
        for each in serializers.deserialize("json", copied):
            each.save()
    assert kept() == worked_out()
    assert listing.of_tag(Tag.objects.get()).count() == 1


def test_writing_the_lists_anew_gives_the_same(publish, write):
    publish("One", tags=["Water"])
    write("Draft", tags=["Water"])
    publish("Gone", tags=["Law"]).withdraw("It was wrong.")
    before = kept()
    listing.uninstall()
    Tally.objects.update(articles=700)
    for links in (TaggedArticle, Byline):
        links.objects.update(listed_at=datetime(2020, 1, 1, tzinfo=UTC))
    listing.install()
    listing.recount()
    assert kept() == before == worked_out()


@pytest.mark.django_db(transaction=True)
def test_what_was_written_while_articles_are_migrated_is_listed_after_it(publish):
    publish("Before", tags=["Water"])
    plan = [(MigrationExecutor(connection).loader.graph.nodes["articles", "0001_initial"], False)]
    listing.before_migrations(plan=plan)
    try:
        publish("Meanwhile", tags=["Water"])
        assert listing.of_tag(Tag.objects.get()).count() == 1
    finally:
        listing.after_migrations(plan=plan)
    assert kept() == worked_out()
    publish("After", tags=["Water"])
    assert kept() == worked_out()
    assert listing.of_tag(Tag.objects.get()).count() == 3


@pytest.mark.django_db(transaction=True)
def test_what_was_written_after_migrations_broke_off_is_listed_after_the_next(publish):
    nodes = MigrationExecutor(connection).loader.graph.nodes
    articles, comments = [(nodes[label, "0001_initial"], False) for label in ("articles", "comments")]
    listing.before_migrations(plan=[articles, comments])
    publish("Meanwhile", tags=["Water"])  # those of articles had come to their end, those of comments had not
    listing.before_migrations(plan=[comments])
    listing.after_migrations(plan=[comments])
    publish("After", tags=["Water"])
    assert kept() == worked_out()
    assert listing.of_tag(Tag.objects.get()).count() == 2


@pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite lets one write at a time")
@pytest.mark.django_db(transaction=True)
def test_who_deletes_a_byline_and_then_its_article_may_do_so_while_the_lists_are_written_anew(publish):
    article = publish("One", tags=["Water"])
    begun, deleted = threading.Event(), []

    def delete():
        try:
            with transaction.atomic():
                run("SET LOCAL lock_timeout = '5s'")
                Byline.objects.all().delete()
                begun.set()
                while not somebody_waits():
                    pass
                Article.objects.filter(pk=article.pk).delete()
            deleted.append(True)
        finally:
            connection.close()

    editor = threading.Thread(target=delete)
    editor.start()
    begun.wait(10)
    listing.recount()
    editor.join(20)
    assert deleted == [True]
    assert kept() == worked_out()


def somebody_waits():
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_locks WHERE NOT granted AND relation = 'articles_byline'::regclass")
        return cursor.fetchone()
