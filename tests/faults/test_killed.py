"""`kill -9` at any moment: what was acknowledged is stored, once, with its mail."""

import os
import random
import signal
import time

from tests.faults.site import ARTICLE, BENCH, Posters, wait_for

ROUNDS = 50 if BENCH else 2


def test_kills_of_web_workers_and_of_the_queue_worker_lose_and_double_nothing(site, around):
    chance = random.Random(7)
    before = around.database.mails()
    with Posters(site) as posters:
        for number in range(ROUNDS):
            time.sleep(chance.uniform(0.05, 0.4))
            if number % 4 == 1:
                os.kill(site.worker.pid, signal.SIGKILL)
                site.worker.wait()
                site.start_worker()
            else:
                os.kill(wait_for(site.workers)[0], signal.SIGKILL)
        wait_for(lambda: len(posters.acknowledged) > 10)
    stored = posters.stored(around.database)
    assert set(posters.acknowledged) - set(stored) == set()
    assert len(stored) == len(set(stored))
    assert around.database.mails() - before == len(stored)
    assert set(posters.statuses) == {302}
    assert site.wait(ARTICLE).status == 200
