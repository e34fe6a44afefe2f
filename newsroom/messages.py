"""What is said once, on the next page: in a cookie, which with TLS is for this host alone."""

from django.conf import settings
from django.contrib.messages.storage.cookie import CookieStorage
from django.contrib.messages.storage.fallback import FallbackStorage
from django.contrib.messages.storage.session import SessionStorage


class _Cookie(CookieStorage):
    @property
    def cookie_name(self):
        return f"__Host-{super().cookie_name}" if settings.SESSION_COOKIE_SECURE else super().cookie_name


class Storage(FallbackStorage):
    storage_classes = (_Cookie, SessionStorage)
