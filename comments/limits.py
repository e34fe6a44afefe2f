"""Where a request comes from, known well enough to slow down a flood and not well enough to know a person."""

import hashlib
import hmac
import ipaddress
from datetime import timedelta

from django.conf import settings
from django.core.cache.backends.db import DatabaseCache
from django.db import OperationalError, connection, transaction
from django.utils import timezone


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
    """Forget where old comments came from. Returns how many were changed."""
    kept_for = timedelta(days=settings.COMMENT_ORIGIN_KEPT_DAYS)
    old = comments.filter(submit_date__lt=timezone.now() - kept_for).exclude(from_address="", from_network="")
    return comments.filter(pk__in=list(old.values_list("pk", flat=True)[:5000])).update(
        from_address="", from_network=""
    )


class Counts(DatabaseCache):
    """Django's cache in the database, for what is counted; it raises where the database is locked, full or away.

    Django's takes that for “another was first”: who logs in would be told to have guessed too often.
    """

    def _base_set(self, *args, **kwargs):
        failed = []

        def heard(execute, *asked):
            try:
                return execute(*asked)
            except OperationalError as error:
                failed.append(error)
                raise

        # around Django's own transaction: it says nothing of a beginning or a commit that fails
        with connection.execute_wrapper(heard), transaction.atomic():
            is_stored = super()._base_set(*args, **kwargs)
        if failed:
            raise failed[0]
        return is_stored


def hashed_key(key, prefix, version):
    """The key of an entry of the cache that counts log-ins: it names no address and no person."""
    return hmac.new(
        settings.SECRET_KEY.encode(), f"{prefix}:{version}:{key}".encode(), hashlib.sha256
    ).hexdigest()
