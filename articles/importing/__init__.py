"""Documents from outside become articles, through one door: `import_file()`.

A format is a module with a NAME, `recognises(data)` and `read(data)`, which turns bytes into one neutral Document
(`document.py`). What follows is the same for all: one draft, its authors found or created, its photos awaiting their
pictures, written in one transaction together with the receipt that accounts for every line of the source.
"""

import hashlib
from pathlib import Path

from django.db import IntegrityError, transaction

from articles import body
from articles.models import Article, Author, Byline, ImportRun, Photo, one_line

from . import text
from .document import Document, ImportRefused, Picture
from .receipt import Receipt, is_whole

__all__ = ["FORMATS", "ImportRefused", "Receipt", "import_file", "source_name"]

# in the order in which “auto” tries them: the format of last resort stands at the end
FORMATS = {module.NAME: module for module in (text,)}
MOST_BYTES = 5 * 1024 * 1024
_ATTEMPTS = 3


class _OnlyTried(Exception):
    """Takes back what a dry run has written."""


def import_file(path, *, format="auto", dry_run=False):
    """Make one draft of the document at `path`, and return the Receipt.

    The same bytes again change nothing: their receipt comes back with the outcome “unchanged”. A dry run does all that
    an import does and takes it back. Raises ImportRefused, with one sentence, for what is not taken; nothing is written
    then.
    """
    path = Path(path)
    data = _read(path)
    module = FORMATS[format] if format != "auto" else next(m for m in FORMATS.values() if m.recognises(data))
    source = {
        "source": source_name(path),
        "source_hash": hashlib.sha256(data).hexdigest(),
        "format": module.NAME,
    }
    if known := _known(source["source_hash"]):
        return known
    document = module.read(data)
    for attempt in range(_ATTEMPTS):
        try:
            return _write_or_try(document, source, dry_run)
        except IntegrityError:
            # another process took the same source, author or address at this moment: it is found the next time
            if attempt == _ATTEMPTS - 1:
                raise


def source_name(path):
    """The name of a file as it may be printed and stored: bytes that are no letters in it are replaced."""
    return Path(path).name.encode("utf-8", errors="replace").decode()


def _read(path):
    try:
        if path.is_dir():
            raise ImportRefused("this is a folder, not a file.")
        if not path.exists():
            raise ImportRefused("there is no such file.")
        if not path.is_file():
            raise ImportRefused("this is not an ordinary file.")
        with path.open("rb") as file:
            data = file.read(MOST_BYTES + 1)
    except (OSError, ValueError) as error:
        raise ImportRefused(f"it cannot be read: {getattr(error, 'strerror', None) or error}.") from error
    if len(data) > MOST_BYTES:
        size = path.stat().st_size / 1024 / 1024
        raise ImportRefused(
            f"it has {size:,.0f} MB; one article has at most {MOST_BYTES // 1024 // 1024} MB."
        )
    return data


def _known(source_hash):
    """The receipt of an earlier import of the same bytes, as long as its article is there."""
    run = ImportRun.objects.filter(source_hash=source_hash, article__isnull=False).first()
    return (
        Receipt.from_dict(run.receipt | {"outcome": "unchanged", "article": run.article_id}) if run else None
    )


def _write_or_try(document, source, dry_run):
    receipt = None
    try:
        with transaction.atomic():
            receipt = _write(document, source)
            if dry_run and receipt.outcome == "imported":
                raise _OnlyTried
    except _OnlyTried:
        receipt.outcome, receipt.article = "would be imported", None
        for photo in receipt.photos:
            photo["id"] = None
    return receipt


def _write(document: Document, source) -> Receipt:
    """Write the draft with everything that belongs to it. Runs inside a transaction."""
    # the unique hash is taken first: a second process with the same file waits here, and then finds the article
    run, is_new = ImportRun.objects.get_or_create(
        source_hash=source["source_hash"],
        defaults={"source_name": source["source"][-255:], "format": source["format"]},
    )
    if not is_new and (known := _known(source["source_hash"])):
        return known
    _refuse_known_headline(document.headline)

    pictures = document.pictures
    photos = [Photo.objects.create(caption=p.caption, credit=p.credit[:200]) for p in pictures]
    hero = photos[0] if document.hero else None
    placed = photos[1:] if hero else photos
    article = Article(headline=document.headline, standfirst=document.standfirst, hero=hero)
    article.body = document.body_html([photo.pk for photo in placed])
    article.save()

    receipt = Receipt.of(document, outcome="imported", article=article.pk, **source)
    receipt.bylines = _write_bylines(article, document.credits, receipt.notes)
    receipt.photos = [
        {"number": number, "id": photo.pk, "place": "hero" if photo is hero else "in the text"}
        | _facts(picture)
        for number, (photo, picture) in enumerate(zip(photos, pictures, strict=True), start=1)
    ]
    receipt.checks = _check(article, document)
    if not all(receipt.checks.values()):
        failed = "; ".join(name for name, holds in receipt.checks.items() if not holds)
        raise ImportRefused(
            f"what would be stored is not what the source says. It does not hold that {failed}."
        )
    run.article, run.receipt = article, receipt.as_dict()
    run.save(update_fields=["article", "receipt"])
    return receipt


def _facts(picture: Picture):
    return {"caption": picture.caption, "credit": picture.credit, "uncertain": picture.uncertain}


def _refuse_known_headline(headline):
    """An article that an editor may have worked on is never written over, and never silently doubled."""
    wanted = one_line(headline).casefold()
    for pk, other in Article.objects.values_list(
        "pk", "headline"
    ).iterator():  # not iexact: SQLite folds ASCII only
        if other.casefold() == wanted:
            raise ImportRefused(
                f"article {pk} already has the headline “{other}”, from another source. It was left alone."
            )


def _write_bylines(article, credits, notes):
    written = []
    for position, credit in enumerate(dict.fromkeys(credits)):
        author, was = _author(one_line(credit.name), notes)
        Byline.objects.get_or_create(
            article=article, author=author, role=credit.role, defaults={"position": position}
        )
        written.append({"name": author.name, "role": credit.role, "author": was})
    return written


def _author(name, notes):
    wanted = name.casefold()
    known = [
        pk
        for pk, other in Author.objects.order_by("pk").values_list("pk", "name")
        if other.casefold() == wanted
    ]
    if len(known) > 1:
        notes.append(f"{len(known)} authors are called {name}: the first of them got the byline.")
    if known:
        return Author.objects.get(pk=known[0]), "found"
    return Author.objects.create(name=name), "created"


def _check(article, document):
    """Compare what the database holds now with the lines of the source."""
    stored = Article.objects.get(pk=article.pk)
    captions = [line.text for line in document.lines if line.became == "caption"]
    return {
        "every line of the source is accounted for exactly once": is_whole(
            document.lines, document.line_count
        ),
        "the words of the body are those of the source, in order": body.text(stored.body).split()
        == document.body_words(),
        "the words of the captions are those of the source, in order": [
            word
            for placement in stored.placements.select_related("photo")
            for word in placement.photo.caption.split()
        ]
        == " ".join(captions).split(),
    }
