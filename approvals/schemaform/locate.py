"""Where in the value a pydantic error belongs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from approvals.schemaform.classify import Schemas
from approvals.schemaform.fields import Field
from approvals.schemaform.pointers import child
from approvals.schemaform.values import Json

_LONGEST = 40
_KEY = "[key]"
"""What pydantic appends when a key of a dict is wrong rather than its value."""


def locate(schema: Json, loc: Sequence[str | int]) -> str:
    """The JSON pointer of a pydantic `loc`.

    Pydantic puts names of union members and of validators between the keys:
    ("method", "card", "last4") is /method/last4. What leads nowhere stops at the last place
    that exists, so every error has a field to stand at.
    """
    schemas = Schemas(schema)
    found = _Search(schemas).best(schemas.field(schema), tuple(loc)[:_LONGEST], "")
    return found[1]


class _Search:
    """Tries each reading of a loc and keeps the one that explains most of its parts."""

    def __init__(self, schemas: Schemas) -> None:
        self.schemas = schemas
        self.steps_left = 2000

    def best(self, field: Field, loc: tuple[str | int, ...], pointer: str) -> tuple[int, str]:
        self.steps_left -= 1
        if not loc or self.steps_left < 0:
            return 0, pointer
        return max(self._readings(field, loc, pointer), key=lambda reading: reading[0])

    def _readings(
        self, field: Field, loc: tuple[str | int, ...], pointer: str
    ) -> Iterator[tuple[int, str]]:
        yield 0, pointer
        if field.kind == "union":
            for raw in field.variants:
                inner = self.schemas.field(raw)
                points, found = self.best(inner, loc[1:], pointer)
                yield points + 2 * self._is_named(raw, inner, loc[0]), found
                yield self.best(inner, loc, pointer)
            return
        inside = self._inside(field, loc[0])
        if inside is not None:
            points, found = self.best(inside, loc[1:], child(pointer, loc[0]))
            yield points + 3, found
        elif isinstance(loc[0], str):
            yield self.best(field, loc[1:], pointer)

    def _inside(self, field: Field, token: str | int) -> Field | None:
        if isinstance(token, str) and token in field.properties:
            return self.schemas.field(field.properties[token])
        if isinstance(token, int):
            return self.schemas.field(self._item(field, token)) if _is_list(field) else None
        extra = field.schema.get("additionalProperties")
        if token == _KEY or extra in (None, False) or field.kind not in ("object", "json"):
            return None
        return self.schemas.field(extra)

    def _item(self, field: Field, index: int) -> Json:
        first = field.schema.get("prefixItems")
        if isinstance(first, list) and 0 <= index < len(first):
            return first[index]
        return field.items

    def _is_named(self, raw: Json, field: Field, token: str | int) -> bool:
        """Whether pydantic would call this alternative so: its tag, its class or its type."""
        names = {field.title, field.kind, str(field.schema.get("type"))}
        if isinstance(raw, dict) and isinstance(raw.get("$ref"), str):
            names.add(raw["$ref"].rpartition("/")[2])
        names |= {str(one) for one in self._tags(field)}
        return str(token) in names or str(token).removeprefix("constrained-")[:3] in {
            name[:3] for name in names if name in ("integer", "string", "number", "boolean")
        }

    def _tags(self, field: Field) -> Iterator[Json]:
        for raw in field.properties.values():
            one = self.schemas.field(raw)
            if one.kind == "const":
                yield one.options[0].value


def _is_list(field: Field) -> bool:
    if field.kind == "array":
        return True
    return field.kind == "json" and field.schema.get("type", "array") == "array"
