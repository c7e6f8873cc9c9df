"""Values from the environment; a wrong one is refused by name."""

import json
import os
import secrets
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured
from psycopg import ProgrammingError
from psycopg.conninfo import conninfo_to_dict

TRUE = {"1", "true", "yes", "on"}
FALSE = {"0", "false", "no", "off", ""}
_MAIL_PORTS = {"smtp": 587, "smtps": 465, "smtp+plain": 25}
_AGENT_KEYS = {"path", "resume"}


def text(name: str, default: str = "") -> str:
    return os.environ.get(name, default).strip()


def flag(name: str, *, default: bool = False) -> bool:
    value = text(name, str(default)).lower()
    if value not in TRUE | FALSE:
        raise ImproperlyConfigured(f"{name}={value!r} is neither 1 nor 0.")
    return value in TRUE


def number(name: str, default: int, *, least: int = 0, most: int | None = None) -> int:
    value = text(name) or str(default)
    try:
        found = int(value)
    except ValueError as error:
        raise ImproperlyConfigured(f"{name}={value!r} is not a whole number.") from error
    if found < least or (most is not None and found > most):
        until = "" if most is None else f" and at most {most}"
        raise ImproperlyConfigured(f"{name}={found} must be at least {least}{until}.")
    return found


def words(name: str) -> list[str]:
    """A comma-separated list."""
    return [word.strip() for word in text(name).split(",") if word.strip()]


def address(name: str, default: str) -> SplitResult:
    """An http or https address without a path."""
    value = text(name) or default
    try:
        found = urlsplit(value)
        found.port  # noqa: B018 (reading it is what checks it)
    except ValueError as error:
        raise ImproperlyConfigured(f"{name}={value!r} is not an address: {error}.") from error
    if found.scheme not in {"http", "https"} or not found.hostname:
        raise ImproperlyConfigured(f"{name}={value!r} must look like https://approvals.example.")
    if found.path.strip("/") or found.query or found.fragment:
        raise ImproperlyConfigured(f"{name}={value!r} must not have a path: the site lives at /.")
    return found


def mail_server(name: str) -> dict[str, Any]:
    """Django's settings for smtp://user:password@host:587 (STARTTLS) or smtps://… (TLS).

    `smtp+plain://` has no TLS at all, for a server on the same machine. Empty without a value.
    """
    value = text(name)
    if not value:
        return {}
    try:
        found = urlsplit(value)
        port = found.port
    except ValueError:
        # Its exception may repeat the address, password included.
        found, port = urlsplit(""), None
    if found.scheme not in _MAIL_PORTS or not found.hostname:
        raise ImproperlyConfigured(f"{name} must look like smtp://user:password@mail.example:587.")
    return {
        "EMAIL_HOST": found.hostname,
        "EMAIL_PORT": port or _MAIL_PORTS[found.scheme],
        "EMAIL_HOST_USER": unquote(found.username or ""),
        "EMAIL_HOST_PASSWORD": unquote(found.password or ""),
        "EMAIL_USE_TLS": found.scheme == "smtp",
        "EMAIL_USE_SSL": found.scheme == "smtps",
    }


def json_object(name: str) -> dict[str, Any]:
    value = text(name) or "{}"
    try:
        found = json.loads(value)
    except ValueError as error:
        # Its exception carries the whole text, in which there may be secrets.
        raise ImproperlyConfigured(f"{name} is not JSON: {error}.") from None
    if not isinstance(found, dict):
        raise ImproperlyConfigured(f"{name} must be a JSON object.")
    return found


def texts_by_name(name: str) -> dict[str, str]:
    """A JSON object from names to texts."""
    found = json_object(name)
    if not all(isinstance(value, str) for value in found.values()):
        raise ImproperlyConfigured(f'{name} must be a JSON object of texts: {{"name": "text"}}.')
    return found


def agents(name: str) -> dict[str, Any]:
    """A JSON object from keys to dotted paths, or to objects that name the path and more.

    An object with a `url` is an agent elsewhere; the registry checks it.
    """
    found = json_object(name)
    for entry in found.values():
        if isinstance(entry, dict) and "url" in entry:
            continue
        path = entry.get("path") if isinstance(entry, dict) else entry
        if not isinstance(path, str) or (isinstance(entry, dict) and set(entry) - _AGENT_KEYS):
            raise ImproperlyConfigured(
                f'{name} must be a JSON object of paths: {{"key": "path"}}, '
                'or {"key": {"path": "path", "resume": "each"}}, '
                'or {"key": {"url": "https://agents.example", "assistant": "name"}}.'
            )
    return found


def database(url: str) -> dict[str, Any]:
    """Django's settings for a libpq address or connection string."""
    try:
        found: dict[str, Any] = dict(conninfo_to_dict(url))
    except ProgrammingError as error:
        # The message of libpq repeats the address, password included.
        raise ImproperlyConfigured(
            "DATABASE_URL is not an address PostgreSQL understands. "
            "It should look like postgresql://user:password@host:5432/name."
        ) from error
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": found.pop("dbname", None) or found.get("user") or "langvel",
        "USER": found.pop("user", ""),
        "PASSWORD": found.pop("password", ""),
        "HOST": found.pop("host", ""),
        "PORT": str(found.pop("port", "")),
        "OPTIONS": found,
    }


def secret_kept_in(path: Path) -> str:
    """A secret made on first use and kept for this machine alone."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        # Written aside and linked into place: two processes starting together agree on one secret.
        unfinished = path.with_name(f"{path.name}.{os.getpid()}")
        handle = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "w") as file:
            file.write(secrets.token_urlsafe(50))
        try:
            path.hardlink_to(unfinished)
        except FileExistsError:
            pass
        finally:
            unfinished.unlink()
        return path.read_text()
    except OSError as error:
        raise ImproperlyConfigured(
            f"No secret could be kept in {path} ({error.strerror}). "
            "Set LANGVEL_SECRET_KEY, or LANGVEL_DATA_DIR to a folder you may write to."
        ) from error
