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
a trigger elsewhere names; PostgreSQL refuses to alter a column that a trigger waits for. So they are taken away before
articles are migrated and put back after it (`newsroom/apps.py`); then the index is written anew, article by article, while
readers search it and the desk goes on writing.
"""

import contextlib
import time

from django.conf import settings
from django.db import DatabaseError, OperationalError, connection, transaction

from newsroom.sql import change, drop_triggers, existing_triggers, is_sqlite, run

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


AT_ONCE = 100  # articles whose rows SQLite writes while everybody else waits


# --- what is there ------------------------------------------------------------------------------------------------
def install():
    """Make what is not there yet: the table and its triggers. Costs a look where all is there."""
    if is_sqlite():
        _install_in_sqlite()
        return
    change(
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


def _names():
    """Yield (trigger, table)."""
    for table, event, _, _ in _EVENTS:
        yield _trigger(table, event), f"articles_{table}"


def uninstall():
    """Take the triggers away; the table stays, and what it holds grows old."""
    drop_triggers(_names())


def rebuild():
    """Write the whole index anew; return how many rows. Readers search meanwhile, in what was there and what is there
    already, and what is written meanwhile is in the index: nobody waits for more than a few articles."""
    if is_sqlite():
        _rebuild_in_sqlite()
    else:
        _rebuild_in_postgresql()
    return _count()


def _count():
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {TABLE}")
        return cursor.fetchone()[0]


def _write_at_once():
    """Write the whole index anew in one transaction: quicker, while everybody waits who searches or writes."""
    install()
    with transaction.atomic():
        if is_sqlite():
            change(
                f"DROP TABLE IF EXISTS {TABLE}", f"DROP TABLE IF EXISTS {HEAD}", *_sqlite_tables().values()
            )
            run(
                f"INSERT INTO {TABLE} (rowid, headline, standfirst, byline, tags, captions, body)"
                f" SELECT id, headline, standfirst, byline, tags, captions, body FROM ({_source()})",
                f"INSERT INTO {HEAD} (rowid, headline, standfirst) {_head_source()}",
            )
            return
        run(f"LOCK TABLE {TABLE}, {HEAD} IN ACCESS EXCLUSIVE MODE")
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


@contextlib.contextmanager
def paused():
    """For writing very many articles at once: nothing is indexed inside, and everything anew after it."""
    uninstall()
    try:
        yield
    finally:
        _write_at_once()


# --- SQLite -------------------------------------------------------------------------------------------------------
def _install_in_sqlite():
    triggers = _sqlite_triggers()
    with transaction.atomic():
        there = _sqlite_definitions()
        for name, sql in (_sqlite_tables() | triggers).items():
            if name not in there:
                run(sql)
            elif name in triggers and there[name] != sql:  # of the version before
                run(f"DROP TRIGGER {name}", sql)


def _sqlite_definitions():
    """Return what made each table and trigger that there is."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT name, sql FROM sqlite_master")
        return dict(cursor.fetchall())


def _rebuild_in_sqlite():
    there = _sqlite_definitions()
    if any(there.get(name) != sql for name, sql in _sqlite_tables().items()):
        _write_at_once()  # it was made for another language, or is not there
        return
    install()
    try:
        for ids in _some_at_a_time():
            began = time.monotonic()
            with transaction.atomic():
                run(
                    f"DELETE FROM {TABLE} WHERE rowid IN ({ids})",
                    f"DELETE FROM {HEAD} WHERE rowid IN ({ids})",
                    *_sqlite_rows(ids),
                )
            if not connection.in_atomic_block:
                time.sleep(
                    time.monotonic() - began
                )  # whoever waits looks only now and then whether it is their turn
        run(
            *(
                f"DELETE FROM {table} WHERE rowid NOT IN (SELECT id FROM articles_article)"
                for table in (TABLE, HEAD)
            )
        )
    except OperationalError:  # somebody else was writing for too long
        raise
    except DatabaseError:  # the index is broken
        _write_at_once()


def _some_at_a_time():
    ids = _ids()
    for first in range(0, len(ids), AT_ONCE):
        yield ", ".join(map(str, ids[first : first + AT_ONCE]))


def _ids():
    with connection.cursor() as cursor:
        cursor.execute("SELECT id FROM articles_article ORDER BY id")
        return [id for (id,) in cursor.fetchall()]


def _sqlite_tables():
    """Return what makes each table."""
    stems = "porter " if language() == "en" else ""
    return {
        table: f"CREATE VIRTUAL TABLE {table} USING fts5({columns},"
        f" tokenize = '{stems}unicode61 remove_diacritics 2', prefix = '2 3')"
        for table, columns in (
            (TABLE, "headline, standfirst, byline, tags, captions, body"),
            (HEAD, "headline, standfirst"),
        )
    }


def _sqlite_rows(ids):
    """What writes the rows of `ids`, which are not there."""
    return [
        f"INSERT INTO {TABLE} (rowid, headline, standfirst, byline, tags, captions, body)"
        f" {_source()} WHERE a.id IN ({ids})",
        f"INSERT INTO {HEAD} (rowid, headline, standfirst) {_head_source()} WHERE a.id IN ({ids})",
    ]


