# ruff: noqa: S608  every piece of SQL here is put together from names of ours; nothing that was typed is in it
"""What lists of articles are read from, so that a list costs the same after a hundred thousand articles.

- Each tag and each byline of an article knows the moment since when the article stands: `listed_at`, empty for a draft
  and for what is withdrawn. The list of a tag or an author is an index, newest first.
- Of each topic and month, how many articles stand is a number in a row (`Tally`). Months are those of UTC; what a month
  of the site's own time zone has more or less at its edges is looked up (`months`).

Triggers of the database keep both, in the transaction that changes anything, whoever makes it. Numbers are kept on
PostgreSQL when it commits, behind the number of the edition: two that count can never wait for each other (as in
`comments.tallies`). What has a date that has not come stands already: whoever reads leaves it out, by the clock.

Readers still reach an article by `Article.objects.published()` alone: these are numbers, of articles and of pages.
"""

import contextlib
import time
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import reduce
from operator import or_

from django.db import OperationalError, connection, transaction
from django.db.models import Count, IntegerField, Q, Subquery, Sum
from django.db.models.expressions import RawSQL
from django.db.models.functions import Coalesce
from django.utils import timezone

from articles.models import Article, Byline, TaggedArticle, Tally, Topic
from newsroom.sql import drop_triggers, existing_triggers, install_counting, is_sqlite, run

AT_ONCE = 200  # edges of months in one query
MOST_COUNTED = 100  # articles of each author, where many authors are listed


# --- what is read -------------------------------------------------------------------------------------------------
def of_tag(tag, at=None):
    """Return a QuerySet of the ids of the articles that have a tag and stand at this moment, newest first."""
    found = TaggedArticle.objects.filter(tag=tag, listed_at__lte=at or timezone.now())
    return found.order_by("-listed_at", "-content_object").values_list("content_object", flat=True)


def _written(author, at):
    """Return the bylines of `author` that stand, as (since when, article): in the order of their index, each once."""
    found = Byline.objects.filter(author=author, listed_at__lte=at or timezone.now())
    return found.values_list("listed_at", "article").distinct()


def of_author(author, at=None):
    """Return a QuerySet of the ids of the articles with a byline of `author`, in any role, newest first."""
    return _written(author, at).order_by("-listed_at", "-article").values_list("article", flat=True)


def by_author(author, at=None):
    """Return how many articles have a byline of `author`: one query of an index."""
    return _written(author, at).count()


def with_counts(authors, at=None):
    """Return a QuerySet of `authors`, each with how many articles have their byline as `article_count`. Nobody counts on
    from MOST_COUNTED: whoever has more gets one more than that."""
    at = connection.ops.adapt_datetimefield_value(at or timezone.now())
    # the newest of each by the index; the ORM cannot count what a limit leaves
    newest = (
        "SELECT DISTINCT b.listed_at, b.article_id FROM articles_byline b WHERE b.author_id = articles_author.id"
        f" AND b.listed_at <= %s ORDER BY b.listed_at DESC, b.article_id DESC LIMIT {MOST_COUNTED + 1}"
    )
    return authors.annotate(
        article_count=RawSQL(f"SELECT COUNT(*) FROM ({newest}) AS newest", [at], IntegerField())  # noqa: S611
    )


def in_topic(topic, at=None):
    """Return how many articles of a topic stand: one query, which reads of them only those that are scheduled."""
    dated = Tally.objects.filter(topic=topic).values("topic").annotate(n=Sum("articles"))
    later = _scheduled(at or timezone.now()).filter(topic=topic).values("topic").annotate(n=Count("*"))
    found = Topic.objects.filter(pk=topic.pk).annotate(stands=_number(dated) - _number(later))
    return found.values_list("stands", flat=True).get()


def _number(counted):
    return Coalesce(Subquery(counted.values("n")), 0)


@dataclass
class Month:
    month: datetime  # its first moment, in the time zone of the site
    count: int


def months(at=None):
    """Return the Months of the site's time zone in which articles were published, newest first: two queries, which read
    of the articles only those that are scheduled, and those of the hours between a month of UTC and ours."""
    at, zone = at or timezone.now(), timezone.get_current_timezone()
    dated = Tally.objects.values("month").annotate(n=Sum("articles")).filter(n__gt=0)
    counts = Counter(dict(dated.values_list("month", "n")))
    for moment in _looked_up(list(counts), at, zone):
        counts[_name(moment, UTC)] -= 1
        if moment <= at:
            counts[_name(moment, zone)] += 1
    return [
        Month(_begins(month, zone), counts[month]) for month in sorted(counts, reverse=True) if counts[month]
    ]


