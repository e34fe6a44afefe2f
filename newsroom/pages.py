"""Pages that are the same for everyone, kept whole: made once an edition, stored compressed, answered before any other
middleware starts.

A page is kept with the edition (`newsroom.edition`) that it was made for, which is read from the database with each
request: what was corrected, withdrawn or taken down is gone from the next answer of every process and machine, and
nothing is ever purged. One thread of a process makes a page, the others wait for it. A page that cannot be made is
answered as it was, for `PAGE_STALE_SECONDS` at most, and says so (`X-Stale`).
"""

import functools
import gzip
import hashlib
import json
import logging
import re
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, urlencode

import brotli
from django.conf import settings
from django.core.cache import caches
from django.core.exceptions import DisallowedHost
from django.db import DatabaseError
from django.http import HttpResponse
from django.http.request import split_domain_port
from django.utils.http import http_date, parse_http_date_safe

from newsroom import edition, surrogate
from newsroom.addresses import is_for_each

logger = logging.getLogger(__name__)

# what the links of others add to an address; no page of ours reads it
_NOISE = re.compile(r"utm_\w+|mtm_\w+|pk_\w+|mc_[ce]id|[a-z]*clid|igshid|igsh|_ga|ref|ref_src|cmpid|campaign", re.IGNORECASE)  # fmt: skip
# a query that may be kept: everything else is answered, and not kept
_KEPT_QUERY = {"page": re.compile(r"\d{1,6}"), "sort": re.compile(r"[a-z]{1,12}")}
_LEAST_TO_COMPRESS = 200
_WAIT = 15  # seconds that a request waits for another that makes the same page
_TURN = 5  # seconds after which another process takes over from one that was killed
_LOOK = 0.02  # seconds between two looks whether another process is done
_LONG = 1  # seconds after which who waited in vain for the database does not wait for it again
_NOT_KEPT = {"content-length", "x-request-id", "set-cookie", "etag", "last-modified", "connection", "date"}


@dataclass(frozen=True)
class Kept:
    """A whole answer, plain and in each encoding that was asked for so far."""

    edition: str
    status: int
    headers: list = field(repr=False)
    bodies: dict = field(repr=False)
    mark: str
    changed_at: int
    may_be_compressed: bool
    knows_date: bool  # it is the view's own, not the moment at which it was made
    kept_at: float

    def answer(self, request, *, stale=False):
        encoding = self._encoding_for(request)
        if encoding not in self.bodies:
            self.bodies[encoding] = _COMPRESSED[encoding](self.bodies[""])
        response = HttpResponse(self.bodies[encoding], status=self.status)
        for name, value in self.headers:
            response.headers[name] = value
        if encoding:
            response.headers["Content-Encoding"] = encoding
        response.headers["Vary"] = "Accept-Encoding"
        response.headers["Content-Length"] = str(len(self.bodies[encoding]))
        if stale:
            response.headers["X-Stale"] = str(int(time.time() - self.kept_at))
            response.headers["Cache-Control"] = "no-cache"
            response.headers.pop("X-Accel-Expires", None)  # nor does nginx keep it
            return response
        etag = f'"{self.mark}{"-" + encoding if encoding else ""}"'
        response.headers["ETag"] = etag
        response.headers["Last-Modified"] = http_date(self.changed_at)
        # two editions may come in one second: by a date alone only that is unchanged whose view knows the date
        by_date = self.changed_at if self.knows_date else None
        return surrogate.conditional(request, response, etag=etag, last_modified=by_date)

    def _encoding_for(self, request):
        if not self.may_be_compressed:
            return ""
        accepted = request.headers.get("Accept-Encoding", "")
        return next((encoding for encoding in _COMPRESSED if _accepts(accepted, encoding)), "")


_COMPRESSED = {
    "br": lambda content: brotli.compress(content, quality=5),
    "gzip": lambda content: gzip.compress(content, 6, mtime=0),
}


def _accepts(accepted, encoding):
    """Whether `encoding` is named with a quality above 0 (RFC 9110, 12.5.3)."""
    for part in accepted.lower().split(","):
        name, _, quality = part.strip().partition(";")
        if name.strip() == encoding:
            return quality.replace(" ", "") not in ("q=0", "q=0.0", "q=0.00", "q=0.000")
    return False


