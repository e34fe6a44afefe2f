"""Pictures: what may be uploaded, and the renditions that readers get.

The original is kept untouched under `originals/` and never served. Renditions are made anew from its pixels, so they
carry no location, no device and nothing that was hidden behind the picture, but the credit and the copyright; they are
named by what they are made of, and so may be kept by any cache for ever. The first JPEGs are made when a photo is
saved (`make_first`), everything else by the worker (`make_due`); `Photo.made` says what there is, and only that is
shown: a page asks neither the storage nor the database for it.
"""

import contextlib
import hashlib
import logging
import os
import shutil
import tempfile
import uuid
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files import File
from django.core.files.storage import default_storage
from django.core.files.uploadhandler import TemporaryFileUploadHandler
from django.db.models import F
from django.template.loader import render_to_string
from django.utils import timezone

from articles import darkroom
from newsroom import claims

logger = logging.getLogger(__name__)

WIDTHS = (320, 480, 720, 1080, 1600, 2400)  # each half as wide again: 360 px at any density finds its own
CROPS = {  # shape: (ratio, widths, formats). Lists show 3:2; the others are for feeds, share cards, structured data
    "3:2": (3 / 2, (320, 480, 720, 1080, 1600), ("jpg", "avif")),
    "16:9": (16 / 9, (1200,), ("jpg",)),
    "4:3": (4 / 3, (1200,), ("jpg",)),
    "1:1": (1.0, (320, 1200), ("jpg",)),
}
FIRST = {"whole": 1080, "3:2": 720, "16:9": 1200, "4:3": 1200, "1:1": 1200}  # the width made at once, as JPEG
QUALITY = {"jpg": 80, "avif": 58}
TYPES = {"jpg": "image/jpeg", "avif": "image/avif"}
RECIPE = "2"  # part of each name: change it when the same picture shall come out differently
NEAR = 6  # bits of 64 in which two pictures of the same look may differ
PORTION = 5  # photos that a worker takes at a time


@dataclass(frozen=True)
class Rendition:
    """A file that readers may have. `bytes` is 0 where it is not known."""

    name: str  # in the storage
    width: int
    height: int
    bytes: int = 0

    @property
    def url(self):
        """Its address with us, wherever it is stored: our policy lets a page show pictures of its own host alone."""
        return settings.MEDIA_URL + self.name

    @property
    def type(self):
        return TYPES[self.name.rsplit(".", 1)[-1]]


# --- what may come in ---------------------------------------------------------------------------------------------
@contextlib.contextmanager
def _on_disk(file):
    """The path of `file` for another process: its own where it has one."""
    path = getattr(file, "temporary_file_path", None)
    if path:
        yield path()
        return
    file.seek(0)
    with _disk_that_may_be_full(), tempfile.NamedTemporaryFile(prefix="photo-") as copy:
        shutil.copyfileobj(file, copy, 1024**2)
        copy.flush()
        file.seek(0)
        yield copy.name


@contextlib.contextmanager
def _disk_that_may_be_full():
    """Say so, in a ValidationError, where the disk is full."""
    try:
        yield
    except OSError as error:
        if error.errno not in darkroom.NO_ROOM:
            raise
        raise ValidationError(FULL, NO_ROOM) from error


NO_ROOM = "no_room"  # the code of that error
FULL = "The disk of the server is full: the picture was not stored, and nothing else was lost. Please tell whoever runs it."


class LargeUploads(TemporaryFileUploadHandler):
    """Large files on their way in, as Django has them, on a disk that may be full: then the file is dropped, and the
    rest of the form, with all that was typed into it, arrives; `check_upload` says what happened."""

    def receive_data_chunk(self, raw_data, start):
        try:
            super().receive_data_chunk(raw_data, start)
        except OSError as error:
            if error.errno not in darkroom.NO_ROOM:
                raise
            self.file.had_no_room = True
            self.file.seek(0)
            self.file.truncate()


