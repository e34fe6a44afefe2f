"""Numbers for Prometheus, where METRICS_TOKEN is set: requests as they are answered, the rest as it is when asked.

Each process of the server counts in files of its own, which are put together when somebody asks
(`PROMETHEUS_MULTIPROC_DIR`, set by deploy/gunicorn.conf.py).
"""

import hmac
import os
import time

from django.conf import settings
from django.db import Error
from django.http import Http404, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    REGISTRY,
    CollectorRegistry,
    Counter,
    Histogram,
    generate_latest,
)
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector

from newsroom import condition
from newsroom.addresses import METHODS, is_for_staff
from newsroom.slowness import route_of

requests = Counter("newsroom_requests", "Answers, by route.", ["method", "route", "status"])
seconds = Histogram(
    "newsroom_request_seconds",
    "Time to an answer, by what was answered.",
    ["answer"],
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
)
queries = Counter("newsroom_queries", "Queries of pages that were made.")
query_seconds = Counter("newsroom_query_seconds", "Time in queries of pages that were made.")


def measured(get_response):
    """Middleware: count and time each answer. Nothing of whoever asked is in a number."""

    def middleware(request):
        began = time.perf_counter()
        response = get_response(request)
        kind = _kind(request)
        route = route_of(request) or f"({kind})"
        count(request.method, route, response.status_code, kind, time.perf_counter() - began)
        if asked := getattr(request, "queries", None):
            queries.inc(asked.count)
            query_seconds.inc(asked.seconds)
        return response

    return middleware


def count(method, route, status, kind, took):
    method = method if method in METHODS else "other"  # strangers make up as many as they like
    requests.labels(method, route, status).inc()
    seconds.labels(kind).observe(took)


def _kind(request):
    if request.path.startswith((settings.STATIC_URL, "/media/")):
        return "file"
    if is_for_staff(request.path):
        return "desk"
    return "made" if hasattr(request, "queries") else "kept"


class _Condition:
    """What is read from the site itself when somebody asks."""

    def collect(self):
        parts = GaugeMetricFamily("newsroom_part_ok", "Whether a part answers (/readyz).", labels=["part"])
        for part, said in condition.parts().items():
            parts.add_metric([part], said == "ok")
        yield parts
        try:
            figures = condition.figures()
        except Error:  # the database is away: the part says so
            return
        for name, (help, value) in figures.items():
            if value is not None:
                yield GaugeMetricFamily(f"newsroom_{name}", help, value=value)


@require_safe
@never_cache
def page(request):
    """All numbers, for who sends `Authorization: Bearer METRICS_TOKEN`. To others there is no such page."""
    sent = request.headers.get("Authorization", "")
    expected = f"Bearer {settings.METRICS_TOKEN}"
    if not settings.METRICS_TOKEN or not hmac.compare_digest(sent.encode(), expected.encode()):
        raise Http404
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        counted = CollectorRegistry()
        MultiProcessCollector(counted)
    else:
        counted = REGISTRY
    now = CollectorRegistry()
    now.register(_Condition())
    return HttpResponse(generate_latest(counted) + generate_latest(now), content_type=CONTENT_TYPE_LATEST)
