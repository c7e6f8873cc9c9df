"""What LANGVEL_AGENTS may say of an agent elsewhere, and that its secrets stay there."""

from __future__ import annotations

import json
import traceback
from collections.abc import Iterator
from typing import Any

import pytest

from agents import registry
from agents.remote.agent import RemoteAgent, read_entry

FAR = {"url": "https://agents.example/base/", "assistant": "agent"}
SECRET = "a-secret-of-the-team"


@pytest.fixture(autouse=True)
def nothing_loaded() -> Iterator[None]:
    registry.load.cache_clear()
    yield
    registry.load.cache_clear()


def test_an_entry_with_an_address_is_an_agent_elsewhere(settings: Any) -> None:
    settings.LANGVEL_AGENTS = {"far_away": FAR, "near": "tests.graphs.asks_once"}

    agent = registry.load("far_away")

    assert isinstance(agent, RemoteAgent)
    assert (agent.key, agent.title, agent.url) == (
        "far_away",
        "Far away",
        "https://agents.example/base",
    )
    assert registry.remote_keys() == ["far_away"]


def test_a_graphs_name_finds_its_threads_by_graph() -> None:
    assert read_entry("far", FAR | {"filter": {"team": "ops"}}).belongs == {
        "graph_id": "agent",
        "team": "ops",
    }


def test_an_assistants_id_finds_its_threads_by_assistant() -> None:
    assistant = "fe096781-5601-53d2-b2f6-0d3403f7e9ca"

    assert read_entry("far", FAR | {"assistant": assistant}).belongs == {"assistant_id": assistant}


def test_headers_may_come_from_a_variable_of_the_environment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("FAR_HEADERS", json.dumps({"authorization": SECRET}))

    agent = read_entry("far", FAR | {"headers": {"x-team": "ops"}, "headers_env": "FAR_HEADERS"})

    assert agent.headers == {"x-team": "ops", "authorization": SECRET}


def test_headers_are_in_no_repr() -> None:
    assert SECRET not in repr(read_entry("far", FAR | {"headers": {"authorization": SECRET}}))


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"url": "agents.example"}, "url must look like"),
        ({"url": "ftp://agents.example"}, "url must look like"),
        ({"url": f"https://me:{SECRET}@agents.example"}, "url must hold no password"),
        ({"url": f"https://agents.example?key={SECRET}"}, "url must hold no password"),
        ({"assistant": ""}, "assistant must be"),
        ({"header": {"authorization": SECRET}}, "may hold"),
        ({"headers": SECRET}, "headers must be an object"),
        ({"headers": {"authorization": f"{SECRET}\n"}}, "headers must be an object"),
        ({"headers_env": "NOT_THERE"}, "the environment has no NOT_THERE"),
        ({"headers_env": "BROKEN"}, "BROKEN is not JSON"),
        ({"headers_env": "A_LIST"}, "A_LIST must be an object"),
        ({"filter": "ops"}, "filter must be an object"),
    ],
)
def test_a_wrong_entry_is_refused_without_its_secrets(
    settings: Any, monkeypatch: pytest.MonkeyPatch, wrong: dict[str, Any], told: str
) -> None:
    monkeypatch.setenv("BROKEN", f'{{"authorization": "{SECRET}"')
    monkeypatch.setenv("A_LIST", json.dumps([SECRET]))
    entry = FAR | {"headers": {"authorization": SECRET}} | wrong
    settings.LANGVEL_AGENTS = {"far": entry}

    with pytest.raises(registry.BadAgentPath) as refused:
        registry.load("far")

    assert str(refused.value).startswith("agent 'far': ")
    assert told in str(refused.value)
    assert SECRET not in "".join(traceback.format_exception(refused.value))
