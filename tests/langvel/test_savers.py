"""Checkpointers, and one pass at a time."""

import asyncio
import os
import signal
import subprocess
import sys
import textwrap
import threading
import warnings
from pathlib import Path
from typing import Any

import psycopg
import pytest
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.checkpoint.postgres import PostgresSaver
from langgraph.checkpoint.postgres.aio import AsyncPostgresSaver
from psycopg.rows import dict_row

from langvel.checkpointers import advisory
from langvel.checkpointers.database import Database, database
from langvel.checkpointers.locks import LocalLocks, aclaimed
from langvel.checkpointers.serializer import strict_serializer
from langvel.core.agent import Agent
from langvel.exceptions import (
    AlreadyPaused,
    LockLost,
    MemoryIsVolatile,
    NotPaused,
    ThreadBusy,
    ThreadFailed,
)
from langvel.routing.builder import GraphBuilder
from langvel.state.base import StateModel

ROOT = Path(__file__).parents[2]


class Slow(Agent):
    effects: list[str] = []

    def build_graph(self) -> GraphBuilder:
        return self.start().then(self.plan).interrupt().then(self.act).end()

    def plan(self, state: StateModel) -> None: ...

    async def act(self, state: StateModel) -> None:
        await asyncio.sleep(0.2)
        self.effects.append("acted")


def make(saver: Any) -> Slow:
    return type("Made", (Slow,), {"checkpointer": saver, "effects": []})()


async def test_two_resumes_at_once_run_the_action_once(saver: str, thread: Any, pause: Any) -> None:
    agent = make(saver)
    await pause(agent, {}, thread)

    results = await asyncio.gather(
        agent.resume(thread, {"type": "approve"}),
        agent.resume(thread, {"type": "reject"}),
        type(agent)().resume(thread),
        return_exceptions=True,
    )

    refused = [result for result in results if isinstance(result, (NotPaused, AlreadyPaused))]
    assert (len(refused), agent.effects) in [(2, ["acted"]), (2, [])]


async def test_a_running_thread_takes_no_input_and_no_update(
    saver: str, thread: Any, pause: Any
) -> None:
    agent = make(saver)
    await pause(agent, {}, thread)
    running = asyncio.create_task(agent.resume(thread))
    await asyncio.sleep(0.1)

    with pytest.raises(ThreadBusy):
        await agent.invoke({}, thread)
    with pytest.raises(ThreadBusy):
        agent.update_state(thread, {"approved": False})

    await running
    assert agent.get_state(thread).status == "finished"


async def python(code: str, *arguments: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        textwrap.dedent(code),
        *arguments,
        cwd=ROOT,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )


OTHER_PROCESS = """
    import asyncio, sys
    from langvel.core.agent import Agent
    from langvel.exceptions import NotPaused

    class Slow(Agent):
        checkpointer = "postgres"
        def build_graph(self):
            return self.start().then(self.plan).interrupt().then(self.act).end()
        def plan(self, state): ...
        async def act(self, state):
            await asyncio.sleep(0.5)
            print("acted")

    config = {"configurable": {"thread_id": sys.argv[1]}}
    agent = Slow()
    agent.get_state(config)
    print("ready", flush=True)
    input()
    try:
        asyncio.run(agent.resume(config, {"type": "approve"}))
    except NotPaused:
        print("refused")
"""


async def test_two_processes_never_both_resume_a_thread(
    postgres: str, thread: Any, pause: Any
) -> None:
    await pause(make(postgres), {}, thread)
    others = [await python(OTHER_PROCESS, thread["configurable"]["thread_id"]) for _ in range(2)]
    for other in others:
        assert await other.stdout.readline() == b"ready\n"

    said = await asyncio.gather(*[other.communicate(b"\n") for other in others])

    assert sorted(out.strip() for out, _ in said) == [b"acted", b"refused"]


