"""Log lines: one event a line, each with the request that caused it, and none with a mail address or a key in it."""

import logging
import re
from contextvars import ContextVar

from pythonjsonlogger.json import JsonFormatter

request_id = ContextVar("request_id", default="-")
request = ContextVar("request", default=None)  # the one being answered

_MAIL = re.compile(r"[\w.+'-]+@[\w-]+(?:\.[\w-]+)*")
# what stands in an address in place of a log-in: whoever reads the log could use it
_KEY = re.compile(
    r"(?<=/)(?=[\w=:.~-]{20,})(?=[\w=:.~-]*[A-Z:])[\w=:.~-]+"  # random or signed: it has capitals, a slug has none
    r"|(?<=/reset/key/)[\w-]+"
    r"|(?<=[?&]sent=)[^&\s]+|(?<=[?&]mark=)[^&\s]+"
)
# of a row that PostgreSQL refuses it tells every value
_DETAIL = re.compile(r"^(\s*DETAIL:).*$", re.MULTILINE)
_PASSWORD = re.compile(r"(\w+://[^\s:/@]*:)[^\s/@]+(?=@)")


def masked(text):
    """Return `text` without mail addresses, passwords of addresses, and keys that stand in one."""
    text = _PASSWORD.sub(r"\1…", text)
    text = _DETAIL.sub(r"\1 …", text)
    return _KEY.sub("…", _MAIL.sub("…@…", text))


def one_line(text):
    """Return `text` with control characters shown escaped, so that no visitor can forge a line or colour a terminal."""
    return "".join(c if c.isprintable() else repr(c)[1:-1] for c in text)


class RequestIdFilter(logging.Filter):
    """Puts the id of the request being answered (“-” outside of one) on every record.

    Django tells of refusals when it has left our middleware: those records bring their request.
    """

    def filter(self, record):
        record.request_id = getattr(getattr(record, "request", None), "id", None) or request_id.get()
        return True


class OneLineFormatter(logging.Formatter):
    """Text for a terminal. A traceback keeps its lines, each set in, so that none can pass for a line of ours."""

    def formatMessage(self, record):
        record.message = masked(one_line(record.message))
        return super().formatMessage(record)

    def format(self, record):
        record.exc_text = None  # another handler's, perhaps not masked
        try:
            return super().format(record)
        finally:
            record.exc_text = None

    def formatException(self, info):
        lines = masked(super().formatException(info)).splitlines()
        return "\n".join(f"    {one_line(line)}" for line in lines)


class OneObjectFormatter(JsonFormatter):
    """One JSON object a line."""

    def formatException(self, info):
        return masked(super().formatException(info))

    def process_log_record(self, said):
        said.pop("request", None)  # with its query: what somebody searched for
        return {name: masked(value) if isinstance(value, str) else value for name, value in said.items()}
