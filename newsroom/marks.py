"""Marks that we sign and somebody brings back: refused when they are too old, and when they come from the future."""

import time

from django.core import signing

SKEW = 5 * 60  # seconds by which the clocks of two machines may differ


def read(mark, *, salt, max_age=None):
    """Return what `signing.dumps(…, salt=salt)` signed. Raises BadSignature.

    Django's own `loads` takes a mark of a machine whose clock was ahead, and would take it for as much longer.
    """
    value = signing.loads(mark, salt=salt, max_age=max_age)
    made_at = signing.b62_decode(mark.rsplit(":", 2)[1])
    if made_at > time.time() + SKEW:
        raise signing.BadSignature("This mark is of the future.")
    return value
