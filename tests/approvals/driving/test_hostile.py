"""Whatever a graph holds or asks, its run is on a page: as a question, or as an error that says why."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from langgraph.graph import StateGraph
from langgraph.types import interrupt

from approvals.driving.explaining import broken_promises
from approvals.driving.reconcile import unexplained_runs
from approvals.models import Interrupt, Run
from tests.approvals.conftest import answer
from tests.factories import make_user
from tests.graphs import State, _chain

pytestmark = pytest.mark.django_db(transaction=True)

Started = Callable[..., Run]
Drive = Callable[[Run | int], Run]

WHERE = ("state", "payload", "error")
AGENTS = {f"hostile_{where}": f"tests.approvals.driving.test_hostile.{where}" for where in WHERE}


def deep(levels: int = 5_000) -> Any:
    value: Any = "bottom"
    for _ in range(levels):
        value = [value]
    return value


HOSTILE: dict[str, Callable[[], Any]] = {
    "NUL": lambda: "a\0b",
    "NUL in a key": lambda: {"a\0b": {"c": "d\0"}},
    "a lone surrogate": lambda: "a\ud800b",
    "a lone surrogate within": lambda: {"x": ["\udfff"]},
    "2^80": lambda: 2**80,
    "an integer of ten thousand digits": lambda: 10**10_000,
    "NaN": lambda: float("nan"),
    "Infinity": lambda: {"x": float("-inf")},
    "5,000 levels": deep,
    "10 MB": lambda: "x" * 10_000_000,
    "a function": lambda: print,
    "a key that is no text": lambda: {(1, 2): None, 3: b"\0"},
}


def state() -> StateGraph[Any]:
    """Keeps it in its state, then asks."""

    def keep(state: State) -> State:
        return {"answers": [HOSTILE[state["topic"]]()]}

    return _chain(keep=keep, ask=_ask)


def payload() -> StateGraph[Any]:
    """Asks with it."""

    def ask(state: State) -> State:
        return {"answers": [interrupt({"question": "Go on?", "about": HOSTILE[state["topic"]]()})]}

    return _chain(ask=ask)


def error() -> StateGraph[Any]:
    """Raises it."""

    def step(state: State) -> State:
        raise ValueError(HOSTILE[state["topic"]]())

    return _chain(step=step)


def _ask(state: State) -> State:
    return {"answers": [interrupt("Go on?")]}


QUOTED = ("NUL", "a lone surrogate", "an integer of ten thousand digits", "5,000 levels", "10 MB")
CASES = [(what, where) for where in ("state", "payload") for what in HOSTILE] + [
    (what, "error") for what in QUOTED
]


@pytest.mark.parametrize(("what", "where"), CASES)
def test_a_run_with_something_hostile_is_never_lost(
    started: Started, drive: Drive, what: str, where: str
) -> None:
    run = started(f"hostile_{where}", input={"topic": what})

    for question in Interrupt.objects.pending():
        assert_shown(run, question)
        answer(question, "yes")
        run = drive(run)

    assert run.status in ("success", "error")
    assert run.status == "success" or (run.error["type"] and run.error["message"])
    assert_shown(run, *Interrupt.objects.all())
    assert (broken_promises(), unexplained_runs(grace_seconds=0)) == ([], [])


def assert_shown(run: Run, *questions: Interrupt) -> None:
    paths = ["/", f"/runs/{run.pk}/", f"/api/v1/runs/{run.pk}/"]
    for question in questions:
        paths += [f"/interrupts/{question.pk}/", f"/api/v1/interrupts/{question.pk}/"]
    bob, audrey = Client(), Client()
    bob.force_login(make_user("bob", "reviewers"))
    audrey.force_login(make_user("audrey", "auditors", is_staff=True))
    for client, path in [
        *((bob, path) for path in paths),
        (audrey, f"/admin/approvals/run/{run.pk}/change/"),
    ]:
        assert client.get(path).status_code == 200, path
