"""Redis, where it is set: the site is slower without it, and never wrong or stuck."""

import json
import time
from functools import wraps

from django_redis.cache import RedisCache
from django_redis.exceptions import ConnectionInterrupted
from django_redis.serializers.base import BaseSerializer
from redis.backoff import NoBackoff
from redis.retry import Retry

from newsroom import pages

_BYTES, _KEPT = "<bytes>", "<kept>"
RETRY_AFTER = 5  # seconds in which a Redis that did not answer is not asked again
_away_until = {}  # by server, for the whole process


class ForgivingRedisCache(RedisCache):
    """One answer waits for a Redis that is stopped or hangs; those of the next seconds go on without asking it."""

    def __init__(self, server, params):
        # the library would try three times more, and pause between
        once = {"retry": Retry(NoBackoff(), 0)}
        options = {"CONNECTION_POOL_KWARGS": once} | params.get("OPTIONS", {})
        super().__init__(server, params | {"OPTIONS": options})

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


class PlainSerializer(BaseSerializer):
    """JSON, with what is bytes behind it, and a kept page by its fields: nothing that is read from Redis can run.

    What cannot be read (another version wrote it) counts as not there.
    """

    def dumps(self, value):
        behind = []

        def other(found):
            if isinstance(found, bytes):
                behind.append(found)
                return {_BYTES: len(found)}
            if isinstance(found, pages.Kept):
                return {_KEPT: vars(found)}
            raise TypeError(f"{type(found).__name__} is not kept in Redis: JSON has no word for it")

        said = json.dumps(value, default=other, separators=(",", ":")).encode()
        return b"".join([len(said).to_bytes(4, "big"), said, *behind])

    def loads(self, stored):
        place = 4 + int.from_bytes(stored[:4], "big")

        def other(found):
            nonlocal place
            if found.keys() == {_BYTES}:
                begin, place = place, place + found[_BYTES]
                return stored[begin:place]
            return pages.Kept(**found[_KEPT]) if found.keys() == {_KEPT} else found

        try:
            return json.loads(stored[4:place], object_hook=other)
        except (ValueError, TypeError):
            return None
