# ruff: noqa: S608  every piece of SQL here is put together from names of ours; nothing that was typed is in it
"""The index of the search: one row an article, kept by the database itself.

Triggers bring a row up to date in the transaction that changes an article, its byline, its tags, its captions or the
words of a photo, whichever way that is written (a form, an import, `bulk_create`, `update`). What is in the index says
nothing about who may see it: `articles.search` asks `Article.objects.published()` at the moment of the question.

A second, narrow index has the headline and the standfirst alone: what is asked of them (suggestions, the best of very
many) must not walk through every text that has the word somewhere.

SQLite has an FTS5 table of six columns, PostgreSQL a weighted tsvector under a GIN index. Both fold accents and stem
by the language of the site (SQLite knows the stems of English; of other languages `articles.search` trims endings).

A migration of SQLite copies a table and drops the old one, and its triggers with it, and refuses to rename a table that
a trigger elsewhere names; PostgreSQL refuses to alter a column that a trigger waits for. So they are taken away before `migrate` and put back after it (`articles/apps.py`).
"""

import contextlib

from django.conf import settings
from django.db import DatabaseError, connection, transaction

from newsroom.sql import is_sqlite, run

TABLE = "articles_searchtext"
HEAD = "articles_searchhead"
# PostgreSQL's stemmers, by language
STEMMERS = {
    "ar": "arabic", "ca": "catalan", "da": "danish", "de": "german", "el": "greek", "en": "english", "es": "spanish",
    "eu": "basque", "fi": "finnish", "fr": "french", "ga": "irish", "hi": "hindi", "hu": "hungarian", "hy": "armenian",
    "id": "indonesian", "it": "italian", "lt": "lithuanian", "nb": "norwegian", "ne": "nepali", "nl": "dutch",
    "nn": "norwegian", "no": "norwegian", "pt": "portuguese", "ro": "romanian", "ru": "russian", "sr": "serbian",
    "sv": "swedish", "ta": "tamil", "tr": "turkish", "yi": "yiddish",
}  # fmt: skip

# A photo whose rights end one day is left out: its words would be found after that day, when nothing is written any
# more that a trigger could see.
_SOURCE = """
SELECT a.id AS id,
  a.headline || {newline} || a.short_headline AS headline,
  a.standfirst AS standfirst,
  coalesce((SELECT {join_names} FROM articles_byline b JOIN articles_author n ON n.id = b.author_id
            WHERE b.article_id = a.id), '') AS byline,
  coalesce((SELECT t.name FROM articles_topic t WHERE t.id = a.topic_id), '') || {newline} ||
  coalesce((SELECT {join_tags} FROM articles_taggedarticle x JOIN articles_tag t ON t.id = x.tag_id
            WHERE x.content_object_id = a.id), '') AS tags,
  coalesce((SELECT {join_captions} FROM articles_articlephoto p JOIN articles_photo f ON f.id = p.photo_id
            WHERE p.article_id = a.id AND f.image <> '' AND f.rights_end_on IS NULL), '') AS captions,
  a.body_text AS body
FROM articles_article a
"""
_CAPTION = (
    "CASE WHEN p.is_own_caption THEN p.caption ELSE f.caption END"
    " || {newline} || f.credit || {newline} || CASE WHEN f.decorative THEN '' ELSE f.alt END"
)


_HEAD_SOURCE = "SELECT a.id AS id, a.headline || {newline} || a.short_headline AS headline, a.standfirst AS standfirst FROM articles_article a"


def _both(column):
    return f"SELECT NEW.{column} UNION SELECT OLD.{column}"


_WORDS_OF_ARTICLE = ("headline", "short_headline", "standfirst", "topic_id", "body_text")
_WORDS_OF_PHOTO = ("image", "caption", "credit", "alt", "decorative", "rights_end_on")
# (table, event, the columns that matter, which articles it concerns)
_EVENTS = [
    ("article", "INSERT", (), "SELECT NEW.id"),
    ("article", "UPDATE", _WORDS_OF_ARTICLE, "SELECT NEW.id"),
    ("article", "DELETE", (), "SELECT OLD.id"),
    *(
        (table, event, (), _both(column) if event == "UPDATE" else f"SELECT {'OLD' if event == 'DELETE' else 'NEW'}.{column}")
        for table, column in (
            ("byline", "article_id"),
            ("taggedarticle", "content_object_id"),
            ("articlephoto", "article_id"),
        )
        for event in ("INSERT", "UPDATE", "DELETE")
    ),
    ("author", "UPDATE", ("name",), "SELECT article_id FROM articles_byline WHERE author_id = NEW.id"),
    ("tag", "UPDATE", ("name",), "SELECT content_object_id FROM articles_taggedarticle WHERE tag_id = NEW.id"),
    ("topic", "UPDATE", ("name",), "SELECT id FROM articles_article WHERE topic_id = NEW.id"),
    ("photo", "UPDATE", _WORDS_OF_PHOTO, "SELECT article_id FROM articles_articlephoto WHERE photo_id = NEW.id"),
]  # fmt: skip


