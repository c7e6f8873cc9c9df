"""Which policies a question falls under, and what they add up to."""

from __future__ import annotations

from typing import Any

import pytest

from approvals.policy import Asking, Terms, freeze

ARGS = {"amount": 250.0, "note": "first", "to": {"iban": "DE1", "name": "Ana"}}


@pytest.fixture(autouse=True)
def _no_default_window(settings: Any) -> None:
    settings.LANGVEL_UNDO_SECONDS = 7


def asking(**fields: Any) -> Asking:
    defaults = {"agent_key": "mailer", "node": "ask", "actions": [{"name": "pay", "args": ARGS}]}
    return Asking(**defaults | fields)


def terms(settings: Any, *policies: dict[str, Any], **fields: Any) -> Terms:
    settings.LANGVEL_POLICIES = {"mailer": list(policies)}
    return freeze(asking(**fields))


def test_where_nobody_names_a_risk_one_press_decides(settings: Any) -> None:
    assert terms(settings) == Terms(risk="medium", undo_seconds=7)


@pytest.mark.parametrize(
    ("risk", "confirm", "reason", "bulk", "undo"),
    [
        ("low", False, False, True, 10),
        ("medium", True, False, True, 15),
        ("high", True, True, False, 30),
        ("critical", True, True, False, 60),
    ],
)
def test_a_risk_that_only_the_agent_names_brings_its_tier(
    settings: Any, risk: str, confirm: bool, reason: bool, bulk: bool, undo: int
) -> None:
    found = terms(settings, risk=risk)

    assert (found.risk, found.confirm, found.reason_required, found.bulk, found.undo_seconds) == (
        risk, confirm, reason, bulk, undo,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("args", "pointer"),
    [
        ({"note": "first", "is_urgent": True, "amount": 250.0}, "/amount"),
        ({"body": "two\nlines", "to": "Ana", "items": [1]}, "/to"),
        ({"body": "x" * 81, "to": "Ana"}, "/to"),
        ({"items": [1]}, ""),
        ("Go on?", ""),
    ],
)
def test_at_critical_risk_something_is_typed_again_without_a_policy(
    settings: Any, args: Any, pointer: str
) -> None:
    found = terms(settings, risk="critical", actions=[{"name": "pay", "args": args}])

    assert found.retype == [pointer]


def test_of_several_critical_actions_each_is_typed_again(settings: Any) -> None:
    actions = [{"name": "pay", "args": ARGS}, {"name": "stop", "args": {}}]

    assert terms(settings, risk="critical", actions=actions).retype == ["/0/amount", "/1"]


def test_what_a_policy_wants_typed_again_goes_before_the_usual(settings: Any) -> None:
    assert terms(settings, {"risk": "critical", "retype": "/note"}).retype == ["/note"]
    assert terms(settings, {"risk": "critical", "retype": "/gone"}).retype == ["/amount"]


def test_nobody_types_again_what_a_policy_hides(settings: Any) -> None:
    assert terms(settings, {"risk": "critical", "masked": ["amount"]}).retype == ["/note"]


def test_a_policy_raises_the_risk_and_brings_its_care(settings: Any) -> None:
    found = terms(settings, {"risk": "high"}, risk="low")

    assert (found.risk, found.confirm, found.reason_required, found.bulk, found.undo_seconds) == (
        "high", True, True, False, 30,
    )  # fmt: skip


def test_a_policy_never_lowers_the_risk(settings: Any) -> None:
    found = terms(settings, {"risk": "low"}, risk="high")

    assert (found.risk, found.reason_required) == ("high", True)


def test_a_policy_may_tune_what_its_tier_asks(settings: Any) -> None:
    found = terms(settings, {"risk": "high", "reason_required": False, "undo_seconds": 5})

    assert (found.reason_required, found.undo_seconds, found.bulk) == (False, 5, False)


def test_of_several_policies_the_strictest_wins(settings: Any) -> None:
    found = terms(
        settings,
        {"risk": "medium", "bulk": True, "reason_required": False, "masked": ["/note"]},
        {"risk": "high", "bulk": False, "reason_required": True, "masked": ["**/iban"]},
    )

    assert (found.risk, found.bulk, found.reason_required) == ("high", False, True)
    assert found.masked == ["/note", "**/iban"]


