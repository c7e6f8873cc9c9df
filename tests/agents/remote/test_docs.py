"""The entries docs/remote.md prints are entries."""

from __future__ import annotations

import json
import re

import pytest

from agents.remote.agent import read_entry
from agents.remote.finding import MOST_THREADS
from agents.remote.thread import WAIT_SECONDS
from approvals.remote.postponing import AGAIN_SECONDS
from approvals.remote.syncing import MOST_LOOKS
from tests.agents.remote.serving import ROOT

TEXT = (ROOT / "docs" / "remote.md").read_text()


def printed(language: str) -> str:
    [block] = re.findall(rf"```{language}\n(.*?)```", TEXT, re.DOTALL)
    return str(block)


def test_the_entry_for_the_environment_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BILLING_HEADERS", '{"x-api-key": "lsv2"}')

    agent = read_entry("billing", json.loads(printed("json"))["billing"])

    assert agent.belongs == {"graph_id": "agent", "team": "ops"}
    assert agent.headers == {"x-api-key": "lsv2"}


def test_the_entry_for_the_settings_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BILLING_HEADERS", "{}")
    settings: dict[str, dict[str, object]] = {}

    exec(printed("python"), settings)

    assert read_entry("billing", settings["LANGVEL_AGENTS"]["billing"]).assistant == "agent"  # type: ignore[arg-type]


def test_the_figures_are_those_of_the_code() -> None:
    assert f"at most {MOST_THREADS:,} threads" in TEXT
    assert f"{MOST_LOOKS} are read" in TEXT
    assert f"longer than {WAIT_SECONDS:.0f} seconds" in TEXT
    assert (AGAIN_SECONDS, "every ten seconds\n  or so" in TEXT) == (10, True)
