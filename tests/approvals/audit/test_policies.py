"""Policies change by a deploy; the history says when, and what held from then on."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection, transaction

from approvals.audit.chain import hold_site_chain
from approvals.audit.verify import verify
from approvals.models import AuditEntry
from approvals.services.policies import note_policies
from langvel.core.policy import Policy
from tests.approvals.services.test_decide import together

pytestmark = pytest.mark.django_db

STARTS = 8
PATIENCE_SECONDS = 60
HIGH = {"risk": "high", "when": {"amount": {"gt": 100}}, "groups": ["supervisors"]}


def agent(*policies: Policy) -> Any:
    return SimpleNamespace(key="payments", policies=policies)


def told() -> list[dict[str, Any]]:
    entries = AuditEntry.objects.filter(action="policy.changed").order_by("seq")
    return [{"whose": one.data["agent"], "policies": one.data["policies"]} for one in entries]


def test_policies_of_the_site_are_noted_when_they_change(settings: Any) -> None:
    settings.LANGVEL_POLICIES = {"pay*": [HIGH], "*": []}
    note_policies()
    settings.LANGVEL_POLICIES = {"pay*": [HIGH | {"risk": "low"}], "*": []}
    note_policies()
    settings.LANGVEL_POLICIES = {}
    note_policies()

    entries = told()
    assert [one["whose"] for one in entries] == ["LANGVEL_POLICIES"] * 3
    assert [one["policies"]["pay*"][0]["risk"] for one in entries[:2]] == ["high", "low"]
    assert entries[0]["policies"]["pay*"][0]["groups"] == ["supervisors"]
    assert entries[2]["policies"] == {}


def test_policies_of_an_agents_code_are_noted_when_they_change(settings: Any) -> None:
    settings.LANGVEL_POLICIES = {}
    note_policies([agent(Policy(risk="high"))])
    note_policies([agent()])

    assert told() == [
        {"whose": "payments", "policies": [{"risk": "high"}]},
        {"whose": "payments", "policies": []},
    ]


def test_what_stays_as_it_is_is_noted_once(settings: Any) -> None:
    settings.LANGVEL_POLICIES = {"pay*": [HIGH]}

    for _ in range(2):
        note_policies([agent(Policy(risk="high"))])

    assert len(told()) == 2


def test_what_never_was_is_no_change(settings: Any) -> None:
    settings.LANGVEL_POLICIES = {}

    note_policies([agent()])

    assert told() == []


@pytest.mark.django_db(transaction=True)
def test_many_that_start_at_once_note_it_once(settings: Any) -> None:
    """All of them have begun before the first may write."""
    settings.LANGVEL_POLICIES = {"pay*": [HIGH]}

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            hold_site_chain()
            starting = pool.submit(together, [note_policies] * STARTS)
            await_waiting(STARTS)
        starting.result()

    assert len(told()) == 1
    assert verify().problems == []


def await_waiting(count: int) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while waiting_for_locks() < count:
        assert time.monotonic() < deadline
        time.sleep(0.02)


def waiting_for_locks() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(DISTINCT pid) FROM pg_locks WHERE NOT granted")
        return int(cursor.fetchone()[0])
