"""Live articles as pages for readers show them: an article whole, cards of others, what is related to it.

These are the queries of every page that is not kept, so they are composed once (`newsroom.prepared`). An article from
here knows its `facts`, a digest of every row that was read for it, and a whole one its `own_facts`, the same without the
number of comments.
"""

import re
from collections import Counter
from datetime import UTC, datetime
from itertools import chain

from django.db.models import OuterRef
from django.db.models.functions import Coalesce
from django.utils import timezone

from articles.models import Article, ArticlePhoto, Byline, Correction, Tag, TaggedArticle
from comments.conversation import with_comment_count
from newsroom.pieces import digest
from newsroom.prepared import attach, prepared

COMPARED = 60  # of the newest of those that were tagged alike lately, and of the same topic


# --- queries ------------------------------------------------------------------------------------------------------
@prepared(slug=str, at=datetime)
def _whole(slug, at):
    found = with_comment_count(Article.objects.published(at).filter(slug=slug), at)
    return found.select_related("topic", "hero", "card").defer("body_text")


@prepared(ids=[int], at=datetime)
def _cards(ids, at):
    found = with_comment_count(Article.objects.published(at).filter(pk__in=ids), at)
    return found.select_related("topic", "hero").defer("body", "body_text").order_by()


@prepared(ids=[int])
def _bylines(ids):
    return Byline.objects.filter(article__in=ids).select_related("author")


@prepared(article=int)
def _bylines_with_portraits(article):
    return Byline.objects.filter(article=article).select_related("author__portrait")


@prepared(article=int)
def _placements(article):
    return ArticlePhoto.objects.filter(article=article).select_related("photo")


@prepared(article=int)
def _tagged(article):
    return TaggedArticle.objects.filter(content_object=article).select_related("tag").order_by("tag__name")


@prepared(article=int)
def _corrections(article):
    return Correction.objects.filter(article=article)


@prepared(article=int)
def _chosen(article):
    chosen = Article.related.through.objects.filter(from_article=article).exclude(to_article=article)
    return chosen.values_list("to_article", flat=True)


@prepared(ids=[int], at=datetime)
def _published_at(ids, at):
    return Article.objects.published(at).filter(pk__in=ids).order_by().values_list("published_at", "pk")


_COMPARED_BY = ("pk", "headline", "published_at")


@prepared(article=int, topic=int, at=datetime)
def _of_topic(article, topic, at):
    found = Article.objects.published(at).filter(topic=topic).exclude(pk=article)
    return found.newest_first().values_list(*_COMPARED_BY)[:COMPARED]


@prepared(article=int, tags=[int], at=datetime)
def _with_tags(article, tags, at):
    # of each tag a few of the newest, from its index, however many it has: each is a row of an article that is read
    each = max(1, COMPARED // len(tags))
    newest = TaggedArticle.objects.filter(tag=OuterRef("pk"), listed_at__lte=at).order_by("-listed_at")
    since = Coalesce(newest.values("listed_at")[each : each + 1], datetime.min.replace(tzinfo=UTC))
    lately = Tag.objects.filter(
        pk__in=tags, tagged_articles__listed_at__lte=at, tagged_articles__listed_at__gte=since
    ).values("tagged_articles__content_object")
    found = Article.objects.published(at).filter(pk__in=lately).exclude(pk=article)
    return found.newest_first().values_list(*_COMPARED_BY)[:COMPARED]


@prepared(tags=[int], articles=[int])
def _shared_tags(tags, articles):
    found = TaggedArticle.objects.filter(tag__in=tags, content_object__in=articles)
    return found.values_list("content_object", flat=True)


# --- what they give -----------------------------------------------------------------------------------------------
def article(slug):
    """Return the live article of an address with all that its page shows, or None: five queries."""
    found = _whole(slug=slug, at=timezone.now())
    if not found:
        return None
    (article,) = found
    pk = article.pk
    bylines, placements, corrections = (
        _bylines_with_portraits(article=pk), _placements(article=pk), _corrections(article=pk),
    )  # fmt: skip
    tagged = _tagged(article=pk)
    tags = [each.tag for each in tagged]
    for each in tagged:
        each.tag.of_article = pk
    attach(found, "bylines", bylines, "article_id")
    attach(found, "placements", placements, "article_id")
    attach(found, "corrections", corrections, "article_id")
    attach(found, "tags", tags, "of_article")
    if "data-gallery" in article.body:  # its photos are read for the text alone
        article.facts = article.own_facts = None
    else:
        rows = (row.row for row in chain(bylines, placements, tagged, corrections))
        article.own_facts = digest(article.row, *rows)
        article.facts = digest(article.own_facts, article.comment_count)
    return article


def cards(ids):
    """Return the live ones of the articles with these ids as lists show them, by id: two queries."""
    if not ids:
        return {}
    found = {article.pk: article for article in _cards(ids=ids, at=timezone.now())}
    bylines = _bylines(ids=ids)
    attach(found.values(), "bylines", bylines, "article_id")
    for article in found.values():
        article.facts = digest(
            article.row, article.comment_count, *(byline.row for byline in article.bylines.all())
        )
    return found


def related(article, limit=3):
    """Return up to `limit` live articles: those chosen, then those nearest by tags, headline and topic.

    Only the newest of the same tags and of the topic are compared, so that the cost does not grow: at most five
    queries beside those of the cards.
    """
    now = timezone.now()
    chosen = _published_at(ids=_chosen(article=article.pk), at=now)
    best = [pk for _, pk in sorted(chosen, reverse=True)][:limit]
    if len(best) < limit:
        best += _nearest(article, now, best)[: limit - len(best)]
    found = cards(best)
    return [found[pk] for pk in best if pk in found]


def _nearest(article, now, known):
    near = _of_topic(article=article.pk, topic=article.topic_id, at=now) if article.topic_id else []
    shared = Counter()
    if tags := [tag.pk for tag in article.tags.all()]:
        near += _with_tags(article=article.pk, tags=tags, at=now)
        shared.update(_shared_tags(tags=tags, articles=sorted({pk for pk, *_ in near})))
    terms = _terms(article.headline)
    ranked = sorted(
        dict.fromkeys(near),
        key=lambda a: (3 * shared[a[0]] + len(terms & _terms(a[1])), a[2], a[0]),
        reverse=True,
    )
    return [pk for pk, *_ in ranked if pk not in known]


def _terms(headline):
    """The words of a headline that may say what it is about: the short ones seldom do."""
    return {word for word in re.findall(r"\w+", headline.casefold()) if len(word) > 4}
