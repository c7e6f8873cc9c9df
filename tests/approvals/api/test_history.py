from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from rest_framework.test import APIClient

from agents import registry
from approvals.models import AuditEntry, Checkpoint, Run, RunHistory
from tests.approvals.api.client import (
    V1,
    alice,
    as_session,
    as_token,
    bob,
    olga,
    pointers,
    queries,
    refused,
    stranger,
)
from tests.approvals.conftest import jobs
from tests.factories import make_agent, make_history, make_run, make_user

pytestmark = pytest.mark.django_db

RUNS = f"{V1}/runs/"


def history(run: Run) -> str:
    return f"{RUNS}{run.pk}/history/"


def ids(response: Any) -> list[str]:
    return [row["checkpoint_id"] for row in response.json()["results"]]


# --- the list


def test_earlier_states_that_nobody_has_read_are_asked_for() -> None:
    run = make_run()

    response = alice().get(history(run))

    assert (response.status_code, response["Retry-After"]) == (202, "1")
    assert response.json() == {
        "results": [],
        "next": None,
        "previous": None,
        "status": "reading",
        "problem": "",
        "is_cut": False,
    }
    assert jobs() == [("approvals.history", run.pk)]


def test_asking_twice_has_them_read_once() -> None:
    run = make_run()

    for _ in range(2):
        bob().get(history(run))

    assert jobs() == [("approvals.history", run.pk)]


def test_a_worker_that_never_answered_is_not_waited_for_but_its_job_is() -> None:
    run = make_run()
    bob().get(history(run))
    RunHistory.objects.update(asked_at="2020-01-01T00:00:00Z")

    assert bob().get(history(run)).status_code == 202
    assert jobs() == [("approvals.history", run.pk)]


def test_earlier_states_are_listed_newest_first() -> None:
    run = make_run()
    made = make_history(run)

    response = alice().get(history(run))

    assert (response.status_code, response.json()["status"], jobs()) == (200, "read", [])
    assert ids(response) == [one.checkpoint_id for one in reversed(made)]
    assert response.json()["results"][0] == {
        "checkpoint_id": made[2].checkpoint_id,
        "step": 1,
        "source": "loop",
        "steps": ["pay"],
        "next": [],
        "created_at": "2026-01-01T00:00:02Z",
    }


def test_a_run_that_went_on_is_read_on() -> None:
    run = make_run()
    make_history(run)
    Run.objects.filter(pk=run.pk).update(updated_at="2099-01-01T00:00:00Z")

    response = bob().get(history(run))

    assert (response.status_code, len(ids(response))) == (202, 3)
    assert jobs() == [("approvals.history", run.pk)]


def test_a_reading_that_failed_says_why_and_is_tried_again() -> None:
    run = make_run()
    make_history(run)
    RunHistory.objects.update(problem="ValueError: no such type")

    response = bob().get(history(run))

    assert (response.status_code, response.json()["status"]) == (200, "failed")
    assert response.json()["problem"] == "ValueError: no such type"
    assert jobs() == [("approvals.history", run.pk)]


def test_the_list_is_walked_page_by_page() -> None:
    run = make_run()
    made = make_history(run)

    first = bob().get(history(run), {"page_size": 2})
    second = bob().get(first.json()["next"])

    assert ids(first) + ids(second) == [one.checkpoint_id for one in reversed(made)]
    assert second.json()["next"] is None


def test_three_states_take_as_many_queries_as_one() -> None:
    client = as_session(make_user("bob", "reviewers"))
    run = make_run()
    make_history(run)
    Checkpoint.objects.exclude(step=-1).delete()
    one = queries(client, history(run))
    Checkpoint.objects.all().delete()
    make_history(run)

    assert len(queries(client, history(run))) == len(one)


@pytest.mark.parametrize("kind", ["remote", "request"])
def test_an_agent_elsewhere_has_no_history_here(kind: str) -> None:
    run = make_run(agent=make_agent("far", kind=kind))

    assert refused(bob().get(history(run))) == (409, "no_history")
    assert refused(olga().post(f"{RUNS}{run.pk}/fork/", {"checkpoint_id": "x"})) == (
        409,
        "no_history",
    )
    assert jobs() == []


# --- one state


