from __future__ import annotations

from typing import Any

import pytest

from approvals import audit
from approvals.models import Agent, Interrupt, Run
from tests.approvals.api.client import (
    V1,
    alice,
    as_session,
    bob,
    olga,
    pointers,
    queries,
    refused,
    stranger,
)
from tests.approvals.conftest import jobs
from tests.factories import make_agent, make_interrupt, make_run, make_user

pytestmark = pytest.mark.django_db

RUNS = f"{V1}/runs/"
START = {"agent": "payments", "input": {"amount": 5}}
FAILED = {"type": "ValueError", "message": "no", "node": "pay", "detail": "Traceback …"}


@pytest.fixture
def payments() -> Agent:
    return make_agent()


def ids(response: Any) -> list[int]:
    return [row["id"] for row in response.json()["results"]]


# --- starting


def test_a_requester_starts_a_run(payments: Agent) -> None:
    response = alice().post(RUNS, START | {"metadata": {"ticket": 7}})

    run = Run.objects.get()
    said = response.json()
    assert (response.status_code, response["Location"]) == (201, f"{RUNS}{run.pk}/")
    assert {name: said[name] for name in ("created_at", "updated_at")} != {}
    assert {name: said[name] for name in said if not name.endswith("_at")} == {
        "id": run.pk,
        "agent": "payments",
        "agent_version": "1+test",
        "parent": None,
        "thread_id": run.thread_id,
        "status": "pending",
        "input": {"amount": 5},
        "metadata": {"ticket": 7},
        "result": None,
        "error": None,
        "requested_by": "alice",
    }
    assert jobs() == [("approvals.drive", run.pk)]


def test_a_run_is_started_on_a_thread_of_the_callers_own(payments: Agent) -> None:
    response = alice().post(RUNS, START | {"thread_id": "order-7", "config": {"tags": ["x"]}})

    assert (response.status_code, response.json()["thread_id"]) == (201, "order-7")
    assert Run.objects.get().config == {"tags": ["x"]}


def test_nulls_stand_for_what_is_left_out(payments: Agent) -> None:
    left_out = {"thread_id": None, "config": None, "metadata": None}

    assert alice().post(RUNS, START | left_out).status_code == 201


def test_a_reviewer_starts_no_run(payments: Agent) -> None:
    assert refused(bob().post(RUNS, START)) == (403, "forbidden")


def test_an_unknown_agent_is_not_found(payments: Agent) -> None:
    assert refused(alice().post(RUNS, START | {"agent": "nobody"})) == (404, "not_found")


def test_a_busy_thread_is_a_conflict(payments: Agent) -> None:
    client = alice()
    client.post(RUNS, START | {"thread_id": "order-7"})

    response = client.post(RUNS, START | {"thread_id": "order-7"})

    assert refused(response) == (409, "thread_busy")


@pytest.mark.parametrize(
    ("values", "pointer"),
    [
        ({"amount": "much"}, "/input/amount"),
        ({}, "/input/amount"),
        ({"note": "x"}, "/input/amount"),
    ],
)
def test_input_that_does_not_fit_is_pointed_at(
    payments: Agent, values: dict[str, Any], pointer: str
) -> None:
    response = alice().post(RUNS, START | {"input": values})

    assert refused(response) == (422, "invalid_input")
    assert pointers(response) == [pointer]


@pytest.mark.parametrize(
    ("body", "at"),
    [
        ({"input": {}}, ["/agent"]),
        ({"agent": "payments"}, ["/input"]),
        ({"agent": 5, "input": {}}, ["/agent"]),
        ({"agent": "", "input": {}}, ["/agent"]),
        (START | {"input": [1]}, ["/input"]),
        (START | {"input": None}, ["/input"]),
        (START | {"thread_id": 7}, ["/thread_id"]),
        (START | {"config": "x"}, ["/config"]),
        (START | {"metadata": [1]}, ["/metadata"]),
    ],
)
def test_a_start_of_another_form_is_malformed(
    payments: Agent, body: dict[str, Any], at: list[str]
) -> None:
    response = alice().post(RUNS, body)

    assert refused(response) == (400, "malformed")
    assert pointers(response) == at


@pytest.mark.parametrize(
    "config",
    [{"configurable": {"thread_id": "x"}}, {"configurable": {"__pregel_x": 1}}, {"callbacks": []}],
)
def test_config_that_belongs_to_langgraph_is_malformed(
    payments: Agent, config: dict[str, Any]
) -> None:
    assert refused(alice().post(RUNS, START | {"config": config})) == (400, "malformed")


@pytest.mark.parametrize("thread_id", ["", "x" * 256])
def test_a_thread_has_a_name_of_reasonable_length(payments: Agent, thread_id: str) -> None:
    response = alice().post(RUNS, START | {"thread_id": thread_id})

    assert refused(response) == (400, "malformed")


# --- reading


def test_people_see_their_own_runs() -> None:
    mine = make_run(requested_by=make_user("sam", "requesters"))
    make_run()

    assert ids(stranger().get(RUNS)) == [mine.pk]


def test_reviewers_see_every_run_newest_first() -> None:
    runs = [make_run(), make_run(requested_by=make_user("sam", "requesters"))]

    assert ids(bob().get(RUNS)) == [runs[1].pk, runs[0].pk]


@pytest.mark.parametrize(
    "query", [{"agent": "other"}, {"status": "error"}, {"thread_id": "order-7"}]
)
def test_runs_are_narrowed(query: dict[str, str]) -> None:
    make_run()
    wanted = make_run(agent=make_agent("other"), status="error", thread_id="order-7")

    assert ids(bob().get(RUNS, query)) == [wanted.pk]


