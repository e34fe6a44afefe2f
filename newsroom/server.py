"""What our web server does beyond gunicorn's own worker with threads."""

import contextlib
import selectors
import socket
import time
from functools import partial

from gunicorn.glogging import Logger
from gunicorn.workers.gthread import ThreadWorker

from newsroom.logs import OneLineFormatter

AFTER_YOU = 0.0005  # seconds: more than another process takes to wake up


class Worker(ThreadWorker):
    """A worker whose threads are for requests, that leaves others their share, and drops nothing when it stops.

    Who writes has threads apart, as many as there are for who reads: writers may wait for the database as long as it is
    locked, and a handful of them would hold up every reader.

    gunicorn's own gives a thread for five seconds to a connection on which nothing was said yet, so that a handful of
    silent ones hold up everybody; here they wait at no cost, for `keepalive` seconds. Whichever process of its own is
    awake takes all connections that come at once, such as those that a proxy keeps open, and answers them alone; here
    one that has as many as it has threads lets the others go first. And when it is told to stop, its own lets those
    that the system has already accepted for it wait while it finishes, and drops them; here they are taken up first.
    """

    def init_process(self):
        self.for_writers = self.get_thread_pool()
        super().init_process()

    def run(self):
        try:
            super().run()
        finally:
            self.for_writers.shutdown(wait=False)

    def accept(self, listener):
        if self.nr_conns >= self.cfg.threads:
            time.sleep(AFTER_YOU)
        super().accept(listener)

    def enqueue_req(self, conn):
        if conn.initialized or conn.data_ready:
            pool = self.for_writers if _is_post(conn) else self.tpool
            answered = pool.submit(self.handle, conn)
            answered.add_done_callback(lambda it: self.method_queue.defer(self.finish_request, conn, it))
            return
        conn.sock.setblocking(False)
        conn.set_timeout()
        self.pending_conns.append(conn)
        self.poller.register(conn.sock, selectors.EVENT_READ, partial(self.on_pending_socket_readable, conn))

    def set_accept_enabled(self, enabled):
        super().set_accept_enabled(enabled)
        if enabled or self.alive:
            return
        for listener in self.sockets:
            before = None
            while before != self.nr_conns:
                before = self.nr_conns
                super().accept(listener)  # counts what it took; says nothing where there is nothing
            listener.close()  # who comes now is refused, and knows it at once


def _is_post(conn):
    """Whether a request that has come in begins with “POST”: looked at, and left where it is."""
    with contextlib.suppress(OSError):  # the connection is gone: whoever handles it finds out
        ahead = conn.parser.unreader.buf.getvalue() if conn.parser else b""
        return (ahead or conn.sock.recv(4, socket.MSG_PEEK | socket.MSG_DONTWAIT))[:4] == b"POST"
    return False


class Log(Logger):
    """gunicorn's own lines repeat what was asked for: without mail addresses, keys and signs of control, as ours."""

    def _set_handler(self, log, output, fmt, stream=None):
        super()._set_handler(log, output, OneLineFormatter(fmt._fmt, fmt.datefmt), stream)
