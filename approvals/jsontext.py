"""JSON that came from outside: what is refused before anything looks at it."""

from __future__ import annotations

import json
import math
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from approvals.exceptions import Invalid, Malformed

MAX_DEPTH = 100
MAX_BYTES = 1_000_000
_TOO_LONG = gettext_lazy("JSON of more than %(most)s bytes is not accepted.")
_TOO_DEEP = gettext_lazy("JSON of more than %(most)s levels is not accepted.")
_NOT_JSON = gettext_lazy("Not valid JSON: %(why)s.")


def loads(text: str | bytes) -> Any:
    """Parse strictly: no duplicate keys, no NaN, at most 1 MB and 100 levels.

    Raises Malformed with a sentence that says what is wrong and where.
    """
    if len(text) > MAX_BYTES:
        raise Malformed(_TOO_LONG % {"most": f"{MAX_BYTES:,}"})
    try:
        return json.loads(text, object_pairs_hook=_unique, parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        raise Malformed(
            _("Not valid JSON: %(why)s (line %(line)s, column %(column)s).")
            % {"why": error.msg, "line": error.lineno, "column": error.colno}
        ) from error
    except UnicodeDecodeError as error:
        raise Malformed(_("JSON must be UTF-8 text.")) from error
    except RecursionError as error:
        raise Malformed(_TOO_DEEP % {"most": MAX_DEPTH}) from error
    except ValueError as error:
        # int() refuses numbers of more than 4,300 digits.
        raise Malformed(_NOT_JSON % {"why": error}) from error


def refuse_unstorable(value: Any) -> None:
    """Raise Malformed or Invalid for what PostgreSQL's JSON cannot hold, naming the place.

    NUL and lone surrogates have no place in a text, NaN and infinities none in JSON, and a
    value of more than 100 levels would break whoever reads it next.
    """
    todo: list[tuple[str, Any, int]] = [("", value, 0)]
    while todo:
        pointer, item, depth = todo.pop()
        if depth > MAX_DEPTH:
            raise Malformed(_TOO_DEEP % {"most": MAX_DEPTH})
        if isinstance(item, str):
            _refuse_text(pointer, item)
        elif isinstance(item, float) and not math.isfinite(item):
            raise Invalid(errors={pointer: _("must be a finite number")})
        elif isinstance(item, dict):
            for key, child in item.items():
                _refuse_text(pointer, key)
                escaped = key.replace("~", "~0").replace("/", "~1")
                todo.append((f"{pointer}/{escaped}", child, depth + 1))
        elif isinstance(item, list):
            todo += [(f"{pointer}/{index}", child, depth + 1) for index, child in enumerate(item)]


def _refuse_text(pointer: str, text: str) -> None:
    if "\0" in text:
        raise Invalid(errors={pointer: _("must not contain the NUL character")})
    if not text.isascii() and any("\ud800" <= char <= "\udfff" for char in text):
        raise Invalid(errors={pointer: _("must not contain half of a surrogate pair")})


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise Malformed(
                _("Not valid JSON: the key %(key)s appears twice in one object.")
                % {"key": repr(key)}
            )
        found[key] = value
    return found


def _no_constant(name: str) -> Any:
    raise Malformed(_("Not valid JSON: %(name)s is not a JSON number.") % {"name": name})