def test_an_unknown_status_is_malformed() -> None:
    response = bob().get(RUNS, {"status": "asleep"})

    assert refused(response) == (400, "malformed")
    assert pointers(response) == ["/status"]


def test_the_list_takes_as_many_queries_for_three_runs_as_for_one() -> None:
    client = as_session(make_user("bob", "reviewers"))
    make_run()
    one = queries(client, RUNS)
    for name in ("ann", "ben"):
        make_run(requested_by=make_user(name, "requesters"))

    three = queries(client, RUNS)

    assert (len(ids(client.get(RUNS))), len(three)) == (3, len(one))


def test_a_run_is_read_by_who_asked_for_it() -> None:
    run = make_run(status="success", result={"paid": True})

    said = alice().get(f"{RUNS}{run.pk}/").json()

    assert (said["id"], said["status"], said["result"]) == (run.pk, "success", {"paid": True})


def test_a_run_of_somebody_else_is_not_found() -> None:
    run = make_run()

    assert refused(stranger().get(f"{RUNS}{run.pk}/")) == (404, "not_found")


def test_the_configuration_of_a_run_is_not_shown() -> None:
    run = make_run(config={"configurable": {"api_key": "secret"}})

    assert "secret" not in olga().get(f"{RUNS}{run.pk}/").content.decode()


def test_a_traceback_is_for_operators() -> None:
    run = make_run(status="error", error=FAILED)

    assert olga().get(f"{RUNS}{run.pk}/").json()["error"] == FAILED
    assert alice().get(f"{RUNS}{run.pk}/").json()["error"] == {
        "type": "ValueError",
        "message": "no",
        "node": "pay",
    }


@pytest.mark.parametrize(
    "run_id", ["0", "-1", "abc", "1.5", "9" * 30, "9" * 6000, "%00", "%ED%A0%80", "٣", "1 "]
)
@pytest.mark.parametrize("rest", ["", "timeline/"])
def test_an_id_that_is_none_is_not_found(run_id: str, rest: str) -> None:
    assert refused(bob().get(f"{RUNS}{run_id}/{rest}")) == (404, "not_found")


# --- timeline


def test_a_timeline_tells_what_happened_in_order() -> None:
    question = make_interrupt()
    audit.append(question.run, "run.started", actor=question.requested_by, via="api")
    audit.append(question.run, "question.asked", interrupt=question)

    said = alice().get(f"{RUNS}{question.run_id}/timeline/").json()

    shown = [(row["seq"], row["action"], row["actor"], row["interrupt"]) for row in said["results"]]
    assert shown == [(1, "run.started", "alice", None), (2, "question.asked", None, question.pk)]
    assert (said["next"], said["previous"]) == (None, None)


def test_a_timeline_of_somebody_elses_run_is_not_found() -> None:
    assert refused(stranger().get(f"{RUNS}{make_run().pk}/timeline/")) == (404, "not_found")


# --- cancelling


def test_who_asked_for_a_run_cancels_it() -> None:
    question = make_interrupt()

    response = alice().post(f"{RUNS}{question.run_id}/cancel/", {"reason": "typo"})

    assert (response.status_code, response.json()["id"]) == (200, question.run_id)
    assert Interrupt.objects.get().status == "cancelled"
    assert jobs() == [("approvals.drive", question.run_id)]


def test_cancelling_needs_no_body() -> None:
    assert alice().post(f"{RUNS}{make_run().pk}/cancel/").status_code == 200


def test_a_reviewer_cancels_no_run() -> None:
    assert refused(bob().post(f"{RUNS}{make_run().pk}/cancel/")) == (403, "forbidden")


def test_a_stranger_finds_no_run_to_cancel() -> None:
    assert refused(stranger().post(f"{RUNS}{make_run().pk}/cancel/")) == (404, "not_found")


def test_a_finished_run_cannot_be_cancelled() -> None:
    run = make_run(status="success")

    assert refused(alice().post(f"{RUNS}{run.pk}/cancel/")) == (409, "already_finished")


def test_a_reason_is_text() -> None:
    response = alice().post(f"{RUNS}{make_run().pk}/cancel/", {"reason": 5})

    assert refused(response) == (400, "malformed")


# --- retrying


@pytest.mark.parametrize(("body", "intent"), [({}, "retry"), ({"reask": True}, "reask")])
def test_an_operator_retries_a_failed_run(body: dict[str, Any], intent: str) -> None:
    run = make_run(status="error", error=FAILED)

    response = olga().post(f"{RUNS}{run.pk}/retry/", body)

    assert (response.status_code, response.json()["status"]) == (200, "pending")
    assert Run.objects.get().intent == intent


def test_a_reviewer_retries_no_run() -> None:
    run = make_run(status="error")

    assert refused(bob().post(f"{RUNS}{run.pk}/retry/")) == (403, "forbidden")


def test_a_stranger_finds_no_run_to_retry() -> None:
    run = make_run(status="error")

    assert refused(stranger().post(f"{RUNS}{run.pk}/retry/")) == (404, "not_found")


def test_a_run_that_did_not_fail_cannot_be_retried() -> None:
    assert refused(olga().post(f"{RUNS}{make_run().pk}/retry/")) == (409, "not_failed")


def test_reask_is_true_or_false() -> None:
    response = olga().post(f"{RUNS}{make_run(status='error').pk}/retry/", {"reask": "yes"})

    assert refused(response) == (400, "malformed")
    assert pointers(response) == ["/reask"]
