"""A LangGraph node that asks through a site where the graph does not run."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from typing import Any

from langchain_core.runnables import RunnableConfig, RunnableLambda

from langvel.client.asynchronous import AsyncClient
from langvel.client.errors import Cancelled, Expired
from langvel.client.synchronous import Client
from langvel.client.values import Answer

Ask = Callable[[Any], Mapping[str, Any]]
Use = Callable[[Any, Answer], Any]
Otherwise = Callable[[Any, Expired | Cancelled], Any]


def ask_person(
    ask: Ask,
    *,
    use: Use | None = None,
    otherwise: Otherwise | None = None,
    into: str = "answer",
    timeout: float | None = None,
    url: str | None = None,
    token: str | None = None,
) -> RunnableLambda[Any, Any]:
    """A node that puts a question to people and waits for their answer.

        graph.add_node("review", ask_person(lambda state: {
            "title": f"Pay {state['to']}",
            "actions": [Action("pay", {"to": state["to"]})],
        }))

    `ask` makes the arguments of `Client.ask` from the state. What the node writes comes from
    `use(state, answer)`, else it is `{into: answer.as_json()}`.

    A node that is run again, after a crash, an error or a timeout, finds the request it made and
    does not ask twice: the request is known by the graph's thread and task. It must ask the same
    then; if it does not, Refused is raised with the code `idempotency_key_reused`. A fork and the
    next round of a loop are other tasks and ask anew.

    Raises TimeoutError after `timeout` seconds, and, without `otherwise`, Expired and Cancelled.
    """

    def node(state: Any, config: RunnableConfig) -> Any:
        with Client(url, token) as client:
            request = client.ask(**ask(state), idempotency_key=key_of(config))
            try:
                return told(state, request.wait(timeout))
            except (Expired, Cancelled) as error:
                return unanswered(state, error)

    async def anode(state: Any, config: RunnableConfig) -> Any:
        async with AsyncClient(url, token) as client:
            request = await client.ask(**ask(state), idempotency_key=key_of(config))
            try:
                return told(state, await request.wait(timeout))
            except (Expired, Cancelled) as error:
                return unanswered(state, error)

    def told(state: Any, answer: Answer) -> Any:
        return use(state, answer) if use else {into: answer.as_json()}

    def unanswered(state: Any, error: Expired | Cancelled) -> Any:
        if otherwise is None:
            raise error
        return otherwise(state, error)

    return RunnableLambda(node, afunc=anode, name="ask_person")


def key_of(config: RunnableConfig) -> str:
    """The same for each run of one task: its id is made of the checkpoint it starts from."""
    thread = config.get("configurable", {}).get("thread_id", "")
    task = config["metadata"]["langgraph_checkpoint_ns"]
    return f"langgraph-{hashlib.sha256(f'{thread} {task}'.encode()).hexdigest()}"
