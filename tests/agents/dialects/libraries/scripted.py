"""A chat model that says what the test wrote down, and the tools its calls are about."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from langchain_core.language_models.chat_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.outputs import ChatGeneration, ChatResult
from langchain_core.tools import tool

DONE: list[tuple[str, dict[str, Any]]] = []
"""What the tools really did."""


class Scripted(BaseChatModel):
    """Says the next line at every call; after the last one it is done."""

    lines: Iterator[AIMessage]

    @property
    def _llm_type(self) -> str:
        return "scripted"

    def bind_tools(self, tools: Any, **given: Any) -> Any:
        return self

    def _generate(self, messages: list[BaseMessage], *args: Any, **given: Any) -> ChatResult:
        said = next(self.lines, AIMessage("done"))
        return ChatResult(generations=[ChatGeneration(message=said)])


def script(*turns: list[tuple[str, dict[str, Any]]]) -> Scripted:
    """A model that calls these tools, one list a turn, and is done then."""
    lines = [
        AIMessage(
            "",
            tool_calls=[
                {"name": name, "args": args, "id": f"call_{turn}_{index}"}
                for index, (name, args) in enumerate(calls)
            ],
        )
        for turn, calls in enumerate(turns)
    ]
    return Scripted(lines=iter(lines))


@tool
def send_email(to: str, subject: str, copies: int = 0) -> str:
    """Send an email."""
    DONE.append(("send_email", {"to": to, "subject": subject, "copies": copies}))
    return f"sent to {to}"


@tool
def delete_file(path: str) -> str:
    """Delete a file."""
    DONE.append(("delete_file", {"path": path}))
    return f"deleted {path}"


@tool
def ask_user(question: str) -> str:
    """Ask the user."""
    DONE.append(("ask_user", {"question": question}))
    return "nobody answered"
