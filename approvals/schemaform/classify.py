"""What a JSON Schema asks for, in the few kinds a form has."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from approvals.schemaform.fields import Field, Kind, Option, Schema, text_or_empty
from approvals.schemaform.pointers import lookup
from approvals.schemaform.values import compact, is_scalar

MAX_DEPTH = 8
"""Containers nested deeper are edited as JSON text; a recursive schema would never end."""

_MAX_REFS = 32
_FORMATS: dict[str, Kind] = {"date": "date", "date-time": "datetime", "time": "time"}
_TYPES: dict[str, Kind] = {
    "string": "string",
    "integer": "integer",
    "number": "number",
    "boolean": "boolean",
    "object": "object",
    "array": "array",
}
_NOT_SET = Option(None, "not set")


class Schemas:
    """Reads the sub-schemas of one root schema, each once."""

    def __init__(self, root: Any) -> None:
        self.root = root
        self._known: dict[int, tuple[Any, Field]] = {}
        self._open: set[int] = set()

    def field(self, schema: Any) -> Field:
        known = self._known.get(id(schema))
        if known is None:
            # The schema is kept beside its field: its id must not be reused meanwhile.
            known = self._known[id(schema)] = (schema, self._inside(schema, schema))
        return known[1]

    def _inside(self, raw: Any, schema: Any) -> Field:
        """Classify, remembering that `raw` is being looked at: it may contain itself."""
        self._open.add(id(raw))
        try:
            return self._classify(schema)
        finally:
            self._open.discard(id(raw))

    def resolve(self, schema: Any) -> Any:
        """Follow $ref and a lone allOf; what stands beside them (title, default) wins."""
        for _ in range(_MAX_REFS):
            if not isinstance(schema, dict):
                return schema
            if "$ref" in schema:
                target, key = self._target(schema["$ref"]), "$ref"
            elif isinstance(schema.get("allOf"), list) and len(schema["allOf"]) == 1:
                target, key = schema["allOf"][0], "allOf"
            else:
                return schema
            schema = _merge(target, {name: schema[name] for name in schema if name != key})
        return {}

    def _target(self, ref: Any) -> Any:
        if ref == "#":
            return self.root
        if not isinstance(ref, str) or not ref.startswith("#/"):
            return {}
        return lookup(self.root, ref[1:]) or {}

    def _classify(self, raw: Any) -> Field:
        schema = self.resolve(raw)
        if not isinstance(schema, dict) or "allOf" in schema:
            return Field("json", schema if isinstance(schema, dict) else {}, nullable=True)
        if "const" in schema:
            return _choice(schema, [Option(schema["const"], _label(schema["const"]))], kind="const")
        if isinstance(schema.get("enum"), list) and schema["enum"]:
            return _choice(schema, [Option(value, _label(value)) for value in schema["enum"]])
        alternatives = _alternatives(schema)
        if alternatives is not None:
            return self._union(schema, alternatives)
        return self._typed(schema)

    def _union(self, schema: Schema, alternatives: list[Any]) -> Field:
        rest = {key: schema[key] for key in schema if key not in ("anyOf", "oneOf", "type")}
        others = [one for one in alternatives if not _is_null(self.resolve(one))]
        nullable = len(others) < len(alternatives)
        # "This or itself" is just "this".
        kept = [one for one in others if id(one) not in self._open]
        if not kept:
            return Field("json", rest, nullable=True) if others else _choice(schema, [_NOT_SET])
        if len(kept) == 1:
            return self._lone(kept[0], rest, nullable=nullable)
        fields = [self.field(one) for one in kept]
        if _is_decimal(fields):
            return Field("decimal", {**fields[0].schema, **rest}, nullable=nullable)
        if all(one.kind in ("const", "enum") for one in fields):
            return self._choices(rest, fields, nullable=nullable)
        return self._flat_union(rest, kept, nullable=nullable)

    def _flat_union(self, rest: Schema, kept: list[Any], *, nullable: bool) -> Field:
        """A union among the alternatives of a union is one choice, not two."""
        variants: list[Any] = []
        for raw in kept:
            one = self.field(raw)
            nullable = nullable or (one.kind == "union" and one.nullable)
            variants += one.variants if one.kind == "union" else [raw]
        return Field("union", rest, nullable=nullable, variants=tuple(variants))

    def _lone(self, raw: Any, rest: Schema, *, nullable: bool) -> Field:
        one = self._inside(raw, _merge(self.resolve(raw), rest))
        kind: Kind = "enum" if nullable and one.kind == "const" else one.kind
        return replace(one, kind=kind, nullable=nullable or one.nullable)

    def _choices(self, rest: Schema, fields: list[Field], *, nullable: bool) -> Field:
        options = [
            Option(option.value, one.title if one.kind == "const" and one.title else option.label)
            for one in fields
            for option in one.options
        ]
        return Field(
            kind="enum",
            schema=rest,
            nullable=nullable or any(one.nullable for one in fields),
            options=tuple(options),
        )

    def _typed(self, schema: Schema) -> Field:
        kind = schema.get("type", _implied(schema))
        if kind == "string":
            return Field(_FORMATS.get(text_or_empty(schema.get("format")), "string"), schema)
        if kind == "object" and not _has_properties(schema):
            return Field("json", schema)
        if kind == "array" and (not self._has_items(schema)):
            return Field("json", schema)
        if kind == "null":
            return Field("const", schema, options=(_NOT_SET,))
        if kind == "boolean":
            return Field("boolean", schema, options=(Option(True, "Yes"), Option(False, "No")))
        if isinstance(kind, str) and kind in _TYPES:
            return Field(_TYPES[kind], schema)
        return Field("json", schema, nullable=True)

    def _has_items(self, schema: Schema) -> bool:
        """Lists of "anything" and tuples are one JSON text rather than many."""
        items = schema.get("items")
        if not isinstance(items, dict) or "prefixItems" in schema:
            return False
        resolved = self.resolve(items)
        return isinstance(resolved, dict) and not _is_free(resolved)


def _is_free(schema: Schema) -> bool:
    if any(key in schema for key in ("anyOf", "oneOf", "enum", "const")):
        return False
    kind = schema.get("type") or _implied(schema)
    if kind == "object":
        return not _has_properties(schema)
    return not isinstance(kind, (str, list))


def _has_properties(schema: Schema) -> bool:
    return isinstance(schema.get("properties"), dict) and bool(schema["properties"])


def _implied(schema: Schema) -> str | None:
    if "properties" in schema:
        return "object"
    return "array" if "items" in schema else None


def _alternatives(schema: Schema) -> list[Any] | None:
    """The schemas to choose from, unless the schema says by itself what it wants."""
    kind = schema.get("type")
    if isinstance(kind, list):
        return [{**schema, "type": one} for one in kind]
    if "properties" in schema or "items" in schema:
        return None
    given = schema.get("anyOf", schema.get("oneOf"))
    if not isinstance(given, list) or not given or ("anyOf" in schema and "oneOf" in schema):
        return None
    return given if kind in (None, "object") else None


def _merge(target: Any, beside: Schema) -> Any:
    if not isinstance(target, dict):
        return beside or target
    merged = {**target, **beside}
    if isinstance(target.get("properties"), dict) and isinstance(beside.get("properties"), dict):
        merged["properties"] = {**target["properties"], **beside["properties"]}
    if isinstance(target.get("required"), list) and isinstance(beside.get("required"), list):
        merged["required"] = [*target["required"], *beside["required"]]
    return merged


def _is_null(schema: Any) -> bool:
    if not isinstance(schema, dict):
        return False
    return schema.get("type") == "null" or ("const" in schema and schema["const"] is None)


def _is_decimal(fields: list[Field]) -> bool:
    """Pydantic writes a Decimal as "number or string"."""
    return (
        len(fields) == 2
        and {one.kind for one in fields}
        in (
            {"number", "string"},
            {"integer", "string"},
        )
        and _plain_string(next(one for one in fields if one.kind == "string"), fields)
    )


def _plain_string(text: Field, fields: list[Field]) -> bool:
    whole = any(one.kind == "integer" for one in fields)
    return "pattern" in text.schema if whole else not text.title


def _choice(schema: Schema, options: list[Option], *, kind: Kind = "enum") -> Field:
    """Null among several options is "not set"; alone it is the value."""
    kept = tuple(option for option in options if option.value is not None or kind == "const")
    if not kept:
        return Field("const", schema, options=tuple(options[:1]))
    return Field(kind, schema, nullable=len(kept) < len(options), options=kept)


def _label(value: Any) -> str:
    if isinstance(value, bool):
        return "Yes" if value else "No"
    if value is None:
        return "not set"
    if isinstance(value, str):
        return value or "(empty)"
    return compact(value) if is_scalar(value) else compact(value)[:80]
