"""The numbers of the insights page for programs: the same numbers, under the same rights."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from approvals.models import Decision
from tests.approvals.api.client import V1, as_session, as_token, stranger
from tests.factories import make_agent, make_decision, make_interrupt, make_run, make_user

pytestmark = pytest.mark.django_db

INSIGHTS = f"{V1}/insights/"


def decided(
    minutes: int = 30, *, verb: str = "approve", reason_code: str = "", **fields: Any
) -> None:
    """Asked so long ago, decided ten minutes ago."""
    now = timezone.now()
    question = make_interrupt(created_at=now - timedelta(minutes=minutes), **fields)
    made = make_decision(question, verb=verb, reason_code=reason_code)
    Decision.objects.filter(pk=made.pk).update(created_at=now - timedelta(minutes=10))


def told(client: APIClient, **query: Any) -> dict[str, Any]:
    response = client.get(INSIGHTS, query)
    assert response.status_code == 200, response.content
    return response.json()


def supervisor() -> APIClient:
    return as_token(make_user("carol", "supervisors"))


def reviewer() -> APIClient:
    return as_token(make_user("bob", "reviewers"))


def counts(decided: int, verb: str, *, waited: float | None, **more: Any) -> dict[str, Any]:
    verbs = dict.fromkeys(("approve", "edit", "reject", "respond", "mixed"), 0)
    return more | verbs | {
        verb: decided, "decided": decided, "waited_median": waited, "waited_ninth": waited,
        "timed": None, "took_median": None, "took_ninth": None,
    }  # fmt: skip


def rounded(tally: dict[str, Any]) -> dict[str, Any]:
    return {key: round(one) if isinstance(one, float) else one for key, one in tally.items()}


def test_what_was_decided_is_counted_by_agent_and_step() -> None:
    decided()
    decided(run=make_run(agent=make_agent("mails")), node="send", verb="reject")

    found = told(reviewer())

    by_agent = {one["agent"]: rounded(one) for one in found["agents"]}
    assert by_agent == {
        "payments": counts(1, "approve", waited=1200, agent="payments"),
        "mails": counts(1, "reject", waited=1200, agent="mails"),
    }
    assert {(one["agent"], one["node"]) for one in found["nodes"]} == {
        ("payments", "gate"),
        ("mails", "send"),
    }
    assert (found["total"]["decided"], found["sampled"], found["of"]) == (2, 1, "all")


def test_the_queue_is_told_with_what_is_overdue_and_where_it_is_heading() -> None:
    make_interrupt(due_at=timezone.now() - timedelta(minutes=1))
    make_interrupt()

    found = told(reviewer())

    assert (found["waiting"], found["overdue"]) == (2, 1)
    assert found["forecast"]["empty_in"] is None
    assert found["forecast"]["asked_per_hour"] > found["forecast"]["decided_per_hour"] == 0


def test_waiting_times_are_told_in_classes_and_moments_in_slots() -> None:
    decided(minutes=12)
    decided(minutes=3_000)

    found = told(reviewer(), range="30d")

    assert [one["decided"] for one in found["waits"]] == [0, 1, 0, 0, 0, 0, 1]
    assert [one["up_to"] for one in found["waits"]][-2:] == [86_400, None]
    assert (len(found["over_time"]), found["range"]) == (30, "30d")
    assert sum(one["decided"] for one in found["over_time"]) == 2


def test_single_reviewers_are_told_to_those_alone_who_may_see_them() -> None:
    decided()

    for_supervisors, for_reviewers = told(supervisor()), told(reviewer())

    (one,) = for_supervisors["people"]
    assert (one["reviewer"], one["decided"], one["timed"]) == ("bob", 1, 0)
    assert sum(each["decided"] for each in for_supervisors["took"]) == 0
    assert (for_reviewers["people"], for_reviewers["took"]) == (None, None)
    assert for_reviewers["total"]["timed"] is None


def test_requesters_get_the_numbers_of_their_own_runs() -> None:
    decided()
    decided(run=make_run(requested_by=make_user("zoe", "requesters")))

    own, others = (
        told(as_token(make_user("zoe", "requesters"))),
        told(stranger()),
    )

    assert (own["of"], own["total"]["decided"]) == ("own", 1)
    assert (others["of"], others["total"]["decided"], others["waiting"]) == ("own", 0, 0)


def test_another_range_is_malformed() -> None:
    response = reviewer().get(INSIGHTS, {"range": "1y"})

    assert (response.status_code, response.json()["code"]) == (400, "malformed")
    assert response.json()["errors"][0]["pointer"] == "/range"


def test_a_token_needs_its_scope_and_a_session_none() -> None:
    bob = make_user("bob", "reviewers")

    assert as_token(bob, "insights:read").get(INSIGHTS).status_code == 200
    assert as_session(bob).get(INSIGHTS).status_code == 200
    refused = as_token(bob, "interrupts:read").get(INSIGHTS)
    assert (refused.status_code, refused.json()["code"]) == (403, "insufficient_scope")


def test_nobody_is_told_nothing() -> None:
    assert APIClient().get(INSIGHTS).status_code == 401


def test_reasons_are_told_with_how_often_they_were_named() -> None:
    decided(verb="reject", reason_code="duplicate")

    (found,) = told(reviewer())["reasons"]

    assert rounded(found) == counts(1, "reject", waited=1200, reason_code="duplicate")


def test_the_page_and_the_api_say_the_same() -> None:
    decided(verb="edit")

    page = as_session(make_user("bob", "reviewers")).get("/insights/agents.csv?range=7d")
    found = told(reviewer(), range="7d")

    assert "Payments,1,0.0,1.0" in page.content.decode()
    assert (found["agents"][0]["decided"], found["agents"][0]["edit"]) == (1, 1)
