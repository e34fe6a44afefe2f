"""An article that readers may answer, and comments on it."""

from datetime import timedelta

import pytest
from django.contrib.auth import get_user_model
from django.utils import timezone

from articles.models import Article, Topic
from comments.models import Comment, Commenter


@pytest.fixture
def make_article(db):
    def make_article(headline="The strait at low tide", **fields):
        topic, _ = Topic.objects.get_or_create(name="Seas", defaults={"slug": "seas"})
        values = {
            "headline": headline, "standfirst": "What the water leaves behind.", "body": "<p>Sand, mostly.</p>",
            "topic": topic, "published_at": timezone.now() - timedelta(hours=2),
        } | fields  # fmt: skip
        return Article.objects.create(**values)

    return make_article


@pytest.fixture
def article(make_article):
    return make_article()


@pytest.fixture
def make_comment(article):
    """`make_comment("words", answers=comment, status="held", name="Ida Berg")`; visible unless told."""

    def make_comment(text="Well said.", name="Ida Berg", **fields):
        fields.setdefault("article", fields["answers"].article if fields.get("answers") else article)
        fields.setdefault("status", Comment.Status.VISIBLE)
        if "commenter" not in fields:
            email = f"{name.lower().replace(' ', '.')}@example.org"
            fields["commenter"], _ = Commenter.objects.get_or_create(email=email, defaults={"name": name})
        return Comment.objects.create(
            comment=text, user_name=name, user_email=fields["commenter"].email or "", **fields
        )

    return make_comment


@pytest.fixture
def staff(groups):
    """`staff("ida")` makes a moderator of that name."""

    def staff(name, group="Moderators"):
        user = get_user_model().objects.create_user(name, f"{name}@example.org", is_staff=True)
        user.groups.add(groups[group])
        return user

    return staff