def language():
    return settings.LANGUAGE_CODE.lower().replace("_", "-").split("-")[0]


def _source():
    newline, join = ("char(10)", "group_concat({}, char(10))") if is_sqlite() else ("chr(10)", "string_agg({}, chr(10))")  # fmt: skip
    return _SOURCE.format(
        newline=newline,
        join_names=join.format("n.name"),
        join_tags=join.format("t.name"),
        join_captions=join.format(_CAPTION.format(newline=newline)),
    )


def _head_source():
    return _HEAD_SOURCE.format(newline="char(10)" if is_sqlite() else "chr(10)")


def key(table):
    """The column of an index that has the id of the article."""
    return f"{table}.{'rowid' if is_sqlite() else 'article_id'}"


def _trigger(table, event):
    return f"articles_search_{table}_{event.lower()}"


# --- what is there ------------------------------------------------------------------------------------------------
def install():
    """Make what is not there yet: the table and its triggers. Costs a look where all is there."""
    with transaction.atomic():
        if is_sqlite():
            run(*_sqlite_tables(), *_sqlite_triggers())
        else:
            run(
                *_postgres_language(),
                *(
                    f"CREATE TABLE IF NOT EXISTS {table} (article_id bigint PRIMARY KEY, vector tsvector NOT NULL)"
                    for table in (TABLE, HEAD)
                ),
                # the search itself
                *(
                    f"CREATE INDEX IF NOT EXISTS {table}_vector ON {table} USING gin (vector)"
                    for table in (TABLE, HEAD)
                ),
                *_postgres_functions(),
                *_postgres_triggers(),
            )


def uninstall():
    """Take the triggers away; the table stays, and what it holds grows old."""
    run(
        *(
            f"DROP TRIGGER IF EXISTS {_trigger(table, event)}" + ("" if is_sqlite() else f" ON articles_{table}")
            for table, event, _, _ in _EVENTS
        )
    )  # fmt: skip


def rebuild():
    """Write the whole index anew, in one transaction; readers search the old one until it is done. How many rows."""
    with transaction.atomic():
        if is_sqlite():
            run(f"DROP TABLE IF EXISTS {TABLE}", f"DROP TABLE IF EXISTS {HEAD}")
            install()
            run(
                f"INSERT INTO {TABLE} (rowid, headline, standfirst, byline, tags, captions, body)"
                f" SELECT id, headline, standfirst, byline, tags, captions, body FROM ({_source()})",
                f"INSERT INTO {HEAD} (rowid, headline, standfirst) {_head_source()}",
            )
        else:
            install()
            for table, vector, source in (
                (TABLE, _vector(), _source()),
                (HEAD, _head_vector(), _head_source()),
            ):
                run(
                    f"DELETE FROM {table}",
                    f"DROP INDEX IF EXISTS {table}_vector",  # made anew it takes a third of the time
                    f"INSERT INTO {table} (article_id, vector) SELECT id, {vector} FROM ({source}) AS source",
                    f"CREATE INDEX {table}_vector ON {table} USING gin (vector)",
                    f"ANALYZE {table}",
                )
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT count(*) FROM {TABLE}")
            return cursor.fetchone()[0]


@contextlib.contextmanager
def paused():
    """For writing very many articles at once: nothing is indexed inside, and everything anew after it."""
    uninstall()
    try:
        yield
    finally:
        rebuild()


# --- SQLite -------------------------------------------------------------------------------------------------------
def _sqlite_tables():
    stems = "porter " if language() == "en" else ""
    for table, columns in (
        (TABLE, "headline, standfirst, byline, tags, captions, body"),
        (HEAD, "headline, standfirst"),
    ):
        yield (
            f"CREATE VIRTUAL TABLE IF NOT EXISTS {table} USING fts5({columns},"
            f" tokenize = '{stems}unicode61 remove_diacritics 2', prefix = '2 3')"
        )


def _sqlite_triggers():
    for table, event, columns, ids in _EVENTS:
        changed = " OR ".join(f"OLD.{column} IS NOT NEW.{column}" for column in columns)
        rewrite = f"DELETE FROM {TABLE} WHERE rowid IN ({ids});"
        if (table, event) != ("article", "DELETE"):
            rewrite += (
                f" INSERT INTO {TABLE} (rowid, headline, standfirst, byline, tags, captions, body)"
                f" {_source()} WHERE a.id IN ({ids});"
            )
        if table == "article":
            rewrite += f" DELETE FROM {HEAD} WHERE rowid IN ({ids});"
            if event != "DELETE":
                rewrite += f" INSERT INTO {HEAD} (rowid, headline, standfirst) {_head_source()} WHERE a.id IN ({ids});"
        yield (
            f"CREATE TRIGGER IF NOT EXISTS {_trigger(table, event)} AFTER {event}"
            f"{' OF ' + ', '.join(columns) if columns else ''} ON articles_{table}"
            f"{f' WHEN {changed}' if changed else ''} BEGIN {rewrite} END"
        )


