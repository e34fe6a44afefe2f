"""Log lines: one event a line, each with the request that caused it."""

import logging
from contextvars import ContextVar

request_id = ContextVar("request_id", default="-")


class RequestIdFilter(logging.Filter):
    """Puts the id of the request being answered (“-” outside of one) on every record."""

    def filter(self, record):
        record.request_id = request_id.get()
        return True


class OneLineFormatter(logging.Formatter):
    """Text for a terminal. Control characters in a message (a path, a header) are shown escaped, so that no visitor
    can forge a line; a traceback keeps its lines."""

    def formatMessage(self, record):
        record.message = "".join(c if c.isprintable() else repr(c)[1:-1] for c in record.message)
        return super().formatMessage(record)
