"""One history: its runs, what the model says of them, and what was acknowledged."""

from __future__ import annotations

from collections import Counter
from copy import deepcopy
from typing import Any

from hypothesis.stateful import RuleBasedStateMachine

from approvals.audit.verify import verify
from approvals.driving.holding import MOVING
from approvals.driving.looking import look_around
from approvals.driving.reconcile import reconcile
from approvals.models import Interrupt, Run
from approvals.services.decisions import decide
from approvals.services.runs import retry_run
from tests.protocol import site as sites
from tests.protocol.asking import answer_to, code_of, row_of
from tests.protocol.checks import Said, check_heard, check_run, story
from tests.protocol.graphs import BROKEN, HEARD
from tests.protocol.model import Asked, ModelRun
from tests.protocol.site import REVIEWERS, Site


class History(RuleBasedStateMachine):
    """Set `site` before it runs; each history has runs of its own in the same database."""

    site: Site
    counts: Counter[str] = Counter()

    def __init__(self) -> None:
        super().__init__()
        self.runs: list[tuple[int, ModelRun]] = []
        self.acknowledged: dict[int, Said] = {}
        self.requests: list[tuple[str, str, str, Any, Any]] = []
        self.clients = {name: self.site.client(name) for name in REVIEWERS}
        self.heard = len(HEARD)

    def _decide(self, pick: int, who: str, *, mistake: str = "", undo_seconds: int = 0) -> None:
        run_id, model, one = self._question(pick)
        row = row_of(run_id, one.label)
        answer = answer_to(row)
        value = answer["decisions"][0]["value"]
        expected = ""
        if mistake == "version":
            answer["version"] += 1
        elif mistake == "digest":
            answer["digest"] = "0" * 64
        elif mistake == "own":
            who, expected = "alice", "own_request"
        elif mistake == "no_right":
            who, expected = "erin", "not_found"
        elif mistake == "unknown":
            answer["decisions"], expected = [{"type": "approve"}], "invalid_decision"
        if mistake in ("version", "digest"):
            expected = "stale"
        if mistake in ("version", "digest", "unknown") and (one.held or one.value):
            expected = model.refusal(one.label)
        code = code_of(
            decide,
            row.pk,
            actor=self.site.people[who],
            via="page",
            auth_method="session",
            undo_seconds=undo_seconds,
            **answer,
        )
        self.counts["refusals"] += bool(code)
        if mistake:
            assert code and (model.blurred or code == expected), (code, expected)
        else:
            self._take(run_id, model, one, row, value, who, code, is_due=not undo_seconds)
        self._check(run_id)

    def _take(
        self,
        run_id: int,
        model: ModelRun,
        one: Asked,
        row: Interrupt,
        value: str,
        who: str,
        code: str,
        *,
        is_due: bool = True,
    ) -> None:
        """The product said `code`; so should the model, which then learns of the answer."""
        expected = model.refusal(one.label)
        assert model.blurred or code == expected, (code, expected)
        if not code:
            assert row.is_pending and not row.held_reason
            assert row.pk not in self.acknowledged
            self.acknowledged[row.pk] = Said(value, row.digest, who)
            self.counts["decisions"] += 1
            one.value, one.is_due = value, is_due

    def _drive(self, run_id: int, model: ModelRun) -> None:
        sites.take_job(run_id)
        self.site.drive(run_id)
        sites.finish_job(run_id)
        self._driven(run_id, model)
        self._check(run_id)

    def _driven(self, run_id: int, model: ModelRun) -> None:
        """The rows are as the model says, and the graph has heard what the model says it has."""
        model.crashed = False
        if model.blurred:
            self._see_again(run_id, model)
            return
        model.drive(self.site.code)
        run = Run.objects.get(pk=run_id)
        found = _asked_of(run)
        assert (run.status, found) == (model.status, _foretold(model, found))
        told = {(heard.label, heard.answer) for heard in HEARD if heard.thread_id == run.thread_id}
        assert told == set(model.heard)

    def _is_recorded(self, run_id: int, model: ModelRun) -> bool:
        """Whether a worker died only after it had written down what came of its pass."""
        if not model.crashed:
            return False
        driven, run = deepcopy(model), Run.objects.get(pk=run_id)
        driven.drive(self.site.code)
        found = _asked_of(run)
        return (run.status, found) == (driven.status, _foretold(driven, found))

    def _see_again(self, run_id: int, model: ModelRun) -> None:
        """Of a run that cannot be foretold: what is asked now, so that it can be answered."""
        run = Run.objects.get(pk=run_id)
        model.status, model.intent = run.status, run.intent
        model.asked = {
            row.request["question"]: Asked(row.request["question"], self.site.code)
            for row in run.interrupts.open()
        }

    def _catch_up(self, run_id: int, model: ModelRun) -> None:
        """A worker that died after it had recorded the end of a run has ended it."""
        if model.crashed and not Run.objects.get(pk=run_id).is_active:
            self._driven(run_id, model)

    def _check(self, run_id: int) -> None:
        self.counts["checks"] += 1
        model = dict(self.runs)[run_id]
        run = Run.objects.get(pk=run_id)
        self._check_heard()
        check_run(run, acknowledged=self.acknowledged)
        if not (model.crashed or model.blurred or model.job_lost) and model.owes_a_job():
            assert sites.has_job(run_id), f"nobody woke run {run_id}"

    def _check_all(self) -> None:
        for run_id, _ in self.runs:
            self._check(run_id)

    def _check_heard(self) -> None:
        for heard in HEARD[self.heard :]:
            check_heard(Run.objects.get(thread_id=heard.thread_id), heard)
        self.heard = len(HEARD)

    def _bring_to_an_end(self) -> None:
        BROKEN.clear()
        for _ in range(12):
            reconcile(grace_seconds=0)
            look_around()
            moving = [run_id for run_id, _ in self.runs if self._nudge(run_id)]
            if not moving:
                break
        self._check_heard()
        for run_id, model in self.runs:
            self.counts["runs"] += 1
            self.counts["foretold to the end"] += not model.blurred
            run = Run.objects.get(pk=run_id)
            assert run.status in ("success", "cancelled"), story(run)
            check_run(run, acknowledged=self.acknowledged)
        if self.runs:
            first = Run.objects.get(pk=self.runs[0][0])
            problems = verify(since=first.created_at).problems
            assert not problems, list(map(str, problems))

    def _nudge(self, run_id: int) -> bool:
        """Do once what a person and a worker would do about this run; False when it has ended."""
        sites.let_minutes_pass(run_id)
        sites.take_job(run_id)
        self.site.drive(run_id)
        sites.finish_job(run_id)
        run = Run.objects.get(pk=run_id)
        if run.status == "error":
            self._try_again(run)
        if run.interrupts.open().exclude(held_reason__in=("", MOVING)).exists():
            code_of(retry_run, run_id, actor=self.site.people["sue"], via="api", reask=True)
            return True
        for row in run.interrupts.pending().filter(held_reason="").order_by("id"):
            answer = answer_to(row)
            if not code_of(
                decide,
                row.pk,
                actor=self.site.people["bob"],
                via="page",
                auth_method="session",
                **answer,
            ):
                value = answer["decisions"][0]["value"]
                self.acknowledged[row.pk] = Said(value, row.digest, "bob")
        return run.status not in ("success", "cancelled")

    def _try_again(self, run: Run) -> None:
        reask = (run.error or {}).get("type") == "ChangedOutside" and run.interrupts.exists()
        code = code_of(retry_run, run.pk, actor=self.site.people["sue"], via="api", reask=reask)
        assert not code, code

    def _run(self, pick: int) -> tuple[int, ModelRun]:
        return self.runs[pick % len(self.runs)]

    def _those_of(self, agent: str) -> list[tuple[int, ModelRun]]:
        return [(run_id, model) for run_id, model in self.runs if model.agent == agent]

    def _driveable(self) -> list[tuple[int, ModelRun]]:
        return [(run_id, model) for run_id, model in self.runs if model.owes_a_job()]

    def _questions(self) -> list[tuple[int, ModelRun, Asked]]:
        return [(run_id, model, one) for run_id, model in self.runs for one in model.asked.values()]

    def _question(self, pick: int) -> tuple[int, ModelRun, Asked]:
        asked = self._questions()
        return asked[pick % len(asked)]


def _asked_of(run: Run) -> dict[str, tuple[bool, str | None]]:
    """Label → is it held, and what was decided."""
    rows = run.interrupts.open().select_related("decision")
    return {
        row.request["question"]: (
            bool(row.held_reason),
            row.decision.resume_value if row.status == "decided" else None,
        )
        for row in rows
    }


def _foretold(
    model: ModelRun, found: dict[str, tuple[bool, str | None]]
) -> dict[str, tuple[bool, str | None]]:
    """As the rows ought to be. Whether they are held after a failure, the model does not know."""
    asked = model.asked.items()
    if model.status != "error":
        return {label: (one.held, one.value) for label, one in asked}
    return {label: (found.get(label, (False, None))[0], one.value) for label, one in asked}