def test_a_state_is_shown_with_what_the_next_step_changed() -> None:
    run = make_run()
    made = make_history(run)

    said = alice().get(f"{history(run)}{made[1].checkpoint_id}/").json()

    assert said["state"] == {"amount": 100.0, "note": "first"}
    assert said["next_checkpoint_id"] == made[2].checkpoint_id
    assert said["changes"] == [{"op": "replace", "path": "/note", "value": "paid"}]


def test_the_last_state_has_nothing_after_it() -> None:
    run = make_run()
    made = make_history(run)

    said = alice().get(f"{history(run)}{made[2].checkpoint_id}/").json()

    assert (said["next"], said["next_checkpoint_id"], said["changes"]) == ([], None, None)


def test_a_state_too_large_to_keep_is_null() -> None:
    run = make_run()
    made = make_history(run)
    Checkpoint.objects.filter(pk=made[1].pk).update(state=None)

    said = alice().get(f"{history(run)}{made[1].checkpoint_id}/").json()

    assert (said["state"], said["changes"]) == (None, None)


@pytest.mark.parametrize("name", ["1f0c", "%00", "%ED%A0%80", "a%20b", "'"])
def test_a_state_that_is_none_is_not_found(name: str) -> None:
    run = make_run()
    make_history(run)

    assert refused(bob().get(f"{history(run)}{name}/")) == (404, "not_found")


def test_a_state_of_another_run_is_not_found() -> None:
    made = make_history(make_run())

    assert refused(bob().get(f"{history(make_run())}{made[0].checkpoint_id}/")) == (
        404,
        "not_found",
    )


# --- forking


def fork(client: APIClient, run: Run, checkpoint: Checkpoint, **body: Any) -> Any:
    body = {"checkpoint_id": checkpoint.checkpoint_id} | body
    return client.post(f"{RUNS}{run.pk}/fork/", body)


Forkable = tuple[Run, list[Checkpoint]]


@pytest.fixture
def forkable(settings: Any) -> Iterator[Forkable]:
    """A run that has finished, whose agent exists as code, so that edits can be checked."""
    settings.LANGVEL_AGENTS = {"payments": "tests.graphs.asks_once"}
    registry.load.cache_clear()
    run = make_run(status="success")
    yield run, make_history(run)
    registry.load.cache_clear()


def test_an_operator_forks_a_run(forkable: Forkable) -> None:
    run, made = forkable

    response = fork(olga(), run, made[1], values={"amount": 5.0})

    child = Run.objects.get(parent=run)
    said = response.json()
    assert (response.status_code, response["Location"]) == (201, f"{RUNS}{child.pk}/")
    assert (said["id"], said["parent"], said["requested_by"], said["status"]) == (
        child.pk,
        run.pk,
        "olga",
        "pending",
    )
    assert (child.parent_checkpoint_id, child.fork_values) == (
        made[1].checkpoint_id,
        {"amount": 5.0},
    )
    assert jobs() == [("approvals.drive", child.pk)]
    assert AuditEntry.objects.filter(run=run).get().data["child"] == child.pk


def test_a_supervisor_forks_a_run(forkable: Forkable) -> None:
    run, made = forkable

    assert fork(as_token(make_user("sue", "supervisors")), run, made[1]).status_code == 201


@pytest.mark.parametrize("who", [alice, bob])
def test_neither_requester_nor_reviewer_forks(
    forkable: Forkable, who: Callable[[], APIClient]
) -> None:
    run, made = forkable

    assert refused(fork(who(), run, made[1])) == (403, "forbidden")
    assert Run.objects.count() == 1


def test_nulls_stand_for_no_change(forkable: Forkable) -> None:
    run, made = forkable

    assert fork(olga(), run, made[1], values=None).status_code == 201
    assert Run.objects.get(parent=run).fork_values == {}


def test_what_is_sent_as_it_was_is_no_change(forkable: Forkable) -> None:
    run, made = forkable

    fork(olga(), run, made[1], values={"amount": 100.0, "note": "other"})

    assert Run.objects.get(parent=run).fork_values == {"note": "other"}


@pytest.mark.parametrize(
    ("values", "pointer"),
    [({"amount": "much"}, "/values/amount"), ({"a/b": 1}, "/values/a~1b")],
)
def test_values_that_do_not_fit_the_state_are_pointed_at(
    forkable: Forkable, values: dict[str, Any], pointer: str
) -> None:
    run, made = forkable

    response = fork(olga(), run, made[1], values=values)

    assert refused(response) == (422, "invalid_input")
    assert pointers(response) == [pointer]
    assert Run.objects.count() == 1