def _scheduled(at):
    return Article.objects.filter(withdrawn_at=None, published_at__gt=at).order_by()


def _looked_up(known, at, zone):
    """Return the moments of articles that are scheduled, and of those near the edge of a month, where it may be another
    month in `zone` than in UTC."""
    edges = []
    for month in sorted({*known, *map(_next, known)}):
        here, there = _begins(month, zone), _begins(month, UTC)
        if here != there:
            edges.append((min(here, there), max(here, there)))
    wanted = [Q(published_at__gt=at)]
    wanted += [Q(published_at__gte=begins, published_at__lt=ends) for begins, ends in edges]
    moments = {}
    for first in range(0, len(wanted), AT_ONCE):
        found = Article.objects.filter(reduce(or_, wanted[first : first + AT_ONCE]), withdrawn_at=None)
        moments.update(found.order_by().values_list("pk", "published_at"))
    return moments.values()


def _name(moment, zone):
    moment = moment.astimezone(zone)
    return f"{moment.year:04}-{moment.month:02}"


def _begins(month, zone):
    return datetime(int(month[:4]), int(month[5:]), 1, tzinfo=zone)


def _next(month):
    year, number = int(month[:4]), int(month[5:])
    return f"{year + 1:04}-01" if number == 12 else f"{year:04}-{number + 1:02}"


# --- what keeps it ------------------------------------------------------------------------------------------------
_LINKS = {"articles_taggedarticle": "content_object_id", "articles_byline": "article_id"}
_STANDS_SINCE = "CASE WHEN withdrawn_at IS NULL THEN published_at END"


def _since(row):
    return f"CASE WHEN {row}.withdrawn_at IS NULL THEN {row}.published_at END"


def _month(row):
    if is_sqlite():
        return f"substr({row}.published_at, 1, 7)"
    return f"to_char({row}.published_at AT TIME ZONE 'UTC', 'YYYY-MM')"


def _counted(row):
    return f"{row}.published_at IS NOT NULL AND {row}.withdrawn_at IS NULL"


def _moved(columns):
    differs = "IS NOT" if is_sqlite() else "IS DISTINCT FROM"
    return "(" + " OR ".join(f"OLD.{column} {differs} NEW.{column}" for column in columns) + ")"


def _added():
    return (
        f"INSERT INTO articles_tally (topic_id, month, articles) SELECT NEW.topic_id, {_month('NEW')}, 1 WHERE true"
        " ON CONFLICT (topic_id, month) DO UPDATE SET articles = articles_tally.articles + 1;"
    )


def _taken():
    return (
        "UPDATE articles_tally SET articles = articles - 1"
        f" WHERE topic_id = OLD.topic_id AND month = {_month('OLD')};"
    )


def _tallies():
    """Yield (name, event, condition, what it does), in the order in which they are called."""
    moved = _moved(["topic_id", "published_at", "withdrawn_at"])
    yield "listing_1_gone", "DELETE", _counted("OLD"), _taken()
    yield "listing_2_taken", "UPDATE", f"{_counted('OLD')} AND {moved}", _taken()
    yield "listing_3_new", "INSERT", _counted("NEW"), _added()
    yield "listing_4_added", "UPDATE", f"{_counted('NEW')} AND {moved}", _added()


NAMES = ["listing_1_gone", "listing_2_taken", "listing_3_new", "listing_4_added"]
_FOLLOW = "listing_links_follow"


def _links_follow():
    """What an article's row does to those of its tags and bylines."""
    return " ".join(
        f"UPDATE {table} SET listed_at = {_since('NEW')} WHERE {article} = NEW.id;"
        for table, article in _LINKS.items()
    )


def _follows():
    """Yield (name, event, condition) of an article whose tags and bylines follow it; a copy may bring it after them."""
    yield f"{_FOLLOW}_new", "INSERT", _counted("NEW")
    yield f"{_FOLLOW}_moved", "UPDATE", _moved(["published_at", "withdrawn_at"])


def install():
    """Make those triggers that are not there yet."""
    with transaction.atomic() if is_sqlite() else contextlib.nullcontext():
        if is_sqlite():
            run(*_sqlite_triggers())
        else:
            run(*_postgres_triggers())
        install_counting("articles_article", _tallies())


def _sqlite_triggers():
    for table, article in _LINKS.items():
        found = f"(SELECT {_STANDS_SINCE} FROM articles_article WHERE id = NEW.{article})"
        for event in ("INSERT", f"UPDATE OF listed_at, {article}"):
            yield (
                f"CREATE TRIGGER IF NOT EXISTS {_of_link(table, event)} AFTER {event} ON {table}"
                f" WHEN NEW.listed_at IS NOT {found}"
                f" BEGIN UPDATE {table} SET listed_at = {found} WHERE id = NEW.id; END"
            )
    for name, event, condition in _follows():
        yield (
            f"CREATE TRIGGER IF NOT EXISTS {name} AFTER {event} ON articles_article WHEN {condition}"
            f" BEGIN {_links_follow()} END"
        )


