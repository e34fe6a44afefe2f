"""Full-text search over all comments, whatever their status: the desk's, never readers'.

The index is in the database and changes in the same transaction as the words: FTS5 by triggers on SQLite, a GIN index
over an expression on PostgreSQL (migrations 0012 and 0031). Words are looked for whole or by their beginning, without
regard to case; whatever somebody types is an answer, never an error.
"""

import re
import unicodedata

from django.db import connection, transaction
from django.db.models import IntegerField, Q
from django.db.models.expressions import RawSQL

from newsroom.sql import is_sqlite

MOST_WORDS = 12  # more narrow nothing, and each costs a look-up
_WORD = re.compile(r"\w+")
# as the index of the migration has it: only the same expression is looked up in it. Without its signs, or what looks like an
# address, a number or markup to PostgreSQL would be one word, or none
POSTGRES_WORDS = (
    "to_tsvector('simple', translate(comment || ' ' || user_name, "
    rf"""'!"#$%%&''()*+,-./:;<=>?@[\]^_`{{|}}~', '{" " * 32}'))"""
)


def words_of(q):
    """The words looked for, each once, composed as comments are stored. Their case is left to each database: it folds
    them as it folded its index, which keeps ß and İ."""
    return list({word.casefold(): word for word in _WORD.findall(_composed(q))}.values())[:MOST_WORDS]


def _composed(q):
    return unicodedata.normalize("NFC", (q or "").replace("\x00", " "))


def _for_postgres(q):
    """The query in PostgreSQL's own form."""
    return " & ".join(f"{word}:*" for word in words_of(q))


def _sought(q):
    """The SQL that finds the numbers of comments with every word of `q`, and its parameter; None where it has no word."""
    words = words_of(q)
    if not words:
        return None
    if connection.vendor == "postgresql":
        sql = f"SELECT id FROM django_comments WHERE {POSTGRES_WORDS} @@ to_tsquery('simple', %s)"  # noqa: S608
        return sql, _for_postgres(q)
    sql = "SELECT rowid FROM comments_words WHERE comments_words MATCH %s"
    return sql, " ".join(f'"{word}"*' for word in words)


def numbers(q, most):
    """Return the numbers of at most `most` comments with every word of `q`, in no order. One query."""
    if not (sought := _sought(q)):
        return []
    with connection.cursor() as cursor:
        cursor.execute(f"{sought[0]} LIMIT %s", [sought[1], most])
        return [number for (number,) in cursor.fetchall()]


def narrow(comments, q):
    """Return those of `comments` that hold every word of `q`; all of them where there is no word in it. No query.

    Reads row after row in their order: for words that are in many comments. What is rare, find by its `numbers`.
    """
    if not (words := words_of(q)):
        return comments
    if connection.vendor == "postgresql":
        # asked of each row, or the index would be read to its end first
        sql = f"""COALESCE((SELECT 1 FROM django_comments WHERE id = comments_comment.stored_id
            AND {POSTGRES_WORDS} @@ to_tsquery('simple', %s)), 0)"""  # noqa: S608 the words are a parameter
        return comments.alias(says=RawSQL(sql, [_for_postgres(q)], IntegerField())).filter(says__gt=0)  # noqa: S611
    for word in words:
        begins = rf"(?<![^\W_]){word}"
        comments = comments.filter(Q(comment__iregex=begins) | Q(user_name__iregex=begins))
    return comments


def forget_gone():
    """Take words that no comment holds any more out of the index itself, after the transaction that took them away.

    FTS5 notes that a row is gone, and drops its words only when it merges what it wrote: done here in small steps, so
    that nobody who writes waits long. PostgreSQL's index holds them until its next vacuum, and shows them to no query.
    """
    if is_sqlite():
        transaction.on_commit(_merge)


def _merge():
    pages = -200  # negative: everything is merged, however little there is
    for _ in range(5000):  # more pages than a million comments have
        with connection.cursor() as cursor:
            cursor.execute("SELECT total_changes()")
            before = cursor.fetchone()[0]
            cursor.execute("INSERT INTO comments_words(comments_words, rank) VALUES ('merge', %s)", [pages])
            cursor.execute("SELECT total_changes()")
            if cursor.fetchone()[0] - before < 2:  # as FTS5 says that nothing was left to merge
                return
        pages = 200
