"""The errors of late, for the operator's page: kept where the site itself can show them, without a service beside it."""

import contextlib
import logging
import time
import traceback
from datetime import timedelta

from django.conf import settings
from django.core.exceptions import BadRequest, SuspiciousOperation
from django.db.models import F
from django.utils import timezone

from newsroom import logs, slowness
from newsroom.slowness import route_of

KEPT_FOR = timedelta(days=14)
_AT_LEAST_BETWEEN = 5  # seconds: a flood of the same error costs one row, and little
_noted_at = {}


class Keeper(logging.Handler):
    """Notes each record that has an exception. What fails here is left out: the log has it."""

    def emit(self, record):
        from newsroom.views import (
            is_passing,
        )  # it needs the applications, which are not there yet when logs are set up

        error = record.exc_info and record.exc_info[1]
        if not error or is_passing(error):  # the database would be asked again
            return
        if isinstance(error, SuspiciousOperation | BadRequest):  # a visitor's doing, as often as one likes
            return
        with contextlib.suppress(Exception):
            note(error, record)


def note(error, record):
    """Count an error among those of its kind."""
    from newsroom.models import Failure

    what, where = type(error).__name__, _where(error)
    request = getattr(record, "request", None)
    route = route_of(request) if request else record.name
    if time.monotonic() - _noted_at.get((what, where, route), -_AT_LEAST_BETWEEN) < _AT_LEAST_BETWEEN:
        return
    _noted_at[what, where, route] = time.monotonic()
    now = timezone.now()
    row = {"what": what[:120], "where": where[:200], "route": route[:200]}
    latest = {"last_at": now, "request_id": logs.request_id.get()}
    if not Failure.objects.filter(**row).update(count=F("count") + 1, **latest):
        Failure.objects.get_or_create(**row, defaults={"first_at": now, **latest})


def _where(error):
    """The innermost line of our own code, as “comments/views.py:120 in new”."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [
        frame
        for frame in frames
        if frame.filename.startswith(str(settings.BASE_DIR))
        and ".venv" not in frame.filename
        and frame.filename != slowness.__file__  # it stands around each query
    ]
    for frame in reversed(ours or frames):
        name = frame.filename.removeprefix(f"{settings.BASE_DIR}/")
        return f"{name}:{frame.lineno} in {frame.name}"
    return ""


def forget():
    """Forget what has not happened for a fortnight."""
    from newsroom.models import Failure

    return Failure.objects.filter(last_at__lt=timezone.now() - KEPT_FOR).delete()[0]
