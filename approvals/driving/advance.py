"""The one thing a run is missing: looks at the checkpoint and at our rows, and has it done."""

from __future__ import annotations

from typing import Any, Protocol

from agents.adapters import RegisteredAgent
from agents.outcome import (
    Cancelled,
    ErrorInfo,
    Failed,
    Gone,
    Outcome,
    Paused,
)
from agents.remote.thread import RemoteThread
from agents.remote.traces import RemoteTraces
from agents.runner import Thread, View
from agents.traces import Traces
from agents.view import BREAKPOINT, NODE_INTERRUPT
from approvals.driving.answers import Answers, Given
from approvals.driving.compat import misfit, misfits, moved_on
from approvals.driving.holding import MOVING
from approvals.driving.leases import Claim, Standing
from approvals.driving.report import Held, Report, asked_in
from approvals.driving.unrecorded import asked_unseen
from approvals.models import Run
from approvals.travel.origin import begin

ASKED_AGAIN = "It was asked again."
UNSEEN = (
    "A step that asks something here no longer exists in the agent's code, which changed while a "
    "worker moved this run. Bring the earlier code back and retry the run, or cancel it."
)
REPAIRED = "Another program answered it in a way the step could not use, so it was asked again."


class Rows(Protocol):
    """What there is to ask of the database while a run is moved."""

    async def remember_base(self, checkpoint_id: str) -> None: ...

    async def answers_to(self, task_ids: list[str]) -> list[Any]:
        """Every answer ever decided for a question of these tasks."""


