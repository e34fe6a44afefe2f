"""The server, for the demo and for production alike: threads in a few processes, restarted when one dies."""

import os
import shutil
import sys
import tempfile

bind = f"{os.environ.get('BIND', '127.0.0.1')}:{os.environ.get('PORT', '8000')}"
workers = int(os.environ.get("WEB_WORKERS", "2"))
worker_class = "newsroom.server.Worker"
sys.modules.pop("newsroom.server", None)  # a reload reads this file again, and then that one
threads = int(os.environ.get("WEB_THREADS", "4"))
# each process reads the code by itself, so that a reload (HUP) brings the new one; loaded once before, it would stay the old
preload_app = False
timeout = 30  # above the 20 seconds that a writer may wait for the database, and that one of its statements may take
graceful_timeout = 25
keepalive = 5
max_requests = 20_000
max_requests_jitter = 2_000
# what is longer than any address or header of a browser is refused before Django sees it
limit_request_line = 4094
limit_request_fields = 64
limit_request_field_size = 8190
forwarded_allow_ips = ""  # what a proxy says is believed by Django alone, and only with TRUSTED_PROXIES
control_socket_disable = True  # gunicorn 27 would open one in the home folder
errorlog = "-"
logger_class = "newsroom.server.Log"
loglevel = "warning"
if os.path.isdir("/dev/shm"):  # noqa: S108  a sign of life of each process: on a slow or full disk it would be killed
    worker_tmp_dir = "/dev/shm"  # noqa: S108

if os.environ.get("METRICS_TOKEN") and "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
    # numbers of each process, in memory; the variable has to be there before the library is loaded
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = tempfile.mkdtemp(
        prefix="newsroom-", dir=globals().get("worker_tmp_dir")
    )


def child_exit(server, worker):
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        from prometheus_client import multiprocess

        multiprocess.mark_process_dead(worker.pid)


def on_exit(server):
    if folder := os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        shutil.rmtree(folder, ignore_errors=True)
