"""The programs some tests need beside Python, and how to get them.

`python -m tests.programs` gets what is missing and says what will be used.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

CHROMIUMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
DEBIAN_PACKAGES = {"Chromium": "chromium", "Redis": "redis-server"}


def find_chromium() -> str | None:
    return os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, CHROMIUMS)), None)


def find_redis() -> str | None:
    return os.environ.get("REDIS_SERVER") or shutil.which("redis-server")


FINDERS = {"Chromium": find_chromium, "Redis": find_redis}


def get_missing() -> None:
    missing = [name for name, find in FINDERS.items() if find() is None]
    if missing and os.geteuid() == 0 and shutil.which("apt-get"):
        _apt_get([DEBIAN_PACKAGES[name] for name in missing])
    if find_chromium() is None:
        _run([str(Path(sys.executable).with_name("playwright")), "install", "chromium"])


def _apt_get(packages: list[str]) -> None:
    quietly = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    _run(["apt-get", "update", "-qq"], env=quietly)
    install = ["apt-get", "install", "-y", "-qq", "--no-install-recommends", *packages]
    _run(install, env=quietly)


def _run(command: list[str], *, env: dict[str, str] | None = None) -> None:
    """What cannot be had is skipped by its tests, by name; under CI=true it fails there."""
    print("Getting what is missing:", " ".join(command), flush=True)
    subprocess.run(command, check=False, env=env, stdin=subprocess.DEVNULL)


if __name__ == "__main__":
    get_missing()
    for name, find in FINDERS.items():
        own = "Playwright's own, if it has one" if name == "Chromium" else "none: its tests skip"
        print(f"{name}: {find() or own}", flush=True)