def _keep(response, name, before):
    """Return the Kept of a response that was just made for the edition `name`."""
    content = response.content
    # the view's own mark is one of the content (`articles.views.public`)
    mark = response.get("ETag", "").strip('"') or hashlib.blake2b(content, digest_size=16).hexdigest()
    may_be_compressed = len(content) >= _LEAST_TO_COMPRESS and _is_text(response)
    headers = [(key, value) for key, value in response.items() if key.lower() not in _NOT_KEPT | {"vary"}]
    now = time.time()
    said = parse_http_date_safe(response.get("Last-Modified", ""))
    changed_at = said or (before.changed_at if before and before.mark == mark else int(now))
    return Kept(
        name, response.status_code, headers, {"": content}, mark, changed_at, may_be_compressed, said is not None, now
    )  # fmt: skip


def _is_text(response):
    kind = response.get("Content-Type", "").split(";")[0]
    return kind.startswith("text/") or kind.endswith(("xml", "json"))


@functools.cache
def _release():
    """What a page is made with beside the database: the code, the templates, the names of static files, the settings.

    By what they say, and not by when or where they were put: all machines find in Redis what one of them kept.
    """
    base = settings.BASE_DIR
    files = [
        path
        for folder in ("articles", "comments", "newsroom", "sharing", "templates")
        for path in (base / folder).rglob("*.*")
        if path.suffix in (".py", ".html", ".svg", ".txt")
    ]
    found = hashlib.blake2b(digest_size=8)
    for path in sorted(files):
        found.update(f"\n{path.relative_to(base)} ".encode() + path.read_bytes())
    collected = settings.STATIC_ROOT / "staticfiles.json"
    found.update(json.loads(collected.read_bytes())["hash"].encode() if collected.exists() else b"")
    for name in filter(str.isupper, sorted(dir(settings))):
        value = getattr(settings, name)
        value = (
            sorted(value) if isinstance(value, set | frozenset) else value
        )  # each process has its own order
        found.update(f"\n{name} {value!r}".replace(str(base), "").encode())
    return found.hexdigest()


# --- addresses ----------------------------------------------------------------------------------------------------
def kept_query(query):
    """Return the query of an address without noise and in order; None where a page is not kept by it."""
    if len(query) > 2000:
        return None
    said = parse_qsl(query, keep_blank_values=True)
    wanted = [pair for pair in said if not _NOISE.fullmatch(pair[0])]
    names = [name for name, _ in wanted]
    if len(set(names)) < len(names) or not all(
        name in _KEPT_QUERY and _KEPT_QUERY[name].fullmatch(value) for name, value in wanted
    ):
        return None
    return urlencode(sorted(wanted))


def _place(request):
    """Return the key under which the page of a request is kept, None where it is not; noise is taken off the request."""
    query = request.META.get("QUERY_STRING", "")
    if query:
        query = kept_query(query)
        if query is None:
            return None
        request.META["QUERY_STRING"] = query  # no page repeats in its links what a reader came with
    try:
        host, _ = split_domain_port(request.get_host())
    except DisallowedHost:
        return None  # what stands behind refuses it
    # no page knows by which port, or in which letters, its host was asked for
    address = f"{request.scheme}://{host}{request.path}?{query}"
    return f"page:{_release()}:{hashlib.blake2b(address.encode(), digest_size=20).hexdigest()}"


def follow(request, **words):
    """Note on a request which words of its query its page was made by: the same page is not kept under others as well."""
    request.__dict__.setdefault("_followed", {}).update({name: str(word) for name, word in words.items()})


def _is_followed(request):
    followed = request.__dict__.get("_followed", {})
    return all(followed.get(name) == word for name, word in parse_qsl(request.META.get("QUERY_STRING", "")))


_making = {}
_making_guard = threading.Lock()


@contextmanager
def _one_at_a_time(pages, place):
    """Wait until nobody else makes a page: no thread of this process, and no other that keeps its pages in one store."""
    with _one_of_this_process(place), _one_of_all(pages, f"{place}:making"):
        yield


@contextmanager
def _one_of_all(pages, key):
    until = time.monotonic() + _WAIT
    # a store that is away adds nothing and holds nothing: nobody waits
    while not (is_mine := pages.add(key, True, _TURN)) and pages.get(key) and time.monotonic() < until:
        time.sleep(_LOOK)
    try:
        yield
    finally:
        if is_mine:
            pages.delete(key)


@contextmanager
def _one_of_this_process(key):
    with _making_guard:
        lock, waiting = _making.get(key, (None, 0))
        lock = lock or threading.Lock()
        _making[key] = (lock, waiting + 1)
    is_mine = lock.acquire(timeout=_WAIT)
    try:
        yield
    finally:
        if is_mine:
            lock.release()
        with _making_guard:
            lock, waiting = _making[key]
            if waiting == 1:
                del _making[key]
            else:
                _making[key] = (lock, waiting - 1)


