"""once() in a graph that runs on the site's own saver."""

from __future__ import annotations

from typing import Any, TypedDict

import pytest
from langgraph.graph import END, START, StateGraph

from agents.saver import FencedSaver, create_tables, open_pool
from langvel.checkpointers.database import close_databases
from langvel.core.once import once


class Values(TypedDict, total=False):
    receipt: str


async def test_an_effect_is_remembered_in_the_sites_database(database_url: str) -> None:
    journal: list[str] = []

    async def pay(values: Values) -> Values:
        receipt = await once("charge", lambda: journal.append("charged") or "receipt")
        if len(journal) == 1:
            journal.append("failed")
            raise ValueError("x")
        return {"receipt": receipt}

    graph: Any = StateGraph(Values)
    graph.add_node("pay", pay)
    graph.add_edge(START, "pay")
    graph.add_edge("pay", END)
    async with open_pool(database_url, max_size=2) as pool:
        await create_tables(pool)
        compiled = graph.compile(checkpointer=FencedSaver(pool))
        config: Any = {"configurable": {"thread_id": "effects"}}
        with pytest.raises(ValueError, match="x"):
            await compiled.ainvoke({}, config)

        values = await compiled.ainvoke(None, config)

    close_databases()
    assert (values, journal) == ({"receipt": "receipt"}, ["charged", "failed"])
