"""Which graphs exist: every kind of thing a path may name, and every way it may be wrong."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from agents import registry
from agents.adapters import LangvelAgent, PlainGraph
from tests.graphs import asks_once

A_GRAPH = asks_once()
A_COMPILED_GRAPH = asks_once().compile()


def not_a_graph() -> int:
    return 7


def needs_an_argument(name: str) -> Any:
    return asks_once()


def breaks() -> Any:
    raise RuntimeError("no licence")


@pytest.fixture(autouse=True)
def _fresh_registry() -> Iterator[None]:
    registry.load.cache_clear()
    yield
    registry.load.cache_clear()


def load(settings: Any, path: str) -> Any:
    settings.LANGVEL_AGENTS = {"it": path}
    return registry.load("it")


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("agents.samples.orders.OrderApprovalAgent", LangvelAgent),
        ("agents.samples.mailer.mail_graph", PlainGraph),
        ("tests.agents.test_registry.A_GRAPH", PlainGraph),
        ("tests.agents.test_registry.A_COMPILED_GRAPH", PlainGraph),
    ],
)
def test_a_path_may_name_an_agent_a_graph_or_a_function(
    settings: Any, path: str, kind: type
) -> None:
    agent = load(settings, path)

    assert type(agent) is kind
    assert agent.input_schema()["type"] == "object"
    assert agent.drawing["nodes"]


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("nowhere.graph", "No module named 'nowhere'"),
        ("tests.graphs.missing", "missing"),
        ("graph", "doesn't look like a module path"),
        ("tests.agents.test_registry.not_a_graph", "is no langvel Agent"),
        ("tests.agents.test_registry.needs_an_argument", "is no langvel Agent"),
        ("tests.agents.test_registry.breaks", "no licence"),
    ],
)
def test_a_bad_path_is_refused_by_key_path_and_reason(
    settings: Any, path: str, reason: str
) -> None:
    with pytest.raises(registry.BadAgentPath) as refused:
        load(settings, path)

    assert str(refused.value).startswith(f"agent 'it' ({path}): ")
    assert reason in str(refused.value)


def test_an_unknown_key_is_refused(settings: Any) -> None:
    settings.LANGVEL_AGENTS = {}

    with pytest.raises(registry.UnknownAgent):
        registry.load("it")


def test_the_version_changes_with_the_shape_of_the_graph(settings: Any) -> None:
    before = load(settings, "tests.graphs.asks_once").version
    registry.load.cache_clear()

    assert load(settings, "tests.graphs.asks_twice").version != before


@pytest.mark.django_db
def test_a_worker_with_a_bad_path_does_not_start(settings: Any) -> None:
    settings.LANGVEL_AGENTS = {"it": "nowhere.graph"}

    with pytest.raises(CommandError, match=r"agent 'it' \(nowhere.graph\)"):
        call_command("worker")