@contextmanager
def _asked_plainly(request):
    """The page itself, whatever the request wants of it: a whole GET, without conditions."""
    conditions = ("HTTP_IF_NONE_MATCH", "HTTP_IF_MODIFIED_SINCE", "HTTP_IF_MATCH", "HTTP_IF_UNMODIFIED_SINCE", "HTTP_RANGE")  # fmt: skip
    taken = {name: request.META.pop(name) for name in conditions if name in request.META}
    request.__dict__.pop("headers", None)
    method, request.method = request.method, "GET"
    try:
        yield
    finally:
        request.META.update(taken)
        request.__dict__.pop("headers", None)
        request.method = method


def forget():
    """Forget every page that lies where all processes look, also those that nobody asks for again: what somebody had
    erased is in no store. What a process keeps for itself is in its memory alone, and answers nobody in a later edition."""
    kept = caches["pages"]
    forget_all = getattr(
        kept, "delete_pattern", None
    )  # Redis: its `clear` empties what others keep there as well
    if forget_all:
        forget_all("*")
    else:
        kept.clear()


def kept_pages(get_response):
    """Middleware: answer a page for everyone from what is kept, and keep it where it is not.

    A view says that its answer is for everyone by `response.is_for_everyone = True`, and what of the query it is made by
    with `follow()`.
    """
    pages = caches["pages"]

    def answer(request, place, kept, is_new=False):
        encodings = len(kept.bodies)
        response = kept.answer(request)
        if is_new or len(kept.bodies) > encodings:  # compressed for the first who asks for that
            pages.set(place, kept, settings.PAGE_KEPT_SECONDS)
        # who asks with the same words gets the same answer (`newsroom.again`)
        request.META["newsroom.kept"] = kept.edition, response, place
        return response

    def middleware(request):
        if (
            not settings.PAGE_CACHE
            or request.method not in ("GET", "HEAD")
            or is_for_each(request.path)
            or (settings.SECURE_SSL_REDIRECT and not request.is_secure())
            or (place := _place(request)) is None
        ):
            return get_response(request)
        kept = pages.get(place)
        if "newsroom.away" in request.META and (as_it_was := _as_it_was(request, place, kept)):
            return as_it_was
        if has_waited(request):
            return get_response(request)
        if (now := _edition_for(request)) is None:
            return _as_it_was(request, place, kept) or get_response(request)
        if kept and kept.edition == now:
            is_good(place)
            return answer(request, place, kept)
        with _one_at_a_time(pages, place):
            if (now := _edition_for(request)) is None:  # it may have moved on while another made the page
                return _as_it_was(request, place, kept) or get_response(request)
            kept = pages.get(place) or kept
            if kept and kept.edition == now:
                return answer(request, place, kept)
            with _asked_plainly(request):
                response = get_response(request)
            if response.status_code >= 500:
                return _as_it_was(request, place, kept) or response
            is_good(place)
            if response.status_code != 200 or not _is_for_everyone(response) or not _is_followed(request):
                if etag := response.get("ETag"):
                    return surrogate.conditional(request, response, etag=etag)
                return response
            kept = _keep(response, now, kept)
            response.close()
            return answer(request, place, kept, is_new=True)

    return middleware


def _edition_for(request):
    """Return the name of the edition; None where the database does not say, and how long that took is on the request."""
    began = time.monotonic()
    try:
        return edition.current().name
    except DatabaseError:
        request.META["newsroom.away"] = time.monotonic() - began
        return None


def has_waited(request):
    """Whether a request has waited for a database that did not answer: what asks it once more waits as long again."""
    return request.META.get("newsroom.away", 0) >= _LONG


def _is_for_everyone(response):
    """Whether the view says so, and no header says otherwise, however it is written (RFC 9111, 4.1 and 5.2.2)."""
    cache = re.split(r"[\s,=]+", response.get("Cache-Control", "").lower())
    vary = re.split(r"[\s,]+", response.get("Vary", "").lower())
    return (
        getattr(response, "is_for_everyone", False)
        and not response.cookies
        and not {"private", "no-store"} & set(cache)
        and not set(vary) - {"", "accept-encoding"}  # by which we ourselves keep it
    )


_failing_since = {}  # by place, in this process


def is_good(place):
    """Note that a page is as it should be: when it fails the next time, it may be answered as it was for as long again."""
    _failing_since.pop(place, None)


def _as_it_was(request, place, kept):
    """Answer with a page that cannot be made anew, for a while from when that was first so: however long it was good."""
    if not kept:
        return None
    since = _failing_since.setdefault(place, time.time())
    if time.time() - since >= settings.PAGE_STALE_SECONDS:
        return None
    logger.warning("%s is answered as it was", request.path)
    return kept.answer(request, stale=True)
