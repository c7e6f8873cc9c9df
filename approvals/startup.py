"""Reasons not to start, each with its remedy, and what has to be in place before."""

from __future__ import annotations

import fcntl
import ipaddress
import os
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.contrib.staticfiles.storage import staticfiles_storage
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from approvals.policy.site import faults


def refuse_to_serve_unsafely() -> None:
    _refuse([*_unsafe_to_serve(), *_unsafe_anywhere()])


def refuse_to_work_unsafely() -> None:
    _refuse([*_unsafe_anywhere()])


def unapplied_migrations() -> list[str]:
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return [f"{migration.app_label}.{migration.name}" for migration, _ in plan]


def collect_static_files() -> None:
    """Collect the files if they changed since; several servers starting at once do it once."""
    if not settings.HASHES_STATIC_FILES:
        return
    manifest = Path(settings.STATIC_ROOT) / "staticfiles.json"
    try:
        Path(settings.STATIC_ROOT).mkdir(parents=True, exist_ok=True)
        with manifest.with_suffix(".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not manifest.exists() or manifest.stat().st_mtime < _newest_source():
                call_command("collectstatic", interactive=False, verbosity=0)
                manifest.touch()
    except PermissionError as error:
        if not manifest.exists():
            raise CommandError(
                f"Static files cannot be collected into {settings.STATIC_ROOT}. Set "
                "LANGVEL_STATIC_ROOT to a folder you may write to, or run `manage.py "
                "collectstatic` where the site is built."
            ) from error
    staticfiles_storage.hashed_files = staticfiles_storage.load_manifest()[0]


def _newest_source() -> float:
    return max(
        Path(storage.path(name)).stat().st_mtime
        for finder in get_finders()
        for name, storage in finder.list([])
    )


def _refuse(reasons: list[str]) -> None:
    if reasons:
        listed = "\n".join(f"- {reason}" for reason in reasons)
        raise CommandError(f"Not starting:\n{listed}")


def _unsafe_to_serve() -> Iterator[str]:
    public = [
        host for host in (settings.HOST, settings.PUBLIC_URL.hostname) if not _is_loopback(host)
    ]
    if not public:
        return
    if settings.DEBUG:
        yield (
            f"LANGVEL_DEBUG shows settings and code to anybody who can reach {public[0]}. "
            "Unset LANGVEL_DEBUG, or set HOST=127.0.0.1."
        )
    if settings.SECRET_KEY_IS_OURS:
        yield (
            f"{public[0]} is public and the secret is the one made for development, which other "
            "machines do not share. Set LANGVEL_SECRET_KEY to 50 random characters, for example "
            'those of: python -c "import secrets; print(secrets.token_urlsafe(50))"'
        )
    if not settings.HTTPS and not settings.INSECURE_HTTP:
        yield (
            f"{public[0]} is public and its address is plain HTTP: passwords would travel in the "
            "clear. Set LANGVEL_URL to the https:// address people use (with TLS ended by a proxy "
            "in front), or accept the risk with LANGVEL_INSECURE_HTTP=1."
        )


def _unsafe_anywhere() -> Iterator[str]:
    if os.environ.get("LANGGRAPH_STRICT_MSGPACK", "").lower() not in {"1", "true", "yes"}:
        yield (
            "The serializer of checkpoints is not strict, so a checkpoint could build any object. "
            "Set LANGGRAPH_STRICT_MSGPACK=true."
        )
    missing = unapplied_migrations()
    if missing:
        yield (
            f"The database lacks {len(missing)} migrations, the first is {missing[0]}. "
            "Run: manage.py migrate"
        )
    else:
        yield from faults()


def _is_loopback(host: str | None) -> bool:
    if host in {None, "localhost"}:
        return True
    try:
        return ipaddress.ip_address(str(host)).is_loopback
    except ValueError:
        return False
