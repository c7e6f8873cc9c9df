"""The one form every dialect is read into: what the page and the API know of a question."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, NotRequired, TypedDict

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

Verb = Literal["approve", "edit", "reject", "respond"]
VERBS: tuple[Verb, ...] = ("approve", "edit", "reject", "respond")
ToolSchema = Callable[[str], "dict[str, Any] | None"]
ON_TIMEOUT = ("reject", "escalate", "keep")
RISKS = ("low", "medium", "high", "critical")


class ReviewerDecision(TypedDict):
    """A reviewer's answer to one action. `edit` carries `args`, `respond` a `value`."""

    type: Verb
    args: NotRequired[dict[str, Any]]
    message: NotRequired[str]
    value: NotRequired[Any]


@dataclass(frozen=True, kw_only=True)
class Reviewer:
    """Who answered and when (ISO 8601), as told to the graph."""

    name: str
    at: str


def no_tools(name: str) -> dict[str, Any] | None:
    """For a pause of which nobody knows the tools."""
    return None


@dataclass(frozen=True, kw_only=True)
class Pause:
    """What a graph stopped with. `value` and `state` are JSON, so is `response_schema` if given.

    `tool_schema` gives the JSON Schema of a tool's arguments by its name, None when unknown.
    """

    value: Any
    node: str
    state: dict[str, Any] = field(default_factory=dict)
    interrupt_id: str = ""
    response_schema: dict[str, Any] | None = None
    tool_schema: ToolSchema = no_tools


@dataclass(frozen=True, kw_only=True)
class Action:
    """What the agent proposes to do. `schema` is the JSON Schema of `args`, None when unknown.

    Where a response is allowed, `response` says what carries it: a tool's is the text of
    `message`, a question's any JSON `value`. `response_schema` is the JSON Schema of what the
    graph is resumed with; of `value`, where that is what carries the response.
    """

    name: str
    args: Any
    allowed: tuple[Verb, ...]
    schema: dict[str, Any] | None = None
    description: str = ""
    response: Literal["message", "value"] = "value"
    response_schema: dict[str, Any] | None = None

    def as_json(self) -> dict[str, Any]:
        told: dict[str, Any] = {
            "name": self.name,
            "description": self.description,
            "args": self.args,
            "schema": self.schema,
            "allowed": list(self.allowed),
        }
        if "respond" in self.allowed:
            told["response"] = self.response
        if self.response_schema is not None:
            told["response_schema"] = self.response_schema
        return told


@dataclass(frozen=True, kw_only=True)
class ReviewRequest:
    """One question in the site's own words. Every value in it is JSON.

    `risk` is one of RISKS, and `on_timeout`, what to do when nobody answered in
    `deadline_seconds`, one of ON_TIMEOUT; both are nothing where the payload does not say.
    """

    dialect: str
    title: str
    actions: tuple[Action, ...]
    summary: str = ""
    effect: str = ""
    description: str = ""
    state: dict[str, Any] = field(default_factory=dict)
    payload: Any = None
    risk: str = ""
    deadline_seconds: float | None = None
    on_timeout: str = ""


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A question as the site kept it: what was offered, the graph's payload, its interrupt."""

    actions: Sequence[Mapping[str, Any]]
    payload: Any = None
    interrupt_id: str = ""


class InvalidAnswer(Exception):
    """The decisions do not answer the question. `errors` maps JSON pointers to sentences."""

    def __init__(self, errors: Mapping[str, str]) -> None:
        super().__init__("; ".join(f"{at or '/'}: {text}" for at, text in errors.items()))
        self.errors = dict(errors)


def check_verbs(request_actions: Sequence[Mapping[str, Any]], decisions: Sequence[Any]) -> None:
    """One decision an action, in order, each of a kind that action allows.

    Raises InvalidAnswer with pointers into the list of decisions.
    """
    if len(decisions) != len(request_actions):
        told = ngettext(
            "expected %(count)s decision, one for each action, got %(got)s",
            "expected %(count)s decisions, one for each action, got %(got)s",
            len(request_actions),
        )
        raise InvalidAnswer({"": told % {"count": len(request_actions), "got": len(decisions)}})
    errors: dict[str, str] = {}
    for index, (action, decision) in enumerate(zip(request_actions, decisions, strict=True)):
        errors |= _check_one(f"/{index}", action, decision)
    if errors:
        raise InvalidAnswer(errors)


def _check_one(at: str, action: Mapping[str, Any], decision: Any) -> dict[str, str]:
    if not isinstance(decision, Mapping):
        return {at: _("a decision is an object with a type")}
    verb = decision.get("type")
    if verb not in action["allowed"]:
        return {
            f"{at}/type": _("must be one of: %(verbs)s") % {"verbs": ", ".join(action["allowed"])}
        }
    if unknown := set(decision) - {"type", "args", "message", "value"}:
        return {f"{at}/{min(map(str, unknown))}": _("is not part of a decision")}
    if verb == "edit" and not isinstance(decision.get("args"), Mapping):
        return {f"{at}/args": _("an edit carries the whole arguments as an object")}
    if verb != "edit" and "args" in decision:
        return {f"{at}/args": _("only an edit carries arguments")}
    if not isinstance(decision.get("message", ""), str):
        return {f"{at}/message": _("must be text")}
    if verb != "respond" and "value" in decision:
        return {f"{at}/value": _("only a response carries a value")}
    return {}
