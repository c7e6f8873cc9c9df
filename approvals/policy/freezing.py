"""From the policies that match a question to the terms it is asked under."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any, TypeVar

from django.conf import settings

from approvals.models.interrupt import RANKS
from approvals.policy.places import children, places
from approvals.policy.retyping import usual
from approvals.policy.site import agent_policies, site_policies
from approvals.policy.terms import TIERS, Terms
from approvals.policy.wording import label_of, made_of
from approvals.schemaform.pointers import tokens
from langvel.core.policy import Policy

Value = TypeVar("Value")


@dataclass(frozen=True, kw_only=True)
class Asking:
    """What is known of a question before it is put to people. `actions` have a name and args.

    `risk` is what the agent called it, empty where it said nothing.
    """

    agent_key: str
    node: str
    actions: Sequence[Mapping[str, Any]]
    state: Mapping[str, Any] = field(default_factory=dict)
    risk: str = ""


def freeze(asking: Asking) -> Terms:
    """The terms of a question, from the site's policies and its agent's.

    Every policy that matches counts. Risk, care, masks and reasons add up, the strictest wins; of groups,
    undo, deadline and the field to retype, the first policy that says something is heard.
    Whoever names a risk, agent or policy, names its tier; where nobody does, one press decides.
    """
    considered = [
        policy
        for policy in (*site_policies(asking.agent_key), *agent_policies(asking.agent_key))
        if _is_about(policy, asking)
    ]
    matching = [policy for policy in considered if _holds(policy, asking)]
    named = [risk for risk in (asking.risk, *(policy.risk for policy in matching)) if risk]
    mild = Terms(undo_seconds=settings.LANGVEL_UNDO_SECONDS)
    risk = _highest(named) if named else mild.risk
    tier = TIERS[risk] if named else mild
    masked = list(dict.fromkeys(name for policy in matching for name in policy.masked))
    flagged = _flagged(matching, asking)
    retype = _first(policy.retype for policy in matching)
    deadline = _first(policy.deadline for policy in matching)
    reasons = list(dict.fromkeys(name for policy in matching for name in policy.reasons))
    return Terms(
        risk=risk,
        groups=list(_first(policy.groups or None for policy in matching) or ()),
        reason_required=_any(matching, "reason_required", otherwise=tier.reason_required),
        confirm=_any(matching, "confirm", otherwise=tier.confirm),
        bulk=all(_said(matching, "bulk") or [tier.bulk]),
        undo_seconds=_otherwise(
            _first(policy.undo_seconds for policy in matching), tier.undo_seconds
        ),
        flagged=list(flagged),
        notes={pointer: note for pointer, note in flagged.items() if note},
        retype=_retype(retype, asking, risk=risk, masked=masked),
        deadline_seconds=deadline.total_seconds() if deadline else None,
        on_timeout=_first(policy.on_timeout for policy in matching) or "keep",
        masked=masked,
        reasons=reasons,
        # Where nobody names a reason, none can be chosen.
        reason_code_required=bool(reasons)
        and _any(matching, "reason_code_required", otherwise=False),
        why=list(dict.fromkeys(filter(None, map(_why, matching)))),
        made={said: made_of(one) for one in matching if not one.why and (said := _why(one))},
        unlooked=_unlooked(considered, asking) if matching else None,
    )


def _is_about(policy: Policy, asking: Asking) -> bool:
    names = [asking.node, *(str(action["name"]) for action in asking.actions)]
    return any(fnmatchcase(name, policy.step) for name in names)


def _holds(policy: Policy, asking: Asking) -> bool:
    """Whether all its conditions are true of the same action; of the state, where it has no such field."""
    return any(
        all(_is_met(condition, pattern, action, asking) for pattern, condition in _when(policy))
        for action in asking.actions
    )


def _when(policy: Policy) -> Iterable[tuple[str, Any]]:
    return policy.when.items()


def _is_met(condition: Any, pattern: str, action: Mapping[str, Any], asking: Asking) -> bool:
    found = places(action["args"], pattern) or places(dict(asking.state), pattern)
    return any(condition.holds(value) for value in found.values())


def _why(policy: Policy) -> str:
    """Its own sentence, else one made of its conditions. Limits are told, values are not."""
    said = [f"{label_of(at)} {condition.words()}" for at, condition in _when(policy)]
    return policy.why or (f"{' and '.join(said)}." if said else "")


def _flagged(matching: Sequence[Policy], asking: Asking) -> dict[str, str]:
    found: dict[str, str] = {}
    for policy in matching:
        for pattern, note in policy.flagged.items():
            for pointer in _pointers(pattern, asking):
                found[pointer] = found.get(pointer) or note
    return found


def _retype(pattern: str | None, asking: Asking, *, risk: str, masked: Sequence[str]) -> list[str]:
    """At critical risk there is always something: where no policy's field is there, the usual."""
    found = list(_pointers(pattern, asking)) if pattern else []
    return found or (list(usual(asking.actions, masked)) if risk == "critical" else [])


def _pointers(pattern: str, asking: Asking) -> Iterable[str]:
    """Into the arguments; with several actions, the number of the action comes first."""
    is_many = len(asking.actions) > 1
    for at, action in enumerate(asking.actions):
        for pointer in places(action["args"], pattern):
            yield f"/{at}{pointer}" if is_many else pointer


def _unlooked(considered: Sequence[Policy], asking: Asking) -> int:
    """How many fields no rule looked at, be it to find nothing."""
    patterns = [name for policy in considered for name in (*policy.when, *policy.flagged)]
    return sum(_unlooked_in(action["args"], patterns) for action in asking.actions)


def _unlooked_in(args: Any, patterns: Sequence[str]) -> int:
    looked = {tokens(at)[0] for pattern in patterns for at in places(args, pattern) if at}
    return len({str(key) for key, _ in children(args)} - looked)


def _highest(risks: Iterable[str]) -> str:
    return min(risks, key=lambda risk: RANKS[risk])


def _said(matching: Sequence[Policy], name: str) -> list[bool]:
    return [said for policy in matching if (said := getattr(policy, name)) is not None]


def _any(matching: Sequence[Policy], name: str, *, otherwise: bool) -> bool:
    said = _said(matching, name)
    return any(said) if said else otherwise


def _first(values: Iterable[Value | None]) -> Value | None:
    return next((value for value in values if value is not None), None)


def _otherwise(value: int | None, other: int) -> int:
    return other if value is None else value
