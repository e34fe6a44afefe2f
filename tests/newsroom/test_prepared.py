"""Queries that are composed once: other values give other rows, and what cannot be a value is refused."""

from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from articles.models import Article, Topic
from newsroom.prepared import prepared

pytestmark = pytest.mark.django_db


@pytest.fixture
def seas():
    seas = Topic.objects.create(name="Seas", slug="seas")
    for days in (1, 2, 3):
        Article.objects.create(
            headline=f"Tide {days}", standfirst="s", body="<p>b</p>", topic=seas,
            published_at=timezone.now() - timedelta(days=days),
        )  # fmt: skip
    return seas


@prepared(topic=int, since=datetime)
def _instances(topic, since):
    return Article.objects.filter(topic=topic, published_at__gte=since).select_related("topic").newest_first()


@prepared(slugs=[str], first=None)
def _tuples(slugs, first):
    return Article.objects.filter(slug__in=slugs).order_by("slug").values_list("slug", "published_at")[first:]


def test_other_values_give_other_rows_of_what_was_composed_once(seas, django_assert_num_queries):
    with django_assert_num_queries(3):
        for days in (1.5, 2.5, 3.5):
            found = _instances(topic=seas.pk, since=timezone.now() - timedelta(days=days))
            assert [article.headline for article in found] == [f"Tide {n}" for n in range(1, int(days) + 1)]
            assert {article.topic.name for article in found} == {"Seas"}
        assert found[0].published_at.tzinfo and not found[0].get_deferred_fields()
    assert _instances(topic=seas.pk + 1, since=timezone.now()) == []


def test_a_list_may_have_any_length(seas):
    for slugs in ([], ["tide-2"], ["tide-3", "tide-1"], ["tide-1", "none", "tide-2"]):
        expected = sorted(slug for slug in slugs if slug != "none")
        assert [slug for slug, _ in _tuples(slugs=slugs, first=0)] == expected
        assert [slug for slug, _ in _tuples(slugs=slugs, first=1)] == expected[1:]


def test_a_value_that_does_not_reach_the_database_as_it_is_is_refused(seas):
    changed = prepared(word=str)(lambda word: Article.objects.filter(headline__contains=word))
    with pytest.raises(ValueError, match="parameter"):
        changed(word="Tide")
    with pytest.raises(TypeError, match="prefetches"):
        prepared(slug=str)(lambda slug: Article.objects.filter(slug=slug).prefetch_related("tags"))(
            slug="tide-1"
        )
