"""An agent of LangChain's, registered like any other: started, decided and driven by the site."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from agents import registry
from approvals.exceptions import InvalidDecision
from approvals.models import Run
from approvals.services.agents import publish
from tests.agents.dialects.libraries.installed import library
from tests.agents.dialects.libraries.scripted import DONE, delete_file, script, send_email
from tests.approvals.conftest import answer

langchain = library("langchain.agents")
middleware = library("langchain.agents.middleware")

pytestmark = pytest.mark.django_db(transaction=True)

MAIL = {"to": "a@b.c", "subject": "Hi"}
INPUT = {"messages": [{"role": "user", "content": "go"}]}
EDIT = {"type": "edit", "args": {"to": "x@y.z", "subject": "Hi", "copies": 2}}


def mail_agent() -> Any:
    """Sends a mail and deletes a file, both after review."""
    review = middleware.HumanInTheLoopMiddleware(
        interrupt_on={"send_email": True, "delete_file": True}
    )
    calls = [("send_email", MAIL), ("delete_file", {"path": "/etc/passwd"})]
    return langchain.create_agent(script(calls), [send_email, delete_file], middleware=[review])


@pytest.fixture(autouse=True)
def registered(graphs: None, settings: Any) -> Iterator[None]:
    settings.LANGVEL_AGENTS = {"mail": "tests.approvals.driving.test_public_libraries.mail_agent"}
    registry.load.cache_clear()
    publish(registry.load_all())
    DONE.clear()
    yield
    DONE.clear()


def test_what_the_reviewer_decided_is_what_the_agent_does(
    started: Callable[..., Run], drive: Callable[[Run | int], Run]
) -> None:
    run = started("mail", input=INPUT)
    question = run.interrupts.get()

    answer(question, decisions=[EDIT, {"type": "reject", "message": "never"}])
    finished = drive(run)

    assert question.title == "2 actions: Send email, Delete file"
    assert (finished.status, finished.error) == ("success", None)
    assert DONE == [("send_email", {"to": "x@y.z", "subject": "Hi", "copies": 2})]


def test_a_wrong_answer_is_refused_and_the_right_one_still_works(
    started: Callable[..., Run], drive: Callable[[Run | int], Run]
) -> None:
    run = started("mail", input=INPUT)
    question = run.interrupts.get()
    wrong = {"type": "edit", "args": {"to": "x@y.z", "copies": "two"}}

    with pytest.raises(InvalidDecision) as refused:
        answer(question, decisions=[wrong, {"type": "approve"}])
    answer(question, decisions=[{"type": "reject"}, {"type": "respond", "message": "gone"}])

    assert {error["pointer"] for error in refused.value.errors} == {
        "/0/args/subject",
        "/0/args/copies",
    }
    assert (drive(run).status, DONE) == ("success", [])
