"""The clock of a machine jumps ahead and back while people write: nothing is lost or doubled, and pages are the newest."""

import time

import pytest

from tests.faults.site import ARTICLE, Posters, Site, wait_for

HOUR = 3600
# beside the true time; by so far ahead, what nobody confirmed would be forgotten, if the worker believed the clock
NEAR, FAR = (14 * HOUR, -HOUR // 2, 30 * HOUR, 0), (80 * HOUR, 0)


@pytest.mark.parametrize("jumps", [NEAR, FAR], ids=["near", "far"])
def test_a_clock_that_jumps_loses_and_doubles_nothing(site, around, jumps):
    """Beside a machine whose clock is right, and whose worker takes from the same queue."""
    clock, primary = around.folder / "clock", around.database
    clock.write_text("0")
    jumping = {"DJANGO_SETTINGS_MODULE": "tests.faults.jumping_clock", "TEST_CLOCK": str(clock)}
    machine = Site(around.environment | jumping, around.folder, workers=2).start_web().start_worker(hour=1)
    wait_for(lambda: "at work" in machine.said())  # what begins with a wrong clock has nothing to doubt it by
    before, letters = primary.mails(), len(around.postbox.recipients())
    try:
        with Posters(machine, size=2) as posters:
            for number, jump in enumerate(jumps):
                clock.write_text(str(jump))
                time.sleep(
                    2 if jumps is FAR else 0.2
                )  # until it has jumped; far, until the worker has looked
                done = len(posters.acknowledged)
                wait_for(lambda done=done: len(posters.acknowledged) > done + 4)
                headline = f"Tides after jump {number}"
                primary.correct(headline)
                answer = machine.get(ARTICLE)
                assert (answer.status, headline in answer.text) == (200, True), jump
        stored = posters.stored(primary)
        assert posters.errors == [] and set(posters.statuses) == {302}
        assert sorted(posters.acknowledged) == stored and len(stored) == len(set(stored))
        assert primary.mails() - before == len(stored)
        primary.hurry(of_the_dead=False)  # what was to be sent tomorrow
        wait_for(lambda: primary.mails("sent_at IS NULL AND dropped_at IS NULL") == 0)
        told = around.postbox.recipients()
        # a letter whose link has run out by that clock is not sent
        dropped = primary.mails("dropped_at IS NOT NULL") if jumps is FAR else 0
        assert len(told) == len(set(told)) and len(told) - letters >= len(stored) - dropped
    finally:
        machine.stop()
        primary.correct("Tides")
