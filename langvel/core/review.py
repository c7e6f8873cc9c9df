"""Consent: what a person answered holds for the question they were shown, and for no other."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from typing import Any

from langgraph.config import get_config
from langgraph.types import Interrupt, interrupt
from pydantic_core import to_json

from langvel.core.decision import Decision
from langvel.core.digest import DIGEST, digest_of
from langvel.core.request import PROTOCOL, TEXTS
from langvel.exceptions import GraphInvalid, InvalidDecision, StaleApproval
from langvel.routing.naming import humanise
from langvel.routing.plan import Question
from langvel.routing.questions import faults_of, seconds_of

ASKED = "asked"
_WORDS = frozenset(
    {*TEXTS, "risk", "deadline", "on_timeout", "allowed", "action", "args", "schema"}
)
_TYPES = {bool: "boolean", int: "integer", float: "number", str: "string", list: "array"}


def ask(request: str | Mapping[str, Any]) -> Decision:
    """Ask a person from inside any LangGraph node, and return what they decided.

    `request` is a sentence, or any of title, summary, effect, description, risk, deadline,
    on_timeout, `action` (the name of what will be done), `args` (what it will be done with; a
    reviewer may edit them), `schema` (JSON Schema of args) and `allowed` (of approve, edit,
    reject). Everything else in it is shown beside the question. Its values must be JSON data or
    have a JSON form.

        decision = ask({"title": "Pay the invoice", "action": "pay", "args": {"amount": 100}})
        if decision.approved:
            pay(**decision.args)

    `decision.args` are the args as approved: edited ones merged over those offered.

    `deadline` is a timedelta or seconds, counted from the question; on_timeout is "reject",
    "escalate" or "keep". Raises GraphInvalid where they are anything else.

    LangGraph runs the node again from its first line when the answer is there. So the question is
    built again, and must come out the same; what comes before must have no effects.

    Raises StaleApproval when the answer was given to another question, or to nobody knows which:
    Agent.resume, the review site and `answer_to` say which. Raises InvalidDecision for an answer
    that is no decision. Nothing but a decision for this question ever returns.
    """
    asked = _request(request)
    answer = interrupt(asked)
    require_same(asked, answer)
    decision = Decision.read(answer, request=asked)
    offered = asked["action"]["args"]
    return dataclasses.replace(decision, args={**offered, **(decision.args or {})})


def answer_to(question: Interrupt, decision: Mapping[str, Any]) -> dict[str, Any]:
    """The decision, bound to the question it answers, for `Command(resume={question.id: ...})`.

    `question` is one of `snapshot.interrupts` or of a WorkflowPaused: the one that was shown.
    Raises StaleApproval for a decision that is bound to another one already, and InvalidDecision
    for what is no mapping.
    """
    if not isinstance(decision, Mapping):
        raise InvalidDecision(f"A decision is a mapping with a type, not {decision!r}.")
    if DIGEST not in question.value:
        # Asked before questions had digests, and still waiting.
        return dict(decision)
    bound = {DIGEST: question.value[DIGEST], **decision}
    require_same(question.value, bound)
    return bound


def require_same(request: Mapping[str, Any], answer: Any) -> None:
    """Raise StaleApproval unless the answer names the digest of this question."""
    given = answer.get(DIGEST) if isinstance(answer, Mapping) else None
    if given != request[DIGEST]:
        raise StaleApproval(request["node"], given=given)


def is_asked(value: Any) -> bool:
    """Whether a payload came from `ask`: it takes a decision, and no state for one."""
    return isinstance(value, Mapping) and value.get("langvel") == PROTOCOL and ASKED in value


def _request(request: str | Mapping[str, Any]) -> dict[str, Any]:
    """The question as a gate would put it, so that everything that reads gates can read it."""
    node = str(get_config()["metadata"]["langgraph_node"])
    given = {"title": request} if isinstance(request, str) else _as_json(request)
    action = _action(given, node=node)
    asked = {
        "langvel": PROTOCOL,
        ASKED: True,
        "node": node,
        **{name: given.get(name) or "" for name in TEXTS},
        "title": given.get("title") or humanise(action["name"]),
        "action": action,
        "allowed": given.get("allowed") or _allowed(action["args"]),
        "state": {name: value for name, value in given.items() if name not in _WORDS},
        **{name: given.get(name) for name in ("risk", "deadline", "on_timeout")},
    }
    return {**asked, DIGEST: digest_of(asked)}


def _as_json(request: Mapping[str, Any]) -> dict[str, Any]:
    timed = {**request, "deadline": seconds_of(request.get("deadline"))}
    asked = Question(deadline=timed["deadline"], on_timeout=request.get("on_timeout"))
    if faults := faults_of(asked, where="ask"):
        raise GraphInvalid(faults)
    given: dict[str, Any] = json.loads(to_json(timed))
    return given


def _action(given: Mapping[str, Any], *, node: str) -> dict[str, Any]:
    named: Any = given.get("action") or node
    described: Mapping[str, Any] = named if isinstance(named, Mapping) else {"name": named}
    args: dict[str, Any] = dict(described.get("args", given.get("args")) or {})
    schema = described.get("schema") or given.get("schema") or _schema(args)
    return {"name": str(described.get("name") or node), "args": args, "schema": schema}


def _allowed(args: Mapping[str, Any]) -> list[str]:
    return ["approve", "edit", "reject"] if args else ["approve", "reject"]


def _schema(args: Mapping[str, Any]) -> dict[str, Any]:
    """A form for args nobody described: each keeps the type it has."""
    return {
        "type": "object",
        "properties": {name: _type_of(value) for name, value in args.items()},
        "additionalProperties": False,
    }


def _type_of(value: Any) -> dict[str, Any]:
    if value is None:
        return {}
    return {"type": _TYPES.get(type(value), "object")}
