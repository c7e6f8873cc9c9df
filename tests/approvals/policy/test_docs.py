"""docs/policies.md says what is so: its code runs, its policies are accepted, its tables are ours."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from approvals.api.serializers.deciding import DecideBody
from approvals.policy import Asking, freeze
from approvals.policy.site import faults
from approvals.policy.terms import TIERS
from langvel.core.policy import Condition, Policy

PAGE = (Path(__file__).parents[3] / "docs" / "policies.md").read_text()


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)


def first_cells(heading: str) -> list[str]:
    table = PAGE.partition(heading)[2].partition("\n\n")[2].partition("\n\n")[0]
    return [line.split("|")[1] for line in table.splitlines()[2:]]


def test_the_class_declares_its_policies() -> None:
    names: dict[str, Any] = {"__name__": "payouts"}
    exec(blocks("python")[0], names)

    first, second = names["PayoutAgent"].policies
    assert (first.risk, list(first.when), second.masked) == (
        "high",
        ["/amount"],
        ("**/password",),
    )


@pytest.mark.django_db
def test_the_setting_is_accepted_and_raises_a_large_refund(settings: Any) -> None:
    settings.LANGVEL_POLICIES = json.loads(blocks("json")[0])

    assert list(faults()) == []
    action = {"name": "pay", "args": {"amount": "1200.00"}}
    terms = freeze(Asking(agent_key="refunds", node="ask", actions=[action]))
    assert (terms.risk, terms.retype, terms.groups) == ("critical", ["/amount"], ["supervisors"])


@pytest.mark.parametrize("which", [1, 2])
def test_the_body_of_a_decision_is_of_the_expected_form(which: int) -> None:
    body = DecideBody(data=json.loads(blocks("json")[which]))

    assert body.is_valid(), body.errors


def test_every_word_of_a_policy_is_explained() -> None:
    told = set(re.findall(r"`(\w+)`", " ".join(first_cells("## What they may say"))))

    assert told == set(Policy.model_fields) - {"step", "when"}


def test_every_condition_is_explained() -> None:
    told = re.findall(r"`(\w+)`", " ".join(first_cells("in\npointers")))
    known = {field.alias or name for name, field in Condition.model_fields.items()}

    assert set(told) == known


def test_the_tiers_are_these() -> None:
    rows = re.findall(
        r"\| (\w+) \| (yes|no) \| (yes|no) \| (yes|no) \| (\d+) s \|", PAGE
    )  # fmt: skip

    assert {
        name: (confirm == "yes", reason == "yes", bulk == "yes", int(undo))
        for name, confirm, reason, bulk, undo in rows
    } == {
        name: (tier.confirm, tier.reason_required, tier.bulk, tier.undo_seconds)
        for name, tier in TIERS.items()
    }
