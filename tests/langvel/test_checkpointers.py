"""Checkpointers with options, and others than ours."""

import sys
from types import ModuleType
from typing import Any

import psycopg
import pytest
from langgraph.checkpoint.memory import InMemorySaver

from langvel.checkpointers.backend import BY_NAME
from langvel.checkpointers.database import Database, database
from langvel.checkpointers.leases import LeaseLocks
from langvel.core.agent import Agent
from langvel.exceptions import CheckpointerRequired, LockLost, ThreadBusy
from langvel.routing.builder import GraphBuilder
from langvel.state import checkpointers
from langvel.state.base import StateModel

KEY = "0123456789abcdef"


class Note(StateModel):
    lines: list[str] = []


class Quick(Agent):
    state_model = Note

    def build_graph(self) -> GraphBuilder:
        return self.start().then(self.plan).interrupt().then(self.act).end()

    def plan(self, state: Note) -> None: ...

    def act(self, state: Note) -> None:
        state.lines.append("acted")


def make(saver: Any) -> Any:
    return type("Made", (Quick,), {"checkpointer": saver})()


async def test_a_pooled_database_pauses_and_resumes(postgres: str, thread: Any, pause: Any) -> None:
    agent = make(checkpointers.postgres(pooled=True))

    await pause(agent, {}, thread)
    result = await agent.resume(thread, {"type": "approve"})

    assert result.lines == ["acted"]


async def test_a_pooled_database_is_asked_nothing_that_belongs_to_a_session(
    postgres: str, database_url: str, thread: Any, pause: Any
) -> None:
    agent = make(checkpointers.postgres(pooled=True))
    known = database(database_url, pooled=True)
    await pause(agent, {}, thread)
    known.locks.acquire("held")

    with psycopg.connect(database_url) as other, known.connection() as connection:
        held = other.execute(
            "SELECT count(*) FROM pg_locks JOIN pg_database ON pg_database.oid = database "
            "WHERE locktype = 'advisory' AND datname = current_database()"
        ).fetchone()
        prepared = connection.execute("SELECT count(*) AS n FROM pg_prepared_statements").fetchone()

    known.locks.release("held")
    assert (held, prepared) == ((0,), {"n": 0})


def test_a_leased_row_locks_a_thread_across_processes(postgres: str, database_url: str) -> None:
    one, two = (Database(database_url, pooled=True) for _ in range(2))
    one.locks.acquire("t")

    with pytest.raises(ThreadBusy):
        two.locks.acquire("t")

    one.locks.release("t")
    two.locks.acquire("t")
    two.locks.release("t")
    one.close()
    two.close()


def test_a_leased_row_runs_out(postgres: str, database_url: str) -> None:
    import time

    known = database(database_url, pooled=True)
    leases: Any = known.locks
    assert isinstance(leases, LeaseLocks)
    leases._leases.take("t", "of a dead process", 0.2)

    with pytest.raises(ThreadBusy):
        leases.acquire("t")
    time.sleep(0.3)
    leases.acquire("t")
    leases._leases.drop("t", "of a dead process")

    assert not leases._leases.take("t", "another", 1)
    leases.release("t")


async def test_a_pass_that_lost_its_leased_row_writes_nothing(
    postgres: str, database_url: str, thread: Any, pause: Any
) -> None:
    agent = make(checkpointers.postgres(pooled=True))
    await pause(agent, {}, thread)
    thread_id = thread["configurable"]["thread_id"]

    class Revived(Quick):
        checkpointer = agent.checkpointer

        def act(self, state: Note) -> None:
            with psycopg.connect(database_url) as other:
                other.execute(
                    "UPDATE langvel_leases SET token = 'successor' WHERE thread_id = %s",
                    [thread_id],
                )

    before = len(list(agent._passes.graph.get_state_history(thread)))

    with pytest.raises(LockLost):
        await Revived().resume(thread, {"type": "approve"})

    after = len(list(agent._passes.graph.get_state_history(thread)))
    assert after == before + 1, "the gate's own checkpoint, and none behind it"


async def test_under_a_key_collections_are_not_stored_in_clear(
    postgres: str, database_url: str, thread: Any, pause: Any
) -> None:
    agent = make(checkpointers.postgres(key=KEY))

    await pause(agent, {"lines": ["a secret"]}, thread)

    with psycopg.connect(database_url) as connection:
        blobs = connection.execute(
            "SELECT blob FROM checkpoint_blobs WHERE thread_id = %s AND channel = 'lines'",
            [thread["configurable"]["thread_id"]],
        ).fetchall()
    assert not [blob for (blob,) in blobs if b"a secret" in blob]
    assert agent.get_state(thread).lines == ["a secret"]


async def test_the_key_may_come_from_the_environment(
    postgres: str, monkeypatch: pytest.MonkeyPatch, thread: Any, pause: Any
) -> None:
    monkeypatch.setenv("LANGGRAPH_AES_KEY", KEY)
    await pause(make("postgres"), {"lines": ["a secret"]}, thread)

    monkeypatch.delenv("LANGGRAPH_AES_KEY")

    assert make(checkpointers.postgres(key=KEY)).get_state(thread).lines == ["a secret"]


def test_a_key_of_the_wrong_length_is_refused(postgres: str) -> None:
    with pytest.raises(CheckpointerRequired, match="16, 24 or 32 bytes"):
        checkpointers.postgres(key="short")


async def test_another_checkpointer_may_get_a_name(
    monkeypatch: pytest.MonkeyPatch, thread: Any, pause: Any
) -> None:
    module: Any = ModuleType("elsewhere")
    given = InMemorySaver()
    module.open_backend = lambda types: checkpointers.Backend(given, checkpointers.LocalLocks())
    monkeypatch.setitem(sys.modules, "elsewhere", module)
    checkpointers.register("elsewhere", "elsewhere")
    await pause(make("elsewhere"), {}, thread)
    del BY_NAME["elsewhere"]

    assert given.get_tuple(thread) is not None


async def test_a_saver_that_has_locks_is_locked_by_them(thread: Any) -> None:
    class Locked(InMemorySaver):
        locks = checkpointers.LocalLocks()

    given = Locked()
    given.locks.acquire(thread["configurable"]["thread_id"])

    with pytest.raises(ThreadBusy):
        await make(given).invoke({}, thread)
