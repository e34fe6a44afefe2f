"""The real processes on 127.0.0.1 (gunicorn as it is deployed, and the worker), and what stands around them."""

import contextlib
import http.client
import os
import re
import resource
import secrets
import shutil
import signal
import socket
import socketserver
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import psycopg
from django.conf import settings

BENCH = bool(os.environ.get("BENCH"))  # the same faults, many times and as long as they last
PATIENCE = 20 if BENCH else 3  # seconds that a writer waits for the database
TOKEN = "a" * 32  # of the form; the same in the cookie
ARTICLE = "/articles/tides/"
NEW = f"{ARTICLE}comments/new/"
BIN = Path(sys.executable).parent


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for(is_so, seconds=60, every=0.02):
    """Return the first true answer of `is_so()`; fails when there is none in time."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if found := is_so():
            return found
        time.sleep(every)
    raise AssertionError(f"not so within {seconds} seconds")


def die_with_us():
    """A process whose test was killed does not stay behind (Linux)."""
    with contextlib.suppress(OSError):
        import ctypes

        ctypes.CDLL(None).prctl(1, signal.SIGTERM)


def start(*command, **options):
    return subprocess.Popen(command, cwd=settings.BASE_DIR, preexec_fn=die_with_us, **options)


@dataclass
class Answer:
    status: int
    headers: dict
    body: bytes
    seconds: float
    began: float

    @property
    def text(self):
        return self.body.decode()


class Site:
    """One machine: its processes share `environment`. Two of them with one database are two machines."""

    def __init__(self, environment, folder, *, workers=2, app="newsroom.wsgi"):
        self.folder, self.app = folder, app
        self.port = free_port()
        self.environment = environment | {
            "PORT": str(self.port),
            "SITE_URL": f"http://127.0.0.1:{self.port}",
            "WEB_WORKERS": str(workers),
            "LOG_FORMAT": "text",
        }
        self.web = self.worker = None
        self.log = open(folder / f"log-{self.port}.txt", "a+")  # noqa: SIM115  closed by stop()

    # --- processes ---
    def start_web(self):
        gunicorn = [str(BIN / "gunicorn"), self.app, "--config", "deploy/gunicorn.conf.py"]
        self.web = start(*gunicorn, env=self.environment, stdout=self.log, stderr=self.log)
        self.wait()
        return self

    def start_worker(self, hour=3600):
        command = [sys.executable, "manage.py", "worker", "--pause", "0.1", "--hour", str(hour)]
        self.worker = start(*command, env=self.environment, stdout=self.log, stderr=self.log)
        return self

    def wait(self, path="/healthz"):
        return wait_for(lambda: (answer := self.try_get(path)) and answer.status == 200 and answer)

    def workers(self):
        """The process ids of the web workers."""
        children = Path(f"/proc/{self.web.pid}/task/{self.web.pid}/children").read_text()
        return [int(pid) for pid in children.split()]

    def pids(self):
        return [self.web.pid, *self.workers(), *([self.worker.pid] if self.worker else [])]

    def stop(self):
        for process in (self.web, self.worker):
            if process and process.poll() is None:
                process.terminate()
        for process in (self.web, self.worker):
            if process:
                try:
                    process.wait(40)
                except subprocess.TimeoutExpired:
                    process.kill()
        self.web = self.worker = None

    def said(self):
        self.log.flush()
        return Path(self.log.name).read_text()

    # --- requests ---
    def ask(self, method, path, body=None, headers=None, timeout=60):
        """One request on a connection of its own. Raises OSError or HTTPException when it is not answered."""
        began = time.monotonic()
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        try:
            connection.request(method, path, body, {"Connection": "close"} | (headers or {}))
            response = connection.getresponse()
            content = response.read()
        finally:
            connection.close()
        # a header may come twice (cookies): nothing here asks for those
        return Answer(response.status, dict(response.getheaders()), content, time.monotonic() - began, began)

    def get(self, path, **headers):
        return self.ask("GET", path, headers=headers)

    def try_get(self, path):
        with contextlib.suppress(OSError, http.client.HTTPException):
            return self.ask("GET", path, timeout=5)

    def post(self, path, data, session="", **headers):
        body = urlencode(data | {"csrfmiddlewaretoken": TOKEN})
        cookies = f"csrftoken={TOKEN}" + (f"; sessionid={session}" if session else "")
        kind = {"Content-Type": "application/x-www-form-urlencoded", "Cookie": cookies}
        return self.ask("POST", path, body, kind | headers)

    def comment(self, words, name="Ida Berg", path=NEW, email=""):
        """Send a comment of somebody who was never here before."""
        email = email or f"{secrets.token_hex(6)}@example.org"
        return self.post(path, {"name": name, "email": email, "comment": words})


# --- the database around it -----------------------------------------------------------------------------------------
class Database:
    """The rows as they are, asked past the site."""

    def __init__(self, url):
        self.url = url
        self.is_sqlite = url.startswith("sqlite")

    def connect(self):
        if self.is_sqlite:
            return contextlib.closing(sqlite3.connect(urlsplit(self.url).path, timeout=30))
        return psycopg.connect(self.url, autocommit=True)

    def rows(self, sql):
        with self.connect() as connection:
            return connection.execute(sql).fetchall()

    def write(self, sql):
        with self.connect() as connection:
            connection.execute(sql)
            if self.is_sqlite:
                connection.commit()

    def correct(self, headline):
        """Give the article another headline."""
        self.write(f"UPDATE articles_article SET headline = '{headline}' WHERE slug = 'tides'")

    def words(self):
        """The comments that are stored, by their words."""
        return sorted(words for (words,) in self.rows("SELECT comment FROM django_comments"))

    def hurry(self, *, of_the_dead=True):
        """Mail that was tried, or (`of_the_dead`) that a worker had when it was killed, is due now and not in some minutes."""
        freed = ", taken_at = NULL" if of_the_dead else ""
        self.write(
            f"UPDATE comments_mail SET due_at = (SELECT min(due_at) FROM comments_mail){freed} WHERE sent_at IS NULL"
        )

    def mails(self, condition="1 = 1"):
        return self.rows(f"SELECT count(*) FROM comments_mail WHERE {condition}")[0][0]

    @contextlib.contextmanager
    def locked(self, tables="django_comments, comments_mail"):
        """Nobody else writes to these tables until the end; on SQLite, to none."""
        if self.is_sqlite:
            with contextlib.closing(
                sqlite3.connect(urlsplit(self.url).path, isolation_level=None, check_same_thread=False)
            ) as connection:
                connection.execute("BEGIN IMMEDIATE")
                yield
                connection.execute("ROLLBACK")
            return
        with psycopg.connect(self.url) as connection:
            connection.execute(f"LOCK TABLE {tables} IN EXCLUSIVE MODE")
            yield
            connection.rollback()


class PostgreSQL:
    """A server of our own, to be stopped and started."""

    def __init__(self, follows=None):
        """`follows`: another one, of which this is a standby."""
        # not among pytest's own folders: those are root's alone, and the path of a socket must be short
        self.folder, self.port = Path(tempfile.mkdtemp(prefix="newsroom-", dir="/tmp")), free_port()
        self.user = "postgres" if os.geteuid() == 0 else None  # it does not run as root
        if self.user:
            shutil.chown(self.folder, self.user)
        self.data = self.folder / "data"
        if follows:
            self._run(
                "pg_basebackup", "-D", str(self.data), "-h", "127.0.0.1", "-p", str(follows.port), "-U", "postgres",
                "--write-recovery-conf", "--checkpoint=fast", "--no-sync",
            )  # fmt: skip
        else:
            self._run(
                "initdb", "-D", str(self.data), "-U", "postgres", "--auth=trust", "--no-sync",
                "--no-instructions", "--encoding=UTF8", "--locale=C.UTF-8",
            )  # fmt: skip
        self.url = f"postgres://postgres@127.0.0.1:{self.port}"
        self.start()

    def _run(self, *command):
        options = {"user": self.user, "group": self.user, "extra_groups": []} if self.user else {}
        subprocess.run(
            command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd="/", **options
        )

    def start(self):
        options = f"-p {self.port} -h 127.0.0.1 -k {self.folder} -c fsync=on -c shared_buffers=32MB"
        log = str(self.data / "log")
        self._run("pg_ctl", "-D", str(self.data), "-w", "-t", "60", "-l", log, "-o", options, "start")

    def stop(self, how="fast"):
        self._run("pg_ctl", "-D", str(self.data), "-w", "-t", "60", "-m", how, "stop")

    def hang(self):
        """Let it say nothing, without hanging up on anybody, until `go_on()`."""
        self._signal(signal.SIGSTOP)

    def go_on(self):
        self._signal(signal.SIGCONT)

    def _signal(self, which):
        postmaster = int((self.data / "postmaster.pid").read_text().split()[0])
        os.kill(postmaster, which)  # first: it starts no more meanwhile
        for pid in Path(f"/proc/{postmaster}/task/{postmaster}/children").read_text().split():
            with contextlib.suppress(ProcessLookupError):
                os.kill(int(pid), which)

    def close(self):
        with contextlib.suppress(OSError, ValueError, IndexError):
            self.go_on()
        with contextlib.suppress(subprocess.CalledProcessError):  # a test had stopped it
            self.stop("immediate")
        shutil.rmtree(self.folder, ignore_errors=True)


class Redis:
    """A server of our own, to be stopped, hung and started."""

    def __init__(self, folder):
        self.folder, self.port = folder, free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self.process = None

    def start(self):
        command = [
            "redis-server",
            "--port",
            str(self.port),
            "--bind",
            "127.0.0.1",
            "--save",
            "",
            "--dir",
            str(self.folder),
        ]
        self.process = start(*command, stdout=subprocess.DEVNULL)
        wait_for(self._answers)
        return self

    def _answers(self):
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1) as line:
            line.sendall(b"PING\r\n")
            return line.recv(7) == b"+PONG\r\n"

    def stop(self):
        if self.process:
            self.process.send_signal(signal.SIGCONT)
            self.process.kill()
            self.process.wait()
        self.process = None


class Postbox:
    """A mail server that keeps what it is given, or refuses, or says nothing."""

    def __init__(self):
        self.letters, self.mood, self.calls = [], "takes", 0
        postbox = self

        class Call(socketserver.StreamRequestHandler):
            def handle(self):
                postbox.calls += 1
                if postbox.mood == "hangs":
                    with contextlib.suppress(OSError):
                        self.rfile.readline()  # until the caller gives up
                    return
                with contextlib.suppress(OSError):
                    self.talk()

            def say(self, words):
                self.wfile.write(f"{words}\r\n".encode())

            def talk(self):
                self.say("554 Go away" if postbox.mood == "refuses" else "220 here")
                while line := self.rfile.readline():
                    verb = line.split()[0].upper() if line.split() else b""
                    if verb == b"DATA":
                        self.say("354 go on")
                        lines = list(iter(self.rfile.readline, b".\r\n"))
                        postbox.letters.append(b"".join(lines).decode("utf-8", "replace"))
                    elif verb == b"QUIT":
                        self.say("221 bye")
                        return
                    self.say("250 ok")

        class Server(socketserver.ThreadingTCPServer):
            daemon_threads, allow_reuse_address = True, True

        self.server = Server(("127.0.0.1", 0), Call)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def recipients(self):
        return sorted(re.search(r"^To: (.*?)\r?$", letter, re.M)[1] for letter in list(self.letters))


# --- load -----------------------------------------------------------------------------------------------------------
class Crowd:
    """Threads that each call `act(number)` again and again until the end. What they raise is kept in `errors`."""

    def __init__(self, size, act):
        self.errors, self.answers = [], []
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._go, args=[act, n], daemon=True) for n in range(size)]

    def _go(self, act, number):
        while not self._stop.is_set():
            try:
                self.answers.append(act(number))
            except (OSError, http.client.HTTPException) as error:
                self.errors.append(error)
                time.sleep(0.02)

    def __enter__(self):
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *failed):
        self._stop.set()
        for thread in self._threads:
            thread.join(60)


class Posters(Crowd):
    """A crowd that posts. `acknowledged` are the words of what was answered with “taken”."""

    def __init__(self, site, size=4):
        self.acknowledged, self.statuses, self.count = [], [], 0
        self._mark = secrets.token_hex(3)
        self._site, self._guard = site, threading.Lock()
        super().__init__(size, self._post)

    def _post(self, number):
        with self._guard:
            self.count += 1
            words = f"{self._mark} number {self.count}"
        answer = self._site.comment(words)
        self.statuses.append(answer.status)
        if answer.status == 302:
            self.acknowledged.append(words)
        return answer

    def stored(self, database):
        return [words for words in database.words() if words.startswith(self._mark)]


def limit_files(pids, size):
    """No file of these processes grows beyond `size` bytes: a disk that is full. None lifts it."""
    for pid in pids:
        _, most = resource.prlimit(pid, resource.RLIMIT_FSIZE)
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY if size is None else size, most))
