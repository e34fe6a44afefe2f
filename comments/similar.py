"""The same words again: near-duplicates across persons and articles, and earlier decisions on similar words.

A text is its shingles: every five letters in a row, without case, accents, spaces and punctuation. A signature keeps
64 numbers of them, so that two texts share as many numbers as they share shingles (MinHash, Broder 1997; in one pass,
Li, Owen and Zhang 2012). Bands of four numbers are rows with an index: who shares most of them is looked at.
"""

import re
import struct
from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from zlib import crc32

from django.db import connection
from django.db.models import BigIntegerField, Count, F, Min, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone

from comments import markup
from comments.models import Comment, Decision, Group, GroupBand, Likeness, Trace

SHINGLE = 5
NUMBERS = 64
ROWS = 4
BANDS = NUMBERS // ROWS
ALIKE = 0.5  # the share of numbers that two texts of one group have in common, at least
SHORT = 60  # below this many letters, texts are alike by chance: more of them must be the same
ALIKE_IF_SHORT = 0.55
TOO_SHORT = 30  # “Great article!” twice is no campaign
LONGEST = 6000  # letters that are looked at
MOST_LOOKED_AT = 40  # groups that are compared with one text: those that share most bands with it
MOST_SHARED = 4000  # bands of others that are counted for that

_LINK = re.compile(r"https?://|www\.", re.IGNORECASE)
_FORMAT = f"<{NUMBERS}I"
_BAND = f"<{1 + ROWS}I"
_SPREAD = 0x9E3779B1  # 2^32 divided by the golden ratio: spreads neighbouring numbers


def signature(text):
    """Return the 64 numbers of `text`, or None where it is too short to say anything."""
    letters = markup.fold(text)[:LONGEST]
    if len(letters) < (SHINGLE * 2 if _LINK.search(text) else TOO_SHORT):
        return None
    found = [None] * NUMBERS
    data = letters.encode("utf-32-le")
    for at in range(0, len(data) - 4 * SHINGLE + 1, 4):
        number = crc32(data[at : at + 4 * SHINGLE]) * _SPREAD & 0xFFFFFFFF
        place, number = number & 63, number >> 6
        if found[place] is None or number < found[place]:
            found[place] = number
    # an empty place borrows from one that is chosen by its number alone: the same for two texts (Shrivastava 2017)
    full = found[:]
    for place in range(NUMBERS):
        attempt = 0
        while full[place] is None:
            attempt += 1
            full[place] = found[(place * 0x61C88647 + attempt * _SPREAD >> 7) & 63]
    return tuple(full)


def bands(numbers):
    """The values under which a signature is found: one a band, of 63 bits."""
    values = []
    for band in range(BANDS):
        row = struct.pack(_BAND, band, *numbers[band * ROWS : band * ROWS + ROWS])
        values.append(crc32(row) << 31 | crc32(row[::-1]) >> 1)
    return values


def likeness(one, other):
    """The share of what two signatures have in common: an estimate of the share of shingles."""
    return sum(map(int.__eq__, one, other)) / NUMBERS


def _enough(text):
    return ALIKE_IF_SHORT if len(markup.fold(text)) < SHORT else ALIKE


def remember(comment):
    """Put a comment that was just stored, or edited, into the group of those like it; the first makes a group.

    Costs one look-up by index and at most three writes (one statement on PostgreSQL), whatever the number of comments: a wave of a thousand copies is
    one group, and only its first has bands.
    """
    numbers = signature(comment.comment)
    if numbers is None:
        return None
    values = bands(numbers)
    group = _group_like(numbers, values, _enough(comment.comment))
    packed = struct.pack(_FORMAT, *numbers)
    at_once = connection.vendor == "postgresql"
    return (_remember_in_one_statement if at_once else _remember)(comment, group, packed, values)


