"""A throw-away site: its own PostgreSQL, people, agents. Import this before anything of Django."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

REVIEWERS = tuple(f"reviewer{number}" for number in range(4))
AGENTS = ("chain", "pair", "fan", "wide", "fickle")
VARIABLE = "LANGVEL_CHAOS_FOLDER"


@contextmanager
def ground(laid: Path | None = None) -> Iterator[Path]:
    """The folder of a migrated, empty site; Django is set up inside, and the server goes with it.

    `laid` is ground that `lay` has made, which is copied: migrating takes far longer.
    """
    with _folder() as folder:
        if laid:
            # Files of PostgreSQL belong to a user of its own, and stay that user's.
            subprocess.run(["cp", "-a", f"{laid}/.", str(folder)], check=True)
        _settle_on(folder)
        try:
            _prepare()
            if not laid:
                _furnish()
            yield folder
        finally:
            _end()


@contextmanager
def lay() -> Iterator[Path]:
    """Ground for several scenarios, each of which copies it. No server runs on it any more."""
    with _folder() as folder:
        subprocess.run([sys.executable, "-m", "tests.chaos.ground", str(folder)], check=True)
        yield folder


@contextmanager
def _folder() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="langvel-chaos-", dir="/tmp"))
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _settle_on(folder: Path) -> None:
    os.environ |= {
        "DJANGO_SETTINGS_MODULE": "langvel_site.settings",
        "LANGVEL_DATA_DIR": str(folder),
        "LANGVEL_LOG_LEVEL": "CRITICAL",
        "LANGVEL_WSGI_THREADS": "16",
        "LANGVEL_AGENTS": json.dumps({name: f"tests.chaos.graphs.{name}" for name in AGENTS}),
        VARIABLE: str(folder),
    }
    os.environ.pop("DATABASE_URL", None)


def _prepare() -> None:
    import django
    from django.conf import settings

    django.setup()
    # Nobody types a password here, and a safe hash takes a second on a busy machine.
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    from agents import registry
    from approvals.startup import collect_static_files

    collect_static_files()
    registry.load_all()


def _furnish() -> None:
    from django.core.management import call_command

    call_command("migrate", verbosity=0, skip_checks=True)
    from agents import registry
    from approvals.services.agents import publish
    from tests.factories import make_user

    publish(registry.load_all())
    for name in REVIEWERS:
        make_user(name, "reviewers")
    make_user("requester", "requesters")
    make_user("supervisor", "supervisors")


def _end() -> None:
    from django.conf import settings
    from django.db import connections

    connections.close_all()
    for alias in connections:
        connections[alias].close_pool()
    settings.EMBEDDED.release()


def users() -> dict[str, Any]:
    """Everybody, by name."""
    from django.contrib.auth.models import User

    return {user.username: user for user in User.objects.all()}


if __name__ == "__main__":
    _settle_on(Path(sys.argv[1]))
    _prepare()
    _furnish()
    _end()
