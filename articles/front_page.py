"""The front page: what an editor put there, then the newest, then each topic's own."""

from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby

from django.db.models import OuterRef, Subquery
from django.utils import timezone

from articles import live
from articles.models import Article, FrontPageSlot, Topic
from newsroom.pieces import digest
from newsroom.prepared import prepared

ROW = 3  # stories beside each other under the lead
LATEST = 5  # headlines in the list of the newest; fewer than three make no list
TOP = 1 + ROW + 1 + LATEST  # lead, row, feature, latest
PER_TOPIC = 3


@dataclass
class Section:
    topic: Topic
    stories: list


@dataclass
class FrontPage:
    lead: Article | None = None
    row: list = field(default_factory=list)
    latest: list = field(default_factory=list)
    feature: Article | None = None
    sections: list = field(default_factory=list)

    @property
    def columns(self):
        """How many columns stand under the lead."""
        return len(self.row) + bool(self.latest)

    @property
    def facts(self):
        """All that it shows, by the facts of its stories."""
        parts = [
            [self.lead, self.feature],
            self.row,
            self.latest,
            *(section.stories for section in self.sections),
        ]
        return digest([[story and story.facts for story in part] for part in parts])


# --- queries: pairs of an article's id and its picture --------------------------------------------------------------
@prepared(at=datetime)
def _pinned(at):
    # named by the slots, of which there are few: SQLite would go through all articles
    found = Article.objects.published(at).filter(pk__in=FrontPageSlot.objects.values("article"))
    in_order = found.order_by("front_page_slot__position", "front_page_slot__pk")
    return in_order.values_list("pk", "hero__image")[:TOP]


@prepared(at=datetime)
def _newest(at):
    return Article.objects.published(at).newest_first().values_list("pk", "hero__image")[: 2 * TOP]


@prepared(at=datetime, taken=[int])
def _of_topics(at, taken):
    """The newest of each topic, without those that are `taken`: each is found by the index of its topic."""
    newest = Article.objects.published(at).filter(topic=OuterRef("pk")).exclude(pk__in=taken).newest_first()
    places = {f"story_{n}": Subquery(newest.values("pk")[n : n + 1]) for n in range(PER_TOPIC)}
    return Topic.objects.annotate(**places).order_by().values_list(*places)


def compose():
    """Return the front page of this moment. Five queries, whatever the number of articles.

    A story has one place on it; those in the list of the newest, which is headlines only, come again under their
    topic.
    """
    now = timezone.now()
    pinned = _pinned(at=now)
    top = [*pinned, *(story for story in _newest(at=now) if story not in pinned)][:TOP]
    lead, row, rest = top[:1], top[1 : 1 + ROW], top[1 + ROW :]
    # a feature lives from its picture; one that an editor pinned stands without
    feature = [row.pop()] if len(row) == 1 else [s for s in rest if s in pinned or s[1]][:1]
    latest = [story for story in rest if story not in feature]
    if len(latest) < 3:
        latest = []

    taken = [pk for pk, _ in (*lead, *row, *feature)]
    below = [pk for stories in _of_topics(at=now, taken=taken) for pk in stories if pk] if taken else []
    stories = live.cards(list(dict.fromkeys([*(pk for pk, _ in top), *below])))

    def drawn(parts):
        return [stories[pk] for pk, _ in parts if pk in stories]

    return FrontPage(
        lead=next(iter(drawn(lead)), None),
        row=drawn(row),
        latest=drawn(latest),
        feature=next(iter(drawn(feature)), None),
        sections=_sections([stories[pk] for pk in below if pk in stories]),
    )


def _sections(stories):
    def topic_of(story):
        return story.topic.position, story.topic.name

    stories = sorted(stories, key=lambda story: (story.published_at, story.pk), reverse=True)
    groups = (list(group) for _, group in groupby(sorted(stories, key=topic_of), key=topic_of))
    return [Section(group[0].topic, _picture_first(group)) for group in groups]


def _picture_first(stories):
    """The newest story with a picture leads; the others follow by date."""
    lead = next((story for story in stories if story.hero and story.hero.is_shown), stories[0])
    return [lead, *(story for story in stories if story is not lead)]
