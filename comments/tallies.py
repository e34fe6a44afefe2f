# ruff: noqa: S608  every piece of SQL here is put together from names of ours; nothing that was typed is in it
"""How many comments stand, of an article and in a thread: a number in a row, so that a page costs the same at any length.

Triggers of the database keep the numbers, in the transaction that makes a comment visible or takes it away, whoever does
it. On PostgreSQL they do so when it commits, behind the number of the edition (`newsroom.edition`), whose row each such
transaction has taken by then: two that count can never wait for each other. Until it commits, a transaction reads the
numbers as they were.

What was approved a few seconds ago stands already but is not shown yet: whoever reads takes it off again (`of_article`,
`of_thread`), by an index that holds it at its end.
"""

from django.db import connection, models, transaction
from django.db.models import Count, F, Subquery
from django.db.models.functions import Coalesce, Left

from comments.models import STEP, Comment, Tally
from newsroom.sql import drop_triggers, existing_triggers, install_counting, is_sqlite, run

WHOLE_ARTICLE = 0  # in place of a thread


# --- what is read -------------------------------------------------------------------------------------------------
def _standing(article, thread):
    rows = Tally.objects.filter(article=article, thread=thread)
    return Coalesce(Subquery(rows.values("visible")), 0)


def _not_yet(at):
    """Return those that stand and are not shown at this moment; what is filtered by must not lead away from their index."""
    return Comment.objects.filter(status=Comment.Status.VISIBLE, shown_from__gt=at).order_by()


def _number(comments):
    counted = comments.annotate(every=models.Value(1)).values("every").annotate(n=Count("*"))
    return Coalesce(Subquery(counted.values("n")), 0)


def of_article(article, at):
    """Return the expression for the number of comments of `article` (a key, or a reference to one) that readers see."""
    recent = _not_yet(at).annotate(of_article=F("article") + 0).filter(of_article=article)
    return _standing(article, WHOLE_ARTICLE) - _number(recent)


def of_thread(article, comment, path, at):
    """Return the expression for the number of replies in the thread of the first `comment` that readers see."""
    recent = _not_yet(at).annotate(thread_path=Left("path", STEP)).filter(thread_path=path, depth__gt=0)
    return _standing(article, comment) - _number(recent)


# --- what keeps them ----------------------------------------------------------------------------------------------
def _thread(row):
    """The first comment of the thread that a reply stands in."""
    return f"CAST(substr({row}.path, 1, {STEP}) AS bigint)"


def _added(row="NEW"):
    of = f"INSERT INTO comments_tally (article_id, thread, visible) SELECT {row}.article_id"
    more = "ON CONFLICT (article_id, thread) DO UPDATE SET visible = comments_tally.visible + 1"
    return (
        f"{of}, {WHOLE_ARTICLE}, 1 WHERE true {more}; {of}, {_thread(row)}, 1 WHERE {row}.depth > 0 {more};"
    )


def _taken(row="OLD"):
    return (
        f"UPDATE comments_tally SET visible = visible - 1 WHERE article_id = {row}.article_id"
        f" AND (thread = {WHOLE_ARTICLE} OR ({row}.depth > 0 AND thread = {_thread(row)}));"
    )


_STANDS_NOW = "NEW.status = 'visible'"
_STOOD = "OLD.status = 'visible'"
_MOVED = "(OLD.article_id <> NEW.article_id OR OLD.path <> NEW.path)"
# in which order: taken before added
_TRIGGERS = [
    ("tally_1_gone", "DELETE", _STOOD, _taken()),
    ("tally_2_taken", "UPDATE", f"{_STOOD} AND ({_MOVED} OR NOT {_STANDS_NOW})", _taken()),
    ("tally_3_new", "INSERT", _STANDS_NOW, _added()),
    ("tally_4_added", "UPDATE", f"{_STANDS_NOW} AND ({_MOVED} OR NOT {_STOOD})", _added()),
]
NAMES = [name for name, *_ in _TRIGGERS]


def install():
    install_counting("comments_comment", _TRIGGERS)


def uninstall():
    drop_triggers((name, "comments_comment") for name in NAMES)


def recount():
    """Count everything anew: after what no trigger saw. A scan of the comments that stand, while no comment is written."""
    thread = _thread("comments_comment")
    standing = "FROM comments_comment WHERE status = 'visible'"
    with transaction.atomic():
        if not is_sqlite():
            run("LOCK TABLE comments_comment IN SHARE MODE")
        run(
            "DELETE FROM comments_tally",
            f"INSERT INTO comments_tally (article_id, thread, visible) SELECT article_id, {WHOLE_ARTICLE}, count(*)"
            f" {standing} GROUP BY article_id",
            f"INSERT INTO comments_tally (article_id, thread, visible) SELECT article_id, {thread}, count(*)"
            f" {standing} AND depth > 0 GROUP BY article_id, {thread}",
        )


# --- around migrations --------------------------------------------------------------------------------------------
def _concerned(plan):
    return any(migration.app_label == "comments" for migration, _ in plan)


def before_migrations(plan=(), **told):
    """SQLite could not copy a table that has triggers naming another; PostgreSQL would not alter one whose wait."""
    if _concerned(plan) and "comments_comment" in connection.introspection.table_names():
        uninstall()


def after_migrations(plan=(), **told):
    """Put the triggers back and count anew, also what migrations that broke off had left."""
    is_whole = set(NAMES) <= existing_triggers()
    if (_concerned(plan) or not is_whole) and "comments_tally" in connection.introspection.table_names():
        install()
        recount()
