"""LANGVEL_POLICIES is checked before anything starts."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.management import CommandError, call_command

from agents import registry
from approvals import startup
from approvals.policy.site import faults, missing_groups
from langvel.core.policy import Policy

pytestmark = pytest.mark.django_db


def test_policies_that_fit_have_no_faults(settings: Any) -> None:
    settings.LANGVEL_POLICIES = {
        "refunds": [{"risk": "high", "groups": ["reviewers"]}],
        "requests:crm": [{"masked": ["**/password"]}],
        "*": [],
    }

    assert list(faults()) == []


@pytest.mark.parametrize(
    ("policies", "said"),
    [
        ({"refund": [{"risk": "high"}]}, "names an agent 'refund' that does not exist"),
        ({"refunds": {"risk": "high"}}, "LANGVEL_POLICIES['refunds'] must be a list"),
        ({"refunds": ["high"]}, "LANGVEL_POLICIES['refunds'][0] must be an object"),
        ({"*": [{}, {"rsik": "high"}]}, "LANGVEL_POLICIES['*'][1]: rsik: Extra inputs"),
        ({"*": [{"step": "a["}]}, "step: 'a[' is no glob"),
        ({"*": [{"groups": ["fiance"]}]}, "names a group that does not exist: fiance"),
    ],
)
def test_each_fault_says_where_it_is(settings: Any, policies: Any, said: str) -> None:
    settings.LANGVEL_POLICIES = policies

    assert said in "\n".join(faults())


def test_nothing_starts_with_policies_that_cannot_be_kept(settings: Any) -> None:
    settings.LANGVEL_POLICIES = {"*": [{"groups": ["fiance"]}]}

    with pytest.raises(CommandError, match="Make the group in the admin"):
        startup.refuse_to_work_unsafely()


def test_a_group_that_only_an_agents_code_names_is_missed_too() -> None:
    named = [("The agent 'refunds'", Policy(groups=["fiance"]))]

    assert [text.split(".")[0] for text in missing_groups(named)] == [
        "The agent 'refunds' names a group that does not exist: fiance"
    ]


def test_a_worker_does_not_start_without_the_groups_its_agents_name(
    settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    agent = registry.load("refunds")
    monkeypatch.setattr(agent, "policies", (Policy(groups=["fiance"]),))

    with pytest.raises(CommandError, match="The agent 'refunds' names a group"):
        call_command("worker")