def forget(comment):
    """Take a comment out of its group: it says something else now."""
    for known in Likeness.objects.filter(comment=comment):
        Group.objects.filter(pk=known.group_id, size__gt=0).update(size=F("size") - 1)
        known.delete()


# Written by hand, as each comment that is posted waits for them: half of the work was the ORM's, putting these together
_BEGIN = f"INSERT INTO {Group._meta.db_table} (signature, size, at) VALUES (%s, 1, %s)"  # noqa: S608 own name
_GROW = f"UPDATE {Group._meta.db_table} SET size = size + 1 WHERE id = %s"  # noqa: S608 own name
_NEW_BANDS = f"INSERT INTO {GroupBand._meta.db_table} (group_id, value) VALUES {{}}"  # noqa: S608 own name
_BELONGS = f"INSERT INTO {Likeness._meta.db_table} (comment_id, group_id) VALUES (%s, %s)"  # noqa: S608 own name
# all that is written in one statement, where the database may write in a WITH: each way there and back counts
_NEW_GROUP = f"""
    WITH begun AS (
        INSERT INTO {Group._meta.db_table} (signature, size, at) VALUES (%s, 1, %s) RETURNING id
    ), found_by AS (
        INSERT INTO {GroupBand._meta.db_table} (group_id, value) SELECT id, unnest(%s::bigint[]) FROM begun
    )
    INSERT INTO {Likeness._meta.db_table} (comment_id, group_id) SELECT %s, id FROM begun RETURNING group_id
"""  # noqa: S608 own names
_GROWN = f"""
    WITH grown AS (UPDATE {Group._meta.db_table} SET size = size + 1 WHERE id = %s RETURNING id)
    INSERT INTO {Likeness._meta.db_table} (comment_id, group_id) SELECT %s, id FROM grown
"""  # noqa: S608 own names
_NEAREST = f"""
    SELECT nearest.group_id, known.signature
    FROM (
        SELECT group_id, COUNT(*) AS shared
        FROM (SELECT group_id FROM {GroupBand._meta.db_table} WHERE value {{}} LIMIT {MOST_SHARED}) AS found
        GROUP BY group_id ORDER BY shared DESC, group_id DESC LIMIT {MOST_LOOKED_AT}
    ) AS nearest
    JOIN {Group._meta.db_table} AS known ON known.id = nearest.group_id
    ORDER BY nearest.shared DESC, nearest.group_id DESC
"""  # noqa: S608 own names


def _remember_in_one_statement(comment, group, packed, values):
    with connection.cursor() as cursor:
        if group:
            cursor.execute(_GROWN, [group.pk, comment.pk])
            return group
        cursor.execute(_NEW_GROUP, [packed, timezone.now(), list(dict.fromkeys(values)), comment.pk])
        return Group(pk=cursor.fetchone()[0])


def _remember(comment, group, packed, values):
    with connection.cursor() as cursor:
        if group:
            cursor.execute(_GROW, [group.pk])
        else:
            cursor.execute(_BEGIN, [packed, connection.ops.adapt_datetimefield_value(timezone.now())])
            group, values = Group(pk=cursor.lastrowid), list(dict.fromkeys(values))
            row = f"({group.pk:d}, %s)"
            cursor.execute(_NEW_BANDS.format(", ".join([row] * len(values))), values)
        cursor.execute(_BELONGS, [comment.pk, group.pk])
    return group


def _group_like(numbers, values, enough):
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(_NEAREST.format("= ANY(%s)"), [values])
        else:
            cursor.execute(_NEAREST.format(f"IN ({', '.join(['%s'] * len(values))})"), values)
        nearest = cursor.fetchall()
    best, best_share = None, enough
    for pk, packed in nearest:
        share = likeness(numbers, struct.unpack(_FORMAT, packed))
        if share >= best_share:
            best, best_share = pk, share
    return None if best is None else Group(pk=best)


