"""What every request passes through before Django's own middleware."""

import re
import uuid

from django.http import HttpResponseNotAllowed

from newsroom import logs

METHODS = ["GET", "HEAD", "POST", "OPTIONS"]
_SAFE_ID = re.compile(r"[A-Za-z0-9-]{8,64}")


def request_id(get_response):
    """Give each request an id, in its log lines and in the answer (`X-Request-ID`).

    A proxy in front may set it; anything that is not a plain id is replaced, since it is written to the log.
    """

    def middleware(request):
        given = request.headers.get("X-Request-ID", "")
        current = given if _SAFE_ID.fullmatch(given) else uuid.uuid4().hex
        token = logs.request_id.set(current)
        try:
            response = get_response(request)
            response["X-Request-ID"] = current
            return response
        finally:
            logs.request_id.reset(token)

    return middleware


def known_methods(get_response):
    """Answer 405 to TRACE and to methods that no page of ours has (OWASP ASVS 13.4.4)."""

    def middleware(request):
        if request.method not in METHODS:
            return HttpResponseNotAllowed(METHODS)
        return get_response(request)

    return middleware
