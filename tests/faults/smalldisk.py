"""A disk of a few megabytes that can be filled: mounted where that is allowed, else a limit on the size of any file."""

import contextlib
import errno
import shutil
import subprocess
import tempfile
from pathlib import Path

from tests.faults.site import BENCH, limit_files


class SmallDisk:
    MEGABYTES = 768 if BENCH else 48  # an upgrade that lasts has thousands of articles on it

    def __init__(self):
        # not among pytest's own folders: those it could not clear up while something is mounted there
        self.folder = Path(tempfile.mkdtemp(prefix="newsroom-disk-"))
        options = f"size={self.MEGABYTES}m,mode=0755"
        mount = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(self.folder)]
        with contextlib.suppress(OSError):
            self.is_mounted = subprocess.run(mount, capture_output=True).returncode == 0

    is_mounted = False

    @contextlib.contextmanager
    def full(self, site):
        """No room for any of the processes of `site` until the end."""
        if not self.is_mounted:
            limit_files(site.pids(), 1)
            try:
                yield
            finally:
                limit_files(site.pids(), None)
            return
        ballast = self.folder / "ballast"
        try:
            with open(ballast, "wb", buffering=0) as file:
                for size in (65536, 4096, 1):
                    try:
                        while True:
                            file.write(bytes(size))
                    except OSError as error:
                        if error.errno != errno.ENOSPC:
                            raise
            yield
        finally:
            ballast.unlink(missing_ok=True)

    def close(self):
        if self.is_mounted:
            subprocess.run(["umount", "-l", str(self.folder)], capture_output=True)
        shutil.rmtree(self.folder, ignore_errors=True)
