"""What the buttons inside a form do to its value."""

from __future__ import annotations

from collections.abc import Callable

from approvals.schemaform.bases import absent
from approvals.schemaform.classify import Schemas
from approvals.schemaform.fields import Field
from approvals.schemaform.naming import MAX_ITEMS
from approvals.schemaform.pointers import lookup, parent, received
from approvals.schemaform.values import MISSING, Json, Unparsed
from approvals.schemaform.variants import blank, choose, fresh
from approvals.schemaform.walk import field_at, original_at, replaced, taken


def apply_op(schema: Json, value: Json, op: str, *, original: Json = MISSING) -> Json:
    """A new value after one press of a button.

        add:/items        one more item, or the object or list that was not set
        remove:/items/2   without this item, or this optional object
        variant:/method:1 another alternative of a union
        revert:/amount    as the agent had proposed it (needs `original`)

    A press that no longer fits the value, or was made up, changes nothing.
    """
    verb, _, rest = received(op).partition(":")
    schemas = Schemas(schema)
    if verb == "revert":
        return _revert(value, rest, original)
    if verb == "variant":
        return _switch(schemas, value, rest, original)
    act: Callable[[Schemas, Json, str], Json] | None = {"add": _add, "remove": _remove}.get(verb)
    return value if act is None else act(schemas, value, rest)


def _add(schemas: Schemas, value: Json, pointer: str) -> Json:
    field, present = field_at(schemas, value, pointer), lookup(value, pointer)
    field = field and taken(schemas, field, present)
    if field is None or field.read_only:
        return value
    unset = present is None or present is MISSING
    if field.kind == "object" and unset:
        return replaced(value, pointer, fresh(schemas, field))
    if field.kind != "array" or not (unset or isinstance(present, list)):
        return value
    items = [] if unset else present
    if len(items) >= MAX_ITEMS:
        return value
    return replaced(value, pointer, [*items, blank(schemas, schemas.field(field.items))])


def _remove(schemas: Schemas, value: Json, pointer: str) -> Json:
    head, _ = parent(pointer)
    field = field_at(schemas, value, pointer)
    if field is None or not pointer:
        return value
    if isinstance(lookup(value, head), list):
        return replaced(value, pointer, MISSING)
    owner = field_at(schemas, value, head)
    needed = owner is None or parent(pointer)[1] in owner.required
    if needed and not field.nullable:
        return value
    return replaced(value, pointer, absent(field))


def _switch(schemas: Schemas, value: Json, rest: str, original: Json) -> Json:
    pointer, _, number = rest.rpartition(":")
    field = field_at(schemas, value, pointer)
    if field is None or field.kind != "union" or not _is_index(number, len(field.variants)):
        return value
    at, present = int(number), lookup(value, pointer)
    if choose(schemas, field, present) == at:
        return value
    agents = original_at(original, value, pointer)
    if choose(schemas, field, agents) == at and agents is not MISSING:
        return replaced(value, pointer, agents)
    return replaced(value, pointer, _switched(schemas, field, at, present))


def _switched(schemas: Schemas, union: Field, at: int, present: Json) -> Json:
    """A fresh start in the new alternative, with what the two have in common."""
    field = schemas.field(union.variants[at])
    made = fresh(schemas, field)
    if made is None and field.kind != "const":
        return _nothing_yet(at)
    if not isinstance(made, dict) or field.kind != "object":
        return made
    if isinstance(present, dict):
        made |= {key: present[key] for key in present if _is_shared(schemas, field, key)}
    return _recognisable(schemas, union, at, made)


def _nothing_yet(at: int) -> Unparsed:
    empty = Unparsed("")
    empty.variant = at
    return empty


def _is_shared(schemas: Schemas, field: Field, key: str) -> bool:
    if key not in field.properties:
        return False
    return schemas.field(field.properties[key]).kind not in ("const", "enum")


def _recognisable(schemas: Schemas, union: Field, at: int, made: dict[str, Json]) -> Json:
    """Without tags, only its keys tell an alternative from another, so as few as needed are set."""
    field = schemas.field(union.variants[at])
    for keys in (field.required, field.properties):
        if choose(schemas, union, made) == at:
            break
        made = {**dict.fromkeys(sorted(keys)), **made}
    return made


def _revert(value: Json, pointer: str, original: Json) -> Json:
    if original is MISSING:
        return value
    return replaced(value, pointer, original_at(original, value, pointer))


def _is_index(text: str, length: int) -> bool:
    return text.isascii() and text.isdecimal() and len(text) < 5 and int(text) < length
