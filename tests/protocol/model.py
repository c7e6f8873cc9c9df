"""What the product ought to do, in plain Python: no database, no graph, no time."""

from __future__ import annotations

from dataclasses import dataclass, field

from tests.protocol.graphs import OTHER_STAGES, STAGES

OLD, NEW = "old", "new"


@dataclass
class Asked:
    """One open question as its reviewer sees it. `code`: that of the agent which asked it."""

    label: str
    code: str
    held: bool = False
    value: str | None = None
    is_due: bool = True

    @property
    def is_ready(self) -> bool:
        return self.value is not None and self.is_due and not self.held


@dataclass
class ModelRun:
    """A run, and what the next worker that drives it ought to make of it.

    `crashed`: a worker died since, so the rows may be behind or ahead until it is driven again.
    `blurred`: the world changed between the two, or somebody else moved the thread, so both what
    was and what is to be are right; only the invariants hold then.
    """

    agent: str
    code: str = OLD
    status: str = "pending"
    intent: str = ""
    stage: int = -1
    asked: dict[str, Asked] = field(default_factory=dict)
    heard: list[tuple[str, str]] = field(default_factory=list)
    is_broken: bool = False
    crashed: bool = False
    blurred: bool = False
    job_lost: bool = False

    @property
    def is_active(self) -> bool:
        return self.status in ("pending", "interrupted")

    @property
    def pending(self) -> list[Asked]:
        return [one for one in self.asked.values() if one.value is None]

    @property
    def stages(self) -> list[tuple[str, ...]]:
        is_other = self.agent == "deployed" and self.code == NEW
        return OTHER_STAGES if is_other else STAGES[self.agent]

    def refusal(self, label: str) -> str:
        """The code with which an answer to an open question is refused; empty when it is taken."""
        one = self.asked[label]
        if one.value is not None:
            return "already_decided"
        if one.held:
            return "held"
        return "" if self.status == "interrupted" and self.intent != "cancel" else "not_pending"

    def undo_refusal(self, label: str) -> str:
        """As for an answer, but for taking one back."""
        one = self.asked[label]
        if one.value is None:
            return "not_decided"
        may = self.status == "interrupted" and not one.is_due
        return "" if may else "already_resumed"

    def owes_a_job(self) -> bool:
        """Whether a worker is to look at it."""
        return self.is_active and (
            self.status == "pending" or self.intent != "" or self._may_move()
        )

    def drive(self, code: str) -> None:
        """One worker's whole pass, with that code of the agent."""
        if not self.is_active:
            return
        if self.intent == "cancel":
            self.status, self.intent, self.asked = "cancelled", "", {}
        elif self.stage < 0:
            self.code = code
            self._ask(0, code)
        elif self.intent == "reask":
            self.code, self.intent = code, ""
            self._ask(0, code)
        elif self.status == "pending" or self._may_move():
            self._carry(code)

    def deploy(self, code: str) -> None:
        """A worker has started with that code."""
        if self.agent != "deployed" or self.status != "interrupted":
            return
        for one in self.asked.values():
            one.held = one.code != code

    def _may_move(self) -> bool:
        ready = [one for one in self.asked.values() if one.is_ready]
        return bool(ready) and (len(ready) == len(self.asked) or self.agent == "each")

    def _carry(self, code: str) -> None:
        if self.agent == "deployed" and any(one.code != code for one in self.asked.values()):
            self.status, self.intent = "interrupted", ""
            self.deploy(code)
            return
        self.status, is_retry, self.intent = "interrupted", self.intent == "retry", ""
        if not self._may_move() and not is_retry:
            return
        if self.is_broken:
            self.status = "error"
            return
        for label, one in list(self.asked.items()):
            if one.is_ready:
                self.heard.append((label, one.value or ""))
                del self.asked[label]
        if not self.asked:
            self._ask(self.stage + 1, code)

    def _ask(self, stage: int, code: str) -> None:
        self.stage, self.status = stage, "interrupted"
        if stage == len(self.stages):
            self.status, self.asked = "success", {}
        else:
            self.asked = {label: Asked(label, code) for label in self.stages[stage]}
