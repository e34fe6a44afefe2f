"""What our web server does beyond gunicorn's own worker with threads."""

import selectors
import time
from functools import partial

from gunicorn.workers.gthread import ThreadWorker

AFTER_YOU = 0.0005  # seconds: more than another process takes to wake up


class Worker(ThreadWorker):
    """A worker whose threads are for requests, that leaves others their share, and drops nothing when it stops.

    gunicorn's own gives a thread for five seconds to a connection on which nothing was said yet, so that a handful of
    silent ones hold up everybody; here they wait at no cost, for `keepalive` seconds. Whichever process of its own is
    awake takes all connections that come at once, such as those that a proxy keeps open, and answers them alone; here
    one that has as many as it has threads lets the others go first. And when it is told to stop, its own lets those
    that the system has already accepted for it wait while it finishes, and drops them; here they are taken up first.
    """

    def accept(self, listener):
        if self.nr_conns >= self.cfg.threads:
            time.sleep(AFTER_YOU)
        super().accept(listener)

    def enqueue_req(self, conn):
        if conn.initialized or conn.data_ready:
            super().enqueue_req(conn)
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