async def test_a_lock_dies_with_the_process_that_held_it(
    postgres: str, database_url: str, thread: Any, pause: Any
) -> None:
    agent = make(postgres)
    await pause(agent, {}, thread)
    code = f"""
        import os
        from langvel.checkpointers.database import database
        database({database_url!r}).locks.acquire({thread["configurable"]["thread_id"]!r})
        os._exit(9)
    """
    assert await (await python(code)).wait() == 9

    await resume_once_postgres_noticed(agent, thread)

    assert agent.effects == ["acted"]


async def resume_once_postgres_noticed(agent: Any, thread: Any) -> None:
    """A dead client's locks are free within milliseconds, not at once."""
    for _ in range(100):
        try:
            await agent.resume(thread)
        except ThreadBusy:
            await asyncio.sleep(0.05)
        else:
            return
    raise AssertionError("the lock outlived its process by five seconds")


KILLED_MIDWAY = """
    import asyncio, os, sys
    from langvel.core.agent import Agent

    class Killed(Agent):
        checkpointer = "postgres"
        def build_graph(self):
            return self.start().then(self.plan).interrupt().then(self.act).end()
        def plan(self, state): ...
        def act(self, state): os._exit(9)

    async def main():
        config = {"configurable": {"thread_id": sys.argv[1]}}
        try:
            await Killed().invoke({}, config)
        except Exception:
            await Killed().resume(config, {"type": "approve", "by": "bob"})

    asyncio.run(main())
"""


async def test_a_pass_that_was_killed_midway_is_no_pause(postgres: str, thread: Any) -> None:
    process = await python(KILLED_MIDWAY, thread["configurable"]["thread_id"])
    assert await process.wait() == 9
    agent = make(postgres)

    with pytest.raises(ThreadFailed, match="cut short"):
        await agent.resume(thread)
    result = await agent.invoke(None, thread)

    assert (result.approved_by, agent.effects) == ("bob", ["acted"])


@pytest.mark.parametrize("statement", [advisory.TAKE, advisory.GIVE_BACK])
def test_a_claim_does_not_wait_for_the_disk_and_what_follows_does(
    postgres: str, database_url: str, statement: str
) -> None:
    locks = database(database_url).locks
    locks.acquire("made")  # makes the tables
    locks.release("made")
    show = "SELECT current_setting('synchronous_commit')"

    with psycopg.connect(database_url) as session:
        session.execute("SET synchronous_commit = on")
        session.commit()
        session.execute(statement, {"key": "k", "thread": "two", "token": "t"})
        during = session.execute(show).fetchone()
        session.rollback()
        after = session.execute(show).fetchone()

    assert (during, after) == (("off",), ("on",))


async def test_a_lost_lock_connection_is_replaced_and_keeps_what_is_held(
    postgres: str, database_url: str
) -> None:
    locks = database(database_url).locks
    locks.acquire("one")
    assert locks._connection is not None
    session = locks._connection.info.backend_pid
    os.kill(session, signal.SIGSTOP)
    locks._connection.close()
    threading.Timer(0.3, os.kill, (session, signal.SIGCONT)).start()

    locks.acquire("two")

    with psycopg.connect(database_url, autocommit=True) as other:
        there = "SELECT 1 FROM pg_stat_activity WHERE pid = %s"
        while other.execute(there, [session]).fetchone():  # noqa: ASYNC110 (the server's process)
            await asyncio.sleep(0.01)
        held = other.execute(
            "SELECT pg_try_advisory_lock(hashtextextended('langvel:thread:one', 0))"
        ).fetchone()
    assert held == (False,)
    locks.release("one")
    locks.release("two")