def test_values_that_do_not_fit_the_input_are_pointed_at(forkable: Forkable) -> None:
    run, made = forkable

    response = fork(olga(), run, made[0], values={"amount": "much"})

    assert (refused(response), pointers(response)) == ((422, "invalid_input"), ["/values/amount"])


def test_an_input_is_changed_in_part(forkable: Forkable) -> None:
    run, made = forkable

    fork(olga(), run, made[0], values={"note": "again"})

    child = Run.objects.get(parent=run)
    assert child.input == child.fork_values == {"amount": 100.0, "note": "again"}


def test_a_state_too_large_is_forked_as_it_is(forkable: Forkable) -> None:
    run, made = forkable
    Checkpoint.objects.filter(pk=made[1].pk).update(state=None)

    assert refused(fork(olga(), run, made[1], values={"amount": 5.0})) == (422, "invalid_input")
    assert fork(olga(), run, made[1]).status_code == 201


def test_nothing_is_forked_after_which_nothing_runs(forkable: Forkable) -> None:
    run, made = forkable

    assert refused(fork(olga(), run, made[2])) == (409, "not_forkable")


def test_a_step_that_the_code_no_longer_has_is_named(forkable: Forkable) -> None:
    run, made = forkable
    run.agent.drawing = {"nodes": ["__start__", "transfer", "__end__"]}
    run.agent.save()

    response = fork(olga(), run, made[1])

    assert refused(response) == (409, "step_gone")
    assert "“pay”" in response.json()["detail"]


def test_an_unknown_state_cannot_be_forked(forkable: Forkable) -> None:
    run, _ = forkable
    foreign = make_history(make_run())[1]

    assert refused(fork(olga(), run, foreign)) == (404, "not_found")


@pytest.mark.parametrize(
    ("body", "at"),
    [
        ({}, ["/checkpoint_id"]),
        ({"checkpoint_id": 7}, ["/checkpoint_id"]),
        ({"checkpoint_id": ""}, ["/checkpoint_id"]),
        ({"checkpoint_id": "x", "values": [1]}, ["/values"]),
    ],
)
def test_a_fork_of_another_form_is_malformed(body: dict[str, Any], at: list[str]) -> None:
    response = olga().post(f"{RUNS}{make_run().pk}/fork/", body)

    assert (refused(response), pointers(response)) == ((400, "malformed"), at)


def test_the_same_key_forks_once(forkable: Forkable) -> None:
    run, made = forkable
    client = olga()
    body = {"checkpoint_id": made[1].checkpoint_id}

    first, second = (
        client.post(f"{RUNS}{run.pk}/fork/", body, HTTP_IDEMPOTENCY_KEY="again") for _ in range(2)
    )

    assert (first.json(), second["Idempotency-Replayed"]) == (second.json(), "true")
    assert Run.objects.filter(parent=run).count() == 1


# --- who may


def routes(run: Run) -> list[tuple[str, str]]:
    made = make_history(run)
    return [
        ("get", history(run)),
        ("get", f"{history(run)}{made[1].checkpoint_id}/"),
        ("post", f"{RUNS}{run.pk}/fork/"),
    ]


def test_a_stranger_finds_nothing() -> None:
    client = stranger()

    for method, path in routes(make_run()):
        response = getattr(client, method)(path, {"checkpoint_id": "x"})
        assert refused(response) == (404, "not_found")


def test_somebody_unknown_is_refused() -> None:
    for method, path in routes(make_run()):
        assert refused(getattr(APIClient(), method)(path)) == (401, "unauthenticated")


def test_a_token_needs_the_scope() -> None:
    operator = make_user("olga", "operators")
    wrong = as_token(operator, "interrupts:read")

    for method, path in routes(make_run()):
        assert refused(getattr(wrong, method)(path)) == (403, "insufficient_scope")


def test_who_lost_the_right_forks_no_more(forkable: Forkable) -> None:
    run, made = forkable
    client = olga()
    make_user("olga", "reviewers")

    assert refused(fork(client, run, made[1])) == (403, "forbidden")
