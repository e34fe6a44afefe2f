"""Whether this machine's clock may be believed. What is forgotten by a date is gone for good, so it waits where it may not."""

import time

JUMP = 3600  # seconds that a clock may be put right by, at once, without a doubt
BELIEVED_AFTER = 86_400  # seconds of waiting after which a clock that jumped is taken to be right


def _seconds_run():
    """Seconds that nobody can set: since the machine started, asleep or not (Linux; elsewhere, awake)."""
    return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))


class Clock:
    """The clock as one long process sees it."""

    def __init__(self):
        self._believe()
        self._doubted_since = None

    def _believe(self):
        self._time, self._run = time.time(), _seconds_run()

    def is_believed(self):
        """Whether the clock went on since the last look as the time did; after a jump, whether a day has passed or the
        clock went back to where it should be."""
        run = _seconds_run()
        jumped = abs(time.time() - self._time - (run - self._run)) > JUMP
        if not jumped:
            self._doubted_since = None
        elif self._doubted_since is None:
            self._doubted_since = run
        if not jumped or run - self._doubted_since >= BELIEVED_AFTER:
            self._doubted_since = None
            self._believe()
            return True
        return False
