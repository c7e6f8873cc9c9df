"""What a gate asks and which answers it takes, driven as the site does: without Agent.resume."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any

import pytest
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.types import Command
from pydantic import BaseModel, Field, ValidationError, model_validator

from langvel.core.agent import Agent
from langvel.exceptions import GraphInvalid, InvalidDecision, LangvelError, UnknownField
from langvel.routing.builder import GraphBuilder
from langvel.state.base import StateModel


class Speed(StrEnum):
    SLOW = "slow"
    FAST = "fast"


class Line(BaseModel):
    sku: str
    price: Decimal = Field(ge=0)


class Payment(StateModel):
    payee: str
    total: Decimal
    lines: list[Line] = []
    speed: Speed = Speed.SLOW
    due: datetime | None = None
    tags: Annotated[list[str], lambda a, b: [*a, *b]] = []
    paid: bool = False

    @model_validator(mode="after")
    def _covered(self) -> "Payment":
        if self.lines and self.total > sum(line.price for line in self.lines):
            raise ValueError("more than the lines")
        return self


class PayAgent(Agent):
    """Pays."""

    state_model = Payment
    words: Mapping[str, Any] = {}

    def build_graph(self) -> GraphBuilder:
        return self.start().then(self.plan).interrupt(**self.words).then(self.pay).end()

    def plan(self, state: Payment) -> None:
        state.metadata["planned"] = True

    def pay(self, state: Payment) -> None:
        state.paid = True


class AwareAgent(PayAgent):
    def pay(self, state: Payment) -> None:
        state.paid = state.approved


GIVEN = {"payee": "Ann", "total": "10.50", "lines": [{"sku": "a", "price": "20"}], "tags": ["x"]}
REVIEW = {"by": "bob", "at": "2026-11-23T10:00:00Z"}


class Site:
    """Drives a compiled graph on its own saver."""

    def __init__(self, agent: Agent) -> None:
        self.agent = agent
        self.graph = agent.compile(checkpointer=InMemorySaver())
        self.config: Any = {"configurable": {"thread_id": "1"}}
        self.question: Any = None

    async def start(self, values: dict[str, Any] = GIVEN) -> dict[str, Any]:
        return await self._go(self.agent.prepare_input(values))

    async def answer(self, decision: Any) -> dict[str, Any]:
        return await self._go(Command(resume={self.question.id: decision}))

    async def _go(self, what: Any) -> dict[str, Any]:
        values = await self.graph.ainvoke(what, self.config, durability="sync")
        self.question = next(iter(values.get("__interrupt__", [])), None)
        return values

    async def failed(self) -> bool:
        snapshot = await self.graph.aget_state(self.config)
        return any(task.error for task in snapshot.tasks)


async def asked(agent: Agent) -> dict[str, Any]:
    site = Site(agent)
    await site.start()
    request: dict[str, Any] = site.question.value
    return request


async def test_the_payload_has_everything_a_reviewer_needs_as_json() -> None:
    request = await asked(PayAgent())

    assert request == json.loads(json.dumps(request))
    assert {key: request[key] for key in request if key not in ("action", "state", "digest")} == {
        "langvel": 1,
        "node": "plan",
        "title": "Pay",
        "summary": "",
        "effect": "",
        "description": "",
        "allowed": ["approve", "edit", "reject"],
        "risk": None,
        "deadline": None,
        "on_timeout": None,
    }
    assert request["action"]["name"] == "pay"
    assert request["action"]["args"] == {
        "payee": "Ann",
        "total": "10.50",
        "lines": [{"sku": "a", "price": "20"}],
        "speed": "slow",
        "due": None,
        "tags": ["x"],
        "paid": False,
    }
    assert request["state"]["metadata"] == {"planned": True}
    assert not [key for key in request["state"] if key.startswith("_")]


async def test_the_schema_covers_exactly_the_editable_fields() -> None:
    class Narrow(PayAgent):
        words = {"editable": ["speed", "total"]}

    action = (await asked(Narrow()))["action"]

    assert action["args"] == {"speed": "slow", "total": "10.50"}
    assert list(action["schema"]["properties"]) == ["speed", "total"]
    assert (action["schema"]["required"], list(action["schema"]["$defs"])) == (["total"], ["Speed"])


async def test_nothing_editable_means_no_edit() -> None:
    class Fixed(PayAgent):
        words = {"editable": []}

    request = await asked(Fixed())

    assert (request["allowed"], request["action"]["args"]) == (["approve", "reject"], {})


async def test_texts_are_format_strings_or_functions_of_the_state() -> None:
    class Worded(PayAgent):
        words = {
            "title": "Pay {total} to {payee}",
            "summary": lambda state: f"{len(state.lines)} line",
            "effect": "{lines[0].sku} is bought",
            "risk": lambda state: "high" if state.total > 5 else "low",
            "deadline": 3600,
            "on_timeout": "escalate",
        }

    request = await asked(Worded())

    assert (request["title"], request["summary"], request["effect"]) == (
        "Pay 10.50 to Ann",
        "1 line",
        "a is bought",
    )
    assert (request["risk"], request["deadline"], request["on_timeout"]) == (
        "high",
        3600,
        "escalate",
    )


async def test_describe_review_words_the_question_and_interrupt_wins() -> None:
    class Described(PayAgent):
        words = {"effect": "from interrupt"}

        def describe_review(self, state: Payment, node: str) -> dict[str, Any]:
            return {"title": f"{{{state.payee}}} at {node}", "effect": "hook", "risk": "low"}

    request = await asked(Described())

    assert (request["title"], request["effect"], request["risk"]) == (
        "{Ann} at plan",
        "from interrupt",
        "low",
    )


@pytest.mark.parametrize(
    "words",
    [{"title": "Pay {amount}"}, {"editable": ["amount"]}, {"risk": "huge"}, {"title": "{"}],
)
def test_a_question_about_unknown_fields_is_refused_at_compile(words: dict[str, Any]) -> None:
    agent = type("Wrong", (PayAgent,), {"words": words})()

    with pytest.raises(GraphInvalid):
        agent.compile(checkpointer=InMemorySaver())


async def test_approve_sets_the_review_and_runs_the_action() -> None:
    site = Site(PayAgent())
    await site.start()

    values = await site.answer({"type": "approve", "message": "fine", **REVIEW})

    at = datetime(2026, 11, 23, 10, tzinfo=UTC)
    assert {name: values.get(name) for name in ("approved", "approved_by", "approval_notes")} == {
        "approved": True,
        "approved_by": "bob",
        "approval_notes": "fine",
    }
    assert (values["approved_at"], values["approval_time"], values["paid"]) == (at, at, True)


async def test_edit_writes_validated_values_of_the_right_types() -> None:
    site = Site(PayAgent())
    await site.start()
    args = {
        **site.question.value["action"]["args"],
        "total": "12.00",
        "speed": "fast",
        "due": "2027-01-01T00:00:00Z",
        "tags": ["y"],
    }

    values = await site.answer({"type": "edit", "args": args, **REVIEW})

    assert (values["total"], values["speed"]) == (Decimal("12.00"), Speed.FAST)
    assert (values["due"], values["tags"]) == (datetime(2027, 1, 1, tzinfo=UTC), ["y"])
    assert (values["approved"], values["paid"], values["lines"]) == (
        True,
        True,
        [Line(sku="a", price=Decimal(20))],
    )


async def test_reject_never_runs_an_action_that_was_not_written_for_it() -> None:
    site = Site(PayAgent())
    await site.start()

    values = await site.answer({"type": "reject", "message": "no", **REVIEW})

    assert (values["paid"], values["approved"], values["rejected"]) == (False, False, True)
    assert (values["rejected_by"], values["rejection_reason"]) == ("bob", "no")
    assert (await site.graph.aget_state(site.config)).next == ()


async def test_reject_runs_a_step_that_looks_at_the_review() -> None:
    class Recording(AwareAgent):
        def pay(self, state: Payment) -> None:
            state.set_error(f"refused: {state.rejection_reason}" if state["rejected"] else None)

    site = Site(Recording())
    await site.start()

    values = await site.answer({"type": "reject", "message": "no"})

    assert values["error"] == "refused: no"


@pytest.mark.parametrize(
    ("agent", "on_reject", "ran"), [(PayAgent, "continue", True), (AwareAgent, "end", False)]
)
async def test_on_reject_overrides_the_rule(agent: Any, on_reject: str, ran: bool) -> None:
    class Told(agent):  # type: ignore[misc]
        words = {"on_reject": on_reject}
        seen = False

        def pay(self, state: Payment) -> None:
            self.seen = True
            super().pay(state)

    site = Site(told := Told())
    await site.start()
    await site.answer({"type": "reject"})

    assert told.seen is ran


@pytest.mark.parametrize(
    "decision",
    [
        None,
        True,
        "approve",
        {},
        [],
        {"type": "accept"},
        {"type": "approve", "approved": True},
        {"type": "approve", "args": {"total": "1"}},
        {"type": "approve", "by": 7},
        {"type": "approve", "at": "yesterday"},
        {"type": "edit"},
        {"type": "edit", "args": [1]},
        {"type": "edit", "args": {"unknown": 1}},
        {"type": "edit", "args": {"approved": True}},
        {"type": "edit", "args": {"_langvel": {}}},
    ],
    ids=repr,
)
async def test_a_malformed_decision_raises_and_never_approves(decision: Any) -> None:
    site = Site(PayAgent())
    await site.start()

    with pytest.raises(LangvelError):
        await site.answer(decision)

    values = (await site.graph.aget_state(site.config)).values
    assert (values["paid"], values["approved"], await site.failed()) == (False, False, True)


async def test_an_edit_a_validator_refuses_raises_and_pays_nothing() -> None:
    site = Site(PayAgent())
    await site.start()

    with pytest.raises(ValidationError, match="more than the lines"):
        await site.answer({"type": "edit", "args": {"total": "21"}})

    assert (await site.graph.aget_state(site.config)).values["paid"] is False


async def test_edit_is_refused_where_it_was_not_offered() -> None:
    class Fixed(PayAgent):
        words = {"editable": ()}

    site = Site(Fixed())
    await site.start()

    with pytest.raises(InvalidDecision):
        await site.answer({"type": "edit", "args": {}})


async def test_an_untouched_field_is_not_rewritten_by_an_edit() -> None:
    class Loose(StateModel):
        extra: dict[str, Any] = {}
        name: str = ""

    class LooseAgent(PayAgent):
        state_model = Loose

        def plan(self, state: Loose) -> None:
            state.extra["at"] = datetime(2026, 1, 1)

        def pay(self, state: Loose) -> None:
            pass

    site = Site(LooseAgent())
    await site.start({})
    args = {**site.question.value["action"]["args"], "name": "new"}

    values = await site.answer({"type": "edit", "args": args})

    assert values["name"] == "new"
    assert values["extra"] == {"at": datetime(2026, 1, 1)}


async def test_a_second_gate_starts_from_a_clean_review() -> None:
    class Twice(AwareAgent):
        def build_graph(self) -> GraphBuilder:
            return (
                self.start()
                .then(self.plan)
                .interrupt()
                .then(self.check)
                .interrupt()
                .then(self.pay)
                .end()
            )

        def check(self, state: Payment) -> None:
            state.context["refused"] = state.rejected

    site = Site(Twice())
    await site.start()
    await site.answer({"type": "reject", "message": "no", **REVIEW})
    values = await site.answer({"type": "approve", "by": "eve"})

    assert values["context"] == {"refused": True}
    assert (values["rejected"], values["rejected_by"], values["rejection_reason"]) == (
        False,
        None,
        None,
    )
    assert (values["approved_by"], values["paid"]) == ("eve", True)


async def test_a_rejection_skips_further_gates_in_a_row() -> None:
    class FourEyes(AwareAgent):
        def build_graph(self) -> GraphBuilder:
            return self.start().then(self.plan).interrupt().interrupt().then(self.pay).end()

    site = Site(FourEyes())
    await site.start()
    values = await site.answer({"type": "reject"})

    assert site.question is None
    assert (values["rejected"], values["paid"]) == (True, False)


class Parallel(PayAgent):
    def build_graph(self) -> GraphBuilder:
        return (
            self.start()
            .parallel(self.plan, self.other)
            .interrupt(self.plan)
            .interrupt(self.other)
            .merge(self.pay)
            .end()
        )

    def other(self, state: Payment) -> None:
        state.context["other"] = True


@pytest.mark.parametrize(
    ("verbs", "paid"),
    [
        (("approve", "approve"), True),
        (("approve", "reject"), False),
        (("reject", "approve"), False),
        (("reject", "reject"), False),
    ],
)
async def test_one_rejection_among_parallel_gates_stops_what_follows_the_join(
    verbs: Any, paid: bool
) -> None:
    site = Site(Parallel())
    start = await site.start()
    answers = {
        interrupt.id: {"type": verb}
        for interrupt, verb in zip(start["__interrupt__"], verbs, strict=True)
    }

    values = await site.graph.ainvoke(Command(resume=answers), site.config, durability="sync")

    assert (values["paid"], values["approved"], values["rejected"]) == (paid, paid, not paid)
    assert (await site.graph.aget_state(site.config)).next == ()


async def test_a_branch_behind_a_gate_names_the_step_that_was_chosen() -> None:
    class Branching(PayAgent):
        def build_graph(self) -> GraphBuilder:
            routes = {"pay": self.pay, "skip": self.skip}
            return self.start().then(self.plan).interrupt().branch(routes).end()

        def plan(self, state: Payment) -> None:
            state.set_next("skip")

        def skip(self, state: Payment) -> None:
            state.context["skipped"] = True

    site = Site(Branching())
    await site.start()
    name = site.question.value["action"]["name"]
    values = await site.answer({"type": "approve"})

    assert (name, values["paid"], values["context"]) == ("skip", False, {"skipped": True})


async def test_a_gate_before_the_end_says_so() -> None:
    class Last(PayAgent):
        def build_graph(self) -> GraphBuilder:
            return self.start().then(self.plan).interrupt().end()

    request = await asked(Last())

    assert (request["title"], request["action"]["name"]) == ("Finish after plan", "end")


def test_an_unknown_word_of_describe_review_is_an_error() -> None:
    from langvel.core.request import wording
    from langvel.routing.plan import Gate

    with pytest.raises(UnknownField):
        wording(gate=Gate("a.gate", ("a",)), described={"titel": ""}, mark={}, state=StateModel())
