"""The brake of a conversation: how many comments of persons whom nobody knows yet an article takes in ten minutes.

A crowd that comes at once stops there, whatever addresses it has. Known readers and staff are not asked. What is counted
are the comments themselves, by an index, so that it holds for all processes; two that look at the same moment may each
take one, so that it ends a few above the limit and no further.
"""

import threading
import time
from datetime import timedelta

from django.db.models import Count, F, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone

from comments import moderation
from comments.models import Brake, Comment, ModeChoice, Policy

SPAN = timedelta(minutes=10)
MOST_SHOWN = 10  # on the desk


def limit_of(policy, *chosen):
    """Return the limit of an article: of its own ModeChoice, else of that of its topic, else of the site. 0: none."""
    own = [each.newcomers_in_ten_minutes for each in chosen if each]
    return next((number for number in own if number is not None), policy.newcomers_in_ten_minutes)


def holds_until(article, limit):
    """Return when the next comment of somebody new is taken; None where one is taken now. One query."""
    if not limit:
        return None
    sent = Comment.objects.of_newcomers(article, timezone.now() - SPAN).order_by("-newcomer_at")
    oldest = sent.values_list("newcomer_at", flat=True)[limit - 1 : limit]
    return next((at + SPAN for at in oldest), None)


# --- who was turned away ------------------------------------------------------------------------------------------
WRITTEN_EVERY = 1  # seconds: a flood of refusals is no flood of writes

_guard = threading.Lock()
_counted = {}  # article -> (when a number was last written, how many since)


def turn_away(article):
    """Count somebody who was turned away. A process writes once in a second at most; what it counts after the last
    one is not told, so that the number is rather too small."""
    now = time.monotonic()
    with _guard:
        written_at, number = _counted.get(article.pk, (None, 0))
        if written_at is not None and now - written_at < WRITTEN_EVERY:
            _counted[article.pk] = (written_at, number + 1)
            return
        if len(_counted) > 1000:
            _counted.clear()
        _counted[article.pk] = (now, 0)
    _write(article, number + 1)


def _write(article, number):
    now = timezone.now()
    # it goes on where somebody was turned away in the last ten minutes
    going_on = Brake.objects.filter(article=article, last_at__gt=now - SPAN)
    if not going_on.update(last_at=now, turned_away=F("turned_away") + number):
        Brake.objects.update_or_create(
            article=article, defaults={"since": now, "last_at": now, "turned_away": number}
        )


def holding(user):
    """Return the Brakes that hold at this moment, newest first, of the articles that `user` decides on: each with its
    `limit`, the `mode` of the article and its `choice` (the ModeChoice of its own, or None). Ten, and two queries, at
    most."""
    since = timezone.now() - SPAN
    sent = Comment.objects.of_newcomers(OuterRef("article"), since).order_by().values("article")
    brakes = Brake.objects.filter(last_at__gt=since).select_related("article").order_by("-last_at")
    if not moderation.sees_all(user):
        brakes = brakes.filter(article__in=moderation.articles_within(user).values("pk"))
    brakes = list(
        brakes.annotate(sent=Coalesce(Subquery(sent.annotate(n=Count("*")).values("n")), 0))[:MOST_SHOWN]
    )
    if not brakes:
        return []
    articles = {brake.article for brake in brakes}
    chosen = ModeChoice.objects.filter(
        Q(article__in=articles) | Q(topic__in={article.topic_id for article in articles})
    )
    of_article = {choice.article_id: choice for choice in chosen if choice.article_id}
    of_topic = {choice.topic_id: choice for choice in chosen if choice.topic_id}
    policy = Policy.current()
    for brake in brakes:
        brake.choice, of_its_topic = of_article.get(brake.article_id), of_topic.get(brake.article.topic_id)
        brake.limit = limit_of(policy, brake.choice, of_its_topic)
        brake.mode = (brake.choice or of_its_topic or policy).mode
    is_on = "rate_of_newcomers" not in policy.switched_off
    return [brake for brake in brakes if is_on and brake.limit and brake.sent >= brake.limit]
