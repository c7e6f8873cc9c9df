"""A plain LangGraph graph, without langvel: it asks whether a mail may go out, and waits.

Any LangGraph graph can be registered like this, by a function without arguments that returns it.
"""

from typing import Any, TypedDict

from langgraph.graph import END, START, StateGraph
from langgraph.types import interrupt


class MailInput(TypedDict):
    to: str
    topic: str


class MailState(MailInput, total=False):
    subject: str
    body: str
    sent: bool
    answer: Any


def draft(state: MailState) -> dict[str, Any]:
    topic = state["topic"]
    return {
        "subject": f"About {topic}",
        "body": f"Hello,\n\nI am writing about {topic}. Does Thursday suit you?\n\nRegards",
    }


def ask(state: MailState) -> dict[str, Any]:
    """Wait for a yes, a no, or other words to send."""
    answer = interrupt(
        {
            "question": f"Send this mail to {state['to']}?",
            "subject": state["subject"],
            "body": state["body"],
            "answers": "true to send it, false to drop it, or the text to send instead",
        }
    )
    return {"answer": answer}


def send(state: MailState) -> dict[str, Any]:
    """Only a clear yes, or a text, sends; anything else doesn't."""
    answer = state.get("answer")
    if isinstance(answer, str) and answer.strip():
        return {"body": answer, "sent": True}
    return {"sent": answer is True}


def mail_graph() -> StateGraph[MailState, None, MailInput, MailState]:
    """Drafts a mail and sends it only on a yes."""
    graph = StateGraph(MailState, input_schema=MailInput)
    graph.add_node("draft", draft)
    graph.add_node("ask", ask)
    graph.add_node("send", send)
    graph.add_edge(START, "draft")
    graph.add_edge("draft", "ask")
    graph.add_edge("ask", "send")
    graph.add_edge("send", END)
    return graph
