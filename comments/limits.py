"""Where a request comes from, known well enough to slow down a flood and not well enough to know a person."""

import hashlib
import hmac
import ipaddress
import json
from datetime import timedelta

from django.conf import settings
from django.core.cache.backends.base import DEFAULT_TIMEOUT, BaseCache
from django.db import transaction
from django.utils import timezone

from comments.models import LimitEntry


def network_of(address):
    """The /24 (IPv4) or /48 (IPv6) that an address is in; empty for what is no address."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return ""
    parsed = getattr(parsed, "ipv4_mapped", None) or parsed
    return str(ipaddress.ip_network(f"{parsed}/{24 if parsed.version == 4 else 48}", strict=False))


def keyed(value, day=None):
    """Return the hash of an address or network with the key of a day: another one tomorrow."""
    if not value:
        return ""
    day = day or timezone.now().date()
    key = f"{settings.SECRET_KEY}|{day.isoformat()}".encode()
    return hmac.new(key, value.encode(), hashlib.sha256).hexdigest()[:32]


def keyed_lately(value):
    """The hashes of today and of yesterday: an hour that began before midnight is still one hour."""
    today = timezone.now().date()
    return [keyed(value, today), keyed(value, today - timedelta(days=1))] if value else []


def forget(comments):
    """Forget where old comments came from, and whether their writer was new. Returns how many were changed."""
    kept_for = timedelta(days=settings.COMMENT_ORIGIN_KEPT_DAYS)
    old = comments.filter(submit_date__lt=timezone.now() - kept_for).exclude(
        from_address="", from_network="", newcomer_at=None
    )
    return comments.filter(pk__in=list(old.values_list("pk", flat=True)[:5000])).update(
        from_address="", from_network="", newcomer_at=None
    )


class Counts(BaseCache):
    """A cache of what is counted, in rows of JSON (LimitEntry).

    Django's own in the database would unpickle what lies there. And where that is locked, full or away it says that
    another was first, so that who logs in would be told to have guessed too often: this one raises.
    """

    def __init__(self, location, params):
        super().__init__(params)

    def get(self, key, default=None, version=None):
        found = self._entry(key, version).filter(expires__gt=timezone.now()).values_list("value", flat=True)
        try:
            return json.loads(found[0])
        except (IndexError, ValueError):  # there is none; or an older version wrote it
            return default

    def set(self, key, value, timeout=DEFAULT_TIMEOUT, version=None):
        LimitEntry.objects.update_or_create(
            cache_key=self.make_key(key, version), defaults=self._said(value, timeout)
        )

    def add(self, key, value, timeout=DEFAULT_TIMEOUT, version=None):
        with transaction.atomic():  # of many at once, one
            self._entry(key, version).filter(expires__lte=timezone.now()).delete()
            said = self._said(value, timeout)
            return LimitEntry.objects.get_or_create(cache_key=self.make_key(key, version), defaults=said)[1]

    def delete(self, key, version=None):
        return bool(self._entry(key, version).delete()[0])

    def clear(self):
        LimitEntry.objects.all().delete()

    def _entry(self, key, version):
        return LimitEntry.objects.filter(cache_key=self.make_key(key, version))

    def _said(self, value, timeout):
        seconds = self.default_timeout if timeout is DEFAULT_TIMEOUT else timeout
        return {"value": json.dumps(value), "expires": timezone.now() + timedelta(seconds=seconds)}


def hashed_key(key, prefix, version):
    """The key of an entry of the cache that counts log-ins: it names no address and no person."""
    return hmac.new(
        settings.SECRET_KEY.encode(), f"{prefix}:{version}:{key}".encode(), hashlib.sha256
    ).hexdigest()
