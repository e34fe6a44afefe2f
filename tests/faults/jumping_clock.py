"""The settings of a machine whose clock is moved by the seconds that a file names (`TEST_CLOCK`), whenever that changes."""

import os
import threading
import time
from pathlib import Path

import time_machine

from tests.faults.settings import *  # noqa: F403

_file = Path(os.environ["TEST_CLOCK"])
_began, _then = time.monotonic(), time.time()
_clock = time_machine.travel(_then, tick=True).start()


def _follow():
    seconds = 0
    while True:
        wanted = int(_file.read_text() or 0)
        if wanted != seconds:
            seconds = wanted
            _clock.move_to(_then + time.monotonic() - _began + seconds)
        threading.Event().wait(0.05)


threading.Thread(target=_follow, daemon=True).start()
