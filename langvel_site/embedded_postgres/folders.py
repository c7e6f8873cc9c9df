"""Which folders a server uses, and whether they will do."""

import hashlib
import os
import secrets
import stat
from pathlib import Path

from langvel_site.embedded_postgres.account import Account
from langvel_site.embedded_postgres.errors import FolderNotUsable, SocketPathTooLong

# macOS allows 104 bytes with the final NUL, Linux 108: the smaller holds everywhere.
LONGEST_SOCKET = 103
SOCKET = ".s.PGSQL.5432"
SHORT_PARENT = Path("/tmp")  # noqa: S108
SYSTEM_PARENT = Path("/var/lib/langvel")


def writable(folder: Path) -> Path:
    """The folder, made if need be, or a clear refusal."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise FolderNotUsable(
            f"The data folder {folder} cannot be made ({error.strerror}). "
            "Set LANGVEL_DATA_DIR to a folder you may write to, or set DATABASE_URL."
        ) from error
    if not os.access(folder, os.W_OK | os.X_OK):
        raise FolderNotUsable(
            f"The data folder {folder} is not writable for you. "
            "Set LANGVEL_DATA_DIR to a folder you may write to, or set DATABASE_URL."
        )
    return folder


def home_for(folder: Path, *, account: Account) -> Path:
    """Where the server's files go: `folder`, or another place if the account cannot get there.

    Root's own home is closed to the user that runs the server, and stays closed: the files then
    live under /var/lib/langvel, and `folder` remembers where.
    """
    if not account.is_other or account.can_enter(folder):
        return folder
    note = folder / "elsewhere"
    if not note.exists():
        unfinished = folder / "elsewhere.unfinished"
        unfinished.write_text(str(SYSTEM_PARENT / secrets.token_hex(8)))
        unfinished.rename(note)
    home = writable(Path(note.read_text()))
    if not account.can_enter(home):
        raise FolderNotUsable(
            f"The user {account.name}, who runs PostgreSQL for root, can reach neither {folder} "
            f"nor {home}. Set LANGVEL_DATA_DIR to a folder open to that user, or set DATABASE_URL."
        )
    return home


def refuse_foreign_data(data: Path, *, account: Account) -> None:
    if data.exists() and data.stat().st_uid != account.uid:
        raise FolderNotUsable(
            f"{data} belongs to another user (uid {data.stat().st_uid}). "
            "Run as that user, or set LANGVEL_DATA_DIR to a folder of your own."
        )


def socket_folder(home: Path, *, account: Account) -> Path:
    """A folder only the account may enter, short enough for a socket's address."""
    near = home / "socket"
    if _fits(near):
        near.mkdir(mode=0o700, exist_ok=True)
        account.own(near)
        near.chmod(0o700)
        return near
    return _short_socket_folder(home, account=account)


def _short_socket_folder(home: Path, *, account: Account) -> Path:
    digest = hashlib.sha256(f"{account.uid}:{home}".encode()).hexdigest()[:12]
    short = SHORT_PARENT / f"langvel-{digest}"
    try:
        short.mkdir(mode=0o700)
        account.own(short)
    except FileExistsError:
        pass
    except OSError as error:
        raise SocketPathTooLong(
            f"{home} is too long for a socket's address, and {short} cannot be made instead "
            f"({error.strerror}). Set LANGVEL_DATA_DIR to a shorter path."
        ) from error
    # Anybody may make folders there, so an existing one is used only if it is ours alone.
    found = short.lstat()
    private = stat.S_ISDIR(found.st_mode) and stat.S_IMODE(found.st_mode) == 0o700
    if not private or found.st_uid != account.uid:
        raise SocketPathTooLong(
            f"{home} is too long for a socket's address, and {short}, which would be used "
            "instead, belongs to somebody else. Set LANGVEL_DATA_DIR to a shorter path."
        )
    return short


def _fits(folder: Path) -> bool:
    return len(os.fsencode(folder / SOCKET)) <= LONGEST_SOCKET
