"""Loops, subgraphs, branches and parallels, inside each other and with gates in them."""

import functools
from collections.abc import Callable
from typing import Any

import pytest

from langvel.core.agent import Agent
from langvel.exceptions import GraphInvalid, UnknownBranch, WorkflowPaused
from langvel.routing.builder import GraphBuilder
from langvel.state.base import StateModel


class Walk(StateModel):
    n: int = 0
    trail: list[str] = []
    left: str = ""
    right: str = ""


Shape = Callable[[Any], GraphBuilder]


class Walker(Agent):
    state_model = Walk
    shape: Shape
    told: list[str]

    def build_graph(self) -> GraphBuilder:
        return type(self).shape(self)

    def a(self, state: Walk) -> None:
        state.trail.append("a")

    async def b(self, state: Walk) -> Walk:
        state.trail.append("b")
        return state

    @staticmethod
    def c(state: Walk) -> dict[str, Any]:
        return {"trail": [*state.trail, "c"]}

    def count(self, state: Walk) -> None:
        state.n += 1
        state.trail.append(str(state.n))

    async def go_left(self, state: Walk) -> None:
        state.left += "l"

    def go_right(self, state: Walk) -> None:
        state.right += "r"

    def tell(self, state: Walk) -> None:
        """Has an effect outside the state, which shows when a step runs twice."""
        self.told = [*getattr(self, "told", []), "once"]
        self.go_right(state)

    def below_three(self, state: Walk) -> bool:
        return state.n < 3

    async def is_three(self, state: Walk) -> bool:
        return state.n >= 3

    def heeding(self, state: Walk) -> None:
        state.trail.append("approved" if state.approved else "refused")


def make(shape: Shape, checkpointer: Any = "memory") -> Walker:
    attributes = {"shape": staticmethod(shape), "checkpointer": checkpointer}
    made: Walker = type("Made", (Walker,), attributes)()
    return made


async def trail(shape: Shape, thread: Any, **values: Any) -> list[str]:
    result = await make(shape).invoke(values, thread)
    found: list[str] = result.trail
    return found


async def stops(agent: Agent, config: Any, *answers: Any) -> tuple[list[str], Any]:
    """Every gate on the way, resumed with the answers in turn, and the final state."""
    seen: list[str] = []
    try:
        return seen, await agent.invoke({}, config)
    except WorkflowPaused as paused:
        seen += paused.next
    for answer in answers:
        try:
            return seen, await agent.resume(config, answer)
        except WorkflowPaused as paused:
            seen += paused.next
    return seen, agent.get_state(config)


APPROVE = {"type": "approve", "by": "bob"}
REJECT = {"type": "reject", "by": "bob"}


# Loops


@pytest.mark.parametrize(
    ("shape", "expected"),
    [
        (lambda s: s.start().loop(s.count, s.below_three).then(s.a).end(), ["1", "2", "3", "a"]),
        (lambda s: s.start().while_(s.below_three, s.count).then(s.a).end(), ["1", "2", "3", "a"]),
        (lambda s: s.start().until(s.count, s.is_three).then(s.a).end(), ["1", "2", "3", "a"]),
        (lambda s: s.start().then(s.a).loop(s.count, s.below_three).end(), ["a", "1", "2", "3"]),
        (lambda s: s.start().loop(s.count, lambda state: state.n < 1).end(), ["1"]),
    ],
    ids=["loop", "while", "until", "loop at the end", "lambda"],
)
async def test_a_loop_runs_as_often_as_its_condition_says(
    thread: Any, shape: Shape, expected: list[str]
) -> None:
    assert await trail(shape, thread) == expected


async def test_while_tests_first_and_until_runs_first(thread: Any, threads: Any) -> None:
    first = await trail(
        lambda s: s.start().loop(s.count, s.below_three).then(s.a).end(), thread, n=3
    )
    last = await trail(
        lambda s: s.start().until(s.count, s.is_three).then(s.a).end(), threads(), n=3
    )

    assert (first, last) == (["a"], ["4", "a"])


