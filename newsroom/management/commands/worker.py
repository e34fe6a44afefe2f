"""The one process beside the web server: it empties the queues and does what is due every hour."""

import logging
import signal
import threading
import time

from django.conf import settings
from django.core.management.base import BaseCommand
from django.db import OperationalError, close_old_connections
from django.utils.module_loading import import_string

from newsroom import slowness
from newsroom.clock import Clock

logger = logging.getLogger(__name__)


class Command(BaseCommand):
    help = "Empty the queues until stopped. May run many times over, on many machines."

    def add_arguments(self, parser):
        parser.add_argument("--once", action="store_true", help="do what is due and end")
        parser.add_argument("--pause", type=float, default=5, help="seconds between two looks (5)")
        parser.add_argument(
            "--hour", type=float, default=3600, help="seconds of what is due every hour (3600)"
        )

    def handle(self, *, once, pause, hour, **options):
        stopped = threading.Event()
        if not once:
            for each in (signal.SIGTERM, signal.SIGINT):
                signal.signal(each, lambda *_: stopped.set())
        queues, hourly = map(import_string, settings.QUEUES), map(import_string, settings.HOURLY)
        queues, hourly = list(queues), list(hourly)
        clock, next_hourly = Clock(), time.monotonic()
        if not once:
            self.stdout.write("The worker is at work.")
            self.stdout.flush()
        while not stopped.is_set():
            if time.monotonic() >= next_hourly and self._may_forget(clock):
                next_hourly = time.monotonic() + hour
                for each in hourly:
                    if self._may_forget(clock):
                        self._do(each)
            done = 0
            for queue in queues:
                if not stopped.is_set():
                    done += self._do(queue)
            if once:
                break
            if not done:
                stopped.wait(pause)

    def _may_forget(self, clock):
        before, self._doubted = self._doubted, not clock.is_believed()
        if self._doubted and not before:
            logger.warning(
                "The clock has jumped: what is due every hour waits until it is right, or for a day."
            )
        return not self._doubted

    _doubted = False

    def _do(self, work):
        """Return how many rows were worked off. One queue that fails keeps no other waiting."""
        try:
            with slowness.watched():
                return work() or 0
        except (
            OperationalError
        ) as error:  # the database is away for a moment: the next look finds the same rows
            logger.warning("The worker waits for the database: %s", error)
        except Exception:
            logger.exception("%s failed", work.__name__)
        close_old_connections()
        return 0
