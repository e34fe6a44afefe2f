"""Every address of the site map, filled with something or as it is written: what a test walks over."""

import re

from django.contrib.admindocs.views import simplify_regex
from django.urls import URLPattern, get_resolver
from django.urls.resolvers import RoutePattern

_FILLED = {
    "IntConverter": "1", "SlugConverter": "a-dam", "StringConverter": "a-dam", "PathConverter": "1", "Year": "2026",
    "Month": "01", "FeedFormat": "rss", "UUIDConverter": "00000000-0000-0000-0000-000000000000",
}  # fmt: skip


def addresses(**values):
    """Return {address: pattern} of all that `newsroom.urls` lists; `values` fill parts by their names."""
    return dict(_walk(get_resolver().url_patterns, "/", lambda pattern: _filled(pattern, values)))


def routes():
    """Return all that `newsroom.urls` lists as it is written there: “/comments/<int:id>/edit/”."""
    return list(dict(_walk(get_resolver().url_patterns, "/", _written)))


def _walk(patterns, before, written):
    for each in patterns:
        path = before + written(each.pattern)
        if isinstance(each, URLPattern):
            yield path, each
        else:
            yield from _walk(each.url_patterns, path, written)


def _written(pattern):
    return str(pattern) if isinstance(pattern, RoutePattern) else _plain(pattern)


def _plain(pattern):
    return simplify_regex(str(pattern)).removeprefix("/").replace("\\.", ".")


def _filled(pattern, values):
    if isinstance(pattern, RoutePattern):
        converters = {name: type(converter).__name__ for name, converter in pattern.converters.items()}
        return re.sub(
            r"<(?:\w+:)?(\w+)>",
            lambda part: str(values.get(part[1], _FILLED[converters[part[1]]])),
            str(pattern),
        )
    return re.sub(r"<(\w+)>", lambda part: str(values.get(part[1], "a-dam-of-old")), _plain(pattern))
