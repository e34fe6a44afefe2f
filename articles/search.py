"""The search of readers. One small interface over two databases: `find()`, `hits()`, `suggest()`, `did_you_mean()`.

`articles.search_index` keeps what is searched; who may see what is found is asked of `Article.objects.published()` at
the moment of the question, so that a scheduled article is found from its second on and a withdrawn one never again.

What may be typed: words (each must stand somewhere), “quoted phrases”, -words that must not stand, and the beginning
of a last word. Anything else is text like any other; no input is an error.
"""

import re
import unicodedata
from collections import Counter
from dataclasses import dataclass, field
from functools import cached_property
from html import escape

from django.db import connection
from django.db.models import Count, Exists, OuterRef, Q
from django.db.models.expressions import RawSQL
from django.utils import timezone
from django.utils.safestring import SafeString, mark_safe

from articles.models import Article, Author, Byline, SearchWord, Tag, Topic
from articles.search_index import HEAD, PLAIN, TABLE, key, language, plain
from newsroom.sql import is_sqlite, one_moment

MOST_TERMS = 12  # more narrow nothing, and each costs
MOST_LETTERS = 60  # of one word
MOST_ENDINGS = 12
MOST_FOUND = (
    1000  # are ranked, counted and paged: the newest that match, and the newest with it in their head
)
MOST_SUGGESTED = 100  # articles are looked at for a suggestion: the newest that match
# headline, standfirst, byline, tags, captions, text
WEIGHTS = (24, 10, 8, 6, 3, 1)
_RETURNED = {value: key for key, value in PLAIN.items()}
_START, _END = "\x02", "\x03"  # around what was found, before it is escaped; no text of ours holds them


# --- what was asked -----------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Term:
    text: str
    is_phrase: bool = False
    is_unwanted: bool = False
    is_open: bool = False  # its last word may go on

    @cached_property
    def endings(self):
        """How a word that is still typed goes on: a stem may be shorter than what is typed (“governme”, of “govern”)."""
        word = folded(self.text)
        if not self.is_open or len(word) < 4 or not word.isalnum():
            return []
        going_on = SearchWord.objects.filter(_begins("word", word)).exclude(word=word).order_by("word")
        return [w for w in going_on.values_list("pk", flat=True)[:MOST_ENDINGS] if w.isalnum()]


@dataclass(frozen=True)
class Query:
    terms: tuple = ()

    def __bool__(self):
        return bool(self.terms)

    @property
    def wanted(self):
        return [term for term in self.terms if not term.is_unwanted]

    @property
    def unwanted(self):
        return [term for term in self.terms if term.is_unwanted]


_TERM = re.compile(r'(?:(?<=\s)|^)(-?)(?:["“„«]([^"”“»]*)["”“»]|(\S+))|(\S+)')


def parse(q):
    """Return what is typed as a Query. A quotation mark that is not closed, a lone minus and the like are nothing."""
    q = "".join(c if c.isprintable() or c.isspace() else " " for c in q)
    terms = []
    for minus, phrase, word, rest in _TERM.findall(q):
        text = (phrase or word or rest).strip('"“”„«»*')
        if any(c.isalnum() for c in text):
            terms.append(Term(text[:MOST_LETTERS] if not phrase else text, bool(phrase), bool(minus)))
    terms = list(dict.fromkeys(terms))[:MOST_TERMS]
    if terms and not (terms[-1].is_phrase or terms[-1].is_unwanted) and q[-1:] == q[-1:].strip():
        terms[-1] = Term(terms[-1].text, is_open=True)
    return Query(tuple(terms))


def folded(word):
    """Return `word` in small letters without accents, as SearchWord has it."""
    plain = unicodedata.normalize("NFKD", word.casefold())
    return "".join(c for c in plain if not unicodedata.combining(c))


# --- finding ------------------------------------------------------------------------------------------------------
@dataclass
class Found:
    """What matched, best first: ids of published articles, at most MOST_FOUND."""

    query: Query
    ids: list = field(default_factory=list)
    more: bool = False  # there are more than these

    def __len__(self):
        return len(self.ids)


