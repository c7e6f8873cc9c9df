"""One run's thread on an Agent Server, moved like any other thread.

No lease reaches over there. What keeps an answer from being given twice is that the server runs
one run of a thread at a time and is asked to refuse ours when there is another, that each answer
goes under its question's id, and that LangGraph is told to refuse an id nobody waits for.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import httpx
from langgraph_sdk.client import LangGraphClient
from langgraph_sdk.schema import Command

from agents.config import MARK, RunConfig
from agents.outcome import Cancelled, ErrorInfo, Failed, Gone, Outcome, Paused, Question
from agents.remote import questions
from agents.remote.agent import RemoteAgent
from agents.remote.client import TryLater, connect, is_missing, refusal
from agents.remote.given import given
from agents.remote.looking import NOT_ASKED, Look, look
from agents.remote.marks import mark_of
from agents.remote.standing import as_it_stands
from agents.remote.traces import RemoteTraces
from agents.view import View

WAIT_SECONDS = 20.0
"""How long a pass waits for the server's run. One that takes longer is looked at again later."""

_OVER = {"success", "error", "timeout", "interrupted"}
_END = "__end__"


class RemoteThread:
    """What `agents.runner.Thread` is for a graph of our own. `stops`: whatever runs is stopped."""

    def __init__(self, agent: RemoteAgent, config: RunConfig, *, stops: bool = False) -> None:
        self._agent = agent
        self._config = config
        self._mark = None if config.mark is None else mark_of(config.mark)
        self._stops = stops

    async def view(self) -> View:
        """How the thread stands. Raises TryLater while something runs in it."""
        async with connect(self._agent) as client:
            return (await self._look(client)).view

    async def start(self, values: dict[str, Any]) -> Outcome:
        """First pass, in a thread that is made if need be."""
        wanted = {name: value for name, value in self._agent.filter.items() if name not in _OWN}
        async with connect(self._agent) as client:
            try:
                await client.threads.create(
                    thread_id=self._config.thread_id, metadata=wanted, if_exists="do_nothing"
                )
            except httpx.HTTPStatusError as error:
                return self._turned_down(error)
            return await self._pass(client, await self._look(client), input=values)

    async def deliver(self, answers: Sequence[tuple[Question, Any]]) -> Outcome:
        """Do what was decided, if it is still asked."""
        async with connect(self._agent) as client:
            seen = await self._look(client)
            asked = {question.digest for question in seen.view.questions}
            if not all(question.digest in asked for question, _ in answers):
                return as_it_stands(seen.view)
            steering = [told for question, told in answers if question.steers]
            if any(told.get("cancel") for told in steering):
                await self._empty(client)
                return Cancelled()
            values = [(question, told) for question, told in answers if not question.steers]
            if values:
                return await self._resume(client, seen, values)
            return await self._pass(client, seen)

    async def continue_(self) -> Outcome:
        """Go on from where the thread stands: a failed step runs again with its stored answer."""
        async with connect(self._agent) as client:
            seen = await self._look(client)
            if not seen.view.next:
                return as_it_stands(seen.view)
            return await self._pass(client, seen)

    async def reask(self) -> Outcome:
        """Fork the head, so that the question of a failed step is asked anew."""
        async with connect(self._agent) as client:
            seen = await self._look(client)
            if not seen.is_there:
                return Gone()
            return await self._fork(client, seen)

    async def traces(self, *, since: str) -> RemoteTraces:
        """What the server's runs tell of what happened to this thread."""
        async with connect(self._agent) as client:
            return RemoteTraces(await self._look(client), mark=self._mark)

    async def cancel(self) -> None:
        """Leave the thread with nothing to do."""
        async with connect(self._agent) as client:
            await self._empty(client)

    async def _look(self, client: LangGraphClient) -> Look:
        mark, thread_id = self._mark, self._config.thread_id
        seen = await look(client, self._agent, thread_id, mark=mark)
        if seen.is_busy and self._stops:
            for run_id in seen.under_way:
                await client.runs.cancel(thread_id, run_id, wait=True)
            seen = await look(client, self._agent, thread_id, mark=mark)
        if seen.is_busy:
            raise TryLater(f"The Agent Server of {self._agent.key!r} is at work on this thread.")
        return seen

    async def _resume(
        self, client: LangGraphClient, seen: Look, answers: Sequence[tuple[Question, Any]]
    ) -> Outcome:
        """An answer that another client's failed one stands in the way of needs a fork first."""
        if seen.is_stuck:
            outcome = await self._fork(client, seen)
            renewed = _renewed(answers, outcome)
            if renewed is None:
                return outcome
            seen, answers = await self._look(client), renewed
        resume = {question.interrupt_id: told for question, told in answers}
        return await self._pass(client, seen, resume=resume)

    async def _fork(self, client: LangGraphClient, seen: Look) -> Outcome:
        return await self._pass(client, seen, checkpoint_id=seen.view.checkpoint_id)

    async def _pass(
        self,
        client: LangGraphClient,
        seen: Look,
        *,
        input: dict[str, Any] | None = None,
        resume: dict[str, Any] | None = None,
        checkpoint_id: str | None = None,
    ) -> Outcome:
        first = given(self._agent, self._config, seen.runs)
        try:
            run = await client.runs.create(
                self._config.thread_id,
                first.assistant_id,
                input=input,
                command=None if resume is None else Command(resume=resume),
                checkpoint_id=checkpoint_id,
                config=first.config,
                metadata={} if self._mark is None else {MARK: self._mark},
                multitask_strategy="reject",
                durability="sync",
                strict_resume=True,
            )
        except httpx.HTTPStatusError as error:
            return self._turned_down(error)
        await self._wait(client, run["run_id"])
        return self._came_of(await self._look(client))

    def _turned_down(self, error: httpx.HTTPStatusError) -> Outcome:
        if is_missing(error):
            return Gone()
        if message := refusal(self._agent, error.response):
            info = ErrorInfo(type="RefusedByServer", message=message)
            return Failed(state={}, error=info)
        raise error

    async def _wait(self, client: LangGraphClient, run_id: str) -> None:
        """The run goes on by itself whatever becomes of us."""
        thread_id = self._config.thread_id
        try:
            async with asyncio.timeout(WAIT_SECONDS):
                await client.runs.join(thread_id, run_id)
        except TimeoutError:
            raise TryLater("The server's run takes longer than a pass waits for it.") from None
        run = await client.runs.get(thread_id, run_id)
        if run["status"] not in _OVER:
            raise TryLater("The server's run is not over yet.")

    def _came_of(self, seen: Look) -> Outcome:
        mark = self._mark
        if mark is not None and seen.last_failed_of == mark and seen.view.error is None:
            # It answered what nobody asks any more, so it changed nothing: look at what is asked.
            raise TryLater(f"The thread asks something else by now ({NOT_ASKED}).")
        return as_it_stands(seen.view)

    async def _empty(self, client: LangGraphClient) -> None:
        try:
            await client.threads.update_state(self._config.thread_id, None, as_node=_END)
        except httpx.HTTPStatusError as error:
            if not is_missing(error):
                raise


_OWN = {"graph_id", "assistant_id"}
"""Metadata that the server writes itself."""


def _renewed(
    answers: Sequence[tuple[Question, Any]], outcome: Outcome
) -> list[tuple[Question, Any]] | None:
    """The same answers for the same questions of the fork; None unless it asks exactly those."""
    if not isinstance(outcome, Paused) or len(outcome.questions) != len(answers):
        return None
    pairs = [
        (new, told)
        for new, (old, told) in zip(outcome.questions, answers, strict=True)
        if questions.same_asked(old, new)
    ]
    return pairs if len(pairs) == len(answers) else None
