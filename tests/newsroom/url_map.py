"""Every address of the site map, filled with something: what a test walks over."""

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
    return dict(_walk(get_resolver().url_patterns, "/", values))


def _walk(patterns, before, values):
    for each in patterns:
        path = before + _filled(each.pattern, values)
        if isinstance(each, URLPattern):
            yield path, each
        else:
            yield from _walk(each.url_patterns, path, values)


def _filled(pattern, values):
    if isinstance(pattern, RoutePattern):
        converters = {name: type(converter).__name__ for name, converter in pattern.converters.items()}
        return re.sub(
            r"<(?:\w+:)?(\w+)>",
            lambda part: str(values.get(part[1], _FILLED[converters[part[1]]])),
            str(pattern),
        )
    plain = simplify_regex(str(pattern)).removeprefix("/").replace("\\.", ".")
    return re.sub(r"<(\w+)>", lambda part: str(values.get(part[1], "a-dam-of-old")), plain)
