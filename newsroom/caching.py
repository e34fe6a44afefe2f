"""Redis, where it is set: the site is slower without it, and never wrong or stuck."""

import time
from functools import wraps

from django_redis.cache import RedisCache
from django_redis.exceptions import ConnectionInterrupted

RETRY_AFTER = 5  # seconds in which a Redis that did not answer is not asked again
_away_until = {}  # by server, for the whole process


class ForgivingRedisCache(RedisCache):
    """One answer waits for a Redis that is stopped or hangs; those of the next seconds go on without asking it."""

    @property
    def client(self):
        if time.monotonic() < _away_until.get(self._server, 0):
            raise ConnectionInterrupted(connection=None)
        return _Watched(super().client, self._server)


class _Watched:
    def __init__(self, client, server):
        self._client, self._server = client, server

    def __getattr__(self, name):
        found = getattr(self._client, name)
        if not callable(found):
            return found

        @wraps(found)
        def asked(*args, **kwargs):
            try:
                return found(*args, **kwargs)
            except ConnectionInterrupted:
                _away_until[self._server] = time.monotonic() + RETRY_AFTER
                raise

        return asked
