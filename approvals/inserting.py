"""Many rows in one statement that does not grow with them: each column is one array.

Django's bulk_create writes a placeholder a value, which for thousands of rows takes longer than
PostgreSQL does.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.db import connection, models

Column = tuple[str, Iterable[Any]]

_GIVEN_JSON = "json_array_elements(%s::json)"


def insert(model: type[models.Model], columns: Mapping[str, Column], **same: str) -> list[int]:
    """Insert rows and return their ids, in order. What is left out takes the database's default.

    `columns`: name → type and values, JSON as text. `same`: name → an expression for every row.
    """
    given = ", ".join(
        _GIVEN_JSON if kind == "json" else f"unnest(%s::{kind}[])" for kind, _ in columns.values()
    )
    values = ", ".join(
        f"nullif(given.{name}::text, 'null')::json" if kind == "json" else f"given.{name}"
        for name, (kind, _) in columns.items()
    )
    names, table = ", ".join(columns), model._meta.db_table
    # Names of ours, from code; every value is a parameter.
    statement = (
        f"INSERT INTO {table} ({', '.join([names, *same])})"  # noqa: S608
        f" SELECT {', '.join([values, *same.values()])}"
        f" FROM ROWS FROM ({given}) WITH ORDINALITY AS given ({names}, place)"
        " ORDER BY given.place RETURNING id"
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, [_parameter(*column) for column in columns.values()])
        return [row[0] for row in cursor.fetchall()]


def _parameter(kind: str, values: Iterable[Any]) -> Any:
    """JSON as one document: psycopg escapes each quote in an array of texts by itself, in Python.

    PostgreSQL hands its elements out as they were written. Its null is SQL's.
    """
    if kind != "json":
        return list(values)
    return f"[{','.join('null' if text is None else text for text in values)}]"