STOPPED_MIDWAY = """
    import asyncio, sys
    from langvel.core.agent import Agent

    class Slow(Agent):
        checkpointer = "postgres"
        def build_graph(self):
            return self.start().then(self.plan).interrupt().then(self.act).end()
        def plan(self, state): ...
        async def act(self, state):
            print("acting", flush=True)
            await asyncio.to_thread(input)
            state.metadata["by"] = "the stopped one"

    config = {"configurable": {"thread_id": sys.argv[1]}}
    try:
        asyncio.run(Slow().resume(config, {"type": "approve", "by": "bob"}))
        print("finished")
    except Exception as error:
        print(type(error).__name__)
"""


async def stopped_midway(thread: Any) -> asyncio.subprocess.Process:
    """A process in the middle of a pass, stopped as a laptop that is closed."""
    other = await python(STOPPED_MIDWAY, thread["configurable"]["thread_id"])
    assert await other.stdout.readline() == b"acting\n"
    other.send_signal(signal.SIGSTOP)
    return other


async def revived(other: asyncio.subprocess.Process) -> bytes:
    other.send_signal(signal.SIGCONT)
    out, _ = await other.communicate(b"\n")
    return out.strip()


async def test_a_stopped_process_keeps_its_thread_until_it_is_revived(
    postgres: str, thread: Any, pause: Any
) -> None:
    agent = make(postgres)
    await pause(agent, {}, thread)
    other = await stopped_midway(thread)

    with pytest.raises(ThreadBusy):
        await agent.invoke(None, thread)
    said = await revived(other)

    assert (said, agent.effects) == (b"finished", [])
    assert agent.get_state(thread).metadata == {"by": "the stopped one"}


async def test_a_revived_process_that_lost_its_session_writes_nothing_over_its_successor(
    postgres: str, database_url: str, thread: Any, pause: Any
) -> None:
    agent = make(postgres)
    await pause(agent, {}, thread)
    other = await stopped_midway(thread)
    end_lock_session(database_url, thread)

    result = await agent.invoke(None, thread)
    before = len(list(agent._passes.graph.get_state_history(thread)))
    said = await revived(other)

    assert (said, result.status, agent.effects) == (b"LockLost", "finished", ["acted"])
    assert len(list(agent._passes.graph.get_state_history(thread))) == before
    assert agent.get_state(thread).metadata == {}


def end_lock_session(database_url: str, thread: Any) -> None:
    """What a failover, a firewall or an administrator does to a connection."""
    key = f"langvel:thread:{thread['configurable']['thread_id']}"
    with psycopg.connect(database_url, autocommit=True) as connection:
        ended = connection.execute(
            """
            SELECT pg_terminate_backend(pid, 5000) FROM pg_locks, hashtextextended(%s, 0) AS name
            WHERE locktype = 'advisory' AND granted
            AND classid = (name >> 32 & x'ffffffff'::bigint)::oid
            AND objid = (name & x'ffffffff'::bigint)::oid
            """,
            [key],
        ).fetchall()
    assert ended == [(True,)]


async def test_a_process_that_holds_a_lock_again_has_not_got_the_thread_back(
    postgres: str, database_url: str, thread: Any, pause: Any
) -> None:
    agent = make(postgres)
    await pause(agent, {}, thread)
    thread_id = thread["configurable"]["thread_id"]
    other = Database(database_url)
    locks, successor = database(database_url).locks, other.locks
    locks.acquire(thread_id)
    end_lock_session(database_url, thread)
    successor.acquire(thread_id)
    successor.release(thread_id)

    locks.acquire("another thread")

    saver = agent._passes.graph.checkpointer
    with pytest.raises(LockLost):
        saver.put_writes(saver.get_tuple(thread).config, [("n", 1)], "task")
    locks.release("another thread")
    locks.release(thread_id)
    other.close()


async def test_a_lock_is_taken_on_a_new_session_when_the_server_ended_the_old_one(
    postgres: str, database_url: str, threads: Any
) -> None:
    locks, one = database(database_url).locks, threads()
    locks.acquire(one["configurable"]["thread_id"])
    end_lock_session(database_url, one)

    locks.acquire("next")

    locks.release("next")
    locks.release(one["configurable"]["thread_id"])


