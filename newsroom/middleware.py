"""What every request passes through before Django's own middleware."""

import re
import secrets
import time

from django.conf import settings
from django.contrib.auth import SESSION_KEY, get_user_model
from django.contrib.sessions.backends.db import SessionStore
from django.core.exceptions import DisallowedHost
from django.http import HttpResponseNotAllowed
from django.middleware.security import SecurityMiddleware

from newsroom import floods, logs, pages, views
from newsroom.addresses import METHODS, client_address, is_for_admin, is_for_staff
from newsroom.slowness import tell_if_slow

# what Django takes for the key of a session, and for the secret of a form, masked or not
_A_KEY = {
    "SESSION_COOKIE_NAME": re.compile(r".{8,}", re.DOTALL),
    "CSRF_COOKIE_NAME": re.compile(r"[A-Za-z0-9]{32}(?:[A-Za-z0-9]{32})?"),
}
_SAFE_ID = re.compile(r"[A-Za-z0-9-]{8,64}")


def request_id(get_response):
    """Give each request an id, in its log lines and in the answer (`X-Request-ID`).

    A proxy in front may set it; anything that is not a plain id is replaced, since it is written to the log.
    """

    def middleware(request):
        request.id = current = request_id_of(request.META.get("HTTP_X_REQUEST_ID", ""))
        about = logs.request_id.set(current), logs.request.set(request)
        began = time.perf_counter()
        try:
            response = get_response(request)
            response["X-Request-ID"] = current
            tell_if_slow(request, response, time.perf_counter() - began)
            return response
        finally:
            logs.request_id.reset(about[0])
            logs.request.reset(about[1])

    return middleware


def request_id_of(given):
    return given if _SAFE_ID.fullmatch(given) else secrets.token_hex(16)


def gate(get_response):
    """Refuse what need not cost anything, and give the headers of every answer to those refusals too.

    A method that no page of ours has (TRACE answers 405: OWASP ASVS 13.4.4), a page of a database that was waited for in
    vain, a host that is not ours, a body that no form of a reader needs, more forms in a minute from one address than a
    person sends.
    """
    with_headers = SecurityMiddleware(get_response).process_response

    def middleware(request):
        # what is none would be deleted, or put in order, by the answer: that of a public page too
        for setting, a_key in _A_KEY.items():
            name = getattr(settings, setting)
            if name in request.COOKIES and not a_key.fullmatch(request.COOKIES[name]):
                del request.COOKIES[name]
        response = _refusal(request) or get_response(request)
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        response.headers.setdefault("X-Frame-Options", settings.X_FRAME_OPTIONS)
        return with_headers(request, response)

    return middleware


def _refusal(request):
    if request.method not in METHODS:
        return HttpResponseNotAllowed(METHODS)
    if pages.has_waited(request):
        return views.unavailable(request)
    try:
        request.get_host()
    except DisallowedHost:
        return views.bad_request(request)
    # no address of ours has a NUL, and PostgreSQL takes none; forms of readers take it out of what is asked
    if "\0" in request.path:
        return views.not_found(request)
    if "%00" in request.META.get("QUERY_STRING", "") and is_for_admin(request.path):
        return views.bad_request(request)
    if request.method != "POST":
        return None
    at_the_desk, length = is_for_staff(request.path), _length(request)
    if length > (settings.DESK_MAX_BYTES if at_the_desk else settings.READER_MAX_BYTES):
        return views.too_large(request)
    # the desk is counted for itself, and staff send there as much as they like: a cookie alone makes nobody staff
    who = client_address(request), at_the_desk
    if not floods.may_post(who) and not (at_the_desk and _is_staff(request)):
        return views.too_many(request, floods.SPAN)
    # looking for the token of a form reads all of it: an upload of a stranger would lie on the disk before it is refused
    if length > settings.READER_MAX_BYTES and not _is_staff(request):
        return views.forbidden(request, "Log in again: nothing of what was sent was read.")
    return None


def _is_staff(request):
    """Whether staff sent the request, asked of the rows alone: sessions and users have their middleware further inside."""
    session = SessionStore(request.COOKIES.get(settings.SESSION_COOKIE_NAME))
    who = session.get(SESSION_KEY)
    return bool(who) and get_user_model().objects.filter(pk=who, is_active=True, is_staff=True).exists()


def _length(request):
    try:
        return int(request.META.get("CONTENT_LENGTH") or 0)
    except ValueError:
        return 0