def test_of_groups_undo_deadline_and_retyping_the_first_policy_that_says_is_heard(
    settings: Any,
) -> None:
    found = terms(
        settings,
        {"risk": "low"},
        {"groups": ["finance"], "undo_seconds": 3, "deadline": 60, "retype": "amount"},
        {"groups": ["legal"], "undo_seconds": 9, "deadline": 10, "on_timeout": "reject"},
    )

    assert (found.groups, found.undo_seconds, found.deadline_seconds) == (["finance"], 3, 60)
    assert (found.retype, found.on_timeout) == (["/amount"], "reject")


@pytest.mark.parametrize(
    ("policy", "is_heard"),
    [
        ({"step": "pay"}, True),
        ({"step": "as?"}, True),
        ({"step": "refund*"}, False),
        ({"when": {"amount": {"gt": 100}}}, True),
        ({"when": {"amount": {"gt": 250}}}, False),
        ({"when": {"/to/iban": {"like": "DE*"}}}, True),
        ({"when": {"country": "DE"}}, True),
        ({"when": {"missing": {"ne": 1}}}, False),
        ({"when": {"amount": {"gt": 100}, "note": "second"}}, False),
    ],
)
def test_a_policy_is_heard_where_its_step_and_its_conditions_fit(
    settings: Any, policy: dict[str, Any], is_heard: bool
) -> None:
    found = terms(settings, policy | {"groups": ["finance"]}, state={"country": "DE"})

    assert (found.groups == ["finance"]) is is_heard


def test_conditions_must_hold_of_one_and_the_same_action(settings: Any) -> None:
    actions = [
        {"name": "pay", "args": {"amount": 500, "to": "ana"}},
        {"name": "pay", "args": {"amount": 5, "to": "eve"}},
    ]
    policy = {"when": {"amount": {"gt": 100}, "to": "eve"}, "risk": "high"}

    assert terms(settings, policy, actions=actions).risk == "medium"


def test_the_site_is_heard_before_the_agents_own_code(settings: Any) -> None:
    settings.LANGVEL_POLICIES = {"refunds": [{"retype": "note"}]}
    large = [{"name": "refund", "args": {"amount": 6000, "note": "first"}}]

    assert freeze(asking(agent_key="refunds", actions=large)).retype == ["/note"]


def test_globs_name_agents(settings: Any) -> None:
    settings.LANGVEL_POLICIES = {
        "mail*": [{"risk": "high"}], "orders": [{"risk": "critical"}], "*": [{"why": "Always."}]
    }  # fmt: skip

    found = freeze(asking())

    assert (found.risk, found.why) == ("high", ["Always."])


def test_the_reason_somebody_is_asked_is_the_policys_or_its_condition(settings: Any) -> None:
    found = terms(
        settings,
        {"when": {"amount": {"gt": 100}}},
        {"why": "New customers are checked."},
        {"when": {"/to/iban": {"like": "DE*"}}, "why": "Above the auto limit of 100.00."},
    )

    assert found.why == [
        "Amount is above 100.",
        "New customers are checked.",
        "Above the auto limit of 100.00.",
    ]


def test_flagged_fields_are_those_that_are_there(settings: Any) -> None:
    found = terms(settings, {"flagged": {"amount": "Compare it.", "**/iban": "", "card": "No."}})

    assert (found.flagged, found.notes) == (["/amount", "/to/iban"], {"/amount": "Compare it."})


def test_with_several_actions_a_pointer_begins_with_the_number_of_its_action(settings: Any) -> None:
    actions = [{"name": "pay", "args": {"amount": 1}}, {"name": "tell", "args": {"amount": 2}}]

    found = terms(settings, {"flagged": ["amount"], "retype": "amount"}, actions=actions)

    assert (found.flagged, found.retype) == (["/0/amount", "/1/amount"],) * 2


def test_fields_no_rule_looked_at_are_counted(settings: Any) -> None:
    found = terms(
        settings,
        {"when": {"amount": {"gt": 9000}}, "risk": "high"},
        {"flagged": ["/to/iban"]},
    )

    assert found.unlooked == 1
