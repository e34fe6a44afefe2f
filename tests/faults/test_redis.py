"""Redis stopped, hung, and there again: the site is slower and never wrong."""

import signal

import pytest

from tests.faults.site import ARTICLE, BENCH, Site, wait_for


def pages(site):
    return [site.get(path) for path in (ARTICLE, "/", "/topics/seas/", "/search/?q=tides", "/readyz")]


def test_without_redis_and_with_one_that_hangs_everything_is_answered(site, around):
    if not around.postgresql:
        pytest.skip("without PostgreSQL there is no Redis: one machine needs none")
    pages(site)
    redis = around.redis
    redis.process.send_signal(signal.SIGSTOP)
    hung = pages(site)
    written = site.comment("While Redis hung.")
    begun = Site(around.environment, around.folder, workers=1)
    try:
        first = pages(begun.start_web())
    finally:
        begun.stop()
    redis.stop()
    stopped = pages(site)
    gone = site.comment("While Redis was away.")
    redis.start()
    wait_for(lambda: '"cache": "ok"' in site.get("/readyz").text)  # left alone for some seconds first
    after = pages(site)

    if BENCH:
        assert max(a.seconds for a in (*hung, *first, *stopped, written, gone)) < 1.5
    for answers in (hung, first, stopped, after):
        assert [answer.status for answer in answers] == [200] * 5
        assert all("Tides" in answer.text for answer in answers[:4])
    assert (written.status, gone.status) == (302, 302)
    assert '"cache": "failing"' in hung[-1].text and '"cache": "failing"' in stopped[-1].text
    assert {"While Redis hung.", "While Redis was away."} <= set(around.database.words())