def check_upload(file):
    """Return the facts of `file` (`darkroom.look`, and its sha256); raise ValidationError, with a sentence for the
    editor, unless it is a picture that we take.

    Bytes are checked here, everything else in the darkroom: a hostile picture can take neither time nor memory of
    this process. What was found out is kept with the file, so that asking again costs nothing.
    """
    if facts := getattr(file, "facts_of_picture", None):
        return facts
    name = (getattr(file, "name", "") or "The file").rsplit("/", 1)[-1]
    if file.size > settings.PHOTO_MAX_BYTES:
        raise ValidationError(
            f"“{name}” has {file.size / 1024**2:.0f} MB. Pictures may have {settings.PHOTO_MAX_BYTES // 1024**2} MB at most."
        )
    if getattr(file, "had_no_room", False):
        raise ValidationError(FULL, NO_ROOM)
    if not file.size:
        raise ValidationError(f"“{name}” is empty.")
    with _on_disk(file) as path:
        try:
            facts = darkroom.ask({"do": "look", "path": path, "most_pixels": settings.PHOTO_MAX_PIXELS})
        except darkroom.Refused as refusal:
            raise ValidationError(f"“{name}” {refusal}") from refusal
        with open(path, "rb") as content:
            facts["sha256"] = hashlib.file_digest(content, "sha256").hexdigest()
    file.facts_of_picture = facts
    return facts


def original_name(instance, filename):
    """Where an original lies: by its content, so that a name that a visitor chose never reaches the disk."""
    if not instance.image:  # handed to `image.save()` directly: the file cannot be seen from here
        return f"originals/{uuid.uuid4().hex}"
    facts = check_upload(instance.image.file)
    return f"originals/{facts['sha256'][:2]}/{facts['sha256'][:40]}.{facts['format']}"


def store_original(photo):
    """Put the new file of `photo` into the storage. Raises ValidationError where the disk is full; nothing is left."""
    with _disk_that_may_be_full():
        photo.image.save(photo.image.name, photo.image.file, save=False)


def forget(name):
    """Delete a file that nothing knows of, after what should have known it came to nothing."""
    with contextlib.suppress(Exception):  # whoever asks is already on the way to say what went wrong
        default_storage.delete(name)


def take_facts(photo, facts):
    """Measure `photo` by the `facts` of its file, and fill what is still empty with what the file knows of itself."""
    photo.width, photo.height, photo.sha256 = facts["width"], facts["height"], facts["sha256"]
    photo.look, photo.placeholder = facts["look"], facts["placeholder"]
    filled = []
    for field, words in facts["metadata"].items():
        if not getattr(photo, field):
            setattr(photo, field, photo._meta.get_field(field).to_python(words))
            filled.append(field)
    return filled


def duplicates_of(file, *, but=None):
    """Return photos of the library that show what `file` shows, as (photo, is_exact), the exact ones first.

    `file` is an upload (ValidationError where it is no picture) or a Photo; `but` a photo that does not count. Exact
    is the same bytes; near is a perceptual hash that differs in NEAR bits of 64 at most, which survives scaling and
    another compression. Compares with the hash of every photo: 50 ms for a hundred thousand.
    """
    from articles.models import Photo  # which is built on this module

    if isinstance(file, Photo):
        sha256, look, but = file.sha256, file.look, but or file
    else:
        facts = check_upload(file)
        sha256, look = facts["sha256"], facts["look"]
    others = Photo.objects.exclude(image="").exclude(pk=but.pk if but else None)
    exact = list(others.filter(sha256=sha256)) if sha256 else []
    near = []
    if look is not None:
        hashes = others.exclude(look=None).exclude(pk__in=[p.pk for p in exact]).order_by()
        differences = (
            (((look ^ other) & 0xFFFF_FFFF_FFFF_FFFF).bit_count(), pk)
            for pk, other in hashes.values_list("pk", "look").iterator()
        )
        near = sorted(pair for pair in differences if pair[0] <= NEAR)[:20]
    found = Photo.objects.in_bulk(pk for _, pk in near)
    return [(photo, True) for photo in exact] + [(found[pk], False) for _, pk in near if pk in found]


# --- what there is to be -------------------------------------------------------------------------------------------
def _fitting(widths, width):
    """The `widths` that are not larger than the picture; at least one, its own."""
    widest = min(width, max(widths))
    return [w for w in widths if w < widest] + [widest]


