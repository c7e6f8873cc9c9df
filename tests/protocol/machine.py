"""Random histories: people, workers that die, deploys and other programs, in any order."""

from __future__ import annotations

from collections import Counter
from typing import Any
from uuid import uuid4

from hypothesis import note
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from approvals.audit.verify import verify
from approvals.exceptions import ApprovalsError
from approvals.models import Interrupt, Run
from approvals.reconcile import reconcile
from approvals.services.decisions import decide
from approvals.services.runs import cancel_run, retry_run, start_run
from tests.protocol import site as sites
from tests.protocol.checks import Said, check_heard, check_run
from tests.protocol.graphs import BROKEN, HEARD, STAGES
from tests.protocol.model import NEW, OLD, Asked, ModelRun
from tests.protocol.site import REVIEWERS, Site

MOST_RUNS = 5
MOMENTS = (
    "drive.locked",
    "claim.taken",
    "drive.claimed",
    "saver.begun",
    "saver.sent",
    "saver.stored",
    "drive.passed",
    "record.owned",
    "record.written",
    "record.released",
    "drive.recorded",
)
MISTAKES = ("version", "digest", "own", "no_right", "unknown")

ATTEMPTS_BEFORE_GIVING_UP = 4

picks = st.integers(0, 30)


class Protocol(RuleBasedStateMachine):
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

    @initialize(agents=st.lists(st.sampled_from(sorted(STAGES)), min_size=1, max_size=2))
    def begin(self, agents: list[str]) -> None:
        if self.site.code != OLD:
            self.site.deploy(OLD)
        for agent in agents:
            self.start(agent)
            self._drive(*self.runs[-1])

    # What people do

    @precondition(lambda self: len(self.runs) < MOST_RUNS)
    @rule(agent=st.sampled_from(sorted(STAGES)))
    def start(self, agent: str) -> None:
        run = start_run(
            agent_key=agent,
            input={"topic": "tea", "answers": []},
            requested_by=self.site.people["alice"],
            via="api",
        )
        self.runs.append((run.pk, ModelRun(agent)))
        self._check(run.pk)

    @precondition(lambda self: self._questions())
    @rule(pick=picks, who=st.sampled_from(REVIEWERS), undo=st.booleans())
    def decide(self, pick: int, who: str, undo: bool) -> None:
        self._decide(pick, who, undo_seconds=60 if undo else 0)

    @precondition(lambda self: self._questions())
    @rule(pick=picks, mistake=st.sampled_from(MISTAKES))
    def decide_wrongly(self, pick: int, mistake: str) -> None:
        self._decide(pick, "bob", mistake=mistake)

    @precondition(lambda self: self._questions())
    @rule(pick=picks, who=st.sampled_from(REVIEWERS))
    def decide_by_api(self, pick: int, who: str) -> None:
        run_id, model, one = self._question(pick)
        row = _row(run_id, one.label)
        body, key = _answer(row), uuid4().hex
        path = f"/api/v1/interrupts/{row.pk}/decide/"
        answer = self.clients[who].post(path, body, format="json", headers={"Idempotency-Key": key})
        code = "" if answer.status_code == 200 else answer.json()["code"]
        self._take(run_id, model, one, row, body["decisions"][0]["value"], who, code)
        if not code:
            self.requests.append((who, path, key, body, answer.json()))
        self._check(run_id)

    @precondition(lambda self: self.requests)
    @rule(pick=picks, other_body=st.booleans())
    def repeat_a_request(self, pick: int, other_body: bool) -> None:
        """The same key and body: the same answer. The same key with another body: refused."""
        who, path, key, body, answered = self.requests[pick % len(self.requests)]
        sent = body | {"reason": "another"} if other_body else body
        again = self.clients[who].post(path, sent, format="json", headers={"Idempotency-Key": key})
        if other_body:
            assert (again.status_code, again.json()["code"]) == (422, "idempotency_key_reused")
        else:
            assert (again.status_code, again.json()) == (200, answered)
        self._check_all()

    @precondition(lambda self: self._questions())
    @rule(some=st.lists(picks, min_size=1, max_size=4), who=st.sampled_from(REVIEWERS))
    def decide_in_bulk(self, some: list[int], who: str) -> None:
        """One result an item, in their order; the same question twice is decided once."""
        chosen = [self._question(pick) for pick in some]
        rows = [_row(run_id, one.label) for run_id, _, one in chosen]
        items = [{"id": row.pk} | _answer(row) for row in rows]
        answer = self.clients[who].post(
            "/api/v1/interrupts/decide/", {"items": items}, format="json"
        )
        results = answer.json()["results"]
        assert [result["id"] for result in results] == [row.pk for row in rows]
        for (run_id, model, one), row, item, result in zip(
            chosen, rows, items, results, strict=True
        ):
            value = item["decisions"][0]["value"]
            self._take(run_id, model, one, row, value, who, result.get("code", ""))
        self._check_all()

    @precondition(lambda self: self.runs)
    @rule(pick=picks, who=st.sampled_from(["alice", "sue", "bob"]))
    def cancel(self, pick: int, who: str) -> None:
        run_id, model = self._run(pick)
        self._catch_up(run_id, model)
        expected = "forbidden" if who == "bob" else "" if model.is_active else "already_finished"
        code = _code_of(cancel_run, run_id, actor=self.site.people[who], via="api")
        assert model.blurred or code == expected
        if not code:
            model.intent, model.asked = "cancel", {}
        self._check(run_id)

    @precondition(lambda self: self.runs)
    @rule(pick=picks, reask=st.booleans())
    def retry(self, pick: int, reask: bool) -> None:
        run_id, model = self._run(pick)
        self._catch_up(run_id, model)
        is_held = model.status == "interrupted" and any(one.held for one in model.asked.values())
        may = model.status == "error" or (reask and is_held and not model.intent)
        code = _code_of(retry_run, run_id, actor=self.site.people["sue"], via="api", reask=reask)
        if model.crashed and reask:
            model.blurred = True
        assert model.blurred or code == ("" if may else "not_failed")
        if not code:
            model.status, model.intent = "pending", "reask" if reask else "retry"
        self._check(run_id)

    # What happens to them

    @precondition(lambda self: self.runs)
    @rule(pick=picks)
    def drive(self, pick: int) -> None:
        """By its job; without one nothing may be different."""
        run_id, model = self._run(pick)
        self._drive(run_id, model)

    @precondition(lambda self: self._driveable())
    @rule(pick=picks)
    def drive_what_is_due(self, pick: int) -> None:
        due = self._driveable()
        self._drive(*due[pick % len(due)])

    @precondition(lambda self: self._driveable())
    @rule(pick=picks, moment=st.sampled_from(MOMENTS), count=st.integers(1, 4))
    def crash(self, pick: int, moment: str, count: int) -> None:
        due = self._driveable()
        run_id, model = due[pick % len(due)]
        if Run.objects.get(pk=run_id).attempts >= ATTEMPTS_BEFORE_GIVING_UP:
            return
        sites.take_job(run_id)
        if self.site.drive_and_die(run_id, moment=moment, count=count):
            note(f"run {run_id}: the worker died")
            self.counts["deaths"] += 1
            model.crashed = True
            # What it was about to do, the next one need not do.
            model.blurred = model.blurred or bool(model.intent in ("retry", "reask"))
        else:
            sites.finish_job(run_id)
            self._driven(run_id, model)
        self._check(run_id)

    @rule()
    def reconcile(self) -> None:
        reconcile(grace_seconds=0)
        for run_id, model in self.runs:
            model.job_lost = False
            assert sites.has_job(run_id) or not model.owes_a_job() or model.blurred
        self._check_all()

    @precondition(lambda self: self.runs)
    @rule(pick=picks)
    def lose_the_jobs(self, pick: int) -> None:
        run_id, model = self._run(pick)
        sites.lose_jobs(run_id)
        model.job_lost = True
        self._check(run_id)

    @precondition(lambda self: self.runs)
    @rule(pick=picks)
    def let_time_pass(self, pick: int) -> None:
        run_id, model = self._run(pick)
        sites.let_undo_windows_pass(run_id)
        for one in model.asked.values():
            one.is_due = True
        self._check(run_id)

    @precondition(lambda self: self._those_of("frail"))
    @rule(pick=picks)
    def break_or_mend_the_step(self, pick: int) -> None:
        frail = self._those_of("frail")
        run_id, model = frail[pick % len(frail)]
        BROKEN.symmetric_difference_update({Run.objects.get(pk=run_id).thread_id})
        model.is_broken = not model.is_broken
        model.blurred = model.blurred or model.crashed

    @precondition(lambda self: self._those_of("deployed"))
    @rule()
    def deploy(self) -> None:
        self.site.deploy(NEW if self.site.code == OLD else OLD)
        for _, model in self._those_of("deployed"):
            model.blurred = model.blurred or model.crashed
            model.deploy(self.site.code)
        self._check_all()

    @precondition(lambda self: self._questions())
    @rule(pick=picks)
    def move_from_outside(self, pick: int) -> None:
        run_id, model, _ = self._question(pick)
        if self.site.move_outside(Run.objects.get(pk=run_id), {"topic": "coffee"}):
            model.blurred = True
        self._check(run_id)

    def teardown(self) -> None:
        """Whatever happened: once people answer and workers live, every run comes to its end."""
        try:
            self._bring_to_an_end()
        finally:
            BROKEN.clear()

    # How

    def _decide(self, pick: int, who: str, *, mistake: str = "", undo_seconds: int = 0) -> None:
        run_id, model, one = self._question(pick)
        row = _row(run_id, one.label)
        answer = _answer(row)
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
        code = _code_of(
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
        rows = run.interrupts.open().select_related("decision")
        found = {
            row.request["question"]: (bool(row.held_reason), row.decision.resume_value)
            if row.status == "decided"
            else (bool(row.held_reason), None)
            for row in rows
        }
        expected = {label: (one.held, one.value) for label, one in model.asked.items()}
        if model.status == "error":
            expected = {label: (found[label][0], value) for label, (_, value) in expected.items()}
        assert (run.status, found) == (model.status, expected)
        told = {(heard.label, heard.answer) for heard in HEARD if heard.thread_id == run.thread_id}
        assert told == set(model.heard)

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
            moving = [run_id for run_id, _ in self.runs if self._nudge(run_id)]
            if not moving:
                break
        self._check_heard()
        for run_id, model in self.runs:
            self.counts["runs"] += 1
            self.counts["foretold to the end"] += not model.blurred
            run = Run.objects.get(pk=run_id)
            assert run.status in ("success", "cancelled"), (run_id, run.status, run.error)
            check_run(run, acknowledged=self.acknowledged)
        if self.runs:
            first = Run.objects.get(pk=self.runs[0][0])
            problems = verify(since=first.created_at).problems
            assert not problems, list(map(str, problems))

    def _nudge(self, run_id: int) -> bool:
        """Do once what a person and a worker would do about this run; False when it has ended."""
        sites.let_undo_windows_pass(run_id)
        sites.take_job(run_id)
        self.site.drive(run_id)
        sites.finish_job(run_id)
        run = Run.objects.get(pk=run_id)
        if run.status == "error":
            self._try_again(run)
        for row in run.interrupts.pending().order_by("id"):
            if row.held_reason:
                _code_of(retry_run, run_id, actor=self.site.people["sue"], via="api", reask=True)
                break
            answer = _answer(row)
            if not _code_of(
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
        code = _code_of(retry_run, run.pk, actor=self.site.people["sue"], via="api", reask=reask)
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


def _row(run_id: int, label: str) -> Interrupt:
    """The newest question of that name, which may have been closed meanwhile."""
    rows = Interrupt.objects.filter(run=run_id).order_by("-id")
    return next(row for row in rows if row.request["question"] == label)


def _answer(row: Interrupt) -> dict[str, Any]:
    return {
        "version": row.version,
        "digest": row.digest,
        "decisions": [{"type": "respond", "value": uuid4().hex}],
    }


def _code_of(verb: Any, *args: Any, **kwargs: Any) -> str:
    """Why a verb was refused; empty when it was not."""
    try:
        verb(*args, **kwargs)
    except ApprovalsError as error:
        return error.code
    return ""
