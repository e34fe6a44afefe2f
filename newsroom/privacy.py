"""The privacy page: what is kept and how long, said from the settings that hold it."""

from django.conf import settings
from django.shortcuts import render

from articles.models import Page
from articles.views import public
from comments import logins, reactions
from comments.models import MailedLink
from sharing import letters


@public
def page(request):
    """What an editor wrote about it stands first (an about page with the slug “privacy”), then what the settings hold."""
    context = {
        "days": {
            "session": settings.SESSION_COOKIE_AGE // (24 * 3600),
            "device": logins.KNOWN_FOR.days,
            "origin": settings.COMMENT_ORIGIN_KEPT_DAYS,
            "unconfirmed": settings.COMMENT_UNCONFIRMED_KEPT_DAYS,
            "link": MailedLink.LIVES.days,
            "removed": settings.COMMENT_REMOVED_KEPT_DAYS,
            "mail": settings.MAIL_KEPT_DAYS,
            "draft": settings.COMMENT_DRAFT_KEPT_DAYS,
            "desk_draft": settings.DESK_DRAFT_KEPT_DAYS,
            "browser": reactions.KNOWN_FOR.days,
            "letter": letters.KEPT_FOR.days,
            "log": settings.LOG_KEPT_DAYS,
        },
        "counts": settings.SHARE_COUNTS,
        "letters": settings.SHARE_LETTERS,
        "reports": bool(settings.SENTRY_DSN),
        "second_factor": settings.STAFF_SECOND_FACTOR,
        "log_in_minutes": int(logins.AGAIN_IN.total_seconds() // 60),
        "own_words": Page.objects.filter(slug="privacy").first(),
    }
    return render(request, "privacy.html", context)
