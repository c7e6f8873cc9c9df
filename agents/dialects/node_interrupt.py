"""LangGraph's old NodeInterrupt: it takes no answer, the node only runs again from its start."""

from __future__ import annotations

from agents.dialects import breakpoint as stop
from agents.dialects import questions
from agents.dialects.request import Pause, ReviewRequest

NAME = "node_interrupt"
INTERRUPT_ID = "placeholder-id"
"""The id LangGraph gives to every one of them."""

answer = stop.answer


def matches(pause: Pause) -> bool:
    return pause.interrupt_id == INTERRUPT_ID


def read(pause: Pause) -> ReviewRequest:
    return ReviewRequest(
        dialect=NAME,
        title=questions.title(pause.value, pause.node),
        summary="The node stops again unless the state is changed first.",
        effect=f"Runs {pause.node} again from its start.",
        description=pause.value if isinstance(pause.value, str) else "",
        actions=(stop.state_action(pause, skippable=False),),
        state=pause.state,
        payload=pause.value,
    )
