"""The one process beside the web server: it empties the queues and does what is due every hour."""

import logging
import signal
import threading
from datetime import timedelta

from django.conf import settings
from django.core.management.base import BaseCommand
from django.db import OperationalError, close_old_connections
from django.utils import timezone
from django.utils.module_loading import import_string

from newsroom import slowness

logger = logging.getLogger(__name__)


class Command(BaseCommand):
    help = "Empty the queues until stopped. May run many times over, on many machines."

    def add_arguments(self, parser):
        parser.add_argument("--once", action="store_true", help="do what is due and end")
        parser.add_argument("--pause", type=float, default=5, help="seconds between two looks (5)")

    def handle(self, *, once, pause, **options):
        stopped = threading.Event()
        if not once:
            for each in (signal.SIGTERM, signal.SIGINT):
                signal.signal(each, lambda *_: stopped.set())
            self.stdout.write("The worker is at work.")
        queues, hourly = map(import_string, settings.QUEUES), map(import_string, settings.HOURLY)
        queues, hourly = list(queues), list(hourly)
        next_hourly = timezone.now()
        while not stopped.is_set():
            if timezone.now() >= next_hourly:
                next_hourly = timezone.now() + timedelta(hours=1)
                for each in hourly:
                    self._do(each)
            done = 0
            for queue in queues:
                if not stopped.is_set():
                    done += self._do(queue)
            if once:
                break
            if not done:
                stopped.wait(pause)

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