@pytest.mark.parametrize("limit", [1, 2, 5, 40])
async def test_max_iterations_is_exact(threads: Any, limit: int) -> None:
    always, never = (lambda state: True), (lambda state: False)

    looped = await trail(
        lambda s: s.start().loop(s.count, always, limit).then(s.a).end(), threads()
    )
    whiled = await trail(
        lambda s: s.start().while_(always, s.count, limit).then(s.a).end(), threads()
    )
    until = await trail(lambda s: s.start().until(s.count, never, limit).then(s.a).end(), threads())

    rounds = [str(n) for n in range(1, limit + 1)]
    assert looped == whiled == until == [*rounds, "a"]


@pytest.mark.parametrize("limit", [1, 3])
@pytest.mark.parametrize("kind", ["loop", "while_", "until"])
async def test_max_iterations_is_exact_where_each_round_asks(
    saver: str, thread: Any, kind: str, limit: int
) -> None:
    def shape(s: Any) -> GraphBuilder:
        body = GraphBuilder().then(s.count).interrupt().end()
        go_on = lambda state: kind != "until"  # noqa: E731
        order = (go_on, body) if kind == "while_" else (body, go_on)
        graph: GraphBuilder = getattr(s.start(), kind)(*order, limit).then(s.a).end()
        return graph

    seen, result = await stops(make(shape, saver), thread, *[APPROVE] * limit)

    assert seen == ["count.gate"] * limit
    assert result.trail == [*(str(n) for n in range(1, limit + 1)), "a"]


class Conditions:
    @staticmethod
    def static(state: Walk) -> bool:
        return state.n < 2

    @classmethod
    def of_class(cls, state: Walk) -> bool:
        return state.n < 2

    async def method(self, state: Walk) -> bool:
        return state.n < 2

    def __call__(self, state: Walk) -> bool:
        return state.n < 2


@pytest.mark.parametrize(
    "condition",
    [
        Conditions.static,
        Conditions().static,
        Conditions.of_class,
        Conditions().method,
        Conditions(),
        lambda state: state.n < 2,
        functools.partial(lambda limit, state: state.n < limit, 2),
    ],
    ids=["static", "static of object", "class", "async method", "object", "lambda", "partial"],
)
async def test_a_condition_may_be_any_callable_of_the_state(thread: Any, condition: Any) -> None:
    assert await trail(lambda s: s.start().loop(s.count, condition).end(), thread) == ["1", "2"]


async def test_two_uses_of_one_step_run_twice_and_are_gated_one_by_one(
    saver: str, thread: Any
) -> None:
    def shape(s: Any) -> GraphBuilder:
        both = s.start().then(s.count).then(s.count, name="again").then(s.a)
        graph: GraphBuilder = both.interrupt(s.count).end()
        return graph

    seen, result = await stops(make(shape, saver), thread, APPROVE, APPROVE)

    assert (seen, result.trail) == (["count.gate", "again.gate"], ["1", "2", "a"])


async def test_one_step_may_be_the_arm_of_two_branches(threads: Any) -> None:
    routes = lambda s: {"x": s.a, "y": s.a, "z": s.b}  # noqa: E731

    for key, expected in (("x", ["a", "c"]), ("y", ["a", "c"]), ("z", ["b", "c"])):
        shape = lambda s, key=key: (  # noqa: E731
            s.start().branch(routes(s), lambda state: key).merge(s.c).end()
        )
        assert await trail(shape, threads()) == expected


async def test_a_condition_can_not_change_the_state(thread: Any) -> None:
    def changing(state: Walk) -> bool:
        state.trail.append("condition")
        return state.n < 1

    assert await trail(lambda s: s.start().loop(s.count, changing).end(), thread) == ["1"]


async def test_a_loop_counts_anew_in_each_round_of_the_loop_around_it(thread: Any) -> None:
    def shape(s: Any) -> GraphBuilder:
        inner = GraphBuilder().then(s.a).loop(s.b, lambda state: True, 2).end()
        graph: GraphBuilder = s.start().until(inner, lambda state: False, 2).then(s.c).end()
        return graph

    assert await trail(shape, thread) == ["a", "b", "b", "a", "b", "b", "c"]


