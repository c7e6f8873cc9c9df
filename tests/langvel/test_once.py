"""Effects that happen once, although a step may run twice."""

import asyncio
import os
import signal
import sys
from pathlib import Path
from typing import Any, TypedDict

import psycopg
import pytest
from langgraph.checkpoint.postgres.aio import AsyncPostgresSaver
from langgraph.graph import END, START, StateGraph

from langvel.checkpointers.backend import open_backend
from langvel.core.agent import Agent
from langvel.core.once import once, once_sync, settle
from langvel.exceptions import EffectUncertain, LangvelError, ThreadFailed
from langvel.routing.builder import GraphBuilder
from langvel.state.base import StateModel

ROOT = Path(__file__).parents[2]


class Paid(StateModel):
    receipt: str | None = None


class Paying(Agent):
    """Charges, then may fail; `journal` is the world outside."""

    state_model = Paid
    journal: list[str] = []
    trouble: list[Exception] = []
    options: dict[str, Any] = {}

    def build_graph(self) -> GraphBuilder:
        return self.start().then(self.plan).interrupt().then(self.pay).end()

    def plan(self, state: Paid) -> None: ...

    async def pay(self, state: Paid) -> None:
        state.receipt = await once("charge", self.charge, **self.options)
        if self.trouble:
            raise self.trouble.pop()

    def charge(self) -> str:
        self.journal.append("charged")
        return f"receipt {len(self.journal)}"


class PayingInSync(Paying):
    def pay(self, state: Paid) -> None:  # type: ignore[override]
        state.receipt = once_sync("charge", self.charge, **self.options)
        if self.trouble:
            raise self.trouble.pop()


class Raising(Paying):
    def charge(self) -> str:
        self.journal.append("charged")
        if self.trouble:
            raise self.trouble.pop()
        return f"receipt {len(self.journal)}"


class RaisingInSync(Raising, PayingInSync):
    pass


def make(kind: type[Paying], saver: Any, **options: Any) -> Paying:
    values = {"checkpointer": saver, "journal": [], "trouble": [ValueError("x")]}
    return type("Made", (kind,), {**values, "options": options})()


@pytest.mark.parametrize("kind", [Paying, PayingInSync])
async def test_a_step_that_fails_after_the_effect_gets_its_result_the_next_time(
    kind: Any, saver: str, thread: Any, pause: Any
) -> None:
    agent = make(kind, saver)
    await pause(agent, {}, thread)
    with pytest.raises(ValueError, match="x"):
        await agent.resume(thread, {"type": "approve"})

    result = await agent.invoke(None, thread)

    assert (result.receipt, agent.journal) == ("receipt 1", ["charged"])


@pytest.mark.parametrize("kind", [Raising, RaisingInSync])
async def test_an_effect_that_raised_is_not_run_again(
    kind: Any, saver: str, thread: Any, pause: Any
) -> None:
    agent = make(kind, saver)
    await pause(agent, {}, thread)
    with pytest.raises(ValueError, match="x"):
        await agent.resume(thread, {"type": "approve"})

    with pytest.raises(EffectUncertain, match="'charge'"):
        await agent.invoke(None, thread)

    assert agent.journal == ["charged"]


@pytest.mark.parametrize("kind", [Raising, RaisingInSync])
@pytest.mark.parametrize("option", [{"idempotent": True}, {"retry_on": ValueError}])
async def test_an_effect_that_may_be_repeated_is(
    kind: Any, option: Any, thread: Any, pause: Any
) -> None:
    agent = make(kind, "memory", **option)
    await pause(agent, {}, thread)
    with pytest.raises(ValueError, match="x"):
        await agent.resume(thread, {"type": "approve"})

    result = await agent.invoke(None, thread)

    assert (result.receipt, agent.journal) == ("receipt 2", ["charged", "charged"])


@pytest.mark.parametrize(
    ("happened", "receipt", "journal"),
    [(True, "found it", ["charged"]), (False, "receipt 2", ["charged", "charged"])],
)
async def test_a_person_settles_what_is_uncertain(
    happened: bool, receipt: str, journal: list[str], saver: str, thread: Any, pause: Any
) -> None:
    agent = make(Raising, saver)
    await pause(agent, {}, thread)
    with pytest.raises(ValueError, match="x"):
        await agent.resume(thread, {"type": "approve"})
    with pytest.raises(EffectUncertain) as caught:
        await agent.invoke(None, thread)

    settle(caught.value.effect, happened=happened, result="found it", saver=saver)
    result = await agent.invoke(None, thread)

    assert (result.receipt, agent.journal) == (receipt, journal)


async def test_each_decision_has_effects_of_its_own(saver: str, thread: Any, pause: Any) -> None:
    agent = make(Paying, saver)
    agent.trouble.clear()

    for _ in range(2):
        await pause(agent, {}, thread)
        result = await agent.resume(thread, {"type": "approve"})

    assert (result.receipt, agent.journal) == ("receipt 2", ["charged", "charged"])


async def test_two_keys_in_one_step_are_two_effects(thread: Any) -> None:
    said: list[str] = []

    class Two(Agent):
        checkpointer = "memory"

        def build_graph(self) -> GraphBuilder:
            return self.start().then(self.both).end()

        async def both(self, state: StateModel) -> None:
            await once("a", lambda: said.append("a"))
            await once("b", lambda: said.append("b"))
            await once("a", lambda: said.append("a"))

    await Two().invoke({}, thread)

    assert said == ["a", "b"]


