"""Reports of errors to a server that speaks Sentry's language, where SENTRY_DSN is set: what broke, and nobody's words.

A report has the exception, where it came from, the route and the request's id. It has no address, cookie, header, form,
user or local variable; what was sent with the request is taken out of the exception's own words, too.
"""

import re

import sentry_sdk
from django.core.exceptions import BadRequest, SuspiciousOperation

from newsroom import logs

_QUOTED = re.compile(r"""(['"“«])(?:(?!\1).){12,}?(['"”»])""", re.DOTALL)
_KEPT_OF_EVENT = {
    "event_id", "timestamp", "level", "platform", "release", "environment", "exception", "logentry", "logger", "message",
    "transaction", "transaction_info", "modules", "sdk", "tags", "request", "type", "fingerprint",
}  # fmt: skip


_NONE = {"mode": "off"}
NOTHING = {
    "user_info": False, "cookies": _NONE, "http_headers": {"request": _NONE}, "http_bodies": [], "url_query_params": _NONE,
    "database_query_data": False, "queues": False, "stack_frame_variables": False,
}  # fmt: skip


def start(dsn, *, environment, release="", transport=None):
    sentry_sdk.init(
        dsn,
        environment=environment,
        release=release or None,
        data_collection=NOTHING,  # what `send_default_pii=False` was, and stricter
        max_request_body_size="never",
        max_breadcrumbs=0,
        traces_sample_rate=0,
        auto_session_tracking=False,
        server_name="",
        before_send=without_persons,
        ignore_errors=[SuspiciousOperation, BadRequest],  # what a visitor does wrong, as often as one likes
        transport=transport,
    )


def without_persons(event, hint):
    """Return `event` with nothing in it that is about a person."""
    event = {name: value for name, value in event.items() if name in _KEPT_OF_EVENT}
    event["tags"] = {"request_id": logs.request_id.get()}
    if request := event.pop("request", None):
        event["request"] = {"method": request.get("method")}
    sent = _sent_words()
    for exception in event.get("exception", {}).get("values", []):
        exception["value"] = _plain(str(exception.get("value", "")), sent)
        for frame in exception.get("stacktrace", {}).get("frames", []):
            frame.pop("vars", None)
    if said := event.get("logentry"):
        template = said.get("message", "")
        event["logentry"] = {"message": _plain(str(template), sent)}  # without what was put into it
    if "message" in event:
        event["message"] = _plain(str(event["message"]), sent)
    return event


def _sent_words():
    """What the request being answered came with, the longest first."""
    request = logs.request.get()
    form = request.__dict__.get("_post") if request else None  # read already: a report does not begin to
    words = {text for _, texts in form.lists() for text in texts} if form else set()
    if request:
        words |= {text for _, texts in request.GET.lists() for text in texts} | set(request.COOKIES.values())
    return sorted((word for word in words if len(word) > 2), key=len, reverse=True)


def _plain(text, sent):
    for word in sent:
        text = text.replace(word, "…").replace(repr(word)[1:-1], "…")
    return _QUOTED.sub(r"\1…\2", logs.masked(text))[:500]
