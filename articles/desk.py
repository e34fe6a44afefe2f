"""What the desk knows beside the pages of the admin: who may see and change what, what waits, and the front page."""

import sqlite3

from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.formats import date_format
from django.utils.html import format_html

from articles import body
from articles.models import (
    Article,
    ArticlePhoto,
    Byline,
    FrontPageSlot,
    GalleryPhoto,
    Photo,
    in_a_row,
)

FRONT_PAGE_STORIES = 8


# --- who may see and change what ------------------------------------------------------------------------------------
def edits_any(user):
    return user.has_perm("articles.change_any_article")


def of(user):
    """The condition that an article is the user's own: they began it, or have a byline on it."""
    return Q(created_by=user) | Q(pk__in=Byline.objects.filter(author__user=user).values("article"))


def visible_to(user):
    """The articles that the user gets at the desk: all of them, or what readers have and the user's own."""
    articles = Article.objects.all()
    if edits_any(user):
        return articles
    return articles.filter(Q(pk__in=Article.objects.published().values("pk")) | of(user))


def may_change(user, article):
    """Whether the user may change this article: any, or their own while it is a draft."""
    if not user.has_perm("articles.change_article"):
        return False
    if edits_any(user):
        return True
    return article.is_draft and Article.objects.filter(of(user), pk=article.pk).exists()


def placements_of(photo, user):
    """Where `photo` is placed, as (placements that the user may see, how many others)."""
    placements = photo.placements.select_related("article").order_by(
        "-article__modified_at", "article", "position"
    )
    seen = set(visible_to(user).filter(placements__photo=photo).values_list("pk", flat=True))
    shown = [placement for placement in placements if placement.article_id in seen]
    return shown, len(placements) - len(shown)


def is_full_disk(error):
    """Whether the database `error` means that there is no room left where the database lies."""
    cause = error.__cause__
    return (
        getattr(cause, "sqlite_errorcode", None) == sqlite3.SQLITE_FULL
        or getattr(cause, "sqlstate", None) == "53100"  # PostgreSQL: disk_full
    )


def try_again_later(response):
    """Return `response`, a form with all that was typed, as the 503 that it is: nothing was stored."""
    response.status_code, response["Retry-After"] = 503, "10"
    return response


# --- how the desk says things ---------------------------------------------------------------------------------------
def in_site_time(at, *, zone=True):
    """A moment in the site's time zone, with the name of that zone; short where a list says the zone once."""
    at = timezone.localtime(at)
    if not zone:
        return date_format(at, "j M Y, H:i")
    return f"{date_format(at, 'j F Y, H:i')} ({timezone.get_current_timezone_name()})"


def state_badge(article):
    """The state in a word, with the moment that goes with it."""
    moment = {
        "scheduled": ("for", article.published_at),
        "live": ("since", article.published_at),
        "withdrawn": ("on", article.withdrawn_at),
    }.get(article.state)
    badge = format_html('<span class="state state--{}">{}</span>', article.state, article.state.capitalize())
    if moment is None:
        return badge
    preposition, at = moment
    return format_html(
        '{} <span class="state__at">{} {}</span>', badge, preposition, in_site_time(at, zone=False)
    )


def state_sentence(article):
    match article.state:
        case "live":
            return f"Published, dated {in_site_time(article.published_at)}."
        case "scheduled":
            return f"Scheduled for {in_site_time(article.published_at)}."
        case "withdrawn":
            return f"Withdrawn: {article.withdrawn_reason}"
    return "Taken back to draft."


def lacking_words(photo):
    """What a photo lacks, in as few words as a list has room for."""
    return in_a_row(
        words
        for is_missing, words in (
            (photo.is_awaiting, "picture"),
            (not photo.credit.strip(), "credit"),
            (not photo.has_alternative, "alternative text"),
        )
        if is_missing
    )


def last_saved(article):
    """Who saved the article last, and when; `by` is None where the desk's history does not know."""
    entry = (
        LogEntry.objects.filter(
            content_type=ContentType.objects.get_for_model(Article),
            object_id=str(article.pk),
            action_time__gte=article.modified_at,
        )
        .select_related("user")
        .order_by("action_time")
        .first()
    )
    return {
        "by": (entry.user.get_full_name() or entry.user.get_username()) if entry else None,
        "at": article.modified_at,
        "version": article.modified_at.isoformat(),
    }


