from __future__ import annotations

import pytest

from approvals.models import Agent
from tests.approvals.api.client import V1, stranger
from tests.factories import INPUT_SCHEMA, make_agent

pytestmark = pytest.mark.django_db


def test_agents_are_listed_with_what_they_take() -> None:
    agent = make_agent(description="Pays.")

    response = stranger().get(f"{V1}/agents/")

    (row,) = response.json()["results"]
    assert row.pop("last_seen") is not None
    assert row == {
        "key": agent.key,
        "kind": "graph",
        "title": "Payments",
        "description": "Pays.",
        "version": "1+test",
        "input_schema": INPUT_SCHEMA,
        "drawing": {},
    }


@pytest.mark.parametrize("kind", Agent.Kind.values)
def test_an_agent_says_what_kind_it_is(kind: str) -> None:
    """Programs that ask by the API, graphs here, and graphs on an Agent Server."""
    make_agent(kind=kind)

    (row,) = stranger().get(f"{V1}/agents/").json()["results"]

    assert row["kind"] == kind


def test_agents_are_paged_by_key() -> None:
    for key in ("c", "a", "b"):
        make_agent(key)
    client = stranger()

    first = client.get(f"{V1}/agents/", {"page_size": 2}).json()
    second = client.get(first["next"]).json()

    assert [row["key"] for row in first["results"]] == ["a", "b"]
    assert [row["key"] for row in second["results"]] == ["c"]