# --- PostgreSQL ---------------------------------------------------------------------------------------------------
def _postgres_language():
    """The text search configuration `newsroom`: accents folded, stems by language, no word too common to be found."""
    stemmer = STEMMERS.get(language())
    stems = "newsroom_stem" if stemmer else "simple"
    if stemmer:
        yield "DROP TEXT SEARCH CONFIGURATION IF EXISTS newsroom"
        yield "DROP TEXT SEARCH DICTIONARY IF EXISTS newsroom_stem"
        yield f"CREATE TEXT SEARCH DICTIONARY newsroom_stem (TEMPLATE = snowball, LANGUAGE = {stemmer})"
    else:
        yield "DROP TEXT SEARCH CONFIGURATION IF EXISTS newsroom"
    yield "CREATE TEXT SEARCH CONFIGURATION newsroom (COPY = pg_catalog.simple)"
    yield (
        "ALTER TEXT SEARCH CONFIGURATION newsroom"
        " ALTER MAPPING FOR asciiword, asciihword, hword_asciipart, word, hword, hword_part"
        f" WITH {'unaccent, ' if _has_unaccent() else ''}{stems}"
    )


def _has_unaccent():
    """Whether accents can be folded: the extension comes with PostgreSQL, and an owner of the database may have it."""
    with contextlib.suppress(DatabaseError), transaction.atomic():
        run("CREATE EXTENSION IF NOT EXISTS unaccent")
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_extension WHERE extname = 'unaccent'")
        return cursor.fetchone() is not None


def plain(sql):
    """SQL for the text that `sql` gives as the parser of PostgreSQL is to read it: it drops what looks like a tag, and
    takes “and/or” for the name of a file. Each of the three signs becomes a blank of its own, so that it can return."""
    return f"translate({sql}, '<>/', chr(4) || chr(5) || chr(6))"


PLAIN = str.maketrans("<>/", "\x04\x05\x06")


def _weighted(weight, *names):
    # a tsvector holds a megabyte at most, and a text that does not fit would refuse to be saved
    return f"setweight(to_tsvector('newsroom', left({plain(' || chr(10) || '.join(names))}, 200000)), '{weight}')"


def _head_vector():
    return f"{_weighted('A', 'headline')} || {_weighted('B', 'standfirst')}"


def _vector():
    return f"{_head_vector()} || {_weighted('C', 'byline', 'tags', 'captions')} || {_weighted('D', 'body')}"


def _postgres_functions():
    yield f"""
        CREATE OR REPLACE FUNCTION articles_search_refresh(ids bigint[]) RETURNS void LANGUAGE plpgsql AS $$
        BEGIN
            INSERT INTO {TABLE} (article_id, vector)
            SELECT id, {_vector()} FROM ({_source()} WHERE a.id = ANY(ids)) AS source
            ON CONFLICT (article_id) DO UPDATE SET vector = EXCLUDED.vector;
        END $$"""
    yield f"""
        CREATE OR REPLACE FUNCTION articles_search_refresh_head(ids bigint[]) RETURNS void LANGUAGE plpgsql AS $$
        BEGIN
            INSERT INTO {HEAD} (article_id, vector)
            SELECT id, {_head_vector()} FROM ({_head_source()} WHERE a.id = ANY(ids)) AS source
            ON CONFLICT (article_id) DO UPDATE SET vector = EXCLUDED.vector;
        END $$"""
    for table, event, _, ids in _EVENTS:
        if (table, event) == ("article", "DELETE"):
            does = "; ".join(f"DELETE FROM {index} WHERE article_id = OLD.id" for index in (TABLE, HEAD))
        else:
            does = f"PERFORM articles_search_refresh(ARRAY({ids})::bigint[])"
            if table == "article":
                does += f"; PERFORM articles_search_refresh_head(ARRAY({ids})::bigint[])"
        yield (
            f"CREATE OR REPLACE FUNCTION {_trigger(table, event)}() RETURNS trigger LANGUAGE plpgsql AS"
            f" $$ BEGIN {does}; RETURN NULL; END $$"
        )


def _postgres_triggers():
    for table, event, columns, _ in _EVENTS:
        changed = " OR ".join(f"OLD.{column} IS DISTINCT FROM NEW.{column}" for column in columns)
        name = _trigger(table, event)
        yield (
            f"CREATE OR REPLACE TRIGGER {name} AFTER {event}{' OF ' + ', '.join(columns) if columns else ''}"
            f" ON articles_{table} FOR EACH ROW {f'WHEN ({changed})' if changed else ''} EXECUTE FUNCTION {name}()"
        )


# --- around migrations --------------------------------------------------------------------------------------------
def before_migrations(**told):
    """SQLite could not copy a table that triggers name, and PostgreSQL would not alter a column that one waits for."""
    uninstall()


def after_migrations(plan=(), **told):
    """Put the triggers back, and write the index anew where migrations may have changed what it holds."""
    if "articles_article" not in connection.introspection.table_names():
        return  # migrated back to nothing
    if any(migration.app_label == "articles" for migration, _ in plan):
        rebuild()
    else:
        install()