class Advance:
    """One worker's work on one claimed run."""

    def __init__(
        self,
        thread: Thread | RemoteThread,
        agent: RegisteredAgent,
        work: Claim,
        *,
        rows: Rows,
    ) -> None:
        self._thread = thread
        self._agent = agent
        self._work = work
        self._rows = rows
        self._answers = Answers(work.open)
        self._anew = ""

    async def run(self) -> Report:
        if self._work.is_untouched:
            return Report(outcome=await self._begin())
        view = await self._thread.view()
        outcome = await self._advance(view)
        heard, reasons = await self._explain(view, outcome)
        return Report(
            outcome=outcome,
            sent=frozenset(self._answers.sent),
            heard=heard,
            ready=frozenset(row.pk for row in self._work.open if row.is_ready),
            reasons=reasons,
            anew=self._anew,
            unfit=misfits(self._agent, asked_in(outcome) or ()),
        )

    async def _advance(self, view: View) -> Outcome | Held:
        work = self._work
        if work.intent == Run.Intent.CANCEL:
            if view.checkpoint_id not in ("", work.base_checkpoint_id):
                await self._thread.cancel()
            return Cancelled()
        if await self._is_unstarted(view):
            return await self._begin()
        if view.checkpoint_id in ("", work.base_checkpoint_id):
            return Gone()
        if any(view.checkpoint_id < row.place[0] for row in work.open):
            return Gone(has_older=True)
        if self._is_being_moved(view):
            return Held(reasons={row.pk: MOVING for row in work.open})
        if work.intent == Run.Intent.REASK:
            return await self._ask_again(view)
        if reasons := self._misfits(view):
            return self._hold(view, reasons)
        if self._is_unseen(view):
            return Failed(state=view.state, error=ErrorInfo(type="StepGone", message=UNSEEN))
        if view.error is not None:
            return await self._after_failure(view, view.error)
        if view.questions:
            return await self._deliver(Paused(state=view.state, questions=view.questions))
        return await self._go_on(view)

    async def _begin(self) -> Outcome:
        if self._work.seed is not None:
            return await begin(self._thread, self._work.seed)
        return await self._thread.start(self._work.input)

    async def _is_unstarted(self, view: View) -> bool:
        """Whether this run's input is to be given to the thread, which may be older than the run.

        A run that has asked somebody had started: then somebody deleted its checkpoints, and
        only a person may have it do everything again.
        """
        work, base = self._work, self._work.base_checkpoint_id
        if base is None:
            await self._rows.remember_base(view.checkpoint_id)
            return True
        at_start = view.checkpoint_id in ("", base)
        return at_start and (not work.has_asked or work.intent == Run.Intent.RETRY)

    def _is_unseen(self, view: View) -> bool:
        return asked_unseen(
            self._work.unrecorded,
            head=view.checkpoint_id,
            version=self._agent.version,
            seen=view.questions,
        )

    def _is_being_moved(self, view: View) -> bool:
        """Whether somebody else may be at work on the thread: no lock would keep both apart."""
        stands = bool(view.questions) or view.error is not None
        asks = bool(self._work.open) and self._work.intent != Run.Intent.RETRY
        return view.is_under_way and asks and not stands

    def _misfits(self, view: View) -> dict[int, str]:
        """A retry repeats an answer to a step that has heard it, mended or not."""
        fits = moved_on if self._work.intent == Run.Intent.RETRY else misfit
        found = {row.pk: fits(self._agent, row) for row in self._work.open}
        return {pk: reason for pk, reason in found.items() if reason}

    def _hold(self, view: View, reasons: dict[int, str]) -> Outcome | Held:
        if self._work.intent != Run.Intent.RETRY:
            return Held(reasons=reasons)
        error = ErrorInfo(type="CodeChanged", message=next(iter(reasons.values())))
        return Failed(state=view.state, error=error)

    async def _deliver(self, outcome: Outcome) -> Outcome:
        """Send what is decided for as long as the graph asks just that."""
        while isinstance(outcome, Paused) and (ready := self._answers.next_for(outcome.questions)):
            outcome = await self._send(ready)
        return outcome

    async def _send(self, ready: list[Given]) -> Outcome:
        self._answers.sent.update(row.pk for _, row in ready)
        answers = [(question, row.value) for question, row in ready]
        return await self._thread.deliver(answers) or await self._after_skip()

    async def _after_skip(self) -> Outcome:
        view = await self._thread.view()
        if view.questions:
            return Paused(state=view.state, questions=view.questions)
        return await self._thread.continue_()

    async def _after_failure(self, view: View, error: ErrorInfo) -> Outcome:
        """A failed node waits for a person: its stored answer would be replayed by anything we do.

        Unless nobody of ours answered it: then the question is put right and asked again.
        """
        if self._work.intent == Run.Intent.RETRY:
            return await self._retry(view)
        if not self._work.was_waiting:
            return Failed(state=view.state, error=error, questions=view.questions)
        if view.has_results or any(question.steers for question in view.questions):
            message = f"Another program moved this thread, and a step failed: {error.message}"
            return _cannot(view, "ChangedOutside", message, node=error.node)
        self._anew = REPAIRED
        return await self._thread.reask()

    async def _retry(self, view: View) -> Outcome:
        """The failed step hears its stored answer; those beside it have to be told theirs again."""
        if await self._holds_foreign_answer(view):
            message = "Another program's answer would be repeated. Have the question asked again."
            return _cannot(view, "ChangedOutside", message)
        if any(question.steers for question in view.questions):
            message = (
                "A step beside the one that failed waits at a breakpoint, which a retry would "
                "pass unasked. Cancel the run, or fork it from an earlier checkpoint."
            )
            return _cannot(view, "CannotRetry", message)
        ready = self._answers.to(view.questions)
        return await self._deliver(await (self._send(ready) if ready else self._thread.continue_()))

    async def _holds_foreign_answer(self, view: View) -> bool:
        failed = [question for question in view.questions if question.is_failed]
        if not failed:
            return False
        own = await self._rows.answers_to([question.task_id for question in failed])
        traces = await self._thread.traces(since=view.checkpoint_id)
        return any(traces.hold_foreign_answer(question.place, own) for question in failed)

    async def _ask_again(self, view: View) -> Outcome:
        """Fork the thread, so that the step asks anew. A breakpoint is only shown anew: a fork
        would run what it stands before."""
        if gone := [row.node for row in self._work.open if row.node not in self._agent.steps]:
            message = (
                f"The step “{gone[0]}” no longer exists, so it cannot ask again. "
                "Bring the earlier code back, or cancel the run."
            )
            return Failed(state=view.state, error=ErrorInfo(type="StepGone", message=message))
        steering = [question.steers for question in view.questions]
        if any(steering) and not all(steering):
            message = (
                "A step beside this one waits at a breakpoint, which asking again would pass. "
                "Cancel the run, or fork it from an earlier checkpoint."
            )
            return _cannot(view, "CannotAskAgain", message)
        self._anew = ASKED_AGAIN
        if any(steering):
            return Paused(state=view.state, questions=view.questions)
        return await self._thread.reask()

    async def _go_on(self, view: View) -> Outcome:
        """Nothing is asked. After a crash the run goes on; where others put it, it does not.

        They may have gone round the very step that asks. That it is asked again shows.
        """
        rows = self._work.open
        is_known = view.is_ours or view.checkpoint_id in {row.place[0] for row in rows}
        asks_again = set(view.next) <= {row.node for row in rows}
        if is_known or asks_again or self._work.intent == Run.Intent.RETRY:
            return await self._deliver(await self._thread.continue_())
        message = (
            f"Another program moved this thread; next in it is {', '.join(view.next)}. "
            "Nothing was run. A retry goes on from there."
        )
        error = ErrorInfo(type="ChangedOutside", message=message)
        return Failed(state=view.state, error=error, questions=())

    async def _explain(
        self, view: View, outcome: Outcome | Held
    ) -> tuple[frozenset[int], dict[int, str]]:
        """Of the questions that vanished without our doing: which were heard, and why not."""
        questions = asked_in(outcome)
        if questions is None:
            return frozenset(), {}
        asked = {question.place for question in questions}
        gone = [
            row
            for row in self._work.open
            if row.place not in asked and row.pk not in self._answers.sent
        ]
        if not gone:
            return frozenset(), {}
        if self._anew:
            return frozenset(), {row.pk: self._anew for row in gone}
        traces = await self._thread.traces(since=min(row.place[0] for row in gone))
        heard = {row.pk for row in gone if row.is_ready and self._was_heard(row, view, traces)}
        reasons = {row.pk: traces.why_moved(row.place) for row in gone if row.pk not in heard}
        return frozenset(heard), reasons

    def _was_heard(self, row: Standing, view: View, traces: Traces | RemoteTraces) -> bool:
        """A breakpoint keeps no answer; that our own pass wrote the head says that it went on."""
        if row.place[2] in (BREAKPOINT, NODE_INTERRUPT):
            return view.is_ours and not self._work.was_waiting
        return traces.show_answer(row.place, row.value)


def _cannot(view: View, kind: str, message: str, *, node: str = "") -> Failed:
    error = ErrorInfo(type=kind, message=message, node=node)
    return Failed(state=view.state, error=error, questions=view.questions)