async def test_a_loop_counts_anew_in_the_next_run_of_the_thread(thread: Any) -> None:
    agent = make(lambda s: s.start().loop(s.a, lambda state: True, 2).end())
    await agent.invoke({}, thread)

    assert (await agent.invoke({}, thread)).trail == ["a"] * 4


async def test_a_gate_in_a_loop_asks_anew_in_each_round(saver: str, thread: Any) -> None:
    def shape(s: Any) -> GraphBuilder:
        body = GraphBuilder().then(s.count).interrupt(title="Round {n}").end()
        graph: GraphBuilder = s.start().loop(body, s.below_three).then(s.a).end()
        return graph

    agent = make(shape, saver)
    titles = []
    with pytest.raises(WorkflowPaused) as paused:
        await agent.invoke({}, thread)
    titles.append(paused.value.interrupts[0].value["title"])
    for _ in range(2):
        with pytest.raises(WorkflowPaused) as paused:
            await agent.resume(thread, APPROVE)
        titles.append(paused.value.interrupts[0].value["title"])
    result = await agent.resume(thread, APPROVE)

    assert titles == ["Round 1", "Round 2", "Round 3"]
    assert result.trail == ["1", "2", "3", "a"]


async def test_a_loop_survives_an_update_of_the_paused_state(saver: str, thread: Any) -> None:
    def shape(s: Any) -> GraphBuilder:
        body = GraphBuilder().then(s.count).interrupt().end()
        graph: GraphBuilder = s.start().loop(body, lambda state: True, 2).then(s.a).end()
        return graph

    agent = make(shape, saver)
    with pytest.raises(WorkflowPaused):
        await agent.invoke({}, thread)
    agent.update_state(thread, {"approved": True})
    with pytest.raises(WorkflowPaused):
        await agent.resume(thread)
    agent.update_state(thread, {"left": "changed"})
    result = await agent.resume(thread)

    assert (result.trail, result.left) == (["1", "2", "a"], "changed")


def drafting(s: Any, **options: Any) -> GraphBuilder:
    draft = GraphBuilder().then(s.count).interrupt().end()
    graph: GraphBuilder = s.start().until(draft, lambda state: state.approved, **options)
    return graph


async def test_a_rejection_in_a_loop_goes_round_again_when_the_condition_looks_at_it(
    saver: str, thread: Any
) -> None:
    agent = make(lambda s: drafting(s).then(s.a).end(), saver)

    seen, result = await stops(agent, thread, REJECT, REJECT, APPROVE)

    assert (seen, result.trail) == (["count.gate"] * 3, ["1", "2", "3", "a"])


async def test_a_rejection_never_leaves_a_loop_into_a_step_that_does_not_look_at_it(
    saver: str, threads: Any
) -> None:
    careless = make(lambda s: drafting(s, max_iterations=2).then(s.a).end(), saver)
    careful = make(lambda s: drafting(s, max_iterations=2).then(s.heeding).end(), saver)

    _, stopped = await stops(careless, threads(), REJECT, REJECT)
    _, told = await stops(careful, threads(), REJECT, REJECT)

    assert (stopped.trail, told.trail) == (["1", "2"], ["1", "2", "refused"])


async def test_a_rejection_ends_a_loop_whose_condition_does_not_look_at_it(thread: Any) -> None:
    def shape(s: Any) -> GraphBuilder:
        body = GraphBuilder().then(s.count).interrupt().end()
        graph: GraphBuilder = s.start().loop(body, s.below_three).then(s.heeding).end()
        return graph

    _, result = await stops(make(shape), thread, REJECT)

    assert (result.trail, result.status) == (["1"], "finished")


async def test_a_gate_behind_a_loop_names_the_step_before_it(thread: Any) -> None:
    agent = make(lambda s: s.start().loop(s.count, s.below_three).interrupt().then(s.a).end())

    with pytest.raises(WorkflowPaused) as paused:
        await agent.invoke({}, thread)

    request = paused.value.interrupts[0].value
    assert (request["node"], request["title"]) == ("count", "A")


# Subgraphs


