"""Many rows in one statement: what goes in comes out, each in its row, whatever its values hold."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from django.db import DatabaseError, connection
from django.test.utils import CaptureQueriesContext

from approvals.inserting import insert
from approvals.models import Comment, Decision
from approvals.models.fields import as_text
from tests.factories import make_interrupt, make_user

pytestmark = pytest.mark.django_db

HOSTILE: list[Any] = [
    None,
    "null",
    "",
    '"',
    "\\",
    '\\"',
    "\\u0000",
    "\\\\u0000 and \\ud800",
    "'; DROP TABLE approvals_decision; --",
    "$1 %s %(x)s {0} :name",
    "],[",
    '"],["',
    "Grüße 日本 👩‍👩‍👧 \u202e\u2028\u2029",
    "\x01\x1f\x7f\t\r\n",
    2**80,
    -(2**63) - 1,
    0.1,
    1e308,
    -0.0,
    "1e400",
    True,
    False,
    [],
    {},
    [None, [None]],
    {"": {"": ""}, '"': "\\", "z": 1, "a": 2},
    {"a": [1, 1.0, "1", True]},
]


def inserted(*texts: str | None, others: Sequence[str | None] = ()) -> list[int]:
    """Decisions that hold these JSON texts, each about a question of its own."""
    count, bob = len(texts), make_user("bob")
    return insert(
        Decision,
        {
            "interrupt_id": ("bigint", [make_interrupt().pk for _ in texts]),
            "actor_id": ("integer", [bob.pk] * count),
            **{name: ("text", ["x"] * count) for name in ("verb", "via", "auth_method", "digest")},
            "reason": ("text", [str(at) for at in range(count)]),
            "decisions": ("json", ["[]"] * count),
            "resume_value": ("json", texts),
            "patch": ("json", others or ["[]"] * count),
        },
    )


def kept(ids: Sequence[int]) -> list[tuple[bool, str]]:
    """Whether each is SQL's null, and its JSON to the letter."""
    rows = Decision.objects.filter(pk__in=ids).order_by("pk")
    return list(
        rows.extra(select={"is_null": "resume_value IS NULL", "text": "resume_value::text"})
        .values_list("is_null", "text")
    )  # fmt: skip


def test_every_value_comes_back_as_it_was_in_its_own_row() -> None:
    mirrored = [one if one is not None else [] for one in reversed(HOSTILE)]

    ids = inserted(*map(as_text, HOSTILE), others=list(map(as_text, mirrored)))

    rows = Decision.objects.in_bulk(ids)
    found = [(rows[pk].reason, rows[pk].resume_value, rows[pk].patch) for pk in ids]
    # By their text: Python's == would take 1 for True and for 1.0.
    assert [repr(one) for one in found] == [
        repr((str(at), *values)) for at, values in enumerate(zip(HOSTILE, mirrored, strict=True))
    ]


def test_a_null_of_json_becomes_that_of_sql_and_one_inside_stays() -> None:
    assert kept(inserted(None, "null", '"null"', "[null]")) == [
        (True, None), (True, None), (False, '"null"'), (False, "[null]"),
    ]  # fmt: skip


def test_numbers_spaces_and_keys_stay_to_the_letter() -> None:
    exact = '[1208925819614629174706176, 0.10000000000000000000000001, 1e400,  {"b":1, "a":1}]'

    assert kept(inserted(exact)) == [(False, exact)]


def test_an_escape_for_nul_stays_an_escape() -> None:
    assert kept(inserted('"a\\u0000b"', '{"\\u0000": "\\ud800"}')) == [
        (False, '"a\\u0000b"'),
        (False, '{"\\u0000": "\\ud800"}'),
    ]


@pytest.mark.parametrize(
    "text", ["", "{", "1, 2", "1] , [2", "NaN", "'x'", '"\\ud800', "[1,]", "1 -- ", "1], [2, 3"]
)
def test_what_is_no_json_stores_nothing_at_all(text: str) -> None:
    with pytest.raises(DatabaseError):
        inserted("1", text)


def test_a_thousand_rows_take_one_statement_and_keep_their_order() -> None:
    question, bob = make_interrupt(), make_user("bob")

    with CaptureQueriesContext(connection) as seen:
        ids = insert(
            Comment,
            {
                "interrupt_id": ("bigint", [question.pk] * 1000),
                "author_id": ("integer", [bob.pk] * 1000),
                "body": ("text", [str(at) for at in range(1000)]),
                "pointer": ("text", [""] * 1000),
            },
        )

    assert len(seen) == 1
    bodies = dict(Comment.objects.values_list("pk", "body"))
    assert [bodies[pk] for pk in ids] == [str(at) for at in range(1000)]