async def test_without_a_checkpointer_the_effect_is_just_run() -> None:
    class Unsaved(Agent):
        def build_graph(self) -> GraphBuilder:
            return self.start().then(self.say).end()

        async def say(self, state: StateModel) -> None:
            state.metadata["said"] = await once("say", lambda: "hello")

    assert (await Unsaved().invoke({})).metadata == {"said": "hello"}


class Values(TypedDict, total=False):
    receipt: str


async def test_a_plain_graph_on_langgraphs_own_saver_may_use_it(
    postgres: str, database_url: str, thread: Any
) -> None:
    journal: list[str] = []

    async def charge() -> str:
        journal.append("charged")
        return "paid"

    async def pay(values: Values) -> Values:
        receipt = await once("charge", charge)
        if len(journal) < 2:
            journal.append("failed")
            raise ValueError("x")
        return {"receipt": receipt}

    graph: Any = StateGraph(Values)
    graph.add_node("pay", pay)
    graph.add_edge(START, "pay")
    graph.add_edge("pay", END)
    async with AsyncPostgresSaver.from_conn_string(database_url) as given:
        await given.setup()
        compiled = graph.compile(checkpointer=given)
        with pytest.raises(ValueError, match="x"):
            await compiled.ainvoke({}, thread)

        assert await compiled.ainvoke(None, thread) == {"receipt": "paid"}

    assert journal == ["charged", "failed"]


def test_a_saver_that_cannot_remember_effects_is_refused_by_name() -> None:
    from langvel.checkpointers.effects import effects_of

    class Elsewhere:
        pass

    with pytest.raises(LangvelError, match="Elsewhere"):
        effects_of(Elsewhere())  # type: ignore[arg-type]


KILLED = """
    import asyncio, os, signal, sys
    from langvel.core.agent import Agent
    from langvel.core.once import once
    from langvel.state import checkpointers

    where, thread, journal, moment, idempotent = sys.argv[1:]

    def die(now):
        if now == moment:
            os.kill(os.getpid(), signal.SIGKILL)

    class Paying(Agent):
        checkpointer = checkpointers.redis(lease=0.5) if where == "redis" else where
        def build_graph(self):
            return self.start().then(self.plan).interrupt().then(self.pay).end()
        def plan(self, state): ...
        async def pay(self, state):
            state.metadata["receipt"] = await once(
                "charge", self.charge, idempotent=idempotent == "yes"
            )
            die("after")
        def charge(self):
            die("before")
            with open(journal, "a") as file:
                file.write("charged\\n")
            die("within")
            return "receipt"

    async def main():
        config = {"configurable": {"thread_id": thread}}
        agent = Paying()
        try:
            if agent.get_state(config).status == "unknown":
                try:
                    await agent.invoke({}, config)
                except Exception:
                    pass
                await agent.resume(config, {"type": "approve"})
            else:
                print((await agent.invoke(None, config)).metadata)
        except Exception as error:
            print(type(error).__name__)

    asyncio.run(main())
"""


async def run(saver: str, thread: Any, journal: Path, *, die: str, idempotent: str = "no") -> Any:
    import textwrap

    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        textwrap.dedent(KILLED),
        saver,
        thread["configurable"]["thread_id"],
        str(journal),
        die,
        idempotent,
        cwd=ROOT,
        env=dict(os.environ),
        stdout=asyncio.subprocess.PIPE,
    )
    out, _ = await process.communicate()
    if die != "never":
        assert process.returncode == -signal.SIGKILL
        await asyncio.sleep(0.6 if saver == "redis" else 0)
    return out.decode().strip()


@pytest.fixture(params=["postgres", pytest.param("redis", marks=pytest.mark.redis)])
def durable(request: pytest.FixtureRequest) -> str:
    name: str = request.getfixturevalue(request.param)
    return name


@pytest.mark.parametrize(
    ("moment", "idempotent", "said", "charges"),
    [
        ("after", "no", "{'receipt': 'receipt'}", 1),
        ("within", "no", "EffectUncertain", 1),
        ("before", "no", "EffectUncertain", 0),
        ("within", "yes", "{'receipt': 'receipt'}", 2),
    ],
)
async def test_a_killed_process_never_has_its_effect_twice(
    durable: str,
    thread: Any,
    tmp_path: Path,
    moment: str,
    idempotent: str,
    said: str,
    charges: int,
) -> None:
    journal = tmp_path / "journal"
    journal.touch()
    await run(durable, thread, journal, die=moment, idempotent=idempotent)

    answer = await run(durable, thread, journal, die="never", idempotent=idempotent)

    assert (answer, journal.read_text().count("charged")) == (said, charges)


async def test_what_was_claimed_is_in_the_database(
    postgres: str, database_url: str, thread: Any, pause: Any
) -> None:
    agent = make(Paying, postgres)
    await pause(agent, {}, thread)
    with pytest.raises(ValueError, match="x"):
        await agent.resume(thread, {"type": "approve"})

    with psycopg.connect(database_url) as connection:
        row = connection.execute(
            "SELECT key, finished_at IS NOT NULL FROM langvel_effects WHERE thread_id = %s",
            [thread["configurable"]["thread_id"]],
        ).fetchall()

    assert row == [("charge", True)]
    with pytest.raises(ThreadFailed):
        await agent.resume(thread, {"type": "approve"})
    assert open_backend(postgres, types=()).saver is not None