class Payment(Agent):
    """Both an agent of its own and a part of others."""

    state_model = Walk
    checkpointer = "memory"

    def build_graph(self) -> GraphBuilder:
        return self.start().then(self.prepare).interrupt().then(self.pay).end()

    def describe_review(self, state: Any, node: str) -> dict[str, Any]:
        return {"title": f"Pay after {node}?"}

    def prepare(self, state: Walk) -> None:
        state.trail.append("prepare")

    def pay(self, state: Walk) -> None:
        state.trail.append("pay")


async def test_a_gate_in_a_subgraph_pauses_the_parent(saver: str, thread: Any) -> None:
    agent = make(lambda s: s.start().then(s.a).subgraph(Payment()).then(s.b).end(), saver)

    with pytest.raises(WorkflowPaused) as paused:
        await agent.invoke({}, thread)
    agent.update_state(thread, {"approved": True})
    result = await agent.resume(thread)

    assert paused.value.next == ("payment/prepare.gate",)
    assert paused.value.interrupts[0].value["title"] == "Pay after prepare?"
    assert result.trail == ["a", "prepare", "pay", "b"]


async def test_a_subgraph_is_a_builder_an_agent_or_its_class(threads: Any) -> None:
    part = lambda s: GraphBuilder().then(s.a).then(s.b).end()  # noqa: E731

    named = make(lambda s: s.start().subgraph(part(s), name="inner").then(s.c).end())
    plain = make(lambda s: s.start().subgraph(part(s)).then(s.c).end())
    by_class = make(lambda s: s.start().subgraph(Payment, name="first").end())

    assert (await named.invoke({}, threads())).trail == ["a", "b", "c"]
    assert "inner/a" in named.compile().get_graph().nodes
    assert (await plain.invoke({}, threads())).trail == ["a", "b", "c"]
    assert (await stops(by_class, threads()))[0] == ["first/prepare.gate"]


async def test_one_agent_can_be_used_twice_and_on_its_own(threads: Any) -> None:
    payment = Payment()
    twice = make(
        lambda s: s.start().subgraph(payment, name="one").subgraph(payment, name="two").end()
    )

    seen, result = await stops(twice, threads(), APPROVE, APPROVE)
    alone, _ = await stops(payment, threads(), APPROVE)

    assert (seen, alone) == (["one/prepare.gate", "two/prepare.gate"], ["prepare.gate"])
    assert result.trail == ["prepare", "pay"] * 2


async def test_a_rejection_in_a_subgraph_does_not_run_the_parents_next_step(
    saver: str, threads: Any
) -> None:
    class Asking(Payment):
        def build_graph(self) -> GraphBuilder:
            return self.start().then(self.prepare).interrupt().end()

    careless = make(lambda s: s.start().subgraph(Asking()).then(s.a).end(), saver)
    careful = make(lambda s: s.start().subgraph(Asking()).then(s.heeding).end(), saver)

    _, stopped = await stops(careless, threads(), REJECT)
    _, told = await stops(careful, threads(), REJECT)

    assert (stopped.trail, told.trail) == (["prepare"], ["prepare", "refused"])


async def test_a_nested_agents_step_may_ask_as_it_runs(thread: Any) -> None:
    class Asking(Payment):
        def build_graph(self) -> GraphBuilder:
            return self.start().then(self.prepare).then(self.pay).end()

        def prepare(self, state: Walk) -> None:
            self.get_builder().interrupt(title="Now?")

    inner = Asking()
    outer = make(lambda s: s.start().subgraph(inner, name="in").end())
    outer.compile()
    inner.compile()

    seen, result = await stops(outer, thread, APPROVE)

    assert (seen, result.trail) == (["in/prepare.gate"], ["pay"])


async def test_a_nested_builders_step_may_ask_as_it_runs(thread: Any) -> None:
    class Asking(Walker):
        checkpointer = "memory"

        def build_graph(self) -> GraphBuilder:
            return self.start().subgraph(self.start().then(self.ask), name="in").end()

        def ask(self, state: Walk) -> None:
            self.get_builder().interrupt()

    assert (await stops(Asking(), thread))[0] == ["in/ask.gate"]


async def test_approval_nodes_reach_into_nested_builders(thread: Any) -> None:
    class Named(Walker):
        checkpointer = "memory"
        approval_nodes = ("a",)

        def build_graph(self) -> GraphBuilder:
            return self.start().subgraph(GraphBuilder().then(self.a), name="in").end()

    assert (await stops(Named(), thread))[0] == ["in/a.gate"]


