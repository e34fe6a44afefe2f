"""The server, for the demo and for production alike: threads in a few processes, restarted when one dies."""

import os

bind = f"{os.environ.get('BIND', '127.0.0.1')}:{os.environ.get('PORT', '8000')}"
workers = int(os.environ.get("WEB_WORKERS", "2"))
worker_class = "gthread"
threads = int(os.environ.get("WEB_THREADS", "4"))
preload_app = True
timeout = 30  # above the 20 seconds that a writer may wait for the database
graceful_timeout = 25
max_requests = 20_000
max_requests_jitter = 2_000
control_socket_disable = True  # gunicorn 27 would open one in the home folder
errorlog = "-"
loglevel = "warning"
