"""Starting and stopping: connections are shared out, what was begun is answered, new code is taken up, Ctrl-C ends the demo."""

import contextlib
import http.client
import os
import signal
import socket
import subprocess
import time
from collections import Counter

from tests.faults.site import ARTICLE, BENCH, BIN, Posters, Site, die_with_us, wait_for

RELOADS = 4 if BENCH else 1
CODE = """
import os
from newsroom.wsgi import application as newsroom
VERSION = {}
def application(environ, start_response):
    def start(status, headers, *more):
        return start_response(status, [*headers, ("X-Version", VERSION)], *more)
    return newsroom(environ, start)
"""


def test_connections_that_come_at_once_are_shared_out_between_the_processes(around):
    """A proxy keeps its connections open: one process that took them all would answer alone ever after."""
    (around.folder / "told.py").write_text(CODE.format("str(os.getpid())"))
    site = Site(
        around.environment | {"PYTHONPATH": str(around.folder)}, around.folder, app="told:application"
    )
    try:
        site.start_web()
        processes = set()
        wait_for(lambda: processes.add(site.get(ARTICLE).headers["X-Version"]) or len(processes) == 2)
        for _ in range(5):
            with contextlib.ExitStack() as stack:
                kept = [http.client.HTTPConnection("127.0.0.1", site.port, timeout=30) for _ in range(24)]
                for connection in kept:
                    stack.callback(connection.close)
                    connection.connect()
                answered = Counter(map(process_of, kept))
            assert len(answered) == 2 and min(answered.values()) >= 6, answered
    finally:
        site.stop()


def test_who_says_nothing_holds_nobody_up(around):
    site = Site(around.environment, around.folder, workers=1)
    try:
        site.start_web()
        with contextlib.ExitStack() as stack:
            for _ in range(50):
                stack.enter_context(socket.create_connection(("127.0.0.1", site.port), 5))
            assert site.get(ARTICLE).seconds < 2
    finally:
        site.stop()


def process_of(connection):
    connection.request("GET", ARTICLE)
    answer = connection.getresponse()
    answer.read()
    return answer.headers["X-Version"]


def test_a_reload_takes_up_new_code_and_a_stop_ends_with_every_answer_given(around):
    module = around.folder / "versioned.py"
    module.write_text(CODE.format("'0'"))
    environment = around.environment | {"PYTHONPATH": str(around.folder)}
    site = Site(
        environment | {"PYTHONDONTWRITEBYTECODE": "1"},
        around.folder,
        app="versioned:application",
        workers=2 if BENCH else 1,
    )
    try:
        site.start_web()
        with Posters(site) as posters:
            for number in range(1, RELOADS + 1):
                old = site.workers()
                module.write_text(CODE.format(f"'{number}'"))
                site.web.send_signal(signal.SIGHUP)
                wait_for(lambda old=old: not set(old) & set(site.workers()))
                wait_for(lambda n=number: site.get(ARTICLE).headers["X-Version"] == str(n))
            assert posters.errors == []
            assert set(posters.statuses) == {302}
            site.web.terminate()
            assert site.web.wait(60) == 0
            wait_for(lambda: posters.errors)
    finally:
        site.stop()
    # nobody listens any more; nothing that was taken up was dropped
    assert {type(error) for error in posters.errors} == {ConnectionRefusedError}
    assert set(posters.statuses) == {302}
    stored = posters.stored(around.database)
    assert sorted(posters.acknowledged) == stored


def test_ctrl_c_ends_the_demo_by_itself_while_it_is_read(around):
    site = Site(around.environment, around.folder, workers=2 if BENCH else 1)
    at_work = [
        str(BIN / "python"),
        "-c",
        # in a terminal nobody ignores Ctrl-C, as what was started in the background does
        "import os, signal; signal.signal(signal.SIGINT, signal.SIG_DFL); os.setsid();"
        " os.execvp('deploy/demo.sh', ['deploy/demo.sh'])",
    ]
    demo = subprocess.Popen(
        at_work, env=site.environment, stdout=site.log, stderr=site.log, preexec_fn=die_with_us
    )
    try:
        site.wait()
        with Posters(site) as posters:
            wait_for(lambda: len(posters.acknowledged) > 3)
            began = time.monotonic()
            os.killpg(demo.pid, signal.SIGINT)  # as a terminal does, to all that stands in the foreground
            demo.wait(60)
            took = time.monotonic() - began
    finally:
        demo.kill()
    assert "SIGKILL" not in site.said()
    assert took < 20  # gunicorn would kill after 25
    assert sorted(posters.acknowledged) == posters.stored(around.database)
    assert wait_for(lambda: site.try_get("/healthz") is None)
