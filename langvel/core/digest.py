"""What makes two questions the same question."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from types import NoneType
from typing import Any

DIGEST = "digest"

# Not what a reviewer consents to. The schema's words also change with Pydantic's version.
_UNSEEN = frozenset({DIGEST, "langvel", "deadline", "on_timeout"})
_quoted = json.encoder.encode_basestring_ascii
_encode = json.JSONEncoder(sort_keys=True, separators=(",", ":")).encode
_SCALARS = frozenset({str, int, float, bool, NoneType})


def digest_of(request: Mapping[str, Any]) -> str:
    """A fingerprint of what the reviewer is shown, the same in every process.

    Lists count without their order: a set is dumped in another order by each process, and a
    question that only seems to have changed would refuse every answer.
    """
    shown = {key: value for key, value in request.items() if key not in _UNSEEN}
    if isinstance(action := shown.get("action"), dict):
        shown["action"] = {key: value for key, value in action.items() if key != "schema"}
    return hashlib.sha256(_text(_ordered(shown)).encode()).hexdigest()


def _ordered(value: Any) -> Any:
    if not value:
        return value
    if isinstance(value, dict):
        return {
            key: part if type(part) in _SCALARS else _ordered(part) for key, part in value.items()
        }
    if isinstance(value, (list, tuple)):
        is_flat = _SCALARS.issuperset(map(type, value))
        return sorted(value if is_flat else map(_ordered, value), key=_text)
    return value


def _text(value: Any) -> str:
    return _quoted(value) if type(value) is str else _encode(value)
