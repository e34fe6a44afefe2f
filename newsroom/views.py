"""What belongs to no application: liveness, pictures, and the pages for when something goes wrong."""

import errno
import re
import sys
from urllib.parse import urlencode

from django.conf import settings
from django.core.files.storage import default_storage
from django.db import InterfaceError, OperationalError
from django.http import FileResponse, Http404, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.template import loader
from django.templatetags.static import static
from django.urls import reverse
from django.utils.cache import add_never_cache_headers
from django.views.decorators.cache import cache_control, never_cache
from django.views.decorators.http import require_safe

from newsroom import condition

_RENDITION = re.compile(r"renditions/[0-9a-f]{20}/[a-z0-9-]+\.(jpg|avif)")
_TYPES = {"jpg": "image/jpeg", "avif": "image/avif"}


@require_safe
@never_cache
def healthz(request):
    """Whether this process answers: it asks nothing of the database or any other part."""
    return JsonResponse({"status": "ok"})


@require_safe
@never_cache
def readyz(request):
    """Whether each part that an answer needs is there; 503 when the database is not, or is older than the code. A late
    queue, a lost cache or a full disk make the site slower or hold up its forms: they are named, and the answer stays 200."""
    parts = condition.parts()
    return JsonResponse(parts, status=200 if all(parts[name] == "ok" for name in condition.NEEDED) else 503)


@require_safe
@cache_control(public=True, max_age=86400)
def favicon(request):
    """Where browsers look that were shown something without a head, as a picture or an answer in JSON."""
    return redirect(static("icons/touch.png"))


@require_safe
def media(request, name):
    """Serve a rendition. Originals, and whatever else lies in the storage, are not to be had here.

    Names carry their content, so that an answer may be kept for a year. A server in front may serve
    `renditions/` itself; it is to serve nothing beside it.
    """
    rendition = _RENDITION.fullmatch(name)
    if not rendition:
        raise Http404
    try:
        file = default_storage.open(name)
    except FileNotFoundError as error:
        raise Http404 from error
    response = FileResponse(file, content_type=_TYPES[rendition[1]])
    response["Cache-Control"] = "public, max-age=31536000, immutable"
    # whatever a picture may turn out to be, nothing in it runs
    response["Content-Security-Policy"] = (
        "default-src 'none'; base-uri 'none'; frame-ancestors 'none'; sandbox"
    )
    # readers of feeds show them on pages of their own
    response["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response


def not_found(request, exception=None):
    """The 404 page. It tells nothing of what is or was at the address."""
    response = HttpResponse(loader.render_to_string("404.html", request=request), status=404)
    # a cache may remember a 404 without being told so, and a moment later it is there
    response["Cache-Control"] = "no-cache"
    return response


@never_cache
def forbidden(request, exception=None, *, is_lost=False):
    """The 403 page, with the way to log in for who has not; `is_lost` when a form came without its token."""
    back_to = request.get_full_path() if request.method in ("GET", "HEAD") else "/"
    context = {
        "reason": str(exception or ""),
        "is_lost": is_lost,
        "log_in": f"{reverse('account_login')}?{urlencode({'next': back_to})}",
    }
    return HttpResponse(loader.render_to_string("403.html", context, request), status=403)


@never_cache
def too_many(request, again_in):
    """The 429 page, with when to try again."""
    response = HttpResponse(loader.render_to_string("429.html", request=request), status=429)
    response["Retry-After"] = str(int(again_in.total_seconds()))
    return response


def bad_request(request, exception=None):
    return HttpResponse(_plain_page("400.html"), status=400)


def too_large(request):
    return HttpResponse(_plain_page("413.html"), status=413)


def server_error(request):
    """The 500 page: it needs no database and no context to work. Every word that was sent with a form is on it.

    Where it is the database or the disk that fails, it is a 503, which says when to try again and holds what was sent.
    """
    if is_passing(sys.exc_info()[1]):
        return unavailable(request)
    response = HttpResponse(_plain_page("500.html", words=_words_of(request)), status=500)
    add_never_cache_headers(response)
    return response


def is_passing(error):
    """Whether an error goes away by itself: the database is locked, full, restarted or slow; the disk is full."""
    full = isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT)
    # SQLite says so of what is missing, too: that stays missing
    lacks = isinstance(error, OperationalError) and str(error).startswith("no such")
    return full or (isinstance(error, OperationalError | InterfaceError) and not lacks)


@never_cache
def unavailable(request):
    """The 503 page. Every word that was sent with a form is on it."""
    html = _plain_page("503.html", words=_words_of(request))
    response = HttpResponse(html, status=503)
    response["Retry-After"] = "10"
    return response


_SEVERAL_WORDS = re.compile(r"\S\s+\S|[^\x00-\x7f]")  # not every script has spaces
_SECRET = re.compile(r"password|token|code|secret|credential|^csrf|^otp", re.IGNORECASE)


def _words_of(request):
    """What a person wrote into a form: what has more than one word, in any script, and is no secret."""
    if request is None or request.method != "POST":
        return []
    try:
        sent = [(name, text) for name, texts in request.POST.lists() for text in texts]
    except Exception:  # what failed may have been reading it
        return []
    return [
        text
        for name, text in sent
        if (name == "comment" or _SEVERAL_WORDS.search(text)) and not _SECRET.search(name)
    ]


def _plain_page(name, **context):
    return loader.render_to_string(name, {"site_name": settings.SITE_NAME} | context)
