"""How payloads speak: one module a dialect, first match wins.

`read` turns what a graph passed to `interrupt()` into a ReviewRequest, `answer` turns decisions
into the value the graph resumes with; an answer is complete and valid before anything resumes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Protocol

from agents import schemas
from agents.dialects import (
    agent_inbox,
    agui,
    breakpoint,
    copilotkit,
    external,
    langchain_batched,
    langchain_per_call,
    langvel,
    node_interrupt,
    plain,
    response_schema,
)
from agents.dialects.request import (
    Asked,
    InvalidAnswer,
    Pause,
    Reviewer,
    ReviewerDecision,
    ReviewRequest,
    ToolSchema,
    check_verbs,
    no_tools,
)


class Dialect(Protocol):
    """What each module of this package provides."""

    NAME: str

    def matches(self, pause: Pause) -> bool:
        """Whether the pause is whole in this dialect; what only resembles it is not."""

    def read(self, pause: Pause) -> ReviewRequest:
        """The question, for a pause that matches."""

    def answer(self, asked: Asked, decisions: Sequence[ReviewerDecision], *, by: Reviewer) -> Any:
        """The resume value. Raises InvalidAnswer with pointers into the decisions."""


# The two that are told by their id come first: their payload may look like anything.
_MODULES: tuple[Dialect, ...] = (
    breakpoint,
    node_interrupt,
    langvel,
    langchain_per_call,
    langchain_batched,
    agent_inbox,
    copilotkit,
    agui,
    response_schema,
    plain,
)
_DIALECTS: dict[str, Dialect] = {module.NAME: module for module in _MODULES}
_ANSWERS = {name: dialect.answer for name, dialect in _DIALECTS.items()} | {
    external.NAME: external.answer
}
_PLACES: dict[str, Callable[[str], str]] = {
    module.NAME: module.place
    for module in (langvel, langchain_per_call, langchain_batched, agent_inbox)
}
"""Where in the decisions stands what is at a pointer of the resume value."""

STOPS = frozenset({breakpoint.NAME, node_interrupt.NAME})
"""Dialects of pauses that ask nothing: their answer says what to do with the thread."""
CALLS = frozenset({langchain_per_call.NAME, langchain_batched.NAME, agent_inbox.NAME})
"""Dialects whose title and effect are made here, of the tools that would be called."""
_STATE_EDITS = {langvel.NAME: "args"} | dict.fromkeys(STOPS, "update")


def read(
    value: Any,
    *,
    node: str,
    state: dict[str, Any],
    interrupt_id: str = "",
    response_schema: dict[str, Any] | None = None,
    tool_schema: ToolSchema = no_tools,
) -> ReviewRequest:
    """The question behind a JSON payload, in the words of its dialect. Never raises.

    At a breakpoint and a NodeInterrupt, `response_schema` is the schema of the state.
    """
    pause = Pause(
        value=value,
        node=node,
        state=state,
        interrupt_id=interrupt_id,
        response_schema=response_schema,
        tool_schema=tool_schema,
    )
    request = next(one for one in _DIALECTS.values() if one.matches(pause)).read(pause)
    if request.dialect not in STOPS and schemas.is_usable(response_schema):
        first = replace(request.actions[0], response_schema=response_schema)
        return replace(request, actions=(first, *request.actions[1:]))
    return request


def answer(
    dialect: str,
    *,
    actions: Sequence[Mapping[str, Any]],
    decisions: Sequence[ReviewerDecision],
    by: Reviewer,
    payload: Any = None,
    interrupt_id: str = "",
) -> Any:
    """The resume value for these decisions; `payload` is what the graph passed to `interrupt()`.

    Raises InvalidAnswer, with a pointer for each fault, when they do not answer the question.
    """
    check_verbs(actions, decisions)
    errors = _edit_errors(actions, decisions, is_state=dialect in STOPS)
    asked = Asked(actions=actions, payload=payload, interrupt_id=interrupt_id)
    try:
        value = _ANSWERS[dialect](asked, decisions, by=by)
    except InvalidAnswer as error:
        errors |= error.errors
    else:
        errors |= _response_errors(actions, decisions)
        if not errors:
            errors = _resume_errors(dialect, actions[0], value)
    if errors:
        raise InvalidAnswer(errors)
    return value


def state_edit(dialect: str, value: Any) -> dict[str, Any] | None:
    """What an answer changes in the agent's state: a gate's arguments, a stop's update.

    None where it changes nothing; a tool's arguments are none of the agent's fields.
    """
    place = _STATE_EDITS.get(dialect)
    return value.get(place) if place else None


def _edit_errors(
    actions: Sequence[Mapping[str, Any]], decisions: Sequence[ReviewerDecision], *, is_state: bool
) -> dict[str, str]:
    """What the schemas have against edited arguments.

    A state may break its own schema before anybody edits it; what nobody touched may stay.
    """
    errors: dict[str, str] = {}
    for index, (action, decision) in enumerate(zip(actions, decisions, strict=True)):
        if decision["type"] != "edit" or not action["schema"]:
            continue
        errors |= {
            f"/{index}/args{pointer}": message
            for pointer, message in schemas.validate(action["schema"], decision["args"]).items()
            if not (is_state and breakpoint.is_untouched(action["args"], decision["args"], pointer))
        }
    return errors


def _response_errors(
    actions: Sequence[Mapping[str, Any]], decisions: Sequence[ReviewerDecision]
) -> dict[str, str]:
    """What the schemas of values have against the values. The dialect saw that there is one."""
    return {
        f"/{index}/value{pointer}": message
        for index, (action, decision) in enumerate(zip(actions, decisions, strict=True))
        if decision["type"] == "respond" and "value" in decision and action.get("response_schema")
        for pointer, message in schemas.validate(
            action["response_schema"], decision["value"]
        ).items()
    }


def _resume_errors(dialect: str, first: Mapping[str, Any], value: Any) -> dict[str, str]:
    """What the graph's own schema has against a resume value that is more than a response."""
    schema = first.get("response_schema")
    if not schema or dialect not in _PLACES:
        return {}
    found = schemas.validate(schema, value)
    return {_PLACES[dialect](pointer): message for pointer, message in found.items()}