def test_a_nested_agent_needs_fields_the_outer_state_has() -> None:
    class Own(Walk):
        extra: int = 0

    class Inner(Payment):
        state_model = Own

    with pytest.raises(GraphInvalid, match="'inner': Walk lacks its fields extra"):
        make(lambda s: s.start().subgraph(Inner()).end()).compile()


def test_the_faults_of_a_nested_agent_are_named_with_it() -> None:
    class Inner(Payment):
        def build_graph(self) -> GraphBuilder:
            return self.start().then(self.pay)

    with pytest.raises(GraphInvalid) as caught:
        make(lambda s: s.start().subgraph(Inner()).then(s.a).then(s.a).end()).compile()

    assert caught.value.faults == (
        "inner: Nodes with no path to END: {'pay'}",
        "A part of the graph, 'inner', has no steps",
        "Duplicate node name 'a': give one of them another with name=",
    )


# Branches


@pytest.mark.parametrize(("n", "expected"), [(0, ["a"]), (5, ["b"])])
async def test_a_branch_goes_where_its_condition_says(
    threads: Any, n: int, expected: list[str]
) -> None:
    async def size(state: Walk) -> str:
        return "big" if state.n > 3 else "small"

    function = lambda s: s.start().branch({"small": s.a, "big": s.b}, size).end()  # noqa: E731
    truth = lambda s: s.start().branch({False: s.a, True: s.b}, lambda w: w.n > 3).end()  # noqa: E731

    assert await trail(function, threads(), n=n) == expected
    assert await trail(truth, threads(), n=n) == expected


async def test_an_unknown_answer_of_a_condition_lists_the_keys(thread: Any) -> None:
    shape = lambda s: s.start().branch({"x": s.a, "y": s.b}, lambda state: "z").end()  # noqa: E731

    with pytest.raises(UnknownBranch, match=r"'z': its condition must return one of 'x', 'y'"):
        await trail(shape, thread)


async def test_a_condition_that_looks_at_the_review_takes_a_rejection(threads: Any) -> None:
    def shape(s: Any) -> GraphBuilder:
        asked: GraphBuilder = s.start().then(s.a).interrupt()
        routes = {True: s.b, False: s.c}
        return asked.branch(routes, condition=lambda state: state.approved).end()

    _, approved = await stops(make(shape), threads(), APPROVE)
    _, rejected = await stops(make(shape), threads(), REJECT)

    assert (approved.trail, rejected.trail) == (["a", "b"], ["a", "c"])


async def test_a_branch_may_lead_into_loops_and_parallels(threads: Any) -> None:
    def shape(s: Any) -> GraphBuilder:
        loop = GraphBuilder().loop(s.count, s.below_three).end()
        both = GraphBuilder().parallel(s.go_left, s.go_right).end()
        routes = {"loop": loop, "both": both}
        branched: GraphBuilder = s.start().branch(routes, lambda state: state.left or "loop")
        return branched.merge(s.a).end()

    looped = await make(shape).invoke({}, threads())
    forked = await make(shape).invoke({"left": "both"}, threads())

    assert looped.trail == ["1", "2", "3", "a"]
    assert (forked.trail, forked.left, forked.right) == (["a"], "bothl", "r")


# Parallel


async def test_arms_of_different_length_are_waited_for(saver: str, thread: Any) -> None:
    def shape(s: Any) -> GraphBuilder:
        long = GraphBuilder().then(s.go_left).then(s.go_left, name="again").end()
        graph: GraphBuilder = s.start().parallel(long, s.go_right).merge(s.a).end()
        return graph

    result = await make(shape, saver).invoke({}, thread)

    assert (result.left, result.right, result.trail) == ("ll", "r", ["a"])


async def test_loops_and_branches_in_arms_are_waited_for(saver: str, thread: Any) -> None:
    def shape(s: Any) -> GraphBuilder:
        loop = GraphBuilder().loop(s.go_left, lambda state: len(state.left) < 4).end()
        routes = {"r": s.go_right, "a": lambda state: None}
        either = GraphBuilder().branch(routes, lambda state: "r").end()
        graph: GraphBuilder = s.start().parallel(loop, either).merge(s.a).then(s.b).end()
        return graph

    result = await make(shape, saver).invoke({}, thread)

    assert (result.left, result.right, result.trail) == ("llll", "r", ["a", "b"])


