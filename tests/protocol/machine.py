"""Random histories: people, workers that die, deploys and other programs, in any order."""

from __future__ import annotations

from uuid import uuid4

from hypothesis import note
from hypothesis import strategies as st
from hypothesis.stateful import initialize, precondition, rule

from approvals.driving.looking import look_around
from approvals.driving.reconcile import reconcile
from approvals.models import Run
from approvals.services.runs import cancel_run, retry_run, start_run
from approvals.services.undo import undo
from tests.protocol import site as sites
from tests.protocol.asking import answer_to, code_of, row_of
from tests.protocol.graphs import BROKEN, STAGES
from tests.protocol.history import History
from tests.protocol.model import NEW, OLD, ModelRun
from tests.protocol.site import REVIEWERS

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


class Protocol(History):
    """Each rule does one thing to the product and to the model, and compares the two."""

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
        row = row_of(run_id, one.label)
        body, key = answer_to(row), uuid4().hex
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
        rows = [row_of(run_id, one.label) for run_id, _, one in chosen]
        items = [{"id": row.pk} | answer_to(row) for row in rows]
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

    @precondition(lambda self: self._questions())
    @rule(pick=picks)
    def undo(self, pick: int) -> None:
        """By whoever decided; the question waits again, and the record keeps both."""
        run_id, model, one = self._question(pick)
        row = row_of(run_id, one.label)
        said = self.acknowledged.get(row.pk)
        person = self.site.people[said.actor if said else "bob"]
        code = code_of(undo, row.pk, actor=person, via="page")
        assert model.blurred or code == model.undo_refusal(one.label), code
        if not code:
            del self.acknowledged[row.pk]
            one.value, one.is_due = None, True
            self.counts["undone"] += 1
        self._check(run_id)

    @precondition(lambda self: self.runs)
    @rule(pick=picks, who=st.sampled_from(["alice", "sue", "bob"]))
    def cancel(self, pick: int, who: str) -> None:
        run_id, model = self._run(pick)
        self._catch_up(run_id, model)
        expected = "forbidden" if who == "bob" else "" if model.is_active else "already_finished"
        code = code_of(cancel_run, run_id, actor=self.site.people[who], via="api")
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
        code = code_of(retry_run, run_id, actor=self.site.people["sue"], via="api", reask=reask)
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
            # A job that was for later is not missed yet.
            model.job_lost = model.job_lost and not all(one.is_due for one in model.asked.values())
            is_owed = model.owes_a_job() and not self._is_recorded(run_id, model)
            assert sites.has_job(run_id) or not is_owed or model.blurred
        self._check_all()

    @rule()
    def look(self) -> None:
        """It has those runs driven, and only those, whose threads another program moved."""
        found = look_around().runs
        for run_id, model in self.runs:
            if run_id in found:
                assert model.blurred, f"run {run_id} looks changed"
                model.intent = "look"
        self.counts["looked at"] += len(found)
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
        sites.let_minutes_pass(run_id)
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