@one_moment()
def find(query, *, topic=None, author=None, since=None, until=None):
    """Return the published articles that match `query` and pass the filters: four short queries at most.

    Without words, the newest that pass the filters.
    """
    seen = Article.objects.published()
    if topic:
        seen = seen.filter(topic=topic)
    if author:
        seen = seen.filter(pk__in=author.bylines.values("article"))
    if since:
        seen = seen.filter(published_at__gte=_begin_of(since))
    if until:
        seen = seen.filter(published_at__lt=_begin_of(until, days=1))
    if not query.wanted:
        if query.unwanted:
            seen = seen.exclude(pk__in=RawSQL(*_ids_of(query.unwanted)))  # noqa: S611 values are parameters
        ids = list(seen.newest_first().values_list("pk", flat=True)[: MOST_FOUND + 1])
        return Found(query, ids[:MOST_FOUND], len(ids) > MOST_FOUND)
    ids = _newest(query, seen, MOST_FOUND + 1)
    more = len(ids) > MOST_FOUND
    if more:  # the best may be older than the newest thousand
        ids = {*ids[:MOST_FOUND], *_newest(query, seen, MOST_FOUND // 2, HEAD)}
    return Found(query, _best_first(query, ids)[:MOST_FOUND], more)


def _begin_of(day, days=0):
    """The first moment of a day in the site's time zone; of years that no calendar of ours reaches, the last we have."""
    zone = timezone.get_current_timezone()
    moment = timezone.datetime(min(max(day.year, 2), 9998), day.month, min(day.day, 28) if day.year in (1, 9999) else day.day)  # fmt: skip
    return (moment + timezone.timedelta(days=days)).replace(tzinfo=zone)


def _newest(query, seen, limit, table=TABLE, headline_only=False):
    """Return the ids of the newest of `seen` that match; of HEAD, that have all that is wanted in headline and standfirst.

    Nothing is ranked here: that asks of each word how often it stands in all that there is.
    """
    door, door_values = seen.filter(pk=RawSQL(key(table), ())).order_by().values("pk").query.sql_with_params()  # noqa: S611 a name of ours
    condition, values = _condition(query, table, headline_only)
    sql = (
        f"SELECT {key(table)} FROM {table} WHERE {condition} AND EXISTS ({door})"  # noqa: S608 so are all these
        f" ORDER BY {key(table)} DESC LIMIT {limit}"
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, [*values, *door_values])
        return [id for (id,) in cursor.fetchall()]


def _best_first(query, ids):
    """Return `ids`, all of which match, the best first; of two that match alike, the newer."""
    if not ids:
        return []
    within, places = _within(ids)
    # the names are ours, and so are the numbers; what was typed is among the values
    if is_sqlite():
        score, score_values = f"-bm25({TABLE}, {', '.join(map(str, WEIGHTS))})", []
        condition, values = _condition(query)  # without the question there is no score
    else:
        match, score_values = _match(query.terms)
        score = f"ts_rank('{{.06, .25, .5, 1}}', vector, {match}, 1)"
        condition, values = "TRUE", []
    sql = (
        f"SELECT {key(TABLE)}, {score}, (SELECT published_at FROM articles_article WHERE id = {key(TABLE)})"  # noqa: S608
        f" FROM {TABLE} WHERE {condition}{within}"
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, [*score_values, *values, *places])
        rows = cursor.fetchall()
    return [id for id, *_ in sorted(rows, key=lambda row: (*row[1:], row[0]), reverse=True)]


def _within(ids):
    """SQL, to stand behind a condition of the index, and values for these ids and no others."""
    places = ", ".join(["%s"] * len(ids))
    if is_sqlite():
        # one walk through what matches: a look-up for each id would ask the whole question each time
        return f" AND rowid BETWEEN %s AND %s AND +rowid IN ({places})", [min(ids), max(ids), *ids]
    return f" AND {key(TABLE)} IN ({places})", ids


def _ids_of(terms, among=()):
    """SQL and values for the ids of what holds one of `terms`; where `among` names ids, of those alone."""
    within, places = _within(among) if among else ("", [])
    if is_sqlite():
        anyone = " OR ".join(_fts_term(term) for term in terms)
        return f"SELECT rowid FROM {TABLE} WHERE {TABLE} MATCH %s{within}", [anyone, *places]  # noqa: S608
    parts, values = zip(*map(_tsquery_term, terms), strict=True)
    return (
        f"SELECT article_id FROM {TABLE} WHERE vector @@ ({' || '.join(parts)}){within}",  # noqa: S608
        [v for some in values for v in some] + places,
    )


def _condition(query, table=TABLE, headline_only=False):
    """SQL and values: what matches in an index. What is not wanted may stand elsewhere, so HEAD is asked only for the rest."""
    match, values = _match(query.terms if table == TABLE else query.wanted, headline_only)
    return (f"{table} MATCH {match}" if is_sqlite() else f"{table}.vector @@ {match}"), values


def _match(terms, headline_only=False):
    """SQL and values for what is looked for; at least one of `terms` is wanted."""
    if is_sqlite():
        every = " AND ".join(_fts_term(term) for term in terms if not term.is_unwanted)
        if headline_only:
            every = f"{{headline}} : ({every})"
        if unwanted := [term for term in terms if term.is_unwanted]:
            every = f"({every}) NOT ({' OR '.join(_fts_term(term) for term in unwanted)})"
        return "%s", [every]
    parts, values = [], []
    for term in terms:
        part, some = _tsquery_term(term, "A" if headline_only else "")
        parts.append(f"!!({part})" if term.is_unwanted else f"({part})")
        values += some
    return "(" + " && ".join(parts) + ")", values


def _fts_term(term):
    quoted = '"{}"'.format
    text = term.text.replace('"', " ")
    if term.is_phrase or term.is_unwanted:
        return quoted(text)
    forms = [quoted(text), *map(quoted, term.endings)]
    if term.is_open:
        forms.append(quoted(text) + " *")
    if stem := _trimmed(text):
        forms.append(quoted(stem) + " *")
    return f"({' OR '.join(forms)})"


def _tsquery_term(term, weights=""):
    text = term.text.translate(PLAIN)
    if term.is_phrase or (weights == "" and not term.is_open):
        return "phraseto_tsquery('newsroom', %s)", [text]
    quoted = "'{}'".format(text.replace("\\", " ").replace("'", " "))
    parts, values = ["to_tsquery('newsroom', %s)"], [f"{quoted}:{weights}" if weights else quoted]
    if term.is_open:
        parts.append("to_tsquery('newsroom', %s)")
        values.append(f"{quoted}:*{weights}")
        for word in term.endings:
            parts.append("to_tsquery('newsroom', %s)")
            values.append(f"'{word}':{weights}" if weights else f"'{word}'")
    return " || ".join(parts), values


# SQLite has stems for English alone: elsewhere a word also stands for those that begin as it does without its ending
_ENDINGS = {
    "de": ("innen", "ern", "en", "er", "es", "em", "e", "n", "s"),
    "nl": ("en", "es", "e", "s"),
    "fr": ("aux", "es", "er", "e", "s", "x"),
    "es": ("es", "as", "os", "a", "o", "s"),
    "pt": ("es", "as", "os", "a", "o", "s"),
    "it": ("a", "e", "i", "o"),
    "sv": ("arna", "erna", "orna", "en", "ar", "er", "or", "et", "a", "n", "s"),
}


def _trimmed(text):
    ending = next((e for e in _ENDINGS.get(language(), ()) if text.lower().endswith(e)), None)
    return text[: -len(ending)] if ending and len(text) - len(ending) >= 4 and text.isalpha() else ""


# --- showing ------------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Hit:
    article: Article
    headline: SafeString
    snippet: SafeString


@one_moment()
def hits(query, ids):
    """Return the articles of `ids` in that order, with headline and a piece of text, what was found in a <mark>."""
    articles = Article.objects.published().for_cards().in_bulk(ids)
    pieces = _pieces(query, list(articles)) if query.wanted and articles else {}
    found = []
    for id in ids:
        if article := articles.get(id):
            headlines, standfirst, captions, text = pieces.get(id, ("", "", "", ""))
            headline, _, short = headlines.partition("\n")
            dek = next((p for p in (standfirst, text, captions) if _START in p), article.standfirst)
            marked_headline = (short or headline) if article.short_headline else headline
            found.append(Hit(article, marked(marked_headline or article.list_headline), marked(dek)))
    return found


def _pieces(query, ids):
    """Return by id: both headlines, the standfirst, a piece of the captions and of the text, with what was found marked.

    What is not in the index as it is now (while the database is migrated) is left out."""
    if is_sqlite():
        condition, values = _condition(query)
        within, places = _within(ids)
        sql = (
            f"SELECT rowid, highlight({TABLE}, 0, %s, %s), highlight({TABLE}, 1, %s, %s),"  # noqa: S608
            f" snippet({TABLE}, 4, %s, %s, '…', 24), snippet({TABLE}, 5, %s, %s, '…', 34)"
            f" FROM {TABLE} WHERE {condition}{within} AND EXISTS ("  # an index that is not kept just now says what was before
            f"SELECT 1 FROM articles_article a WHERE a.id = {TABLE}.rowid AND a.standfirst = {TABLE}.standfirst"
            f" AND a.body_text = {TABLE}.body AND a.headline || char(10) || a.short_headline = {TABLE}.headline)"
        )
        values = [*[_START, _END] * 4, *values, *places]
    else:
        match, values = _match(query.terms)
        places = ", ".join(["%s"] * len(ids))
        marks = f'StartSel="{_START}", StopSel="{_END}"'
        whole, part = f"{marks}, HighlightAll=true", f"{marks}, MaxFragments=1, MaxWords=34, MinWords=18"
        sql = (
            f"SELECT id, ts_headline('newsroom', {plain('headline || chr(10) || short_headline')}, q, %s),"  # noqa: S608
            f" ts_headline('newsroom', {plain('standfirst')}, q, %s), '',"
            f" '… ' || ts_headline('newsroom', {plain('left(body_text, 100000)')}, q, %s) || ' …'"
            f" FROM articles_article, (SELECT {match} AS q) AS asked WHERE id IN ({places})"
        )
        values = [whole, whole, part, *values, *ids]
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return {id: pieces for id, *pieces in cursor.fetchall()}


def marked(text) -> SafeString:
    """Return plain `text` as HTML; what stands between the two signs of a find is in a <mark>."""
    html = escape(text.translate(_RETURNED)).replace(_START, "<mark>").replace(_END, "</mark>")
    return mark_safe(html)  # escaped here


# --- narrowing ----------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Facet:
    label: str
    value: str
    count: int


def facets(ids, limit=8):
    """Return the topics, the authors and the years of the articles found, each with how many: two queries."""
    rows = list(Article.objects.filter(pk__in=ids).values_list("topic__name", "topic__slug", "published_at"))
    topics = Counter((name, slug) for name, slug, _ in rows if slug)
    years = Counter(timezone.localtime(at).year for *_, at in rows)
    authors = (
        Byline.objects.filter(article__in=ids)
        .values_list("author__name", "author__slug")
        .annotate(n=Count("article", distinct=True))
        .order_by("-n", "author__name")[:limit]
    )
    return {
        "topics": [Facet(name, slug, n) for (name, slug), n in topics.most_common(limit)],
        "authors": [Facet(*row) for row in authors],
        "years": [Facet(str(year), str(year), n) for year, n in sorted(years.items(), reverse=True)[:limit]],
    }


def tags_named(query, limit=8):
    """Tags of published articles with all words in their name, most used first."""
    named = _named(Tag.objects.all(), query)
    return Tag.objects.of(Article.objects.published()).filter(pk__in=named.values("pk"))[:limit]


def authors_named(query):
    """Authors of published articles with all words in their name, by name."""
    return _named(Author.objects.published(), query)


def _named(things, query):
    if not query.wanted:
        return things.none()
    for term in query.wanted:
        things = things.filter(name__icontains=term.text)
    return things


# --- while one types ----------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Suggestion:
    kind: str
    label: str
    url: str


@one_moment()
def suggest(query, limit=5):
    """Return what the beginning of a question may mean: topics, authors and tags by name, the newest articles that have
    the words in their headline. None of its queries ranks anything, so that each costs little."""
    if not query.wanted:
        return []
    words = [term.text for term in query.wanted]
    has_some = Exists(
        Article.objects.published().filter(topic=OuterRef("pk"))
    )  # by index, however many there are
    topics = Topic.objects.filter(has_some)
    for word in words:
        topics = topics.filter(name__icontains=word)
    found = [Suggestion("Topic", topic.name, topic.get_absolute_url()) for topic in topics[:2]]
    found += [Suggestion("Author", a.name, a.get_absolute_url()) for a in authors_named(query)[:2]]
    found += [Suggestion("Tag", tag.name, tag.get_absolute_url()) for tag in tags_named(query, 2)]
    seen = Article.objects.published()
    ids = _newest(query, seen, MOST_SUGGESTED, HEAD, headline_only=True)
    articles = seen.filter(pk__in=ids).only("headline", "short_headline", "slug", "published_at")
    if query.unwanted and ids:
        articles = articles.exclude(pk__in=RawSQL(*_ids_of(query.unwanted, ids)))  # noqa: S611 values are parameters
    newest = sorted(articles, key=lambda article: article.published_at, reverse=True)[:limit]
    found += [Suggestion("Article", article.list_headline, article.get_absolute_url()) for article in newest]
    return found


# --- what else was meant ------------------------------------------------------------------------------------------
_WORD = re.compile(r"[^\W_]+")


def learn(*texts):
    """Remember the words of what is published, for `did_you_mean()`: one write, of what is not known yet."""
    words = {folded(word) for text in texts for word in _WORD.findall(text)}
    words = sorted(word for word in words if 2 < len(word) <= SearchWord.LONGEST and not word.isdigit())
    SearchWord.objects.bulk_create(
        [SearchWord(word=word, backwards=word[::-1]) for word in words], ignore_conflicts=True, batch_size=400
    )


def learn_all():
    """Forget the words, and learn those of what is published now."""
    SearchWord.objects.all().delete()
    words = set()
    for texts in (
        Article.objects.published()
        .values_list("headline", "standfirst", "body_text")
        .iterator(chunk_size=500)
    ):
        for text in texts:
            words.update(_WORD.findall(text))
    for name in (*Author.objects.values_list("name", flat=True), *Tag.objects.values_list("name", flat=True)):
        words.update(_WORD.findall(name))
    learn(" ".join(words))


def _begins(column, start):
    """The condition that uses the index: SQLite has none for LIKE, PostgreSQL none for a range in every language."""
    if is_sqlite():
        return Q(**{f"{column}__gte": start, f"{column}__lt": start + "\U0010ffff"})
    return Q(**{f"{column}__startswith": start})


@one_moment()
def did_you_mean(query):
    """Return the question with its unknown words set right, as text, or "" where that finds nothing either."""
    words = {term: folded(term.text) for term in query.wanted if term.text.isalnum() and not term.is_phrase}
    known = set(SearchWord.objects.filter(pk__in=words.values()).values_list("pk", flat=True))
    closest = {t: _closest(word) for t, word in words.items() if word not in known}
    if not any(closest.values()):
        return ""
    meant = [Term(closest.get(t) or t.text, t.is_phrase, t.is_unwanted) for t in query.terms]
    # the words of what was withdrawn are remembered: only what finds something is offered
    if not len(find(Query(tuple(meant)))):
        return ""
    return " ".join(
        ("-" if t.is_unwanted else "") + (f'"{t.text}"' if t.is_phrase else t.text) for t in meant
    )


def _closest(word):
    """The known word that is one or two slips away from `word`, or None: two ranges of the vocabulary are looked at."""
    if not 3 < len(word) <= SearchWord.LONGEST:
        return None
    slips = 1 if len(word) < 6 else 2
    start, ending = word[:2], word[::-1][:3]
    words = SearchWord.objects.values_list("pk", flat=True)
    near = {
        *words.filter(_begins("word", start))[:20_000],
        *words.filter(_begins("backwards", ending))[:20_000],
    }
    measured = [
        (distance, other)
        for other in near
        if abs(len(other) - len(word)) <= slips and (distance := _slips(word, other, slips)) <= slips
    ]
    return min(measured)[1] if measured else None


def _slips(a, b, most):
    """How many letters are wrong, missing, too many or changed about between `a` and `b`; `most` + 1 where more are."""
    before, last = None, list(range(len(b) + 1))
    for i, letter in enumerate(a, start=1):
        row = [i]
        for j, other in enumerate(b, start=1):
            cost = min(row[-1] + 1, last[j] + 1, last[j - 1] + (letter != other))
            if before and j > 1 and letter == b[j - 2] and a[i - 2] == other:
                cost = min(cost, before[j - 2] + 1)
            row.append(cost)
        if min(row) > most:
            return most + 1
        before, last = last, row
    return last[-1]
