"""JSON pointers (RFC 6901), which name fields, and the ids made from them."""

from __future__ import annotations

import re

from approvals.schemaform.values import MISSING, Json

_UNSAFE = re.compile(r"[^A-Za-z0-9/]")
_UNSENDABLE = re.compile("[\0\r\n\ud800-\udfff]")
_SENT = re.compile("~u([0-9a-f]{4})")
_INDEX = re.compile(r"0|[1-9][0-9]{0,8}", re.ASCII)


def child(pointer: str, token: str | int) -> str:
    return f"{pointer}/{str(token).replace('~', '~0').replace('/', '~1')}"


def tokens(pointer: str) -> list[str]:
    """Its parts, unescaped. A text that is no pointer has a first part that matches nothing."""
    return [part.replace("~1", "/").replace("~0", "~") for part in pointer.split("/")[1:]]


def parent(pointer: str) -> tuple[str, str]:
    """The pointer of the container and the last token, unescaped."""
    head, _, last = pointer.rpartition("/")
    return head, last.replace("~1", "/").replace("~0", "~")


def index(token: str, length: int) -> int | None:
    """The list index a token names, or None when the list of this length has no such item."""
    if not _INDEX.fullmatch(token) or int(token) >= length:
        return None
    return int(token)


def lookup(value: Json, pointer: str) -> Json:
    """The value a pointer names, or MISSING."""
    for token in tokens(pointer):
        value = step(value, token)
    return value


def step(value: Json, token: str) -> Json:
    if isinstance(value, dict):
        return value.get(token, MISSING)
    if isinstance(value, list):
        at = index(token, len(value))
        return MISSING if at is None else value[at]
    return MISSING


def sendable(pointer: str) -> str:
    """The pointer as a browser can carry it; line ends in a key would not come back as they were."""
    return _UNSENDABLE.sub(lambda found: f"~u{ord(found[0]):04x}", pointer)


def received(text: str) -> str:
    """The pointer again. A pointer's own "~" is always followed by 0 or 1."""
    return _SENT.sub(lambda found: chr(int(found[1], 16)), text)


def field_id(pointer: str, *, prefix: str = "") -> str:
    """The id of a field's control: two pointers never share one, whatever their keys hold."""
    return f"f{_slug(prefix)}{_slug(pointer).replace('/', '-')}"


def _slug(text: str) -> str:
    return _UNSAFE.sub(lambda found: "__" if found[0] == "_" else f"_x{ord(found[0]):x}_", text)
