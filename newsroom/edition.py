# ruff: noqa: S608  every piece of SQL here is put together from names of ours; nothing that was typed is in it
"""The number of the edition: it moves in the transaction that changes anything a reader can see.

Triggers of the database keep it, so that a form, a script, `bulk_create` and `update` are all seen, and so that the new
number and what it stands for appear to readers in the same moment. What changes by the clock alone (a scheduled article,
an approved comment whose time to be called back is over, comments that close, the last day of a photo's rights) is the
second half of an edition: the latest of such moments.

On PostgreSQL the number moves at the very end of a transaction, once: whoever writes waits for it only while another
commits, and two who write can never wait for each other.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

from django.db import connection, transaction
from django.utils import timezone

from newsroom.prepared import prepared
from newsroom.sql import drop_triggers, existing_triggers, is_sqlite, run

TABLE = "newsroom_edition"
_ASIDE = "newsroom_edition_aside"  # its name while the database is migrated
# every table that a page for everyone reads; of a comment only what is visible counts, now or before
TABLES = [
    "articles_article", "articles_article_related", "articles_articlegallery", "articles_articlephoto", "articles_author",
    "articles_byline", "articles_correction", "articles_formerslug", "articles_formertagslug",
    "articles_frontpageslot", "articles_gallery", "articles_galleryphoto", "articles_page", "articles_photo",
    "articles_tag", "articles_taggedarticle", "articles_topic",
    "comments_comment", "comments_modechoice", "comments_policy",
    "django_comments", "sharing_card",
]  # fmt: skip
_EVENTS = ("INSERT", "UPDATE", "DELETE")
# of the library's table: that there is a comment, `comments_comment` says
_WORDS_OF_COMMENT = ("comment", "user_name", "submit_date")


def _triggers():
    """Yield (name, table, event, condition or "")."""
    for table in TABLES:
        for event in ["UPDATE"] if table == "django_comments" else _EVENTS:
            yield f"edition_{table}_{event.lower()}", table, event, _condition(table, event)


def _condition(table, event):
    if table == "comments_comment":
        rows = {"INSERT": ["NEW"], "UPDATE": ["OLD", "NEW"], "DELETE": ["OLD"]}[event]
        return " OR ".join(f"{row}.status = 'visible'" for row in rows)
    if table == "django_comments":
        differs = "IS NOT" if is_sqlite() else "IS DISTINCT FROM"
        return " OR ".join(f"OLD.{column} {differs} NEW.{column}" for column in _WORDS_OF_COMMENT)
    return ""


# --- what is there ------------------------------------------------------------------------------------------------
def install():
    """Make what is not there yet: the table with its one row, and the triggers."""
    if is_sqlite():
        with transaction.atomic():  # a trigger that is there finds its table there
            _make_table()
            run(
                *(
                    f"CREATE TRIGGER IF NOT EXISTS {name} AFTER {event} ON {table}"
                    f"{f' WHEN {condition}' if condition else ''}"
                    f" BEGIN UPDATE {TABLE} SET number = number + 1; END"
                    for name, table, event, condition in _triggers()
                )
            )
    else:
        # each for itself: in one transaction they would lock all tables, and stop whoever has written to some of them
        _install_in_postgresql()
        with transaction.atomic():
            _make_table()


def _make_table():
    """Make the table, or put it back in its place, under a number that never was."""
    if _ASIDE in connection.introspection.table_names():
        run(f"DROP VIEW {TABLE}", f"ALTER TABLE {_ASIDE} RENAME TO {TABLE}")
        leap()
    run(
        f"CREATE TABLE IF NOT EXISTS {TABLE} (id integer PRIMARY KEY CHECK (id = 1), number bigint NOT NULL)",
        f"INSERT INTO {TABLE} (id, number) SELECT 1, 1 WHERE NOT EXISTS (SELECT 1 FROM {TABLE})",
    )


def set_aside():
    """Put in the place of the table a view in which every look finds another number: no page that is kept holds."""
    if _ASIDE in connection.introspection.table_names():
        return  # a migration broke off
    with transaction.atomic():
        run(f"ALTER TABLE {TABLE} RENAME TO {_ASIDE}")
        if is_sqlite():
            run(f"CREATE VIEW {TABLE} AS SELECT 1 AS id, random() AS number")
            return
        # a replica has 0: less than any number, so that it is never taken for level
        number = "(extract(epoch FROM clock_timestamp()) * 1000000)::bigint"
        run(
            f"CREATE VIEW {TABLE} AS SELECT 1 AS id, CASE WHEN pg_is_in_recovery() THEN 0 ELSE {number} END AS number",
            # what triggers write meanwhile goes nowhere; who commits it is waited for before the table comes back
            f"CREATE OR REPLACE FUNCTION {TABLE}_aside() RETURNS trigger LANGUAGE plpgsql"
            " AS $$ BEGIN RETURN NULL; END $$",
            f"CREATE TRIGGER edition_aside INSTEAD OF UPDATE ON {TABLE} FOR EACH ROW"
            f" EXECUTE FUNCTION {TABLE}_aside()",
        )


def _install_in_postgresql():
    run(f"""
        CREATE OR REPLACE FUNCTION newsroom_next_edition() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF current_setting('newsroom.moved_in', true) IS DISTINCT FROM pg_current_xact_id()::text THEN
                PERFORM set_config('newsroom.moved_in', pg_current_xact_id()::text, true);
                UPDATE {TABLE} SET number = number + 1;
            END IF;
            RETURN NULL;
        END $$""")
    there = existing_triggers()
    run(
        *(
            f"CREATE CONSTRAINT TRIGGER {name} AFTER {event} ON {table} DEFERRABLE INITIALLY DEFERRED FOR EACH ROW"
            f"{f' WHEN ({condition})' if condition else ''} EXECUTE FUNCTION newsroom_next_edition()"
            for name, table, event, condition in _triggers()
            if name not in there
        )
    )


def uninstall():
    """Take the triggers away; the number stays where it is."""
    drop_triggers((name, table) for name, table, _, _ in _triggers())


def leap():
    """Begin a number that never was, by the clock: after what no trigger sees (a migration, a backup brought back)."""
    milliseconds = int(timezone.now().timestamp() * 1000)
    run(
        f"UPDATE {TABLE} SET number = CASE WHEN number < {milliseconds} THEN {milliseconds} ELSE number + 1 END"
    )


# --- which one it is ----------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Edition:
    """`number` from the database; what time changes is as it was from `since` on, and until `until`."""

    number: int
    since: datetime
    until: datetime

    @property
    def name(self):
        return f"{self.number}-{self.since.timestamp():.6f}"


_known = None  # the newest Edition that this process has seen


def current():
    """Return the Edition of this moment. One query by the only row; three more when it is a new one.

    Read it before what it stands for: a page may then be newer than its edition says, never older.
    """
    global _known
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT number FROM {TABLE}")
        number = cursor.fetchone()[0]
    now, known = timezone.now(), _known
    if not (known and known.number == number and known.since <= now < known.until):
        since, until = _moments_around(now)
        _known = known = Edition(number, since, until)
    return known


def _moments_around(now):
    """Return the latest moment up to `now`, and the first after it, at which time alone changes what readers see."""
    from comments.models import Policy

    midnight = timezone.make_aware(datetime.combine(timezone.localdate(now), time.min))
    before, after = [midnight], [midnight + timedelta(days=1)]

    def look(moments, later_by=timedelta(0)):
        for is_past, found in ((True, before), (False, after)):
            found += (at + later_by for at in moments(at=now - later_by, is_past=is_past))

    look(_published)
    look(_shown)
    if days := Policy.current().close_after_days:
        look(_published, timedelta(days=days))
    return max(before), min(after)


@prepared(at=datetime, is_past=None)
def _published(at, is_past):
    from articles.models import Article

    # what is withdrawn stays so, whatever the time
    found = Article.objects.filter(
        withdrawn_at=None, **{"published_at__lte" if is_past else "published_at__gt": at}
    )
    in_order = found.order_by("-published_at" if is_past else "published_at")
    return in_order.values_list("published_at", flat=True)[:1]


def _shown(at, is_past):
    # without the name of its index, SQLite reads every visible comment and sorts them
    index = "INDEXED BY comment_appears" if is_sqlite() else ""
    compared, order = ("<=", "DESC") if is_past else (">", "ASC")
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT shown_from FROM comments_comment {index} WHERE status = 'visible' AND shown_from {compared} %s"
            f" ORDER BY shown_from {order} LIMIT 1",
            [connection.ops.adapt_datetimefield_value(at)],
        )
        found = [at for (at,) in cursor.fetchall()]
    return [at if timezone.is_aware(at) else at.replace(tzinfo=UTC) for at in found]


# --- around migrations --------------------------------------------------------------------------------------------
def before_migrations(**told):
    """SQLite could not copy a table that has triggers naming another; PostgreSQL would not alter one whose wait.

    Until they are back, and if that takes an hour or the migrations break off, nothing that was kept is answered.
    """
    existing = connection.introspection.table_names()
    if set(TABLES) <= set(existing) and {TABLE, _ASIDE} & set(existing):
        set_aside()
        uninstall()


def after_migrations(**told):
    if set(TABLES) <= set(connection.introspection.table_names()):
        install()
        leap()
