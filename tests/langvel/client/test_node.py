"""A graph elsewhere asks through this site, and however often it is run, asks once."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, TypedDict

import pytest
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import END, START, StateGraph

from approvals.models import ExternalRequest, Interrupt
from approvals.requests.closing import expire
from langvel.client import Action, Expired, Refused
from langvel.client.node import ask_person
from tests.approvals.api.client import bob
from tests.approvals.requests.asking import decide

pytestmark = pytest.mark.django_db(transaction=True)

Later = Callable[..., Future[Any]]


class State(TypedDict, total=False):
    to: str
    answer: dict[str, Any]
    other: dict[str, Any]
    paid: str


def asking(state: State) -> dict[str, Any]:
    return {"title": f"Pay {state['to']}", "actions": [Action("pay", {"to": state["to"]})]}


def pay(state: State) -> State:
    decision = state["answer"]["decisions"][0]
    return {"paid": decision["args"]["to"] if decision["args"] else ""}


@pytest.fixture
def build(live_server: Any, token: str) -> Callable[..., Any]:
    """A graph that asks, then pays; in memory, as one that runs elsewhere."""

    def build(ask: Callable[[Any], Any] = asking, **options: Any) -> Any:
        graph: Any = StateGraph(State)
        options = {"url": live_server.url, "token": token, "timeout": 30} | options
        graph.add_node("review", ask_person(ask, **options))
        graph.add_node("pay", pay)
        graph.add_edge(START, "review")
        graph.add_edge("review", "pay")
        graph.add_edge("pay", END)
        return graph.compile(InMemorySaver())

    return build


def thread(name: str = "one") -> Any:
    return {"configurable": {"thread_id": name}}


def test_a_graph_goes_on_with_the_answer(build: Any, later: Later) -> None:
    later()

    result = build().invoke({"to": "Ana"}, thread())

    assert (result["paid"], result["answer"]["decided_by"]) == ("Ana", "bob")


def test_an_asynchronous_graph_goes_on_with_the_answer(build: Any, later: Later) -> None:
    later({"type": "reject"})

    result = asyncio.run(build().ainvoke({"to": "Ana"}, thread()))

    assert (result["paid"], result["answer"]["approved"]) == ("", False)


def test_a_node_that_is_run_again_finds_what_it_asked(build: Any) -> None:
    graph = build(timeout=0.1)
    for values in ({"to": "Ana"}, None):
        with pytest.raises(TimeoutError):
            graph.invoke(values, thread())
    decide(bob(), ExternalRequest.objects.get())

    result = graph.invoke(None, thread())

    assert result["paid"] == "Ana"
    assert ExternalRequest.objects.count() == 1


def test_sync_and_async_runs_of_a_task_ask_once(build: Any) -> None:
    graph = build(timeout=0.1)
    with pytest.raises(TimeoutError):
        graph.invoke({"to": "Ana"}, thread())
    with pytest.raises(TimeoutError):
        asyncio.run(graph.ainvoke(None, thread()))

    assert ExternalRequest.objects.count() == 1


def test_a_node_that_asks_something_else_when_it_is_run_again_is_refused(build: Any) -> None:
    names = iter(["Ana", "Ben"])
    graph = build(lambda state: asking({"to": next(names)}), timeout=0.1)
    with pytest.raises(TimeoutError):
        graph.invoke({"to": "Ana"}, thread())

    with pytest.raises(Refused) as raised:
        graph.invoke(None, thread())

    assert raised.value.code == "idempotency_key_reused"
    assert ExternalRequest.objects.count() == 1


def test_another_thread_asks_for_itself(build: Any) -> None:
    graph = build(timeout=0.1)
    for name in ("one", "two"):
        with pytest.raises(TimeoutError):
            graph.invoke({"to": "Ana"}, thread(name))

    assert ExternalRequest.objects.count() == 2


def test_a_new_run_of_a_thread_asks_anew(build: Any, later: Later) -> None:
    graph = build()
    for _ in range(2):
        done = later()
        graph.invoke({"to": "Ana"}, thread())
        done.result(timeout=10)

    assert ExternalRequest.objects.count() == 2


def test_two_nodes_side_by_side_ask_two_questions(live_server: Any, token: str) -> None:
    graph: Any = StateGraph(State)
    for name in ("answer", "other"):
        node = ask_person(asking, into=name, url=live_server.url, token=token, timeout=0.1)
        graph.add_node(f"ask_{name}", node)
        graph.add_edge(START, f"ask_{name}")

    with pytest.raises(TimeoutError):
        graph.compile(InMemorySaver()).invoke({"to": "Ana"}, thread())

    assert ExternalRequest.objects.count() == 2


def test_what_a_node_writes_is_the_graphs_own_business(build: Any, later: Later) -> None:
    later()
    graph = build(use=lambda state, answer: {"answer": answer.as_json(), "other": answer.args})

    assert graph.invoke({"to": "Ana"}, thread())["other"] == {"to": "Ana"}


@pytest.mark.parametrize("is_prepared", [True, False])
def test_a_question_nobody_answered_raises_unless_the_graph_is_prepared(
    build: Any, is_prepared: bool
) -> None:
    unanswered = {"answer": {"decisions": [{"args": None}]}}
    otherwise = {"otherwise": lambda state, error: unanswered} if is_prepared else {}
    graph = build(timeout=0.1)
    with pytest.raises(TimeoutError):
        graph.invoke({"to": "Ana"}, thread())
    Interrupt.objects.update(expires_at="2020-01-01T00:00:00Z")
    expire(ExternalRequest.objects.get().pk)
    prepared = build(**otherwise)
    prepared.checkpointer = graph.checkpointer

    if is_prepared:
        assert prepared.invoke(None, thread())["paid"] == ""
    else:
        with pytest.raises(Expired):
            prepared.invoke(None, thread())