def crop_box(photo, ratio=3 / 2):
    """Return the largest box of that ratio around the focal point: left, top, right, bottom in parts of one."""
    own = photo.width / photo.height
    w, h = (ratio / own, 1.0) if own > ratio else (1.0, own / ratio)
    left = min(max(photo.focal_x - w / 2, 0), 1 - w)
    top = min(max(photo.focal_y - h / 2, 0), 1 - h)
    return left, top, left + w, top + h


def card_box(photo):
    return crop_box(photo, 3 / 2)


def inside(photo):
    """What is written into the renditions of `photo`; where it changes, they are made anew."""
    return {
        "credit": photo.credit_line,
        "copyright": photo.copyright,
        "source_url": photo.source_url,
        "is_generated": photo.credit_kind == "generated",
    }


def recipe(photo):
    """Return what the renditions of `photo` are made of, as a short text: its folder and its focal point."""
    key = ":".join([RECIPE, photo.image.name, *map(str, inside(photo).values())])
    return f"{hashlib.sha256(key.encode()).hexdigest()[:20]} {_focal(photo)}"


def _focal(photo):
    return f"{round(photo.focal_x * 100)}-{round(photo.focal_y * 100)}"


def _wanted(photo, first=False):
    """Yield all that is to be there, as (shape, stem, format, width, height, box)."""
    shapes = [("whole", photo.width / photo.height, WIDTHS, ("jpg", "avif"), (0, 0, 1, 1), photo.width)]
    for shape, (ratio, widths, formats) in CROPS.items():
        box = crop_box(photo, ratio)
        widest = max(2, int((box[2] - box[0]) * photo.width))
        shapes.append((shape, ratio, widths, formats, box, widest))
    for shape, ratio, widths, formats, box, widest in shapes:
        stem = "" if shape == "whole" else f"{shape.replace(':', 'x')}-{_focal(photo)}-"
        chosen = [min(FIRST[shape], widest)] if first else _fitting(widths, widest)
        for width in chosen:
            for format in formats[:1] if first else formats:
                yield shape, stem, format, width, max(1, round(width / ratio)), box


# --- what there is --------------------------------------------------------------------------------------------------
def renditions(photo, shape="whole", format="jpg"):
    """Return the renditions of `photo` that are there, narrowest first. No query, no look into the storage."""
    made = photo.made.get(shape)
    if not made:
        return []
    ratio = photo.width / photo.height if shape == "whole" else CROPS[shape][0]
    return [
        Rendition(
            f"{made.get('folder') or photo.made['folder']}/{made['stem']}{width}.{format}",
            width, max(1, round(width / ratio)), size,
        )
        for width, size in made.get(format, [])
    ]  # fmt: skip


def cards(photo):
    """Return the 3:2 renditions of `photo` for lists, cropped around its focal point, narrowest first."""
    return renditions(photo, "3:2")


def crop(photo, shape="16:9", width=1200):
    """Return the JPEG Rendition of `photo` in that shape (“16:9”, “4:3”, “1:1”, “3:2”), or None for one that readers
    may not see.

    The narrowest that is at least `width` wide, else the widest: never larger than the original. Where the shape is
    not made (photos of before, until the worker has been), the whole picture. No query.
    """
    if not photo.is_shown:
        return None
    there = renditions(photo, shape) or renditions(photo)
    return next((r for r in there if r.width >= width), there[-1]) if there else None


# --- words -----------------------------------------------------------------------------------------------------------
def for_feed(photo, caption=None, shape="whole", width=1080):
    """Return `photo` for outputs that are no page of ours (feeds, JSON-LD, export), or None where readers may not see it.

    A dict: url (whole), type, width, height, bytes (0: not known), caption (plain text with its line breaks), credit
    (with its kind, as readers see it), alt ("" where it is decorative), copyright, source_url. `caption` is the plain
    text of a placement of its own; None takes the library's. `shape` and `width` as for `crop`. No query.
    """
    rendition = crop(photo, shape, width)
    if rendition is None:
        return None
    return {
        "url": f"{settings.SITE_URL}{rendition.url}" if rendition.url.startswith("/") else rendition.url,
        "type": rendition.type,
        "width": rendition.width,
        "height": rendition.height,
        "bytes": rendition.bytes,
        "caption": photo.caption if caption is None else caption,
        "credit": photo.credit_line,
        "alt": photo.alt_text,
        "copyright": photo.copyright,
        "source_url": photo.source_url,
    }


