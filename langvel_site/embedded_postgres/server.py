"""One server a folder, shared by every process that asks for it."""

import atexit
import fcntl
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg

from langvel_site.embedded_postgres import folders, keeper
from langvel_site.embedded_postgres.account import choose_account
from langvel_site.embedded_postgres.binaries import (
    Binaries,
    find_binaries,
    single_user,
    within_reach,
)
from langvel_site.embedded_postgres.errors import FolderNotUsable, ServerDidNotStart

USER = "postgres"
DATABASE = "langvel"
PATIENCE = 60.0
# How long a server that ends at once is started again: children of a killed one need a moment.
PATIENCE_WITH_FAILURES = 8.0
SETTINGS = {
    "listen_addresses": "",
    "max_connections": "200",
    "shared_buffers": "128MB",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "jit": "off",
    "log_checkpoints": "off",
}


class EmbeddedPostgres:
    """This process's share in the server of a folder.

    `durable=False` is for throwaway folders only: a power cut may then destroy the data.
    """

    _shared: dict[Path, "EmbeddedPostgres"] = {}

    def __init__(self, folder: Path, *, durable: bool = True) -> None:
        self.folder = folder.expanduser().absolute()
        self.durable = durable
        self._owner = os.getpid()
        self._handle: int | None = None

    @classmethod
    def shared(cls, folder: Path, *, durable: bool = True) -> "EmbeddedPostgres":
        """The running server of this folder; asked twice, a process holds it once."""
        key = folder.expanduser().absolute()
        found = cls._shared.get(key)
        if found is None or found._owner != os.getpid():
            found = cls._shared[key] = cls(folder, durable=durable)
            found.start()
            atexit.register(found.release)
        return found

    def start(self) -> None:
        folders.writable(self.folder)
        self.account = choose_account(self.folder / "data")
        self.home = folders.home_for(self.folder, account=self.account)
        self.data = self.home / "data"
        self.log = self.home / "server.log"
        folders.refuse_foreign_data(self.data, account=self.account)
        with self._one_at_a_time():
            self.socket = folders.socket_folder(self.home, account=self.account)
            self._handle = self._open("handles.lock")
            fcntl.flock(self._handle, fcntl.LOCK_SH)
            self._ensure_server()

    def release(self) -> None:
        """Give up the share; returns when the server is gone if it was the last one."""
        if self._handle is None or self._owner != os.getpid():
            return
        self._shared.pop(self.folder, None)
        if not self.home.exists():
            # Somebody deleted the folder under us; the keeper ends the server all the same.
            os.close(self._handle)
            self._handle = None
            return
        with self._one_at_a_time():
            try:
                fcntl.flock(self._handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                last = False
            else:
                last = True
            os.close(self._handle)
            self._handle = None
            if last:
                self._await_end()

    def url(self, database: str = DATABASE) -> str:
        return f"postgresql://{USER}@/{database}?host={quote(str(self.socket), safe='')}"

    def django_settings(self, database: str = DATABASE) -> dict[str, Any]:
        return {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": database,
            "USER": USER,
            "PASSWORD": "",
            "HOST": str(self.socket),
            "PORT": "",
        }

    def is_answering(self) -> bool:
        try:
            psycopg.connect(
                host=str(self.socket), user=USER, dbname=DATABASE, connect_timeout=3
            ).close()
        except psycopg.OperationalError:
            return False
        return True

    def _ensure_server(self) -> None:
        answering = self.is_answering()
        if not answering:
            binaries = self._binaries()
            if not (self.data / "PG_VERSION").exists():
                self._initialise(binaries)
            self._refuse_other_version(binaries)
            self._ensure_keeper(binaries, adopt=None)
            self._await_answer()
        elif not self._is_kept():
            self._ensure_keeper(self._binaries(), adopt=keeper.postmaster(self.data))

    def _binaries(self) -> Binaries:
        return within_reach(find_binaries(), account=self.account, folder=self.home)

    def _initialise(self, binaries: Binaries) -> None:
        """Make the cluster aside and rename it, so a half-made one is never mistaken for one."""
        unfinished = self.home / "data.unfinished"
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir(mode=0o700)
        self.account.own(unfinished)
        initdb = [binaries.path("initdb"), "-D", str(unfinished), "-U", USER, "-E", "UTF8"]
        initdb += ["--auth=trust", *_locale(binaries.major(self.account))]
        try:
            self.account.run(initdb + ([] if self.durable else ["--no-sync"]))
            single_user(
                binaries, data=unfinished, sql=f"CREATE DATABASE {DATABASE}", account=self.account
            )
        except (subprocess.CalledProcessError, RuntimeError) as error:
            said = getattr(error, "stderr", "") or str(error)
            raise ServerDidNotStart(
                f"A database could not be made in {self.home}:\n{said}"
            ) from error
        unfinished.rename(self.data)

    def _refuse_other_version(self, binaries: Binaries) -> None:
        made_by = int((self.data / "PG_VERSION").read_text())
        found = binaries.major(self.account)
        if made_by != found:
            raise FolderNotUsable(
                f"{self.data} was made by PostgreSQL {made_by}, and {binaries.folder} is {found}. "
                f"Set LANGVEL_PG_BIN to PostgreSQL {made_by}, or LANGVEL_DATA_DIR to a new folder."
            )

    def _is_kept(self) -> bool:
        lock = self._open("keeper.lock")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        finally:
            os.close(lock)
        return False

    def _ensure_keeper(self, binaries: Binaries, *, adopt: int | None) -> None:
        """Start the keeper, already holding its lock, unless there is one."""
        lock, handles = self._open("keeper.lock"), self._open("handles.lock")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            spec = {
                "command": self._command(binaries),
                "account": self.account.popen(),
                "data": str(self.data),
                "log": str(self.log),
                "handles_fd": handles,
                "lock_fd": lock,
                "adopt": adopt,
                "give_up_after": PATIENCE_WITH_FAILURES,
            }
            subprocess.Popen(  # noqa: S603
                [sys.executable, "-I", "-S", keeper.__file__, json.dumps(spec)],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                cwd="/",
                start_new_session=True,
                pass_fds=(lock, handles),
            )
        except BlockingIOError:
            pass
        finally:
            os.close(lock)
            os.close(handles)

    def _command(self, binaries: Binaries) -> list[str]:
        settings = SETTINGS | {"unix_socket_directories": str(self.socket)}
        if not self.durable:
            settings |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        return [binaries.path("postgres"), "-D", str(self.data), *options]

    def _await_answer(self) -> None:
        deadline = time.monotonic() + PATIENCE
        while not self.is_answering():
            if time.monotonic() > deadline or not self._is_kept():
                tail = self.log.read_text(errors="replace")[-2000:] if self.log.exists() else ""
                raise ServerDidNotStart(
                    f"The PostgreSQL of {self.home} does not answer. Its log ends:\n{tail}"
                )
            time.sleep(0.03)

    def _await_end(self) -> None:
        """Wait for the keeper to notice; a killed one is replaced, to finish its work."""
        deadline = time.monotonic() + PATIENCE / 2
        while time.monotonic() < deadline:
            if not self._is_kept():
                running = keeper.postmaster(self.data)
                if running is None:
                    return
                self._ensure_keeper(self._binaries(), adopt=running)
            time.sleep(0.02)

    @contextmanager
    def _one_at_a_time(self) -> Iterator[None]:
        lock = self._open("start.lock")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
        finally:
            os.close(lock)

    def _open(self, name: str) -> int:
        return os.open(self.home / name, os.O_RDWR | os.O_CREAT, 0o644)


def _locale(major: int) -> list[str]:
    """Unicode rules that do not depend on what the machine has installed, where there are some."""
    if major >= 17:
        return ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]
    return ["--locale=C.UTF-8" if sys.platform == "linux" else "--locale=C"]
