"""What is asked for again in the same words, answered before Django starts.

`newsroom.pages` answers a page for everyone from what it says of itself in a few fields of the request. Whoever asks with the
same fields, in the same edition, gets the same answer: so it is kept as it went out, by those fields, and only the number
of the edition is read. Whatever else comes, or goes wrong, is Django's.
"""

import threading
import time
from typing import NamedTuple

from django.conf import settings
from django.core.handlers.wsgi import WSGIRequest
from django.db import Error, connection

from newsroom import edition, logs, pages
from newsroom.middleware import request_id_of
from newsroom.slowness import tell_if_slow

# all that an answer from what is kept hangs on (`newsroom.pages`), but for the method; a part of a page is given to nobody
_WORDS = (
    "wsgi.url_scheme", "HTTP_HOST", "SERVER_NAME", "SERVER_PORT", "SCRIPT_NAME", "PATH_INFO", "QUERY_STRING",
    "HTTP_X_FORWARDED_PROTO", "HTTP_X_FORWARDED_HOST", "HTTP_X_FORWARDED_PORT", "HTTP_ACCEPT_ENCODING",
    "HTTP_IF_NONE_MATCH", "HTTP_IF_MODIFIED_SINCE", "HTTP_IF_MATCH", "HTTP_IF_UNMODIFIED_SINCE",
)  # fmt: skip
_MOST_WORDS = 1000  # characters of one request; who sends more is not answered from here
MOST = 20_000_000  # bytes in a process; the oldest answers go

_guard = threading.Lock()
_answers = {}
_size = 0


class _Answer(NamedTuple):
    edition: str
    status_code: int
    status: str
    headers: list
    body: bytes
    place: str  # where `newsroom.pages` keeps it


def answered_again(application):
    """Return the WSGI application that answers for `application` what that has answered before."""

    def ask(environ, start_response):
        began, words = time.perf_counter(), None
        if environ["REQUEST_METHOD"] == "GET":
            query = environ.get("QUERY_STRING")
            if query and (plain := pages.kept_query(query)) is not None:
                environ["QUERY_STRING"] = plain  # each click from a network has a mark of its own
            words = tuple(map(environ.get, _WORDS))
            if (found := _answers.get(words)) and _holds(found, environ):
                id = request_id_of(environ.get("HTTP_X_REQUEST_ID", ""))
                start_response(found.status, [*found.headers, ("X-Request-ID", id)])
                _tell(environ, found, id, time.perf_counter() - began)
                return [found.body]
        answer = application(environ, start_response)
        if words and (
            kept := environ.get("newsroom.kept")
        ):  # not by the answer: what watches requests wraps it
            _keep(words, *kept)
        return answer

    return ask


def _holds(found, environ):
    began = time.perf_counter()
    try:
        if edition.current().name != found.edition:
            return False
        pages.is_good(found.place)
        return True
    except Error:
        environ["newsroom.away"] = time.perf_counter() - began  # who has waited for it does not wait again
        return False
    finally:
        connection.close_if_unusable_or_obsolete()  # as Django does after each request


def _keep(words, edition_name, response, place):
    global _size
    headers = [(name, value) for name, value in response.items() if name != "X-Request-ID"]
    status = f"{response.status_code} {response.reason_phrase}"
    if sum(len(word) for word in words if word) > _MOST_WORDS:
        return
    with _guard:
        if before := _answers.pop(words, None):
            _size -= len(before.body)
        _answers[words] = _Answer(
            edition_name, response.status_code, status, headers, response.content, place
        )
        _size += len(response.content)
        while len(_answers) > 2000 or (_size > MOST and len(_answers) > 1):
            _size -= len(_answers.pop(next(iter(_answers))).body)


def _tell(environ, found, id, seconds):
    if settings.METRICS_TOKEN:
        from newsroom import metrics  # its library is asked for by that setting alone

        metrics.count("GET", "(kept)", found.status_code, "kept", seconds)
    if settings.SLOW_PAGE_MS and seconds * 1000 >= settings.SLOW_PAGE_MS:
        about = logs.request_id.set(id)
        tell_if_slow(WSGIRequest(environ), found, seconds)
        logs.request_id.reset(about)
