"""The system user that runs the server: PostgreSQL refuses to run as root."""

import os
import pwd
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from langvel_site.embedded_postgres.errors import FolderNotUsable


@dataclass(frozen=True)
class Account:
    uid: int
    gid: int
    name: str

    @classmethod
    def of(cls, uid: int) -> "Account":
        entry = pwd.getpwuid(uid)
        return cls(uid=entry.pw_uid, gid=entry.pw_gid, name=entry.pw_name)

    @property
    def is_other(self) -> bool:
        return self.uid != os.geteuid()

    def popen(self) -> dict[str, Any]:
        """Arguments for `subprocess` that make the child this user."""
        if not self.is_other:
            return {}
        return {"user": self.uid, "group": self.gid, "extra_groups": []}

    def run(self, command: list[str], *, stdin: str = "", stderr: int = subprocess.PIPE) -> str:
        done: subprocess.CompletedProcess[str] = subprocess.run(  # noqa: S603
            command,
            input=stdin,
            stdout=subprocess.PIPE,
            stderr=stderr,
            check=True,
            text=True,
            cwd="/",
            **self.popen(),
        )
        return done.stdout

    def can_run(self, program: str) -> bool:
        try:
            self.run([program, "--version"])
        except (OSError, subprocess.SubprocessError):
            return False
        return True

    def can_enter(self, folder: Path) -> bool:
        """Whether this user reaches the folder, asked from the kernel, not from mode bits."""
        try:
            self.run(["/bin/sh", "-c", 'cd "$1"', "sh", str(folder)])
        except (OSError, subprocess.SubprocessError):
            return False
        return True

    def own(self, path: Path) -> None:
        if self.is_other:
            os.chown(path, self.uid, self.gid)


def choose_account(data: Path) -> Account:
    """Ourselves; as root, whoever owns the data already, else `postgres`, else `nobody`."""
    if os.geteuid() != 0:
        return Account.of(os.geteuid())
    if data.exists() and data.stat().st_uid != 0:
        return Account.of(data.stat().st_uid)
    for name in ("postgres", "nobody"):
        try:
            return Account.of(pwd.getpwnam(name).pw_uid)
        except KeyError:
            continue
    raise FolderNotUsable(
        "PostgreSQL does not run as root, and this machine has neither a user `postgres` nor "
        "`nobody` to run it as. Start the site as an ordinary user, or set DATABASE_URL."
    )
