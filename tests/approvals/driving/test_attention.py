"""What needs a person is where people see it: runs that stand still, types that nobody declared."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.test import Client
from langgraph.graph import StateGraph
from langgraph.types import interrupt

from agents.serializer import StrictSerializer
from approvals import tasks
from approvals.models import Agent, Run, UnknownType
from approvals.unknown import note_unknown
from tests.approvals.conftest import answer
from tests.approvals.web.reading import words
from tests.factories import make_agent, make_decision, make_interrupt, make_run, make_user
from tests.graphs import State, _chain

pytestmark = pytest.mark.django_db(transaction=True)

AGENTS = {"keeps_a_price": "tests.approvals.driving.test_attention.keeps_a_price"}
LONG_AGO = "2001-01-01T00:00Z"


@dataclasses.dataclass
class Price:
    amount: int


def keeps_a_price() -> StateGraph[Any]:
    """Its state holds what its schema does not name."""

    def price(state: State) -> State:
        return {"answers": [Price(amount=7)]}

    def ask(state: State) -> State:
        return {"answers": [interrupt("Pay?")]}

    return _chain(price=price, ask=ask)


def signed_in(name: str, *groups: str) -> Client:
    client = Client()
    client.force_login(make_user(name, *groups))
    return client


def check() -> None:
    async_to_sync(tasks.check_promises.func)(0)


def needy(client: Client) -> list[int]:
    return [run.pk for run in client.get("/runs/?status=attention").context["rows"]]


def test_a_run_that_stands_still_is_listed_until_it_goes_on() -> None:
    bob = signed_in("bob", "reviewers")
    run = make_run(status="pending")
    Run.objects.update(updated_at=LONG_AGO)
    assert needy(bob) == []

    check()
    listed = needy(bob)
    Run.objects.update(updated_at=Run.objects.get().stood_still_at)
    check()

    assert (listed, needy(bob)) == ([run.pk], [])


def test_the_moment_it_stood_still_stays_however_often_it_is_checked() -> None:
    make_run(status="pending")
    Run.objects.update(updated_at=LONG_AGO)
    check()
    first = Run.objects.get().stood_still_at

    check()

    assert Run.objects.get().stood_still_at == first


def test_every_kind_of_need_is_listed_and_nothing_else() -> None:
    given_up = make_run(status="error", error={"type": "NeedsAttention", "message": "x"})
    held = make_interrupt(run=make_run(status="interrupted"), held_reason="Other code.").run
    unheard = make_decision(make_interrupt(run=make_run(status="error"))).interrupt.run
    make_run(status="error", error={"type": "ValueError", "message": "its own"})
    make_interrupt()
    make_run(status="success")

    assert set(needy(signed_in("bob", "reviewers"))) == {given_up.pk, held.pk, unheard.pk}


def test_the_list_of_runs_says_how_many_need_somebody() -> None:
    bob = signed_in("bob", "reviewers")
    assert "goes on only when" not in words(bob.get("/runs/"))

    make_run(status="error", error={"type": "NeedsAttention", "message": "x"})

    page = bob.get("/runs/")
    assert "1 run goes on only when a person does something about it." in words(page)
    assert "?status=attention" in page.content.decode()


def test_a_requester_sees_only_their_own_needs() -> None:
    error = {"type": "NeedsAttention", "message": "x"}
    own = make_run(status="error", error=error, requested_by=make_user("sam", "requesters"))
    make_run(status="error", error=error)

    assert needy(signed_in("sam", "requesters")) == [own.pk]


def test_an_unknown_type_is_shown_as_data_and_counted(
    graphs: None, started: Callable[..., Run], drive: Callable[[Run], Run]
) -> None:
    run = started("keeps_a_price")
    question = run.interrupts.get()
    answer(question)
    run = drive(run)

    known = UnknownType.objects.get()
    page = signed_in("bob", "reviewers").get("/agents/keeps_a_price/")

    assert run.result["answers"] == [{"amount": 7}, "yes"]
    assert (known.agent_id, known.name) == ("keeps_a_price", f"{__name__}.Price")
    assert known.times > 0
    assert f"{__name__}.Price" in words(page)


def test_types_met_again_are_added_up() -> None:
    make_agent()

    for times in (2, 3):
        note_unknown("payments", {"a.B": times, "a.C": 1})

    assert list(UnknownType.objects.values_list("name", "times")) == [("a.B", 5), ("a.C", 2)]


def test_an_agent_that_declares_all_its_types_has_none_of_that_on_its_page() -> None:
    make_agent()

    page = signed_in("bob", "reviewers").get(f"/agents/{Agent.objects.get().key}/")

    assert "Unknown types" not in words(page)


def test_what_is_declared_is_built_and_not_counted() -> None:
    serializer = StrictSerializer([Price])

    built = serializer.loads_typed(serializer.dumps_typed(Price(amount=7)))

    assert (built, serializer.unknown) == (Price(amount=7), {})
