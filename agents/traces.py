"""What a thread's checkpoints tell of the past: was an answer heard, and who moved the thread?"""

from __future__ import annotations

from typing import Any

from langgraph.checkpoint.base import BaseCheckpointSaver, CheckpointTuple

from agents.config import MARK, RunConfig
from agents.jsonable import canonical, to_json
from agents.raised import Raised

_RESUME = "__resume__"
_CONTROL = {_RESUME, "__interrupt__", "__error__", "__error_source_node__"}

_MOVED = {
    "input": "Another program gave the thread a new input.",
    "update": "Another program changed the thread's state.",
    "fork": "Another program forked the thread.",
}
ANSWERED = "Another program answered this question."
MOVED_ON = "Another program moved the thread on."
NOT_ASKED = "The graph does not ask this any more."


class Traces:
    """Of one thread since one of its root checkpoints, newest first."""

    def __init__(
        self, found: list[CheckpointTuple], *, mark: int | None, raised: Raised | None
    ) -> None:
        self._found = found
        self._mark = mark
        self._raised = raised

    @classmethod
    async def read(
        cls,
        saver: BaseCheckpointSaver[Any],
        config: RunConfig,
        *,
        since: str,
        raised: Raised | None = None,
    ) -> Traces:
        found = []
        async for one in saver.alist({"configurable": {"thread_id": config.thread_id}}):
            # Ids begin with their time, so graphs within a step have later ones than the step.
            if _id(one) < since:
                break
            found.append(one)
        return cls(found, mark=config.mark, raised=raised)

    def show_answer(self, place: tuple[str, str, str], value: Any) -> bool:
        """Whether the task of that question, or one within it, ended with this very answer.

        Or went on with it to its next question, in a pass of the run's own. The run's own pass goes on from there with no other answer; it may have died when the next
        checkpoint was stored and the task's own writes, which come beside it, were not.
        """
        checkpoint_id, task_id, _ = place
        told = canonical(to_json(value))
        asked_on = self._raised is not None and self._raised.has(task_id)
        return any(self._is_own_successor(one, checkpoint_id) for one in self._found) or any(
            told in answers and (is_done or asked_on)
            for one in self._found
            if _belongs(one, checkpoint_id, task_id)
            for answers, is_done in _heard(one)
        )

    def hold_foreign_answer(self, place: tuple[str, str, str], own: list[Any]) -> bool:
        """Whether the task keeps, and would hear again, an answer that is none of these."""
        checkpoint_id, task_id, _ = place
        told = {canonical(to_json(value)) for value in own}
        return any(
            not answers <= told
            for one in self._found
            if _belongs(one, checkpoint_id, task_id)
            for answers, is_done in _heard(one)
            if not is_done
        )

    def _is_own_successor(self, one: CheckpointTuple, checkpoint_id: str) -> bool:
        before = (one.parent_config or {}).get("configurable", {}).get("checkpoint_id")
        is_ours = one.metadata.get(MARK) == self._mark and one.metadata.get("source") == "loop"
        return before == checkpoint_id and is_ours and not _namespace(one)

    def why_moved(self, place: tuple[str, str, str]) -> str:
        """Who or what ended the question, in a sentence."""
        checkpoint_id, task_id, _ = place
        later = [one for one in self._found if not _namespace(one) and _id(one) > checkpoint_id]
        foreign = [one for one in later if one.metadata.get(MARK) != self._mark]
        if foreign and (told := _MOVED.get(str(foreign[-1].metadata.get("source")))):
            return told
        here = [one for one in self._found if _belongs(one, checkpoint_id, task_id)]
        if any(answers for one in here for answers, _ in _heard(one)):
            return ANSWERED
        return MOVED_ON if foreign else NOT_ASKED


def _heard(one: CheckpointTuple) -> list[tuple[set[str], bool]]:
    """For each task of a checkpoint: the answers it was given, and whether it ended."""
    answers: dict[str, set[str]] = {}
    done: set[str] = set()
    for task, channel, value in one.pending_writes or []:
        if channel == _RESUME:
            given = value if isinstance(value, list) else [value]
            answers.setdefault(task, set()).update(canonical(to_json(each)) for each in given)
        elif channel not in _CONTROL:
            done.add(task)
    return [(given, task in done) for task, given in answers.items()]


def _belongs(one: CheckpointTuple, checkpoint_id: str, task_id: str) -> bool:
    """The question's own checkpoint, or one of a graph that its task runs.

    A graph with `checkpointer=True` keeps all its checkpoints under a name without a task.
    """
    namespace = _namespace(one)
    if not namespace:
        return _id(one) == checkpoint_id
    return task_id in namespace or ":" not in namespace


def _id(one: CheckpointTuple) -> str:
    return str(one.config["configurable"]["checkpoint_id"])


def _namespace(one: CheckpointTuple) -> str:
    return str(one.config["configurable"].get("checkpoint_ns") or "")
