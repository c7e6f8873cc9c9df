"""What keeps the promises, as text that can be taken out, and the tests that must notice."""

from __future__ import annotations

from dataclasses import dataclass

WINNING = "tests/approvals/services/test_winning.py"
DECIDE = "tests/approvals/services/test_decide.py"
LEASES = "tests/approvals/driving/test_leases.py"
CONSENT = "tests/approvals/driving/test_consent.py"
PRESSES = "tests/approvals/policy/test_pages.py"
UNRECORDED = "tests/approvals/driving/test_unrecorded.py"
SWEEP = "tests/approvals/deadlines/test_sweep.py"
CHANGED = f"{WINNING}::test_what_changed_while_an_answer_was_checked_refuses_it"


@dataclass(frozen=True, kw_only=True)
class Guard:
    """`alters_schema`: it is in a migration, so the test database has to be made anew."""

    name: str
    promise: str
    file: str
    old: str
    new: str
    tests: tuple[str, ...]
    alters_schema: bool = False


GUARDS = (
    Guard(
        name="version in the claim",
        promise="G4",
        file="approvals/services/recording.py",
        old="question.id = seen.id AND question.version = seen.version",
        new="question.id = seen.id",
        tests=(f"{CHANGED}[version]",),
    ),
    Guard(
        name="digest in the claim",
        promise="G4",
        file="approvals/services/recording.py",
        old="       AND question.digest = seen.digest\n",
        new="",
        tests=(f"{CHANGED}[digest]",),
    ),
    Guard(
        name="held questions in the claim",
        promise="G4",
        file="approvals/services/recording.py",
        old="AND question.held_reason = ''",
        new="",
        tests=(f"{CHANGED}[held]",),
    ),
    Guard(
        name="expiry in the claim",
        promise="G7",
        file="approvals/services/recording.py",
        old="AND (question.expires_at IS NULL OR question.expires_at > statement_timestamp())",
        new="",
        tests=(f"{CHANGED}[expired]",),
    ),
    Guard(
        name="cancelled runs take no answer",
        promise="G2",
        file="approvals/services/decisions.py",
        old="if not waits or run.intent == Run.Intent.CANCEL:",
        new="if not waits:",
        tests=(f"{DECIDE}::test_a_run_being_cancelled_takes_no_answer",),
    ),
    Guard(
        name="nobody decides their own request",
        promise="G4",
        file="approvals/services/decisions.py",
        old="    if permissions.is_own_request(reviewer, question):\n        raise OwnRequest\n",
        new="",
        tests=(f"{DECIDE}::test_the_requester_of_a_run_cannot_decide_its_questions",),
    ),
    Guard(
        name="only reviewers decide",
        promise="G4",
        file="approvals/services/decisions.py",
        old="if not permissions.is_reviewer(reviewer):",
        new="if False:",
        tests=(f"{DECIDE}::test_seeing_a_question_is_not_the_right_to_decide_it",),
    ),
    Guard(
        name="what is not yours to see is not there",
        promise="G4",
        file="approvals/services/decisions.py",
        old="Interrupt.objects.visible_to(reviewer)",
        new="Interrupt.objects",
        tests=(f"{DECIDE}::test_a_question_that_is_not_yours_to_see_is_not_found",),
    ),
    Guard(
        name="one vote a reviewer",
        promise="G2",
        file="approvals/migrations/0001_initial.py",
        old='name="vote_one_per_reviewer"',
        new='condition=models.Q(pk=0), name="vote_one_per_reviewer"',
        tests=(f"{WINNING}::test_a_reviewer_has_one_voice_on_a_question",),
        alters_schema=True,
    ),
    Guard(
        name="idempotency key replayed",
        promise="G1",
        file="approvals/api/idempotency.py",
        old="        if record.status:\n            return _again(record)\n",
        new="",
        tests=(
            "tests/approvals/api/test_idempotency.py"
            "::test_the_same_request_again_gets_the_same_answer_and_has_no_second_effect",
        ),
    ),
    Guard(
        name="idempotency key bound to its body",
        promise="G1",
        file="approvals/api/idempotency.py",
        old="    if record.fingerprint != fingerprint:\n        raise KeyReused\n",
        new="",
        tests=(
            "tests/approvals/api/test_idempotency.py"
            "::test_the_same_key_with_another_body_is_refused",
        ),
    ),
    Guard(
        name="lease checked in the saver's write",
        promise="G5",
        file="agents/saver.py",
        old="if pipeline and self._fence is not None:",
        new="if False:",
        tests=(f"{LEASES}::test_a_worker_that_lost_its_lease_cannot_write_a_checkpoint",),
    ),
    Guard(
        name="lease checked when recording",
        promise="G5",
        file="approvals/outcomes.py",
        old="    if run.lease_token != token:\n        raise LeaseLost\n",
        new="",
        tests=(f"{LEASES}::test_a_worker_that_lost_its_lease_cannot_record",),
    ),
    Guard(
        name="advisory lock of a run",
        promise="G5",
        file="approvals/driving/leases.py",
        old='" AND pg_try_advisory_lock(%(ns)s, %(run)s)"',
        new='""',
        tests=(f"{LEASES}::test_a_run_is_moved_by_one_process_at_a_time",),
    ),
    Guard(
        name="digest compared before an answer is carried",
        promise="G4",
        file="approvals/driving/answers.py",
        old="if (question.place, question.digest) in rows and not question.is_failed",
        new="if not question.is_failed",
        tests=(f"{CONSENT}::test_an_answer_to_another_digest_is_not_carried_to_the_graph",),
    ),
    Guard(
        name="undo window",
        promise="G4",
        file="approvals/driving/leases.py",
        old="row.status == Interrupt.Status.DECIDED and bool(is_due) and not row.held_reason",
        new="row.status == Interrupt.Status.DECIDED and not row.held_reason",
        tests=(f"{CONSENT}::test_an_answer_is_not_carried_within_its_undo_window",),
    ),
    Guard(
        name="other code hears no answer",
        promise="G4",
        file="approvals/driving/advance.py",
        old="        if reasons := self._misfits(view):\n"
        "            return self._hold(view, reasons)\n",
        new="",
        tests=(
            "tests/approvals/driving/test_deploys.py"
            "::test_an_answer_to_other_code_is_not_carried_to_the_graph",
        ),
    ),
    Guard(
        name="the node checks whose answer it hears",
        promise="G4",
        file="langvel/core/review.py",
        old="    if given != request[DIGEST]:\n",
        new="    if False:\n",
        tests=(
            "tests/langvel/test_review.py"
            "::test_an_answer_sent_again_does_not_answer_the_next_question",
        ),
    ),
    Guard(
        name="a starting worker holds what its code cannot take",
        promise="G4",
        file="approvals/services/agents.py",
        old="    fit(found)\n",
        new="",
        tests=(
            "tests/approvals/driving/test_deploys.py"
            "::test_a_waiting_question_of_other_code_is_held_and_says_why",
        ),
    ),
    Guard(
        name="a mask reaches no graph",
        promise="G4",
        file="approvals/hiding/masking.py",
        old="            faults[pointer] = _AGAIN\n",
        new="            pass\n",
        tests=("tests/approvals/policy/test_masking.py::test_a_mask_reaches_no_graph",),
    ),
    Guard(
        name="a second press confirms what the first one showed",
        promise="G4",
        file="approvals/web/review/decide.py",
        old='request.POST.get("~confirmed") != seal',
        new='not request.POST.get("~confirmed")',
        tests=(
            f"{PRESSES}::test_a_second_press_on_something_else_is_a_first_one",
            f"{PRESSES}::test_a_confirmation_of_an_earlier_version_confirms_nothing",
        ),
    ),
    Guard(
        name="a timeout only rejects",
        promise="G7",
        file="approvals/migrations/0013_deadlines.py",
        old='("verb", "reject"), _connector="OR"',
        new='("verb__gt", ""), _connector="OR"',
        tests=(f"{SWEEP}::test_no_decision_by_timeout_can_be_stored_that_is_no_rejection",),
        alters_schema=True,
    ),
    Guard(
        name="only what says so is rejected in the end",
        promise="G7",
        file="approvals/deadlines.py",
        old="if question.on_timeout != Interrupt.OnTimeout.REJECT:",
        new="if False:",
        tests=(f"{SWEEP}::test_any_other_question_goes_on_waiting_and_comes_first",),
    ),
    Guard(
        name="nothing is undone that a worker may have read",
        promise="G5",
        file="approvals/services/undo.py",
        old='        getattr(decision, "is_held_back", False)\n        and question.status',
        new="        question.status",
        tests=(
            "tests/approvals/policy/test_api.py"
            "::test_a_window_that_is_over_says_when_the_run_went_on",
        ),
    ),
    Guard(
        name="the record of what was taken back",
        promise="G8",
        file="approvals/services/undo.py",
        old='    audit.append(run, "decision.undone", actor=person, interrupt=question, via=via, was=was)\n',
        new="",
        tests=("tests/approvals/policy/test_undo.py::test_the_record_keeps_what_was_taken_back",),
    ),
    Guard(
        name="a worker that was told to stop ends",
        promise="G6",
        file="approvals/management/commands/worker.py",
        old="            told_to_stop()\n",
        new="",
        tests=(
            "tests/approvals/driving/test_stopping.py"
            "::test_a_worker_that_cannot_connect_ends_when_told_to[once]",
        ),
    ),
    Guard(
        name="runs that nothing explains are found",
        promise="G6",
        file="approvals/driving/reconcile.py",
        old="    for run_id in found:\n        wake(run_id)\n",
        new="",
        tests=(f"{LEASES}::test_a_decided_run_without_a_job_is_driven",),
    ),
    Guard(
        name="history refuses changes",
        promise="G8",
        file="approvals/migrations/0008_audit_append_only.py",
        old="BEFORE UPDATE OR DELETE ON",
        new="BEFORE DELETE ON",
        tests=("tests/approvals/test_audit.py::test_the_database_refuses_to_change_an_entry",),
        alters_schema=True,
    ),
    Guard(
        name="each entry names the one before",
        promise="G8",
        file="approvals/audit/check_entries.py",
        old="elif entry.prev_hash != head:",
        new="elif False:",
        tests=("tests/approvals/audit/test_verify.py::test_since_goes_on_from_the_entry_before",),
    ),
    Guard(
        name="pages post only with a CSRF token",
        promise="G4",
        file="langvel_site/settings.py",
        old='    "django.middleware.csrf.CsrfViewMiddleware",\n',
        new="",
        tests=("tests/approvals/web/test_decide.py::test_a_decision_needs_the_token_of_the_form",),
    ),
    Guard(
        name="scopes of tokens",
        promise="G4",
        file="approvals/api/access.py",
        old="if needed and isinstance(request.auth, Token) and not request.auth.allows(needed):",
        new="if False:",
        tests=(
            "tests/approvals/api/test_authentication.py"
            "::test_a_token_without_the_scope_is_forbidden",
        ),
    ),
    Guard(
        name="what agents write is escaped",
        promise="G4",
        file="approvals/web/showing/text.py",
        old="        return escape(raw)\n",
        new="        return mark_safe(raw)\n",
        tests=("tests/approvals/web/test_text.py::test_text_shows_what_would_hide",),
    ),
    Guard(
        name="runs that killed workers move one at a time",
        promise="G6",
        file="approvals/driving/leases.py",
        old="    if run.attempts >= DEATHS and not is_watched:\n        raise Suspect\n",
        new="",
        tests=(
            "tests/approvals/driving/test_poison.py"
            "::test_a_run_that_kills_its_worker_is_given_up_and_those_beside_it_are_not",
        ),
    ),
    Guard(
        name="a run handed over is left as it was",
        promise="G6",
        file="approvals/driving/drive.py",
        old="                await asyncio.shield(self._give_back(work))\n",
        new="                pass\n",
        tests=(
            "tests/approvals/driving/test_handing_over.py"
            "::test_a_pass_that_takes_longer_is_left_to_the_next_worker_and_costs_no_attempt[1]",
        ),
    ),
    Guard(
        name="runs that stand still are shown",
        promise="G6",
        file="approvals/driving/explaining.py",
        old="    Run.objects.filter(pk__in=broken, stood_still_at=None).update(stood_still_at=Now())\n",
        new="",
        tests=(
            "tests/approvals/driving/test_attention.py"
            "::test_a_run_that_stands_still_is_listed_until_it_goes_on",
        ),
    ),
    Guard(
        name="many are locked in one order",
        promise="G2",
        file="approvals/api/views/deciding.py",
        old="sorted(range(len(items)), key=lambda place: runs.get(_id_of(items[place]), 0))",
        new="range(len(items))",
        tests=(
            "tests/approvals/api/test_bulk.py"
            "::test_two_people_decide_the_questions_of_the_same_runs_without_a_deadlock",
        ),
    ),
    Guard(
        name="a sweep waits for nobody",
        promise="G2",
        file="approvals/deadlines.py",
        old='select_for_update(of=("run",), skip_locked=True)',
        new='select_for_update(of=("run",))',
        tests=(
            "tests/approvals/deadlines/test_sweep_races.py"
            "::test_a_sweep_and_people_who_decide_many_never_wait_for_each_other",
        ),
    ),
    Guard(
        name="the code that asks is noted with the interrupt",
        promise="G4",
        file="agents/saver.py",
        old="if pipeline and self._raised is not None and (place := _raising.get()):",
        new="if place := None:",
        tests=(f"{UNRECORDED}::test_what_other_code_asked_is_held_at_once",),
    ),
    Guard(
        name="what was noted is read by the next pass",
        promise="G4",
        file="agents/view.py",
        old="code = self._code.by(task.id) if self._code else self._agent",
        new="code = self._agent",
        tests=(f"{UNRECORDED}::test_what_other_code_asked_is_held_at_once",),
    ),
    Guard(
        name="what other code asked is held as it is recorded",
        promise="G4",
        file="approvals/driving/settling.py",
        old='unfit = held or report.unfit.get(question.place, "")',
        new="unfit = held",
        tests=(f"{UNRECORDED}::test_what_other_code_asked_is_held_at_once",),
    ),
    Guard(
        name="a step that asked and is gone ends no run",
        promise="G4",
        file="approvals/driving/advance.py",
        old="        if self._is_unseen(view):\n",
        new="        if False:\n",
        tests=(
            f"{UNRECORDED}"
            "::test_a_run_whose_asking_step_is_gone_does_not_end_as_if_it_had_not_asked",
        ),
    ),
    Guard(
        name="an answer after which a step asked on was heard",
        promise="G5",
        file="agents/traces.py",
        old="told in answers and (is_done or asked_on)",
        new="told in answers and is_done",
        tests=(f"{UNRECORDED}::test_an_answer_after_which_the_step_asked_on_was_heard",),
    ),
    Guard(
        name="the digest names the code that asks",
        promise="G4",
        file="agents/view.py",
        old='        "code": question.step_code,\n',
        new="",
        tests=(
            "tests/approvals/driving/test_digest.py::test_one_part_changed_and_it_is_not_carried",
        ),
    ),
    Guard(
        name="errors hide what questions hide",
        promise="G8",
        file="approvals/outcomes.py",
        old="told = masked(run, error.as_json())",
        new="told = error.as_json()",
        tests=(
            "tests/approvals/policy/test_masked_failures.py::test_the_history_does_not_hold_it",
        ),
    ),
    Guard(
        name="policies are noted once for each change",
        promise="G8",
        file="approvals/services/policies.py",
        old="    hold_site_chain()\n",
        new="",
        tests=(
            "tests/approvals/audit/test_policies.py::test_many_that_start_at_once_note_it_once",
        ),
    ),
)
