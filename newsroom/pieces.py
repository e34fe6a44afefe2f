"""Pieces of pages, kept in the process by all that they are made of.

A page is made anew with each edition, and nearly all of it is what it was: the head and the foot, the text, the cards of
other stories. Such a piece is kept under a digest of its facts: the rows that it was made from, and what else it says.
Where any of them is another, so is the digest; nothing is ever purged, and nothing old can be shown. A piece reads
nothing that is not among its facts, but for the settings and the language.
"""

import hashlib
import threading

from django.conf import settings
from django.utils import timezone
from django.utils.translation import get_language

MOST = 20_000_000  # characters in a process; the oldest pieces go

_guard = threading.Lock()
_kept = {}
_size = 0


def digest(*facts):
    """Return a short name for `facts`: numbers, words, dates, None, and tuples or lists of them."""
    return hashlib.blake2b(repr(facts).encode(), digest_size=16).hexdigest()


def piece(make, *facts):
    """Return what `make()` returned for these `facts` before, or returns now; with a fact that is None, always now."""
    global _size
    # something is not known by its rows; a template may have changed
    if None in facts or settings.DEBUG:
        return make()
    key = digest(*facts, get_language(), timezone.get_current_timezone_name(), timezone.localdate())
    html = _kept.get(key)
    if html is None:
        html = make()
        with _guard:
            _size += len(html) - len(_kept.pop(key, ""))
            _kept[key] = html
            while _size > MOST and len(_kept) > 1:
                _size -= len(_kept.pop(next(iter(_kept))))
    return html


def forget():
    """For tests and benchmarks: settings were changed, or a first time is to be measured."""
    global _size
    with _guard:
        _kept.clear()
        _size = 0
