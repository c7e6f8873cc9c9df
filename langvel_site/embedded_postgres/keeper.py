"""The process that owns the server: starts it, restarts it, ends it with its last user.

Run as a plain script, with nothing but the standard library, because it lives as long as the
server. Every user of the server holds a shared flock on one file; the kernel drops it however the
user ends, kill -9 included, so asking for the exclusive lock answers "is anybody left?".
"""

import fcntl
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

POLL = 0.1
SOON = 2.0
RETRY = 0.25
BIGGEST_LOG = 5_000_000


class Keeper:
    def __init__(self, spec: dict[str, Any]) -> None:
        self.command: list[str] = spec["command"]
        self.account: dict[str, Any] = spec["account"]
        self.data = Path(spec["data"])
        self.log = Path(spec["log"])
        self.handles: int = spec["handles_fd"]
        self.lock: int = spec["lock_fd"]
        self.adopted: int | None = spec["adopt"]
        self.child: subprocess.Popen[bytes] | None = None
        self.started = 0.0
        self.give_up_after: float = spec["give_up_after"]
        self.failing_since: float | None = None
        self.told_to_stop = False

    def run(self) -> int:
        signal.signal(signal.SIGTERM, self._note_signal)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        while not (self.told_to_stop or self._nobody_left()):
            if not self._alive():
                if self._has_failed_for_long():
                    return 1
                self._start()
            time.sleep(POLL)
        self._stop()
        # The next user may be waiting for the handle: let it find our lock free by then.
        os.close(self.lock)
        os.close(self.handles)
        return 0

    def _note_signal(self, *_: object) -> None:
        self.told_to_stop = True

    def _nobody_left(self) -> bool:
        try:
            fcntl.flock(self.handles, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def _alive(self) -> bool:
        if self.adopted is not None:
            if process_in(self.adopted, folder=self.data):
                return True
            self.adopted = None
        if self.child is None:
            return False
        if self.child.poll() is None:
            return True
        if time.monotonic() - self.started > SOON:
            self.failing_since = None
        elif self.failing_since is None:
            self.failing_since = self.started
        self.child = None
        return False

    def _has_failed_for_long(self) -> bool:
        if self.failing_since is None:
            return False
        time.sleep(RETRY)
        return time.monotonic() - self.failing_since > self.give_up_after

    def _start(self) -> None:
        remove_stale_pidfile(self.data)
        too_big = self.log.exists() and self.log.stat().st_size > BIGGEST_LOG
        with self.log.open("wb" if too_big else "ab") as log:
            self.child = subprocess.Popen(  # noqa: S603
                self.command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd="/",
                start_new_session=True,
                **self.account,
            )
        self.started = time.monotonic()

    def _stop(self) -> None:
        for how, patience in ((signal.SIGINT, 20.0), (signal.SIGQUIT, 5.0), (signal.SIGKILL, 5.0)):
            pid = self.adopted or (self.child.pid if self.child else None)
            if pid is None or not self._alive():
                return
            os.kill(pid, how)
            deadline = time.monotonic() + patience
            while time.monotonic() < deadline and self._alive():
                time.sleep(0.02)


def process_in(pid: int, *, folder: Path) -> bool:
    """Whether a living process of that id is the server of this folder."""
    here = Path(f"/proc/{pid}")
    if Path("/proc/self").exists():
        try:
            zombie = here.joinpath("stat").read_text().rpartition(")")[2].split()[0] == "Z"
            return not zombie and here.joinpath("cwd").samefile(folder)
        except OSError:
            return False
    shown = subprocess.run(  # noqa: S603
        ["/bin/ps", "-o", "stat=,comm=", "-p", str(pid)],
        capture_output=True,
        text=True,
        check=False,
    ).stdout.strip()
    return bool(shown) and not shown.startswith("Z") and "postgres" in shown


def postmaster(data: Path) -> int | None:
    """The process id in postmaster.pid, if that process is the server of this folder."""
    try:
        pid = int((data / "postmaster.pid").read_text().split("\n", 1)[0])
    except (OSError, ValueError):
        return None
    return pid if process_in(pid, folder=data) else None


def remove_stale_pidfile(data: Path) -> None:
    """After a reboot or in a container, PostgreSQL takes a stranger of that id for itself."""
    if postmaster(data) is None:
        (data / "postmaster.pid").unlink(missing_ok=True)


if __name__ == "__main__":
    sys.exit(Keeper(json.loads(sys.argv[1])).run())
