"""A throw-away site: its own PostgreSQL, people, agents. Import this before anything of Django."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

REVIEWERS = tuple(f"reviewer{number}" for number in range(4))
VARIABLE = "LANGVEL_CHAOS_FOLDER"


@contextmanager
def ground() -> Iterator[Path]:
    """The folder of a migrated, empty site; Django is set up inside, and the server goes with it."""
    folder = Path(tempfile.mkdtemp(prefix="langvel-chaos-", dir="/tmp"))
    folder.chmod(0o755)
    os.environ |= {
        "DJANGO_SETTINGS_MODULE": "langvel_site.settings",
        "LANGVEL_DATA_DIR": str(folder),
        "LANGVEL_LOG_LEVEL": "CRITICAL",
        "LANGVEL_WSGI_THREADS": "16",
        "LANGVEL_AGENTS": json.dumps(
            {name: f"tests.chaos.graphs.{name}" for name in ("chain", "pair", "fan", "fickle")}
        ),
        VARIABLE: str(folder),
    }
    os.environ.pop("DATABASE_URL", None)
    try:
        _prepare()
        yield folder
    finally:
        _end()
        shutil.rmtree(folder, ignore_errors=True)


def _prepare() -> None:
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0, skip_checks=True)
    from agents import registry
    from approvals.services.agents import publish
    from approvals.startup import collect_static_files
    from tests.factories import make_user

    collect_static_files()
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