# --- for a page of the queue ---------------------------------------------------------------------------------------
@dataclass
class Alike:
    """A group on a page of the queue: one card, one decision."""

    id: int
    size: int
    people: int
    articles: int
    waiting: int
    first_id: int  # the first of those that wait, else of all


def groups(comments, among=None):
    """Return {comment id: Alike} of those of `comments` that others repeat. Two queries, however many there are.

    Only `among` these (a QuerySet; all, unless given) is counted.
    """
    ids = [comment.pk for comment in comments]
    mine = dict(
        Likeness.objects.filter(comment__in=ids, group__size__gt=1).values_list("comment_id", "group_id")
    )
    if not mine:
        return {}
    waits = Q(comment__status=Comment.Status.HELD)
    found = Likeness.objects.filter(group__in=set(mine.values())).order_by()
    if among is not None:
        found = found.filter(comment__in=among.order_by())
    counted = found.values("group_id").annotate(
        size=Count("comment_id"),
        people=Count("comment__commenter", distinct=True),
        articles=Count("comment__article", distinct=True),
        waiting=Count("comment_id", filter=waits),
        first_id=Coalesce(Min("comment_id", filter=waits), Min("comment_id")),
    )
    alike = {row["group_id"]: Alike(row.pop("group_id"), **row) for row in counted if row["size"] > 1}
    return {comment: alike[group] for comment, group in mine.items() if group in alike}


def first_of_each(comments):
    """Return those of `comments` that no earlier one among them repeats: a group comes as its first.

    Looks from each back to the nearest one before it. Of a wave that goes on, that is the next row, however many of it
    were decided long ago; only the first has to pass them all.
    """
    earlier = comments.filter(
        likeness__group=OuterRef("likeness__group"), likeness__comment__lt=OuterRef("pk")
    )
    nearest = Subquery(earlier.order_by("-likeness__comment_id").values("pk")[:1], BigIntegerField())
    # PostgreSQL takes “is null” for rare and would sort the whole queue; of “less than” it expects a third
    return comments.alias(said_before=Coalesce(nearest, 0, output_field=BigIntegerField())).filter(
        said_before__lt=1
    )


def members(group_id):
    """The comments of a group, the first one first."""
    return Comment.objects.filter(likeness__group=group_id).order_by("stored")


KEPT = timedelta(days=180)


def forget_old(portion=2000):
    """Let go of what nobody repeated in half a year; returns how many groups went."""
    old = Group.objects.filter(size__lte=1, at__lt=timezone.now() - KEPT).order_by("at")
    ids = list(old.values_list("pk", flat=True)[:portion])
    Group.objects.filter(pk__in=ids).delete()
    return len(ids)


# --- precedents ----------------------------------------------------------------------------------------------------
TELLING = 10  # words of a comment under which it is found again
NEWEST = 40  # decided comments that are looked at for each of them
_COMMON = frozenset(
    [
        "about",
        "after",
        "again",
        "also",
        "another",
        "because",
        "been",
        "before",
        "being",
        "between",
        "both",
        "cannot",
        "could",
        "does",
        "doing",
        "during",
        "each",
        "even",
        "every",
        "from",
        "further",
        "great",
        "have",
        "having",
        "here",
        "herself",
        "himself",
        "into",
        "itself",
        "just",
        "like",
        "more",
        "most",
        "much",
        "must",
        "myself",
        "only",
        "other",
        "ought",
        "ours",
        "over",
        "really",
        "same",
        "should",
        "some",
        "such",
        "than",
        "thank",
        "thanks",
        "that",
        "their",
        "theirs",
        "them",
        "then",
        "there",
        "these",
        "they",
        "thing",
        "think",
        "this",
        "those",
        "through",
        "under",
        "until",
        "very",
        "well",
        "were",
        "what",
        "when",
        "where",
        "which",
        "while",
        "will",
        "with",
        "would",
        "your",
        "yours",
        "yourself",
        "people",
        "article",
        "comment",
    ]
)
_LETTERS = re.compile(r"[^\W\d_]{4,}")


