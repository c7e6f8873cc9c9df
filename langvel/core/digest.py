"""What makes two questions the same question."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from json.encoder import encode_basestring_ascii
from typing import Any

DIGEST = "digest"

# Not what a reviewer consents to. The schema's words also change with Pydantic's version.
_UNSEEN = frozenset({DIGEST, "langvel", "deadline", "on_timeout"})


def digest_of(request: Mapping[str, Any]) -> str:
    """A fingerprint of what the reviewer is shown, the same in every process.

    Lists count without their order: a set is dumped in another order by each process, and a
    question that only seems to have changed would refuse every answer.
    """
    shown = {key: value for key, value in request.items() if key not in _UNSEEN}
    if isinstance(action := shown.get("action"), Mapping):
        shown["action"] = {key: value for key, value in action.items() if key != "schema"}
    return hashlib.sha256(_canonical(shown).encode()).hexdigest()


def _canonical(value: Any) -> str:
    if isinstance(value, str):
        return encode_basestring_ascii(value)
    if isinstance(value, Mapping):
        pairs = sorted([f"{_canonical(key)}:{_canonical(value[key])}" for key in value])
        return f"{{{','.join(pairs)}}}"
    if isinstance(value, (list, tuple)):
        return f"[{','.join(sorted(map(_canonical, value)))}]"
    return json.dumps(value)