def import_notes(article):
    """What is left to settle of an imported draft, as the panel above its form shows it; None where nothing is.

    The receipt says what the importer saw, the article and the library what is still open.
    """
    run = article.import_runs.first() if article.is_draft else None
    if run is None:
        return None
    receipt = run.receipt
    placements = article.placements.select_related("photo")
    captions = {p.id: p.caption for p in body.placed_photos(article.body) if p.uncertain}
    shown_on = parse_date(receipt.get("date_shown") or "")
    return {
        "run": run,
        "shown_on": shown_on,
        "date_text": "" if shown_on else receipt.get("date_text", ""),
        "uncertain": [
            (
                placement.position,
                body.inline_text(captions[placement.photo_id] or "") or placement.photo.caption,
            )
            for placement in placements
            if placement.position and placement.photo_id in captions
        ],
        "awaiting": [placement for placement in placements if placement.photo.is_awaiting],
        "tags_shown": receipt.get("tags_shown", []),
        "notes": receipt.get("notes", []),
    }


# --- what waits -----------------------------------------------------------------------------------------------------
def lacking_something():
    """The condition that an article could not be published as it is: `missing_for_publishing()` for many rows."""
    unready = Q(photo__image="") | Q(photo__credit="") | Q(photo__alt="", photo__decorative=False)
    return (
        Q(standfirst="")
        | Q(body_text="")
        | Q(topic=None)
        | Q(body__contains="data-uncertain")
        | ~Exists(Byline.objects.filter(article=OuterRef("pk"), role=Byline.Role.BY))
        | Exists(ArticlePhoto.objects.filter(unready, article=OuterRef("pk")))
        | Exists(GalleryPhoto.objects.filter(unready, gallery__article_placements__article=OuterRef("pk")))
    )


def unready_photos():
    """Placed photos that keep an article from being published."""
    photos = Photo.objects.all()
    unready = photos.awaiting() | photos.without_credit() | photos.without_alternative()
    return unready.filter(Exists(ArticlePhoto.objects.filter(photo=OuterRef("pk"))))


def at_a_glance(user):
    """What the first page of the desk shows to this user, as lists of at most a handful."""
    if not user.has_perm("articles.change_article"):
        return {}
    mine = Article.objects.filter(of(user)).drafts().order_by("-modified_at")
    if not edits_any(user):
        return {"drafts_title": "My drafts", "drafts": mine.select_related("topic")[:10]}
    return {
        "drafts_title": "Drafts, last touched first",
        "drafts": Article.objects.drafts().select_related("topic").order_by("-modified_at")[:8],
        "scheduled": Article.objects.scheduled().order_by("published_at")[:8],
        "unready_photos": unready_photos()[:8],
        "unready_photo_count": unready_photos().count(),
    }


# --- the front page -------------------------------------------------------------------------------------------------
def arranged(data):
    """Return the ids of the stories as the posted form has them: by number, without the removed, with the added."""
    rows = zip(data.getlist("article"), data.getlist("position"), strict=False)
    by_number = sorted(rows, key=lambda row: int(row[1]) if row[1].isdecimal() else FRONT_PAGE_STORIES + 1)
    ids = [id for id, _ in by_number if id != data.get("remove")] + data.getlist("add")
    return [*dict.fromkeys(int(id) for id in ids if id.isdecimal() and len(id) < 19)]


def in_order(ids):
    """Return the articles with these ids, in the order of the ids, with what a list shows."""
    articles = Article.objects.for_cards().in_bulk(ids)
    return [articles[id] for id in ids if id in articles]


def version_of(ids):
    return "-".join(map(str, ids))


def for_front_page(words, chosen):
    """Return articles that may be added: published or scheduled ones that have every word, newest first."""
    found = Article.objects.exclude(published_at=None).filter(withdrawn_at=None).exclude(pk__in=chosen)
    return found.matching(words).for_cards().newest_first()[:12]


def obstacle_to_front_page(chosen, saved, *, seen):
    """Return why the stories cannot be saved in this order, as a sentence, or ""."""
    articles = Article.objects.in_bulk(chosen)
    if gone := [id for id in chosen if id not in articles]:
        return f"{len(gone)} of the stories is not there any more. Please look at the list again."
    if drafts := [articles[id] for id in chosen if articles[id].is_draft and id not in saved]:
        return f"“{drafts[0]}” is a draft: publish or schedule it first."
    if len(chosen) > FRONT_PAGE_STORIES:
        return f"The front page takes {FRONT_PAGE_STORIES} chosen stories; everything else flows by date. Please remove {len(chosen) - FRONT_PAGE_STORIES}."
    if seen != version_of(saved):
        return (
            "Somebody else changed the front page meanwhile, and nothing of yours is saved yet. "
            "Your order stands below: save again to put it in place of theirs."
        )
    return ""


def save_front_page(ids):
    # all at once: readers never see half of an order
    with transaction.atomic():
        FrontPageSlot.objects.exclude(article__in=ids).delete()
        for position, id in enumerate(ids, start=1):
            FrontPageSlot.objects.update_or_create(article_id=id, defaults={"position": position})