def _sqlite_triggers():
    """Return what makes each trigger."""
    made = {}
    for table, event, columns, ids in _EVENTS:
        changed = " OR ".join(f"OLD.{column} IS NOT NEW.{column}" for column in columns)
        indexes = [TABLE, HEAD] if table == "article" else [TABLE]
        rewrite = [f"DELETE FROM {index} WHERE rowid IN ({ids})" for index in indexes]
        if (table, event) != ("article", "DELETE"):
            rewrite += _sqlite_rows(ids)[: len(indexes)]
        made[_trigger(table, event)] = (
            f"CREATE TRIGGER {_trigger(table, event)} AFTER {event}"
            f"{' OF ' + ', '.join(columns) if columns else ''} ON articles_{table}"
            f"{f' WHEN {changed}' if changed else ''} BEGIN {'; '.join(rewrite)}; END"
        )
    return made


# --- PostgreSQL ---------------------------------------------------------------------------------------------------
def _rebuild_in_postgresql():
    """One article a transaction: who holds no more than one never stands in the way of who waits for another.

    None of them waits for the disk (a third of the time): the last statements do, for all.
    """
    install()
    with connection.cursor() as cursor:
        for id in _ids():
            cursor.execute(
                "SELECT set_config('synchronous_commit', 'off', true),"
                " articles_search_refresh(ARRAY[%s]::bigint[]), articles_search_refresh_head(ARRAY[%s]::bigint[])",
                [id, id],
            )
    for table in (TABLE, HEAD):
        run(
            f"DELETE FROM {table} WHERE NOT EXISTS (SELECT 1 FROM articles_article WHERE id = article_id)",
            f"ANALYZE {table}",
        )


def _postgres_language():
    """The text search configuration `newsroom`: accents folded, stems by language, no word too common to be found.

    What is there is changed where it stands: a question of a reader that is on its way would not find it.
    """
    stemmer = STEMMERS.get(language())
    there = _postgres_words()
    wanted = (["unaccent"] if _has_unaccent() else []) + (["newsroom_stem"] if stemmer else ["simple"])
    if stemmer and "newsroom_stem" not in there:
        yield f"CREATE TEXT SEARCH DICTIONARY newsroom_stem (TEMPLATE = snowball, LANGUAGE = {stemmer})"
    elif stemmer and f"'{stemmer}'" not in there["newsroom_stem"]:
        yield f"ALTER TEXT SEARCH DICTIONARY newsroom_stem (LANGUAGE = {stemmer})"
    if "newsroom" not in there:
        yield "CREATE TEXT SEARCH CONFIGURATION newsroom (COPY = pg_catalog.simple)"
    if there.get("newsroom") != wanted:
        yield (
            "ALTER TEXT SEARCH CONFIGURATION newsroom"
            " ALTER MAPPING FOR asciiword, asciihword, hword_asciipart, word, hword, hword_part"
            f" WITH {', '.join(wanted)}"
        )


def _postgres_words():
    """Return what there is: of `newsroom` the dictionaries that a word is looked up in, of `newsroom_stem` its options."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT dictname, dictinitoption FROM pg_ts_dict WHERE dictname = 'newsroom_stem'")
        there = dict(cursor.fetchall())
        cursor.execute(
            "SELECT d.dictname FROM pg_ts_config c JOIN pg_ts_config_map m ON m.mapcfg = c.oid"
            " JOIN pg_ts_dict d ON d.oid = m.mapdict JOIN ts_token_type('default') t ON t.tokid = m.maptokentype"
            " WHERE c.cfgname = 'newsroom' AND t.alias = 'word' ORDER BY m.mapseqno"
        )
        words = [name for (name,) in cursor.fetchall()]
    return there | ({"newsroom": words} if words else {})


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
    for name, table, vector, source in (
        ("articles_search_refresh", TABLE, _vector(), _source()),
        ("articles_search_refresh_head", HEAD, _head_vector(), _head_source()),
    ):
        # first the rows are held, in their order; what another has written until then is read after it
        yield f"""
            CREATE OR REPLACE FUNCTION {name}(ids bigint[]) RETURNS void LANGUAGE plpgsql AS $$
            BEGIN
                INSERT INTO {table} (article_id, vector)
                SELECT id, '' FROM articles_article WHERE id = ANY(ids) ORDER BY id
                ON CONFLICT (article_id) DO UPDATE SET vector = {table}.vector WHERE false;
                WITH made AS MATERIALIZED (
                    SELECT id, {vector} AS vector FROM ({source} WHERE a.id = ANY(ids)) AS source
                )
                UPDATE {table} SET vector = made.vector FROM made
                WHERE article_id = made.id AND {table}.vector IS DISTINCT FROM made.vector;
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
def _concerned(plan):
    return any(migration.app_label == "articles" for migration, _ in plan)


def before_migrations(plan=(), **told):
    """SQLite could not copy a table that triggers name, and PostgreSQL would not alter a column that one waits for."""
    if _concerned(plan) and "articles_photo" in connection.introspection.table_names():
        uninstall()


def after_migrations(plan=(), **told):
    """Put the triggers back, and write the index anew where they were away: that is also what migrations that broke off
    have left."""
    if "articles_article" not in connection.introspection.table_names():
        return  # migrated back to nothing
    is_whole = {name for name, _ in _names()} <= existing_triggers()
    if _concerned(plan) or not is_whole:
        rebuild()
    else:
        install()
