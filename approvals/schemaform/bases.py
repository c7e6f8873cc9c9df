"""What drawing a form and reading it must agree on: which field and which value a place has."""

from __future__ import annotations

from dataclasses import replace

from approvals.schemaform.classify import Schemas
from approvals.schemaform.fields import Field
from approvals.schemaform.pointers import step
from approvals.schemaform.values import MISSING, Json
from approvals.schemaform.variants import blank, choose


def as_json(field: Field) -> Field:
    return replace(field, kind="json")


def absent(field: Field) -> Json:
    """What remains when a container is taken away."""
    return None if field.nullable else MISSING


def property_field(schemas: Schemas, field: Field, key: str) -> Field:
    """The field of one key of an object. Keys the schema does not know are shown and kept."""
    if key in field.properties:
        return schemas.field(field.properties[key])
    extra = field.schema.get("additionalProperties")
    if extra is True or (isinstance(extra, dict) and extra):
        return schemas.field(extra)
    return Field("json", {"readOnly": True})


def item_base(schemas: Schemas, inner: Field, base: Json, index: int) -> Json:
    known = step(base, str(index)) if isinstance(base, list) else MISSING
    return blank(schemas, inner) if known is MISSING else known


def variant_base(schemas: Schemas, field: Field, index: int, base: Json) -> Json:
    """What an alternative starts from: the value, if it is of this alternative, else nothing yet."""
    if choose(schemas, field, base) == index:
        return base
    return blank(schemas, schemas.field(field.variants[index]))
