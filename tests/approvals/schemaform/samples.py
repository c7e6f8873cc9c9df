"""Schemas and values for Hypothesis: what agents send, and worse."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

TEXT = st.one_of(
    st.sampled_from(["", " ", "a", "null", "true", "1", "\n", "\r\n", "\na\n", "a\r\nb", "a\rb"]),
    st.text(max_size=12),
    st.text(alphabet="ab<>&\"'\n\r\0\u200b~/", max_size=100),
)
NUMBERS = st.one_of(
    st.sampled_from([0, 1, 1.0, -0.0, 0.1, 10**30, 1e22, 1e-7, 2**53 + 1]),
    st.integers(),
    st.floats(allow_nan=False, allow_infinity=False),
)
MOMENTS = st.one_of(
    st.datetimes().map(lambda moment: moment.isoformat()),
    st.datetimes().map(lambda moment: moment.isoformat() + "+02:00"),
    st.datetimes().map(lambda moment: moment.isoformat() + "Z"),
    st.sampled_from(
        ["2026-10-25T02:30:00+01:00", "2026-10-25T02:30:00+02:00", "2026-03-29T02:30:00",
         "0001-01-01T00:00:00+09:00", "2026-11-24", "tomorrow", "2026-11-24T09:00:60Z"]
    ),
)  # fmt: skip
SCALARS = st.one_of(st.none(), st.booleans(), NUMBERS, TEXT)
KEYS = st.one_of(
    st.sampled_from(
        ["a", "b", "ship_to", "x/y", "~n", "a~1b", "", "\r", "a\nb", "1", "ü", '"<', "kind", "a-b"]
    ),
    st.text(max_size=6),
)
JSON = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=8,
)

Pair = tuple[dict[str, Any], Any]


def _with(schema: dict[str, Any], values: st.SearchStrategy[Any]) -> st.SearchStrategy[Pair]:
    return st.tuples(st.just(schema), values)


@st.composite
def _enums(draw: st.DrawFn) -> Pair:
    options = draw(st.lists(SCALARS, min_size=1, max_size=5))
    return {"enum": options}, draw(st.sampled_from(options))


@st.composite
def _consts(draw: st.DrawFn) -> Pair:
    value = draw(SCALARS)
    return {"const": value}, value


_DECIMAL = {"anyOf": [{"type": "number"}, {"type": "string"}]}
_DECIMALS = st.one_of(NUMBERS, st.decimals(allow_nan=False, allow_infinity=False).map(str), TEXT)
LEAVES = st.one_of(
    _with({"type": "string"}, TEXT),
    _with({"type": "string", "format": "markdown"}, TEXT),
    _with({"type": "string", "format": "date-time"}, MOMENTS),
    _with({"type": "string", "format": "date"}, st.dates().map(str) | TEXT),
    _with({"type": "string", "format": "time"}, st.times().map(str) | TEXT),
    _with({"type": "integer"}, st.integers()),
    _with({"type": "number"}, NUMBERS),
    _with({"type": "boolean"}, st.booleans()),
    _with(_DECIMAL, _DECIMALS),
    _with({"type": "object", "additionalProperties": True}, JSON),
    _with({"type": "array"}, JSON),
    _with({}, JSON),
    _with({"type": ["string", "integer", "null"]}, SCALARS),
    _enums(),
    _consts(),
)


@st.composite
def _nullable(draw: st.DrawFn, inner: st.SearchStrategy[Pair]) -> Pair:
    schema, value = draw(inner)
    return {"anyOf": [schema, {"type": "null"}]}, draw(st.none() | st.just(value))


@st.composite
def _objects(draw: st.DrawFn, inner: st.SearchStrategy[Pair]) -> Pair:
    members = draw(st.dictionaries(KEYS, inner, min_size=1, max_size=4))
    required = [key for key in members if draw(st.booleans())]
    schema = {
        "type": "object",
        "properties": {key: member[0] for key, member in members.items()},
        "required": required,
    }
    if draw(st.booleans()):
        schema["additionalProperties"] = draw(st.sampled_from([True, False, {"type": "string"}]))
    value = {
        key: one for key, (_, one) in members.items() if key in required or draw(st.booleans())
    }
    return schema, {**draw(st.dictionaries(KEYS, SCALARS, max_size=1)), **value}


@st.composite
def _lists(draw: st.DrawFn, inner: st.SearchStrategy[Pair]) -> Pair:
    schema, value = draw(inner)
    more = draw(st.lists(st.just(value) | JSON, max_size=3))
    return {"type": "array", "items": schema}, draw(st.permutations([value, *more]))


@st.composite
def _unions(draw: st.DrawFn, inner: st.SearchStrategy[Pair]) -> Pair:
    alternatives = draw(st.lists(inner, min_size=2, max_size=4))
    _, value = draw(st.sampled_from(alternatives))
    return {draw(st.sampled_from(["anyOf", "oneOf"])): [one[0] for one in alternatives]}, value


PAIRS: st.SearchStrategy[Pair] = st.recursive(
    LEAVES,
    lambda inner: st.one_of(_objects(inner), _lists(inner), _nullable(inner), _unions(inner)),
    max_leaves=8,
)


@st.composite
def drafts(draw: st.DrawFn) -> tuple[dict[str, Any], Any, Any]:
    """A schema, what the agent proposed, and what a person made of it: near it, or anything."""
    schema, original = draw(PAIRS)
    return schema, original, draw(st.just(original).map(_copied).flatmap(disturbed) | JSON)


def _copied(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _copied(one) for key, one in value.items()}
    return [_copied(one) for one in value] if isinstance(value, list) else value


@st.composite
def disturbed(draw: st.DrawFn, value: Any) -> Any:
    if draw(st.integers(0, 3)) == 0:
        return draw(JSON)
    if isinstance(value, dict):
        return {key: draw(disturbed(one)) for key, one in value.items() if draw(st.integers(0, 5))}
    if isinstance(value, list):
        return [draw(disturbed(one)) for one in value if draw(st.integers(0, 3))]
    return value


_WORDS = st.sampled_from(
    ["type", "properties", "items", "anyOf", "oneOf", "allOf", "enum", "const", "required", "$ref",
     "$defs", "title", "description", "default", "format", "discriminator", "mapping", "readOnly",
     "propertyName", "additionalProperties", "prefixItems", "pattern", "minimum", "a"]
)  # fmt: skip
_TYPE_WORDS = st.sampled_from(
    ["string", "integer", "object", "array", "null", "date-time", "#", "#/$defs/a", "#/properties/a",
     "http://127.0.0.1:9/"]
)  # fmt: skip
BROKEN_SCHEMAS = st.recursive(
    SCALARS | _TYPE_WORDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_WORDS, inner, max_size=5),
    max_leaves=20,
)
"""What a careless agent may call a schema."""