def gated_arms(s: Any) -> GraphBuilder:
    left = GraphBuilder().then(s.go_left).interrupt().then(s.go_left, name="again").end()
    right = GraphBuilder().then(s.go_right).then(s.tell, name="more").then(s.go_right, name="3")
    graph: GraphBuilder = s.start().parallel(left, right.end()).merge(s.a).end()
    return graph


async def test_a_gate_in_an_arm_pauses_and_no_sibling_runs_twice(saver: str, threads: Any) -> None:
    answered, updated, thread = make(gated_arms, saver), make(gated_arms, saver), threads()
    seen, result = await stops(answered, threads(), APPROVE)
    with pytest.raises(WorkflowPaused):
        await updated.invoke({}, thread)
    updated.update_state(thread, {"approved": True})
    updated.update_state(thread, {"approval_notes": "twice"})
    again = await updated.resume(thread)

    assert (seen, answered.told, updated.told) == (["go_left.gate"], ["once"], ["once"])
    assert (result.left, result.right, result.trail) == ("ll", "rrr", ["a"])
    assert (again.left, again.right, again.trail) == ("ll", "rrr", ["a"])


async def test_a_gate_reached_meanwhile_is_not_passed_by_an_approval_of_another(
    saver: str, thread: Any
) -> None:
    def shape(s: Any) -> GraphBuilder:
        left = GraphBuilder().then(s.go_left).interrupt().end()
        right = GraphBuilder().then(s.go_right).then(s.tell).interrupt().end()
        graph: GraphBuilder = s.start().parallel(left, right).merge(s.a).end()
        return graph

    agent = make(shape, saver)
    with pytest.raises(WorkflowPaused):
        await agent.invoke({}, thread)
    agent.update_state(thread, {"approved": True})
    with pytest.raises(WorkflowPaused) as paused:
        await agent.resume(thread)
    result = await agent.resume(thread)

    assert [each.value["node"] for each in paused.value.interrupts] == ["tell"]
    assert (agent.told, result.right, result.trail) == (["once"], "rr", ["a"])


async def test_a_rejection_in_an_arm_stops_what_follows_the_join(saver: str, thread: Any) -> None:
    _, result = await stops(make(gated_arms, saver), thread, REJECT)

    assert (result.left, result.right, result.trail) == ("l", "rrr", [])
    assert result.status == "finished"


async def test_a_stopped_run_leaves_nothing_to_the_next_run_of_the_thread(
    saver: str, thread: Any
) -> None:
    agent = make(gated_arms, saver)
    await stops(agent, thread, REJECT)

    seen, result = await stops(agent, thread, APPROVE)

    assert (seen, result.trail) == (["go_left.gate"], ["a"])


async def test_a_parallel_in_an_arm_of_another_is_stopped_with_it(thread: Any) -> None:
    def shape(s: Any) -> GraphBuilder:
        inner = GraphBuilder().parallel(GraphBuilder().then(s.go_left).interrupt(), s.b).merge(s.c)
        graph: GraphBuilder = s.start().parallel(inner, s.go_right).merge(s.a).end()
        return graph

    seen, approved = await stops(make(shape), thread, APPROVE)
    _, rejected = await stops(make(shape), {"configurable": {"thread_id": "other"}}, REJECT)

    assert (seen, approved.trail) == (["go_left.gate"], ["b", "c", "a"])
    assert rejected.trail == ["b"]


async def test_a_parallel_in_a_loop_joins_in_each_round(saver: str, thread: Any) -> None:
    def shape(s: Any) -> GraphBuilder:
        body = GraphBuilder().parallel(s.go_left, s.go_right).merge(s.count).end()
        graph: GraphBuilder = s.start().until(body, s.is_three).then(s.a).end()
        return graph

    result = await make(shape, saver).invoke({}, thread)

    assert (result.left, result.right, result.trail) == ("lll", "rrr", ["1", "2", "3", "a"])