def _postgres_triggers():
    for table, article in _LINKS.items():
        name = _of_link(table, "INSERT")
        # the article's row is held, so that it cannot be withdrawn meanwhile and leave this one behind
        found = f"SELECT {_STANDS_SINCE} FROM articles_article WHERE id = NEW.{article} FOR SHARE"
        yield (
            f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS"
            f" $$ BEGIN NEW.listed_at := ({found}); RETURN NEW; END $$"
        )
        yield (
            f"CREATE OR REPLACE TRIGGER {name} BEFORE INSERT OR UPDATE OF listed_at, {article} ON {table}"
            f" FOR EACH ROW EXECUTE FUNCTION {name}()"
        )
    yield (
        f"CREATE OR REPLACE FUNCTION {_FOLLOW}() RETURNS trigger LANGUAGE plpgsql AS"
        f" $$ BEGIN {_links_follow()} RETURN NULL; END $$"
    )
    for name, event, condition in _follows():
        yield (
            f"CREATE OR REPLACE TRIGGER {name} AFTER {event} ON articles_article FOR EACH ROW WHEN ({condition})"
            f" EXECUTE FUNCTION {_FOLLOW}()"
        )


def _of_link(table, event):
    return f"listing_{table}_{event.split()[0].lower()}"


def _every_trigger():
    """Yield (name, table)."""
    yield from ((name, "articles_article") for name in [*NAMES, *(name for name, *_ in _follows())])
    for table in _LINKS:
        yield _of_link(table, "INSERT"), table
        if is_sqlite():
            yield _of_link(table, "UPDATE"), table


def uninstall():
    drop_triggers(_every_trigger())


def recount():
    """Write everything anew: after what no trigger saw. A scan of the articles, while none is written."""
    differs = "IS NOT" if is_sqlite() else "IS DISTINCT FROM"
    with _nobody_writes():
        for table, article in _LINKS.items():
            found = f"(SELECT {_STANDS_SINCE} FROM articles_article a WHERE a.id = {table}.{article})"
            run(f"UPDATE {table} SET listed_at = {found} WHERE listed_at {differs} {found}")
        run(
            "DELETE FROM articles_tally",
            "INSERT INTO articles_tally (topic_id, month, articles)"
            f" SELECT topic_id, {_month('articles_article')}, count(*) FROM articles_article"
            f" WHERE {_counted('articles_article')} GROUP BY 1, 2",
        )


@contextlib.contextmanager
def _nobody_writes():
    """A transaction in which nobody else writes articles, tags of theirs or bylines."""
    while True:
        with transaction.atomic():
            if is_sqlite() or _hold_tables():
                yield
                return
            transaction.set_rollback(True)
        time.sleep(0.1)


def _hold_tables():
    """Return whether PostgreSQL gives the tables. Who has written a byline already may want to write its article, which is
    held here: that is let go before PostgreSQL would end one of both as a deadlock (after a second)."""
    run("LOCK TABLE articles_article IN SHARE ROW EXCLUSIVE MODE")
    with connection.cursor() as cursor:
        cursor.execute("SHOW lock_timeout")
        before = cursor.fetchone()[0]
    try:
        with transaction.atomic():
            run(
                "SET LOCAL lock_timeout = '200ms'",
                f"LOCK TABLE {', '.join(_LINKS)} IN SHARE ROW EXCLUSIVE MODE",
            )
    except OperationalError as error:
        if getattr(error.__cause__, "sqlstate", "") != "55P03":
            raise
        return False
    run(f"SET LOCAL lock_timeout = '{before}'")
    return True


# --- around migrations --------------------------------------------------------------------------------------------
def _concerned(plan):
    return any(migration.app_label == "articles" for migration, _ in plan)


def before_migrations(plan=(), **told):
    """SQLite could not copy a table that has triggers naming another; PostgreSQL would not alter one whose wait."""
    if _concerned(plan) and "articles_byline" in connection.introspection.table_names():
        uninstall()


def after_migrations(plan=(), **told):
    """Put the triggers back and count anew, also what migrations that broke off had left."""
    is_whole = {name for name, _ in _every_trigger()} <= existing_triggers()
    if (_concerned(plan) or not is_whole) and "articles_tally" in connection.introspection.table_names():
        install()
        recount()
