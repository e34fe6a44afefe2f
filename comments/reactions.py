"""What readers do with the comments of others: recommend, report, follow.

Each has a page of its own with a button: the public page holds no form. A script presses the button in place.
"""

import hashlib
import secrets
from datetime import timedelta

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone

from comments import limits, posting
from comments.conversation import Conversation
from comments.forms import ReportForm
from comments.models import Comment, Follow, Recommendation, Report
from comments.views import _pages, _private, _user
from newsroom.addresses import client_address

_BROWSER = "reader"
KNOWN_FOR = timedelta(days=365)


def _cookie():
    return f"__Host-{_BROWSER}" if settings.SESSION_COOKIE_SECURE else _BROWSER


def _visible(id):
    return get_object_or_404(Comment.objects.visible().select_related("article"), pk=id)


def _browser_of(request):
    """Return (the cookie of this browser, a new one where it has none; its hash). Only a press of a button sets it."""
    cookie = request.get_signed_cookie(_cookie(), default=None, salt=_BROWSER) or secrets.token_urlsafe(16)
    return cookie, hashlib.sha256(cookie.encode()).hexdigest()


def _remember(response, request, cookie):
    if not _user(request):
        response.set_signed_cookie(
            _cookie(), cookie, salt=_BROWSER, max_age=KNOWN_FOR, httponly=True, samesite="Lax",
            secure=settings.SESSION_COOKIE_SECURE,
        )  # fmt: skip
    return response


def _network(request):
    return limits.keyed(limits.network_of(client_address(request)))


@_pages
@_private
def recommend(request, id):
    """One recommendation a person; a second press takes it back. Nobody recommends what they wrote."""
    comment = _visible(id)
    user = _user(request)
    cookie, browser = _browser_of(request)
    is_own = bool(user and comment.user_id == user.pk)
    if request.method == "POST" and not is_own:
        Recommendation.toggle(comment, user=user, browser=browser, network="" if user else _network(request))
        return _remember(redirect(Conversation(comment.article).place_of(comment)), request, cookie)
    who = {"user": user} if user else {"browser": browser}
    return render(
        request,
        "comments/recommend.html",
        {
            "comment": comment,
            "article": comment.article,
            "is_own": is_own,
            "is_recommended": comment.recommendations.filter(**who).exists(),
        },
    )


@_pages
@_private
def report(request, id):
    """Say what is wrong with a comment. The answer is the same for the first report and for the second.

    Whose own it is takes it back instead: nobody is weighed by reports on themselves.
    """
    comment = _visible(id)
    user = _user(request)
    if user and comment.is_written_by(user):
        context = {"comment": comment, "article": comment.article, "state": "own"}
        return render(request, "comments/report.html", context)
    cookie, browser = _browser_of(request)
    form = ReportForm(request.POST if request.method == "POST" else None)
    context = {"comment": comment, "article": comment.article, "form": form}
    if request.method == "POST" and form.is_valid():
        network = _network(request)
        lately = Report.objects.filter(from_network=network, at__gt=timezone.now() - timedelta(hours=1))
        if not user and network and lately.count() >= Report.A_NETWORK_AN_HOUR:
            response = render(request, "comments/report.html", context | {"state": "too_many"}, status=429)
            response["Retry-After"] = "3600"
            return response
        Report.file(comment, **form.cleaned_data, user=user, browser=browser, network=network)
        return _remember(
            render(request, "comments/report.html", context | {"state": "done"}), request, cookie
        )
    return render(request, "comments/report.html", context, status=422 if form.errors else 200)


@_pages
@_private
@login_required
def follow(request, id):
    """Mail about the thread of a comment, or no more of it."""
    comment = _visible(id)
    thread = Comment.objects.get(pk=comment.steps[0])
    person = posting.commenter_of(request.user)
    follows = Follow.objects.filter(commenter=person, thread=thread)
    if request.method == "POST":
        if not follows.delete()[0]:
            Follow.objects.get_or_create(commenter=person, thread=thread)
        return redirect(Conversation(comment.article).place_of(comment))
    context = {"comment": comment, "article": comment.article, "is_followed": follows.exists()}
    return render(request, "comments/follow.html", context)
