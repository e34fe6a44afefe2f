"""Put the demo into an empty database, through the doors that editors use: whatever they could not publish, it cannot."""

import re
import tomllib
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from pathlib import Path

from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.core.files import File
from django.db import transaction
from django.utils import timezone

from articles.models import Article, Author, Byline, FrontPageSlot, Page, Photo, Topic

SOURCE = Path(__file__).parent
LOG_INS = {"editor": "Editors", "writer": "Writers", "moderator": "Moderators"}  # and their groups
PASSWORD = "ferry-and-soup"  # noqa: S105 - printed for whoever tries the demo; production refuses to load it


@dataclass(frozen=True)
class Story:
    """A file of stories/: its slug is the name of the file, the rest its front matter as it is written there."""

    slug: str
    body: str
    headline: str
    standfirst: str
    kind: str
    by: list[str]
    photos: list[str] = field(default_factory=list)
    translation: list[str] = field(default_factory=list)
    additional: list[str] = field(default_factory=list)
    topic: str | None = None
    tags: list[str] = field(default_factory=list)
    related: list[str] = field(default_factory=list)
    short_headline: str = ""
    search_description: str = ""
    comment_policy: str = "site"
    hero: str | None = None
    hero_caption: str = ""
    # when: relative to the day of loading, the hour in the site's time zone
    draft: bool = False
    hours_ago: float | None = None
    days_ago: int = 0
    days_ahead: int = 0
    time: str = "06:00"
    updated_days_ago: int | None = None
    withdrawn: str = ""  # the reason that readers are given

    def published_at(self, now):
        if self.draft:
            return None
        if self.hours_ago is not None:
            return now - timedelta(hours=self.hours_ago)
        return self._on(self.days_ahead - self.days_ago, now)

    def updated_at(self, now):
        return None if self.updated_days_ago is None else self._on(-self.updated_days_ago, now)

    def _on(self, days, now):
        day = timezone.localdate(now) + timedelta(days=days)
        return timezone.make_aware(datetime.combine(day, time.fromisoformat(self.time)))


def load(source=SOURCE, now=None):
    """Load everything in one transaction and return True, or False where there is content already.

    A second run keeps what is there: what an editor changed, and what an editor deleted. Takes some ten seconds, most
    of them for the first renditions of the photos; the others are the worker's.
    """
    with transaction.atomic():
        if not is_wanted():
            return False
        publication = _toml(source / "publication.toml")
        people = _load_log_ins()
        photos = _load_photos(source, uploaded_by=people.get("editor"))
        topics = _load_topics(publication["topics"])
        authors = _load_authors(publication["authors"], photos, people)
        _load_stories(source, topics, authors, photos, people, now or timezone.now())
        for position, slug in enumerate(publication["front_page"], start=1):
            FrontPageSlot.objects.create(article=Article.objects.get(slug=slug), position=position)
        for slug, front_matter, text in _documents(source / "pages"):
            Page.objects.create(slug=slug, body=text, **front_matter)
    return True


def is_wanted():
    """Whether the publication is empty. Once there is anything, it belongs to its editors."""
    return not any(model.objects.exists() for model in (Article, Topic, Author, Photo, Page))


def log_ins():
    """Return {name: group} of the demo's log-ins that still open with its password."""
    people = get_user_model().objects.in_bulk(LOG_INS, field_name="username")
    return {
        name: group
        for name, group in LOG_INS.items()
        if name in people and people[name].check_password(PASSWORD)
    }


def _load_log_ins():
    """Return the new ones by name. One that is there already belongs to somebody: it is left alone."""
    users, people = get_user_model().objects, {}
    for name, group in LOG_INS.items():
        if not users.filter(username=name).exists():
            email = f"{name}@parallel.example"
            people[name] = users.create_user(name, email, PASSWORD, is_staff=True)
            people[name].groups.add(Group.objects.get(name=group))
    return people


def _load_photos(source, uploaded_by):
    photos = {}
    for key, facts in _toml(source / "photos.toml").items():
        focal_x, focal_y = facts.pop("focal", (0.5, 0.5))
        awaiting = facts.pop("awaiting", False)
        photo = Photo(**facts, focal_x=focal_x, focal_y=focal_y, uploaded_by=uploaded_by)
        if awaiting:
            photo.save()
        else:
            with (source / "photos" / f"{key}.jpg").open("rb") as file:
                photo.image = File(file, name=f"{key}.jpg")
                photo.save()
        photos[key] = photo
    return photos


def _load_topics(given):
    return {
        slug: Topic.objects.create(slug=slug, position=position, **facts)
        for position, (slug, facts) in enumerate(given.items(), start=1)
    }


def _load_authors(given, photos, people):
    authors = {}
    for slug, facts in given.items():
        portrait, log_in = facts.pop("portrait", None), facts.pop("log_in", None)
        links = "\n".join(facts.pop("links", []))
        authors[slug] = Author.objects.create(
            slug=slug, portrait=photos[portrait] if portrait else None, user=people.get(log_in), links=links, **facts
        )  # fmt: skip
    return authors


def _load_stories(source, topics, authors, photos, people, now):
    stories = [Story(slug, text, **matter) for slug, matter, text in _documents(source / "stories")]
    stories.sort(key=lambda story: story.published_at(now) or now)  # as the desk would have touched them
    articles = {s.slug: _load_story(s, topics, authors, photos, people, now) for s in stories}
    for story in stories:
        articles[story.slug].related.set(articles[slug] for slug in story.related)


def _load_story(story, topics, authors, photos, people, now):
    published_at = story.published_at(now)
    writer = next((authors[slug].user for slug in story.by if authors[slug].user), None)
    article = Article(
        **{
            name: getattr(story, name)
            for name in (
                "slug",
                "headline",
                "short_headline",
                "standfirst",
                "kind",
                "search_description",
                "comment_policy",
                "hero_caption",
            )
        },
        body=_with_ids(story.body, photos),
        topic=topics[story.topic] if story.topic else None,
        hero=photos[story.hero] if story.hero else None,
        created_at=min(now, published_at or now) - timedelta(days=2),
        created_by=writer or people.get("editor"),
    )
    article.save()
    article.tags.set(story.tags)
    bylines = [
        (role, slug)
        for role in ("by", "photos", "translation", "additional")
        for slug in getattr(story, role)
    ]
    for position, (role, slug) in enumerate(bylines):
        Byline.objects.create(article=article, author=authors[slug], role=role, position=position)
    if published_at:
        article.publish(at=published_at)
    if updated_at := story.updated_at(now):
        article.mark_updated(at=updated_at)
    if story.withdrawn:
        article.withdraw(story.withdrawn)
    return article


def _with_ids(html, photos):
    """The figures of a story name their photos by key; those of a stored body by id."""
    return re.sub(r'(?<=data-photo=")[^"]+', lambda key: str(photos[key[0]].pk), html)


def _documents(folder):
    """Yield (name, front matter, text) of each file, in the order of their names."""
    for path in sorted(folder.glob("*.html")):
        _, front_matter, text = path.read_text("utf-8").split("+++\n", 2)
        yield path.stem, tomllib.loads(front_matter), text


def _toml(path):
    return tomllib.loads(path.read_text("utf-8"))
