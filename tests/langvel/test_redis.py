"""Threads in a Redis without modules."""

import asyncio
import sys
import textwrap
import time
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from redis import Redis

from langvel.checkpointers.redis_server import lock_key, redis_server
from langvel.core.agent import Agent
from langvel.exceptions import (
    CheckpointerRequired,
    CheckpointerUnreachable,
    DeadlineOutlivesThread,
    LockLost,
    ThreadBusy,
    ThreadFailed,
    WorkflowPaused,
)
from langvel.routing.builder import GraphBuilder
from langvel.state import checkpointers
from langvel.state.base import StateModel

pytestmark = pytest.mark.redis
ROOT = Path(__file__).parents[2]


class Note(StateModel):
    text: str = "kept"
    left: int = 0


class Quick(Agent):
    state_model = Note
    effects: list[Any] = []

    def build_graph(self) -> GraphBuilder:
        return self.start().then(self.plan).interrupt().then(self.act).end()

    def plan(self, state: Note) -> None: ...

    async def act(self, state: Note) -> None:
        self.effects.append(state.approved_by)


def make(saver: Any, **more: Any) -> Any:
    return type("Made", (Quick,), {"checkpointer": saver, "effects": [], **more})()


def id_of(thread: Any) -> str:
    return str(thread["configurable"]["thread_id"])


@pytest.fixture
def client(redis_url: str) -> Iterator[Any]:
    with Redis.from_url(redis_url, decode_responses=True) as client:
        yield client


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


PREAMBLE = """
    import asyncio, os, signal, sys
    from langvel.core.agent import Agent
    from langvel.exceptions import NotPaused, WorkflowPaused
    from langvel.state import checkpointers

    class Slow(Agent):
        checkpointer = checkpointers.redis(lease=0.6)
        def build_graph(self):
            return self.start().then(self.plan).interrupt().then(self.act).end()
        def plan(self, state): ...
        async def act(self, state):
            print("acting", flush=True)
            await asyncio.sleep(float(sys.argv[2]))
            print("acted", flush=True)

    config = {"configurable": {"thread_id": sys.argv[1]}}
    agent = Slow()
    agent.get_state(config)
    print("ready", flush=True)
    input()
    try:
        asyncio.run(agent.resume(config, {"type": "approve", "by": "other"}))
    except Exception as error:
        print(type(error).__name__)
"""


async def test_two_processes_never_both_resume_a_thread(
    redis: str, thread: Any, pause: Any
) -> None:
    await pause(make(redis, state_model=StateModel), {}, thread)
    others = [await python(PREAMBLE, id_of(thread), "1.5") for _ in range(2)]
    for other in others:
        assert await other.stdout.readline() == b"ready\n"

    said = await asyncio.gather(*[other.communicate(b"\n") for other in others])

    assert sorted(out.decode().split() for out, _ in said) == [["ThreadBusy"], ["acting", "acted"]]


async def test_a_killed_pass_frees_its_thread_when_its_lease_runs_out(
    redis: str, thread: Any, pause: Any
) -> None:
    agent = make(checkpointers.redis(lease=0.6), state_model=StateModel)
    await pause(agent, {}, thread)
    other = await python(PREAMBLE, id_of(thread), "60")
    other.stdin.write(b"\n")
    assert [await other.stdout.readline() for _ in range(2)] == [b"ready\n", b"acting\n"]
    other.kill()
    await other.wait()

    with pytest.raises(ThreadBusy):
        await agent.resume(thread)
    await asyncio.sleep(0.8)
    with pytest.raises(ThreadFailed, match="cut short"):
        await agent.resume(thread)
    result = await agent.invoke(None, thread)

    assert (result.approved_by, agent.effects) == ("other", ["other"])


async def test_a_stopped_and_revived_process_does_not_write_over_its_successor(
    redis: str, thread: Any, pause: Any
) -> None:
    import signal

    agent = make(checkpointers.redis(lease=0.6), state_model=StateModel)
    await pause(agent, {}, thread)
    other = await python(PREAMBLE, id_of(thread), "0.5")
    other.stdin.write(b"\n")
    assert [await other.stdout.readline() for _ in range(2)] == [b"ready\n", b"acting\n"]
    other.send_signal(signal.SIGSTOP)
    await asyncio.sleep(0.8)
    await agent.invoke(None, thread)
    before = len(list(agent._passes.graph.get_state_history(thread)))

    other.send_signal(signal.SIGCONT)
    out, _ = await other.communicate()

    assert out.decode().split() == ["acted", "LockLost"]
    assert len(list(agent._passes.graph.get_state_history(thread))) == before


async def test_a_lease_is_renewed_for_as_long_as_the_pass_runs(
    redis: str, thread: Any, pause: Any
) -> None:
    async def act(self: Any, state: Note) -> None:
        await asyncio.sleep(1.2)

    agent = make(checkpointers.redis(lease=0.4), act=act)
    await pause(agent, {}, thread)
    running = asyncio.create_task(agent.resume(thread))
    await asyncio.sleep(0.9)

    with pytest.raises(ThreadBusy):
        make(checkpointers.redis(lease=0.5)).update_state(thread, {"text": "x"})

    assert (await running).status == "finished"