def _telling(text):
    """The words of a text that tell most of what it is about: long ones, in an order that is the same for all texts."""
    words = {word for word in _LETTERS.findall(text.casefold()[:LONGEST]) if word not in _COMMON}
    return sorted(words, key=lambda word: (-min(len(word), 9), crc32(word.encode())))[:TELLING]


def _value(word):
    return crc32(word.encode()) << 16 | len(word)


def trace(comment):
    """Make a comment that was decided findable as a precedent. Costs two writes."""
    Trace.objects.filter(comment=comment).delete()
    Trace.objects.bulk_create(
        [
            Trace(comment=comment, value=value)
            for value in {_value(word) for word in _telling(comment.comment)}
        ]
    )


def _weights(text):
    words = Counter(_LETTERS.findall(text.casefold()))
    return {word: (1 + count) * (0.2 if word in _COMMON else 1) for word, count in words.items()}


def _nearness(one, other):
    shared = sum(weight * other[word] for word, weight in one.items() if word in other)
    if not shared:
        return 0.0
    return shared / (sum(w * w for w in one.values()) * sum(w * w for w in other.values())) ** 0.5


@dataclass
class Precedent:
    comment: Comment
    decision: Decision
    nearness: float  # 0 to 1


def precedents(comment, most=3):
    """Return the nearest earlier comments that a moderator decided on, as Precedents, the nearest first. Two queries."""
    return precedents_of([comment], most=most, looked_at=30)[comment.pk]


def precedents_of(comments, most=3, looked_at=10, among=None):
    """Return {comment id: its Precedents} for a page of cards, among what may be seen: two queries, however many.

    Looks at the newest 40 with each of the ten most telling words of each, by index.
    """
    values = {comment.pk: [_value(word) for word in _telling(comment.comment)] for comment in comments}
    holding = _newest_with({value for each in values.values() for value in each})
    candidates = {}
    for pk, its_values in values.items():
        shared = Counter(other for value in its_values for other in holding.get(value, ()) if other != pk)
        nearest = sorted(shared.items(), key=lambda row: (-row[1], -row[0]))
        candidates[pk] = [other for other, _ in nearest[:looked_at]]
    wanted = {other for each in candidates.values() for other in each}
    decided = (
        Decision.objects.standing().by_moderators().filter(comment__in=wanted).exclude(comment__comment="")
    )
    if among is not None:
        decided = decided.filter(comment__in=among.order_by())
    decisions = {}
    if wanted:
        decisions = {each.comment_id: each for each in decided.select_related("comment", "by").order_by("pk")}
    weights = {pk: _weights(each.comment.comment) for pk, each in decisions.items()}
    found = {}
    for comment in comments:
        own = _weights(comment.comment)
        near = [
            Precedent(decisions[pk].comment, decisions[pk], round(_nearness(own, weights[pk]), 3))
            for pk in candidates[comment.pk]
            if pk in decisions
        ]
        near.sort(key=lambda each: (-each.nearness, -each.decision.pk))
        near = list({each.comment.content_hash: each for each in reversed(near)}.values())[
            ::-1
        ]  # each text once
        found[comment.pk] = [each for each in near[:most] if each.nearness >= 0.1]
    return found


def _newest_with(values):
    """Return {value of a word: the newest decided comments with it}. One query."""
    if not values:
        return {}
    # what a word is in is cut off at the newest, so that a common word costs no more than a rare one
    part = (
        f"SELECT * FROM (SELECT value, comment_id FROM {Trace._meta.db_table} WHERE value = %s "  # noqa: S608 own name
        f"ORDER BY comment_id DESC LIMIT {NEWEST + 1}) AS found"
    )
    holding = {}
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join([part] * len(values)), sorted(values))
        for value, comment in cursor.fetchall():
            holding.setdefault(value, []).append(comment)
    return holding