async def test_a_cancelled_claim_is_given_back() -> None:
    locks = LocalLocks()

    async def claim() -> None:
        async with aclaimed(locks, "t"):
            await asyncio.sleep(10)

    for delay in (0, 0.001, 0.05):
        task = asyncio.create_task(claim())
        await asyncio.sleep(delay)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await asyncio.sleep(0.05)

    locks.acquire("t")


def test_many_event_loops_share_one_pool(postgres: str, database_url: str, threads: Any) -> None:
    agent = type("Quick", (Slow,), {"checkpointer": postgres, "act": lambda self, state: None})()

    async def whole(config: Any) -> str:
        with pytest.raises(Exception, match="waits for a person"):
            await agent.invoke({}, config)
        return str((await agent.resume(config)).status)

    statuses = [asyncio.run(whole(threads())) for _ in range(5)]

    assert statuses == ["finished"] * 5
    assert database(database_url).pool.get_stats()["pool_size"] <= 4


async def test_many_threads_at_once_do_not_exhaust_the_pool(postgres: str, threads: Any) -> None:
    agent, configs = make(postgres), [threads() for _ in range(30)]
    await asyncio.gather(*[agent.invoke({}, config) for config in configs], return_exceptions=True)

    results = await asyncio.gather(*[agent.resume(config) for config in configs])

    assert ({result.status for result in results}, len(agent.effects)) == ({"finished"}, 30)


async def test_a_given_saver_wins_over_the_name(thread: Any) -> None:
    given = InMemorySaver()
    graph = make("postgres").compile(checkpointer=given)

    await graph.ainvoke(Slow.prepare_input({}), thread)

    assert given.get_tuple(thread) is not None


async def test_langgraphs_sync_postgres_saver_may_be_given(
    postgres: str, database_url: str, thread: Any, pause: Any
) -> None:
    with psycopg.Connection.connect(
        database_url, autocommit=True, prepare_threshold=0, row_factory=dict_row
    ) as connection:
        given = PostgresSaver(connection)
        given.setup()
        agent = make(given)

        paused = await pause(agent, {}, thread)
        await agent.resume(thread)

    assert (paused.next, agent.effects) == (("plan.gate",), ["acted"])


async def test_langgraphs_async_postgres_saver_may_be_given(
    postgres: str, database_url: str, thread: Any, pause: Any
) -> None:
    async with AsyncPostgresSaver.from_conn_string(database_url) as given:
        await given.setup()
        agent = make(given)

        await pause(agent, {}, thread)
        await agent.aupdate_state(thread, {"approved": True})
        await agent.resume(thread)

        assert (await agent.aget_state(thread)).approved


def test_memory_warns_that_it_forgets() -> None:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        make("memory").compile()

    assert [warning.category for warning in caught] == [MemoryIsVolatile]


def test_setup_by_several_processes_at_once_works(postgres: str, database_url: str) -> None:
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute("DROP TABLE IF EXISTS checkpoints, checkpoint_blobs, checkpoint_writes")
        connection.execute("DROP TABLE IF EXISTS checkpoint_migrations")
    code = f"from langvel.checkpointers.database import database; database({database_url!r}).pool"

    running = [subprocess.Popen([sys.executable, "-c", code], cwd=ROOT) for _ in range(3)]

    assert [process.wait(60) for process in running] == [0, 0, 0]


def test_the_serializer_builds_nothing_it_was_not_told_about() -> None:
    stored = strict_serializer([subprocess.CompletedProcess]).dumps_typed(ThreadProbe(1))

    assert strict_serializer().loads_typed(stored) == {"value": 1}
    assert strict_serializer().pickle_fallback is False


class ThreadProbe(StateModel.__base__):  # type: ignore[name-defined,misc]
    value: int = 0

    def __init__(self, value: int) -> None:
        super().__init__(value=value)
