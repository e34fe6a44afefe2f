"""What our web server does beyond gunicorn's own worker with threads."""

from gunicorn.workers.gthread import ThreadWorker


class Worker(ThreadWorker):
    """A worker that is told to stop first takes up what the system has already accepted for it.

    gunicorn's own lets those connections wait while it finishes, and drops them at the end.
    """

    def set_accept_enabled(self, enabled):
        super().set_accept_enabled(enabled)
        if enabled or self.alive:
            return
        for listener in self.sockets:
            before = None
            while before != self.nr_conns:
                before = self.nr_conns
                self.accept(listener)  # counts what it took; says nothing where there is nothing
            listener.close()  # who comes now is refused, and knows it at once
