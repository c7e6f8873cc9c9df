"""Sentences about tool calls. What a model wrote is quoted and cut, never taken at its word."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from agents.jsonable import canonical

LONGEST_TITLE = 120
_LONGEST_VALUE = 60
_LONGEST_SUMMARY = 200
_TO = ("to", "recipient", "recipients", "email", "address")
_OBJECTS = (
    "path", "file_path", "filename", "file", "url", "command", "query", "sql", "question",
    "title", "name", "id", "order_id", "customer", "customer_id", "user_id", "city", "amount",
)  # fmt: skip
_UNSEEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\xad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]"
)
"""Control characters and those that turn or hide text: a title must read as what it is."""


def cut(text: str, limit: int = LONGEST_TITLE) -> str:
    """One line of at most `limit` characters, nothing invisible in it."""
    line = " ".join(_UNSEEN.sub("", text[: 20 * limit]).split())
    return line if len(line) <= limit else f"{line[: limit - 1]}…"


def first_line(text: str) -> str:
    """The first line with anything to read, as a title; empty when there is none."""
    return next((line for line in map(cut, text.strip().splitlines()) if line), "")


def human(name: str) -> str:
    """`send_email` → `Send email`."""
    spaced = cut(name.replace("_", " ").replace("-", " "))
    return spaced[:1].upper() + spaced[1:]


def headline(name: str, args: Any) -> str:
    """What a call does, in a line: `Send email to a@b.c`, `Delete file /etc/passwd`."""
    said = human(name) or "Call a tool"
    if not isinstance(args, Mapping):
        return said
    for name in _TO:
        if shown := _short(args.get(name)):
            return cut(f"{said} to {shown}")
    key = next((key for key in (*_OBJECTS, *args) if _short(args.get(key))), None)
    if key is None:
        return said
    joint = ": " if key in ("question", "query", "command", "sql") or key not in _OBJECTS else " "
    return cut(f"{said}{joint}{_short(args[key])}")


def titles(calls: Sequence[tuple[str, Any]]) -> str:
    """The title of a question about these calls: what the one does, or how many and which."""
    if len(calls) == 1:
        return headline(*calls[0])
    names = [human(name) for name, _ in calls]
    counted = (f"{name} ({names.count(name)})" if names.count(name) > 1 else name for name in names)
    return cut(f"{len(calls)} actions: {', '.join(dict.fromkeys(counted))}")


def summary(args: Any) -> str:
    """The plain arguments in a line."""
    if not isinstance(args, Mapping):
        return ""
    shown = ((key, _short(value)) for key, value in args.items())
    return cut(", ".join(f"{key}: {text}" for key, text in shown if text), _LONGEST_SUMMARY)


def summaries(calls: Sequence[tuple[str, Any]]) -> str:
    if len(calls) == 1:
        return summary(calls[0][1])
    return cut("; ".join(headline(*call) for call in calls), _LONGEST_SUMMARY)


def effect(calls: Sequence[tuple[str, Any]]) -> str:
    """Which tools run and which hosts their arguments name, verbatim."""
    names = list(dict.fromkeys(cut(name) for name, _ in calls))
    hosts = list(dict.fromkeys(host for _, args in calls for host in _hosts(args)))
    told = f"Runs {_and(names)}"
    return f"{told} with the host {_and(hosts)}." if hosts else f"{told}."


def _and(words: Sequence[str]) -> str:
    return " and ".join(filter(None, (", ".join(words[:-1]), words[-1])))


def _hosts(args: Any) -> list[str]:
    values = args.values() if isinstance(args, Mapping) else ()
    return [host for value in values if isinstance(value, str) and (host := _host(value))]


def _host(text: str) -> str:
    if not re.match(r"https?://", text):
        return ""
    try:
        return cut(urlsplit(text).hostname or "")
    except ValueError:
        return ""


def _short(value: Any) -> str:
    if isinstance(value, str):
        return cut(value, _LONGEST_VALUE)
    if isinstance(value, (bool, int, float)):
        return cut(canonical(value), _LONGEST_VALUE)
    if isinstance(value, list) and value and all(isinstance(item, str) for item in value):
        return cut(", ".join(value), _LONGEST_VALUE)
    return ""
