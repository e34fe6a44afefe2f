"""What a shared cache in front is told: how long it may trust its own copy, and by which words it can purge.

By default it may not: it asks each time (a 304 is cheap), so that what is withdrawn or taken down is gone from the next
answer, and nothing ever has to be purged. The words are for who sets SHARED_CACHE_SECONDS and a CDN that purges by them.
"""

import re

from django.conf import settings
from django.utils.cache import get_conditional_response

_SHOWN = re.compile(rb"/(article|topic|tag|author)s/([^/\"'<>?#\s\\]{1,200})/")
_AT_MOST = 4000  # bytes; more than one header some servers refuse
EVERYTHING, MANY = "all", "many"


def cache_control():
    """Any cache may keep a page; it asks whether it still holds before it is shown again, or after a few seconds."""
    seconds = settings.SHARED_CACHE_SECONDS
    if not seconds:
        return "public, max-age=0, must-revalidate"
    # in the second half it answers with its copy and asks meanwhile (RFC 5861): both together are as long as the setting says
    stale = seconds // 2
    return f"public, max-age=0, s-maxage={seconds - stale}, stale-while-revalidate={stale}"


def tell(request, response):
    """Put on a page for everyone what only a shared cache reads."""
    if settings.TRUSTED_PROXIES:
        # nginx takes none of `max-age=0` into its cache; a moment that is past it takes, and asks about it each time
        response.headers["X-Accel-Expires"] = str(settings.SHARED_CACHE_SECONDS or "@1")
    if settings.SURROGATE_KEY_HEADER:
        separator = "," if settings.SURROGATE_KEY_HEADER == "Cache-Tag" else " "
        response.headers[settings.SURROGATE_KEY_HEADER] = separator.join(
            keys_of(request.path, response.content)
        )


def conditional(request, response, **known):
    """Django's own answer to a conditional request. A 304, too, tells a cache in front how long it may trust its copy."""
    answer = get_conditional_response(request, response=response, **known)
    if answer.status_code == 304 and "X-Accel-Expires" in response.headers:
        answer.headers["X-Accel-Expires"] = response.headers["X-Accel-Expires"]
    return answer


def keys_of(path, content):
    """Return the words of a page: “all”, and “article-<slug>”, “topic-<slug>” … for what it is or leads to.

    A page shows the words of nothing that it does not lead to. Where there are too many for a header, the page has “many”
    instead of the last of them: purge that together with any.
    """
    found = dict.fromkeys(
        f"{kind.decode()}-{name.decode(errors='ignore')}"
        for kind, name in _SHOWN.findall(path.encode() + b" " + content)
    )
    keys, size = [EVERYTHING], len(EVERYTHING) + len(MANY) + 1
    for key in found:
        size += len(key) + 1
        if size > _AT_MOST:
            return [*keys, MANY]
        if key.isascii():
            keys.append(key)
    return keys