def described(photo, caption=None):
    """Return one line that says what a picture shows and whose it is, where an output has room for no more than that
    (`og:image:alt`): alternative text, else caption; then the credit."""
    words = photo.alt_text or " ".join((photo.caption if caption is None else caption).split())
    parts = [part for part in (words, f"({photo.credit_line})" if photo.credit_line else "") if part]
    return " ".join(parts)


# --- making them ----------------------------------------------------------------------------------------------------
def make_first(photo):
    """Make a JPEG of each shape that is not there yet, so that whoever saved `photo` sees it; set `photo.made`.

    Half a second for 24 megapixels. Raises ValidationError where the disk is full.
    """
    made = photo.made if photo.made.get("of") == photo.image.name else {"of": photo.image.name}
    folder = _folder(photo)
    wanted = [
        item
        for item in _wanted(photo, first=True)
        if made.get(item[0], {}).get("stem") != item[1]
    ]  # fmt: skip
    if wanted:
        photo.made = made | {"folder": made.get("folder") or folder}
        try:
            photo.made |= _make(photo, folder, wanted)
        except darkroom.Refused as refusal:
            raise ValidationError(f"“{photo.file_name or 'The file'}” {refusal}") from refusal


def _folder(photo):
    return f"renditions/{recipe(photo).split()[0]}"


def make_all(photo):
    """Make what is missing of `photo` and write down that all is there. What lies in the storage is not made again; the
    storage is asked, and not `photo.made`: who is in the queue may be there because a file was lost.

    Safe beside others: who changed the photo meanwhile keeps it in the queue. Some five seconds for 24 megapixels.
    Returns how many files were made.
    """
    from articles.models import Photo

    folder, of = _folder(photo), photo.recipe
    made = {"of": photo.image.name, "folder": folder}
    count = 0
    missing = []
    for item in _wanted(photo):
        shape, stem, format, width, _, _ = item
        parts = made.setdefault(shape, {"stem": stem})
        name = f"{folder}/{stem}{width}.{format}"
        if default_storage.exists(name):
            parts.setdefault(format, []).append([width, default_storage.size(name)])
        else:
            missing.append(item)
    if missing:
        count = len(missing)
        for shape, parts in _make(photo, folder, missing).items():
            for format in TYPES:
                if format in parts:
                    made[shape][format] = sorted(made[shape].get(format, []) + parts[format])
    Photo.objects.filter(pk=photo.pk, recipe=of).update(
        recipe=recipe(photo),
        made=made,
        made_at=timezone.now(),
        claimed_at=None,
        attempts=0,
        failed_at=None,
        failure="",
    )
    photo.made, photo.made_at = made, timezone.now()
    return count


def _make(photo, folder, wanted):
    """Make and store the files of `wanted`; return them as `Photo.made` has them: {shape: {stem, folder, format: …}}."""
    made = {}
    with tempfile.TemporaryDirectory(prefix="photo-") as desk, _disk_that_may_be_full():
        jobs = [
            {
                "box": box, "width": width, "height": height, "format": format, "quality": QUALITY[format],
                "file": os.path.join(desk, f"{n}.{format}"),
            }
            for n, (_, _, format, width, height, box) in enumerate(wanted)
        ]  # fmt: skip
        jobs.sort(key=lambda job: (job["box"], -job["width"]))  # both formats of a size, one after the other
        with photo.image.storage.open(photo.image.name) as original, _path_of(original) as path:
            job = {"do": "develop", "path": path, "renditions": jobs, "facts": inside(photo)}
            darkroom.ask(job, seconds=settings.PHOTO_MAX_SECONDS)
        for n, (shape, stem, format, width, _, _) in enumerate(wanted):
            path = Path(desk, f"{n}.{format}")
            parts = made.setdefault(shape, {"stem": stem, "folder": folder})
            parts.setdefault(format, []).append([width, path.stat().st_size])
            _store(path, f"{folder}/{stem}{width}.{format}")
    return made


@contextlib.contextmanager
def _path_of(original):
    """The path of an original in the storage; one that is not on this machine is copied first."""
    try:
        name = original.file.name
    except (AttributeError, ValueError):
        name = None
    if isinstance(name, str) and os.path.isfile(name):
        yield name
        return
    with tempfile.NamedTemporaryFile(prefix="photo-") as copy:
        shutil.copyfileobj(original, copy, 1024**2)
        copy.flush()
        yield copy.name


