"""How many forms come from one address in a minute: counted in the memory of each process, before anything is asked.

It is the coarse limit, for every form there is. The fine ones (comments, reports, log-ins, letters) are counted in the
database, by person, address and network.
"""

import threading
import time
from collections import Counter
from datetime import timedelta

from django.conf import settings

SPAN = timedelta(minutes=1)

_guard = threading.Lock()
_counted = Counter()
_minute = 0


def may_post(who):
    """Count one more form from an address, or whatever names who sends it. Returns whether it may be looked at."""
    global _minute
    if not settings.POSTS_A_MINUTE:
        return True
    now = int(time.monotonic() // SPAN.total_seconds())
    with _guard:
        if now != _minute:
            _minute = now
            _counted.clear()  # so that it holds the addresses of one minute, and no older one
        _counted[who] += 1
        return _counted[who] <= settings.POSTS_A_MINUTE


def forget():
    with _guard:
        _counted.clear()