async def test_everything_nests_in_everything(saver: str, thread: Any) -> None:
    def shape(s: Any) -> GraphBuilder:
        looped = GraphBuilder().until(
            GraphBuilder().then(s.go_left).interrupt().end(), lambda state: len(state.left) > 1
        )
        arm = GraphBuilder().branch({"x": looped, "y": s.b}, lambda state: "x").end()
        both = GraphBuilder().parallel(arm, s.go_right).end()
        graph: GraphBuilder = s.start().subgraph(both, name="sub").then(s.a).end()
        return graph

    seen, result = await stops(make(shape, saver), thread, APPROVE, APPROVE)

    assert seen == ["sub/go_left.gate"] * 2
    assert (result.left, result.right, result.trail) == ("ll", "r", ["a"])


async def test_a_gate_in_a_loop_in_a_parallel_in_a_subgraph_asks_anew_in_each_round(
    saver: str, thread: Any
) -> None:
    def shape(s: Any) -> GraphBuilder:
        body = GraphBuilder().then(s.go_left).interrupt(title="Round {left}").end()
        arm = GraphBuilder().loop(body, lambda state: len(state.left) < 3, 2).end()
        inner = GraphBuilder().parallel(arm, s.tell).merge(s.b).end()
        graph: GraphBuilder = s.start().then(s.a).subgraph(inner, name="in").then(s.c).end()
        return graph

    agent, titles = make(shape, saver), []
    with pytest.raises(WorkflowPaused) as paused:
        await agent.invoke({}, thread)
    titles += [each.value["title"] for each in paused.value.interrupts]
    with pytest.raises(WorkflowPaused) as paused:
        await agent.resume(thread, APPROVE)
    titles += [each.value["title"] for each in paused.value.interrupts]
    result = await agent.resume(thread, APPROVE)

    assert titles == ["Round l", "Round ll"]
    assert (result.left, agent.told, result.trail) == ("ll", ["once"], ["a", "b", "c"])


async def test_a_part_may_begin_with_a_gate_wherever_it_is(thread: Any) -> None:
    part = lambda s, step: GraphBuilder().interrupt().then(step).end()  # noqa: E731

    def shape(s: Any) -> GraphBuilder:
        both = s.start().parallel(part(s, s.go_left), part(s, s.go_right))
        graph: GraphBuilder = both.merge(s.a).end()
        return graph

    agent = make(shape)
    with pytest.raises(WorkflowPaused) as paused:
        await agent.invoke({}, thread)
    result = await agent.resume(thread, {each.id: APPROVE for each in paused.value.interrupts})

    assert len(paused.value.interrupts) == 2
    assert (result.left, result.right, result.trail) == ("l", "r", ["a"])


@pytest.mark.parametrize(
    "shape",
    [
        lambda s: s.start().loop(s.a, s.below_three, 0).end(),
        lambda s: s.start().loop(s.a, s.below_three, True).end(),
        lambda s: s.start().loop(s.a, lambda: True).end(),
        lambda s: s.start().branch({"x": s.a}, "left").end(),
        lambda s: s.start().subgraph(s.a).end(),
        lambda s: s.start().then(s.a).subgraph(GraphBuilder().end()).end(),
        lambda s: s.start().subgraph(GraphBuilder().parallel(s.a, s.b)).end(),
        lambda s: s.start().subgraph(GraphBuilder().branch({"x": s.a})).end(),
        lambda s: s.start().then(s.a).subgraph(GraphBuilder().then(s.a)).end(),
        lambda s: s.start().then(s.a, name="a/b").end(),
        lambda s: s.start().subgraph(Payment()).subgraph(Payment()).end(),
    ],
)
def test_a_shape_that_can_not_run_is_refused(shape: Shape) -> None:
    with pytest.raises(GraphInvalid) as caught:
        make(shape).compile()

    assert len(caught.value.faults) == 1


def test_a_part_can_not_be_changed_once_it_is_in_a_graph() -> None:
    part = GraphBuilder().then(lambda state: None)
    GraphBuilder().then(part)

    with pytest.raises(GraphInvalid, match="part of another"):
        part.then(lambda state: None)
