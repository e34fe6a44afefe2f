import itertools
from datetime import timedelta

import pytest
from django.utils import timezone

from articles.models import Article, Author, Byline, Photo, Topic
from tests.articles.at_the_desk import person


@pytest.fixture
def topic(db):
    return Topic.objects.create(name="Rivers", slug="rivers")


@pytest.fixture
def write(topic):
    """`write("A dam", tags=[…], by=[…], **fields)` makes a draft that lacks nothing."""

    def write(headline, *, by=("Ana Ruiz",), tags=(), **fields):
        article = Article.objects.create(
            **{"headline": headline, "standfirst": "Who pays.", "body": "<p>Text.</p>", "topic": topic}
            | fields
        )
        for position, name in enumerate(by):
            author, _ = Author.objects.get_or_create(name=name)
            Byline.objects.create(article=article, author=author, position=position)
        article.tags.add(*tags)
        return article

    return write


@pytest.fixture
def publish(write):
    """`publish("A dam", at=…)` is `write()` and puts it before readers; each is an hour older than the one before."""
    hours = itertools.count(1)

    def publish(headline, *, at=None, **fields):
        article = write(headline, **fields)
        article.publish(at=at or timezone.now() - timedelta(hours=next(hours)))
        return article

    return publish


@pytest.fixture
def photo(picture):
    """`photo(caption=…)` makes one that may be published."""

    def photo(width=300, height=200, **fields):
        return Photo.objects.create(
            image=picture(width, height),
            **{"caption": "A dam\nat dawn", "credit": "Bo Lind", "alt": "A wall of concrete."} | fields,
        )

    return photo


@pytest.fixture
def editor(client, groups):
    """An editor, who is logged in."""
    editor = person("edith", "Editors")
    client.force_login(editor)
    return editor
