from __future__ import annotations

import json
from typing import Any

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from psycopg.types.json import Json

_encode = json.JSONEncoder(ensure_ascii=False, allow_nan=False).encode


class OrderedJSONField(models.JSONField):
    """JSON kept as it was written: keys in their order, 1.0 as 1.0, integers of any size.

    A reviewer sees fields in the order of the agent's model, which `jsonb` would sort by length
    of name. Queries look into these columns only for the reasons that decisions name.
    """

    def db_type(self, connection: BaseDatabaseWrapper) -> str:
        return "json"

    def select_format(self, compiler: Any, sql: str, params: Any) -> tuple[str, Any]:
        # As text, so that Django parses it: psycopg would hand over a parsed value.
        return f"{sql}::text", params

    def get_db_prep_value(
        self, value: Any, connection: BaseDatabaseWrapper, prepared: bool = False
    ) -> Any:
        if value is None or hasattr(value, "as_sql"):
            return value
        return Json(value, dumps=_dumps)


def as_text(value: Any) -> str | None:
    """A JSON value as such a column keeps it; None is SQL's null."""
    return None if value is None else _dumps(value)


def _dumps(value: Any) -> str:
    return _encode(value)
