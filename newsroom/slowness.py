"""What was slow: a line for a page and for a query that took longer than the settings allow, with the request's id."""

import logging
import time
from contextlib import ExitStack, contextmanager

from django.conf import settings
from django.db import connections

from newsroom.logs import masked

logger = logging.getLogger("newsroom.slow")


class Queries:
    """How many queries were asked while `watched`, and how long they took."""

    def __init__(self):
        self.count, self.seconds = 0, 0.0

    def __call__(self, execute, sql, params, many, context):
        began = time.perf_counter()
        try:
            return execute(sql, params, many, context)
        finally:
            took = time.perf_counter() - began
            self.count += 1
            self.seconds += took
            if settings.SLOW_QUERY_MS and took * 1000 >= settings.SLOW_QUERY_MS:
                # the statement without its values, which may be somebody's words
                logger.warning("slow query, %d ms: %s", took * 1000, " ".join(str(sql).split())[:1000])


@contextmanager
def watched():
    """Watch the queries of this thread. Yields their Queries."""
    queries = Queries()
    with ExitStack() as stack:
        for connection in connections.all():
            stack.enter_context(connection.execute_wrapper(queries))
        yield queries


def watch_queries(get_response):
    """Middleware: watch the queries of a page that is made. It stands behind the kept pages, which ask one."""

    def middleware(request):
        with watched() as request.queries:
            return get_response(request)

    return middleware


def tell_if_slow(request, response, seconds):
    """Write a line where an answer took longer than SLOW_PAGE_MS."""
    if not settings.SLOW_PAGE_MS or seconds * 1000 < settings.SLOW_PAGE_MS:
        return
    queries = getattr(request, "queries", None) or Queries()
    logger.warning(
        "slow page, %d ms, of which %d ms in %d queries: %s %s %d",
        seconds * 1000,
        queries.seconds * 1000,
        queries.count,
        request.method,
        route_of(request) or masked(request.path),
        response.status_code,
    )


def route_of(request):
    """Return the address as the site map has it, without what stands in it; empty where no view was asked."""
    return f"/{request.resolver_match.route}" if getattr(request, "resolver_match", None) else ""