def _store(path, name):
    if default_storage.exists(name):
        return
    with path.open("rb") as file:
        stored = default_storage.save(name, File(file))
    if stored != name:  # another process made the same one at this moment, and storages do not overwrite
        default_storage.delete(stored)


# --- the worker's part ----------------------------------------------------------------------------------------------
def make_due():
    """Make the renditions of a portion of the photos that are due; how many were taken. Any number may run at once."""
    from articles.models import Photo

    taken = 0
    for pk in list(Photo.objects.due().values_list("pk", flat=True)[:PORTION]):
        taken += work_off(pk)
    return taken


def work_off(pk):
    """Claim the photo and make its renditions; whether it was ours. A failure is written down, with its reason.

    A claim is one conditional UPDATE. That of a worker that died is free again after Photo.CLAIMED_FOR; a photo on
    which MOST_ATTEMPTS workers died is failed, and kills no further one.
    """
    from articles.models import Photo

    claim = {"claimed_at": claims.claimed_now(), "attempts": F("attempts") + 1}
    if not Photo.objects.due().order_by().filter(pk=pk).update(**claim):
        return False
    photo = Photo.objects.get(pk=pk)
    try:
        if photo.attempts > Photo.MOST_ATTEMPTS:
            raise darkroom.Refused("ended the worker each time that it was tried.")
        make_all(photo)
    except (
        Exception
    ) as error:  # a file may be gone, broken, too large; the storage away: the next photo must not wait
        logger.warning("The renditions of photo %s failed: %s", pk, error)
        if isinstance(error, ValidationError):
            reason = " ".join(error.messages)
        elif isinstance(error, darkroom.Refused):
            reason = f"The picture {error}"
        elif isinstance(error, FileNotFoundError):
            reason = "The original is not in the storage."
        else:
            reason = f"{type(error).__name__}: {error}"
        is_final = (
            isinstance(error, (darkroom.Refused, FileNotFoundError)) or photo.attempts >= Photo.MOST_ATTEMPTS
        )
        Photo.objects.filter(pk=pk, recipe=photo.recipe).update(
            failure=reason[:300], failed_at=timezone.now() if is_final else None,
            # what may mend itself (a full disk, a storage that is away) is tried again when the claim has run out
            claimed_at=None if is_final else claims.claimed_now(),
        )  # fmt: skip
    return True


def tell_of_ending_rights():
    """Queue mail to the editors of each photo whose rights end within 14 and within 3 days, once each. For HOURLY."""
    from articles.models import Photo
    from comments.emails import queue_notice

    today = timezone.localdate()
    ending = Photo.objects.rights_ending(14).prefetch_related("placements__article__created_by")
    for photo in ending.select_related("uploaded_by"):
        stage = 3 if photo.rights_end_on <= today + timedelta(days=3) else 14
        context = {
            "photo": photo, "stage": stage, "days": (photo.rights_end_on - today).days,
            "articles": list(dict.fromkeys(placed.article for placed in photo.placements.all())),
            "site_name": settings.SITE_NAME, "site_url": settings.SITE_URL,
        }  # fmt: skip
        text = render_to_string("emails/articles/rights.txt", context)
        for person in editors_of(photo):
            key = f"rights:{photo.pk}:{photo.rights_end_on}:{stage}:{person.pk}"
            queue_notice(person.email, f"Rights end soon: {photo}"[:150], text, key=key)


def editors_of(photo):
    """Return those who are told about `photo`: who uploaded it, who wrote where it stands; else all who may publish."""
    from django.contrib.auth import get_user_model

    people = {photo.uploaded_by, *(placed.article.created_by for placed in photo.placements.all())}
    reached = {
        person for person in people if person and person.is_active and person.is_staff and person.email
    }
    if not reached:
        publishers = get_user_model().objects.with_perm(
            "articles.publish_article", backend="django.contrib.auth.backends.ModelBackend"
        )
        reached = set(publishers.filter(is_staff=True).exclude(email=""))
    return sorted(reached, key=lambda person: person.pk)
