"""Does a value fit its schema? The alternatives of a union are told apart as the form does it."""

from __future__ import annotations

from typing import Any, cast

from django.utils.translation import gettext as _
from jsonschema.exceptions import ValidationError

from agents import schemas
from approvals.schemaform.classify import Schemas
from approvals.schemaform.values import Json
from approvals.schemaform.variants import score


def validate(schema: Json, value: Json) -> dict[str, str]:
    """Messages by pointer; empty when the value fits. Nothing is ever fetched for a $ref."""
    known = Schemas(schema)

    def meant(error: ValidationError) -> tuple[int | None, str]:
        return _meant(known, error)

    return schemas.validate(schema, value, choose=meant)


def _meant(known: Schemas, error: ValidationError) -> tuple[int | None, str]:
    fields = [known.field(raw) for raw in cast(Any, error.validator_value)]
    scores = [score(known, one, error.instance) for one in fields]
    possible = {index: points for index, points in enumerate(scores) if points is not None}
    if not possible:
        names = [one.type_name for one in fields if one.kind != "const"]
        return None, _("This should be one of: %(names)s.") % {
            "names": ", ".join(dict.fromkeys(names))
        }
    return max(possible, key=lambda index: (possible[index], -index)), ""
