"""One question laid out for its review page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.utils.safestring import SafeString

from approvals import permissions, schemaform
from approvals.models import Interrupt
from approvals.web import answers
from approvals.web.answers import Draft
from approvals.web.values import without_empty
from approvals.web.words import verdict


@dataclass(frozen=True, kw_only=True)
class ActionPart:
    """One proposed action: its form when there is a schema, else its arguments as they are."""

    name: str
    description: str
    form: SafeString | None
    args: Any
    is_editable: bool


@dataclass(frozen=True, kw_only=True)
class QuestionPage:
    """What the review page shows. `barred` says why this person cannot decide, if they cannot."""

    interrupt: Interrupt
    draft: Draft
    actions: list[ActionPart]
    changes: list[schemaform.Change]
    rest: dict[str, Any]
    barred: str
    verdict: str
    allowed: frozenset[str]

    @property
    def is_open(self) -> bool:
        return self.interrupt.is_pending and not self.barred

    @property
    def is_plain(self) -> bool:
        return self.interrupt.dialect == "plain"

    @property
    def may_approve(self) -> bool:
        return bool(self.allowed & {"approve", "edit"})

    @property
    def may_edit(self) -> bool:
        return any(action.is_editable for action in self.actions)

    @property
    def answer(self) -> Any:
        """What a plain question was answered with."""
        decision = getattr(self.interrupt, "decision", None)
        return decision.decisions[0].get("value") if decision else None

    @property
    def problems(self) -> list[str]:
        """What stands against the answer and belongs to no field of the state form."""
        return list(self.draft.problems.values())


def lay_out(interrupt: Interrupt, *, user: User, draft: Draft) -> QuestionPage:
    barred = barred_because(user, interrupt)
    frozen = bool(barred) or not interrupt.is_pending
    parts = [
        _part(action, draft if index == 0 else None, frozen=frozen, title=interrupt.title)
        for index, action in enumerate(interrupt.actions)
    ]
    return QuestionPage(
        interrupt=interrupt,
        draft=draft,
        actions=parts,
        changes=answers.changes(interrupt, draft),
        rest=_rest(interrupt),
        barred=barred,
        verdict=verdict(interrupt),
        allowed=frozenset.intersection(*(frozenset(a["allowed"]) for a in interrupt.actions)),
    )


def barred_because(user: User, interrupt: Interrupt) -> str:
    """Why this person may look and not decide; empty when they may decide."""
    if permissions.is_own_request(user, interrupt):
        return "You asked for this run, so somebody else must decide it."
    if not permissions.is_reviewer(user):
        return "You can follow this question, but deciding it takes the right of a reviewer."
    return ""


def decided_args(interrupt: Interrupt) -> Any:
    """The arguments the agent went on with: the edited ones, else the proposed ones."""
    decision = getattr(interrupt, "decision", None)
    first: Mapping[str, Any] = (decision.decisions or [{}])[0] if decision else {}
    return first.get("args", interrupt.actions[0]["args"])


def _part(
    action: Mapping[str, Any], draft: Draft | None, *, frozen: bool, title: str
) -> ActionPart:
    editable = draft is not None and answers.is_editable(action)
    return ActionPart(
        name=action["name"],
        description=action.get("description", ""),
        form=_form(action, draft, readonly=frozen or not editable),
        args=_without_title(action["args"], title),
        is_editable=editable,
    )


def _without_title(args: Any, title: str) -> Any:
    """A payload need not repeat what the heading of its page already says."""
    if not isinstance(args, dict):
        return args
    return {key: value for key, value in args.items() if value != title}


def _form(action: Mapping[str, Any], draft: Draft | None, *, readonly: bool) -> SafeString | None:
    if not action["schema"]:
        return None
    return schemaform.render(
        action["schema"],
        draft.args if draft else action["args"],
        original=action["args"],
        errors=draft.errors if draft else {},
        readonly=readonly,
        tz=settings.TIME_ZONE,
    )


def _rest(interrupt: Interrupt) -> dict[str, Any]:
    """The state around what is proposed: shown, never changed here."""
    args = interrupt.actions[0]["args"]
    proposed = set(args) if isinstance(args, dict) and interrupt.dialect != "plain" else set()
    around = {key: value for key, value in interrupt.state.items() if key not in proposed}
    return without_empty(around)
