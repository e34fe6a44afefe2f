"""Logging in: who guesses is slowed down, and the owner of the account gets in all the while.

Wrong passwords are counted for an account in one network, and for a network whatever the account: nobody far away can
lock anybody out. A browser that was logged in to the account before is known by a cookie of the account pages, and is
counted for itself: not even somebody in the same network locks its owner out. Passkeys are not counted with passwords.
"""

from datetime import timedelta

from allauth.account.auth_backends import AuthenticationBackend
from allauth.account.internal.userkit import filter_users_by_email, get_user_by_username
from allauth.account.stages import EmailVerificationStage
from allauth.core import context
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.core.internal import ratelimit
from django.conf import settings
from django.contrib.auth import get_user_model
from django.core import signing
from django.db.models import Q

from comments.limits import network_of
from newsroom import marks
from newsroom.addresses import client_address
from newsroom.views import too_many

_DEVICE = "device"
KNOWN_FOR = timedelta(days=180)
AGAIN_IN = timedelta(minutes=5)


def _cookie():
    return f"__Secure-{_DEVICE}" if settings.SESSION_COOKIE_SECURE else _DEVICE


def is_known_device(request, login):
    """Return whether this browser was logged in, lately, to the account that `login` names. No query for a stranger."""
    try:
        owner = marks.read(request.COOKIES.get(_cookie(), ""), salt=_DEVICE, max_age=KNOWN_FOR)
    except signing.BadSignature:
        return False
    return _named(login).filter(pk=owner).exists()


def _named(login):
    named = Q(username__iexact=login) | Q(emailaddress__email__iexact=login)
    return get_user_model().objects.filter(named)


def remember_device(response, user):
    response.set_cookie(
        _cookie(), signing.dumps(user.pk, salt=_DEVICE), max_age=KNOWN_FOR, path="/account/", httponly=True,
        samesite="Lax", secure=settings.SESSION_COOKIE_SECURE,
    )  # fmt: skip


def count_attempt(request, login):
    """Count an attempt before its password is looked at; one that turns out right is taken off again.

    Returns what takes it off. Raises ImmediateHttpResponse with a 429 where there were too many.
    """
    is_known = is_known_device(request, login)
    # an account has a name and an address: guesses at both are guesses at one
    account = _named(login).order_by("pk").values_list("pk", flat=True).first()
    login = f"account {account}" if account else login
    if is_known:
        counted = [("login_failed", f"{login}|known device")]
    else:
        network = network_of(client_address(request)) or "unknown"
        counted = [("login_failed", f"{login}|{network}"), ("login_network", network)]
    usage = ratelimit.RateLimitUsage(usage=[])
    for action, key in counted:
        one = ratelimit.consume(request, app="allauth.account", action=action, key=key)
        if one is None:
            raise ImmediateHttpResponse(too_many(request, AGAIN_IN))
        usage.usage += one.usage
    return usage


def may_be_mailed(address, kind):
    """Count one more mail of a kind about an account. Returns whether it may go: whoever knows an address can ask for it."""
    key = f"{address.lower()}|{kind.removesuffix('_signup')}"
    usage = ratelimit.consume(
        context.request, app="allauth.account", action="mailed", key=key, limit_get=True
    )
    return usage is not None


class OneLook(AuthenticationBackend):
    """Looks at the password of the account that the log-in names, by user name or address, once. allauth's own looks at it
    for each way in which it may be named, and the time told who has an account: a hash is what a log-in takes its time for.
    """

    def _authenticate(self, request, **credentials):
        login = credentials.get("username") or credentials.get("email") or ""
        by_name = get_user_by_username(login)
        named = [by_name] if by_name else []
        named += filter_users_by_email(login, prefer_verified=True, for_login=True)
        return next(
            filter(
                None, (self._check_password(user, credentials["password"]) for user in dict.fromkeys(named))
            ),
            None,
        )


class AddressProved(EmailVerificationStage):
    """A reader proves the address once. Staff got theirs from whoever made the account, perhaps before mail works."""

    def handle(self):
        is_staff = self.login.user and self.login.user.is_staff
        return (None, True) if is_staff else super().handle()
