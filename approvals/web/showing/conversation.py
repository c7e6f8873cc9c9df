"""Chat messages of a state or a payload, as a conversation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from approvals.models import Interrupt
from approvals.web.showing.messages import Call, Turn, read_message

SHOWN = 6
"""Turns in view; those before are folded."""

_KEYS = ("messages", "__copilotkit_messages__", "chat_history")


@dataclass(frozen=True, kw_only=True)
class Conversation:
    """Turns in the order they were said; only the last few are in view at first."""

    turns: tuple[Turn, ...]
    key: str = ""

    @property
    def earlier(self) -> tuple[Turn, ...]:
        return self.turns[:-SHOWN]

    @property
    def latest(self) -> tuple[Turn, ...]:
        return self.turns[-SHOWN:]


def conversation_in(value: Any) -> Conversation | None:
    """The conversation a state or a payload holds, if it is one throughout."""
    if not isinstance(value, Mapping):
        return None
    for key in _KEYS:
        turns = _turns(value.get(key))
        if turns:
            return Conversation(turns=_with_results(turns), key=key)
    return None


def conversation_of(interrupt: Interrupt) -> Conversation | None:
    """What was said before a question was asked, with the calls it asks about marked."""
    found = conversation_in(interrupt.state) or conversation_in(interrupt.request)
    if found is None:
        return None
    asked = [(action["name"], action["args"]) for action in interrupt.actions]
    turns = tuple(replace(turn, calls=_marked(turn.calls, asked)) for turn in found.turns)
    return replace(found, turns=turns)


def _marked(calls: tuple[Call, ...], asked: Sequence[tuple[str, Any]]) -> tuple[Call, ...]:
    return tuple(
        replace(call, is_proposed=call.result is None and (call.name, call.args) in asked)
        for call in calls
    )


def _turns(messages: Any) -> list[Turn]:
    """Empty unless every item is a message: half a conversation would tell half a story."""
    if not isinstance(messages, list) or not messages:
        return []
    found = [read_message(message) for message in messages]
    return [turn for turn in found if turn] if all(found) else []


def _with_results(turns: list[Turn]) -> tuple[Turn, ...]:
    """Each result moves to the call it answers; one without a call stays where it is."""
    results = {turn.answers: turn for turn in turns if turn.answers and not turn.extras}
    known = {call.id for turn in turns for call in turn.calls if call.id}
    kept = [
        turn for turn in turns if results.get(turn.answers) is not turn or turn.answers not in known
    ]
    return tuple(replace(turn, calls=tuple(_answered(turn.calls, results))) for turn in kept)


def _answered(calls: tuple[Call, ...], results: Mapping[str, Turn]) -> list[Call]:
    return [
        replace(call, result=results[call.id].text, failed=results[call.id].failed)
        if call.id in results
        else call
        for call in calls
    ]