async def test_a_lease_is_given_back(redis: str, client: Any, thread: Any, pause: Any) -> None:
    await pause(make(redis), {}, thread)

    assert client.get(lock_key(id_of(thread))) is None


def test_a_write_with_a_lost_lease_stores_nothing(redis_url: str, client: Any, thread: Any) -> None:
    server = redis_server(redis_url)
    server.locks.acquire(id_of(thread))
    client.set(lock_key(id_of(thread)), "another")

    with pytest.raises(LockLost):
        server.write(id_of(thread), [("set", "c\0\0x", b"1")], milliseconds=0)

    server.locks.release(id_of(thread))
    assert server.fields(id_of(thread)) == []
    assert client.get(lock_key(id_of(thread))) == "another"


@pytest.mark.parametrize("name", ["a:b", "a", "*", "{x}", "ü\u2028", "a\0b", ""])
async def test_threads_with_odd_names_stay_apart(redis: str, name: str, pause: Any) -> None:
    agent = make(redis)
    config = {"configurable": {"thread_id": f"odd {name}"}}

    await pause(agent, {"text": ascii(name)}, config)

    assert agent.get_state(config).text == ascii(name)
    agent._passes.graph.checkpointer.delete_thread(f"odd {name}")
    assert agent.get_state(config).status == "unknown"


async def test_what_never_changes_lives_as_long_as_its_thread(
    redis: str, thread: Any, pause: Any
) -> None:
    agent = make(checkpointers.redis(ttl=1))
    await pause(agent, {"text": "from the start"}, thread)

    for turn in range(3):
        await asyncio.sleep(0.5)
        agent.update_state(thread, {"left": turn})
    state = agent.get_state(thread)
    await asyncio.sleep(1.2)

    assert (state.text, state.left) == ("from the start", 2)
    assert agent.get_state(thread).status == "unknown"


async def test_without_a_ttl_nothing_expires(
    redis: str, client: Any, thread: Any, pause: Any
) -> None:
    await pause(make(redis), {}, thread)

    assert {client.ttl(key) for key in client.scan_iter(f"langvel:*{id_of(thread)}")} == {-1}


def waiting(ttl: float, deadline: float) -> Any:
    def build_graph(self: Any) -> GraphBuilder:
        return self.start().then(self.plan).interrupt(deadline=deadline).then(self.act).end()

    return make(checkpointers.redis(ttl=ttl), build_graph=build_graph)


async def test_a_deadline_beyond_the_ttl_warns(redis: str, thread: Any, pause: Any) -> None:
    with pytest.warns(DeadlineOutlivesThread, match="3600 s"):
        await pause(waiting(60, 3600), {}, thread)


async def test_a_deadline_within_the_ttl_does_not_warn(redis: str, thread: Any) -> None:
    with warnings.catch_warnings(), pytest.raises(WorkflowPaused):
        warnings.simplefilter("error", DeadlineOutlivesThread)
        await waiting(3600, 60).invoke({}, thread)


async def test_an_unreachable_server_is_no_unknown_thread(thread: Any) -> None:
    agent = make(checkpointers.redis("redis://127.0.0.1:1/0"))

    with pytest.raises(CheckpointerUnreachable, match="REDIS_URL"):
        agent.get_state(thread)


async def test_under_a_key_nothing_is_stored_in_clear(
    redis: str, client: Any, redis_url: str, thread: Any, pause: Any
) -> None:
    agent = make(checkpointers.redis(key="0123456789abcdef"))

    await pause(agent, {"text": "a secret"}, thread)

    with Redis.from_url(redis_url) as raw:
        stored = b"".join(raw.hgetall(f"langvel:data:{id_of(thread)}").values())
    assert b"a secret" not in stored
    assert agent.get_state(thread).text == "a secret"


def test_without_an_address_the_remedy_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("REDIS_URL", raising=False)

    with pytest.raises(CheckpointerRequired, match="REDIS_URL"):
        make("redis").compile()


def test_many_event_loops_share_one_client(redis: str, threads: Any) -> None:
    agent = make(redis)

    async def whole(config: Any) -> str:
        with pytest.raises(WorkflowPaused):
            await agent.invoke({}, config)
        return str((await agent.resume(config)).status)

    assert [asyncio.run(whole(threads())) for _ in range(3)] == ["finished"] * 3


def test_leases_stop_being_renewed_once_none_is_held(redis_url: str) -> None:
    import threading

    locks = redis_server(redis_url, lease=0.1).locks
    locks.acquire("renewed")
    locks.release("renewed")
    time.sleep(0.2)

    assert "langvel-leases" not in {thread.name for thread in threading.enumerate()}
