"""The one place that writes decisions. For one answer or for a thousand: in as many statements."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from math import ceil
from typing import TYPE_CHECKING, Any

from django.db import connection
from django.db.models import Max
from django.db.models.functions import Now

from agents import failpoints
from agents.dialects import external
from approvals import audit, news, schemaform
from approvals.inserting import insert
from approvals.models import Decision, Interrupt, Vote
from approvals.models.fields import as_text
from approvals.policy.reasons import ActionDecision
from approvals.requests.closing import settle
from approvals.services.queue import wake_all

if TYPE_CHECKING:
    from django.contrib.auth.models import User

_WIN = """
    UPDATE approvals_interrupt AS question
       SET status = 'decided', version = question.version + 1, updated_at = statement_timestamp()
      FROM unnest(%s::bigint[], %s::integer[], %s::text[]) AS seen (id, version, digest)
     WHERE question.id = seen.id AND question.version = seen.version
       AND question.digest = seen.digest
       AND question.status = 'pending' AND question.held_reason = ''
       AND (question.expires_at IS NULL OR question.expires_at > statement_timestamp())
    RETURNING question.id
"""


@dataclass(frozen=True, kw_only=True)
class Answer:
    """An answer that was checked. `version` and `digest` are those of the question it is for.

    The caller holds the row lock of the question's run.
    """

    question: Interrupt
    version: int
    digest: str
    decisions: Sequence[ActionDecision]
    resume_value: Any
    reason: str = ""
    reason_code: str = ""

    @property
    def verb(self) -> str:
        verbs = {decision["type"] for decision in self.decisions}
        return verbs.pop() if len(verbs) == 1 else "mixed"


def win(answers: Sequence[Answer]) -> list[Answer]:
    """Those whose question still waits, and as it was seen; from now on nobody else decides it."""
    if not answers:
        return []
    seen = [(answer.question.pk, answer.version, answer.digest) for answer in answers]
    with connection.cursor() as cursor:
        cursor.execute(_WIN, [list(column) for column in zip(*seen, strict=True)])
        won = {row[0] for row in cursor.fetchall()}
    return [answer for answer in answers if answer.question.pk in won]


def store(
    won: Sequence[Answer], *, actor: User, via: str, auth_method: str, undo_seconds: int = 0
) -> list[Decision]:
    """Write down answers whose questions were won, and wake the runs that wait for nothing else."""
    for answer in won:
        answer.question.status = Interrupt.Status.DECIDED
        answer.question.version = answer.version + 1
    insert(
        Vote,
        {
            "interrupt_id": ("bigint", [answer.question.pk for answer in won]),
            "verb": ("text", [answer.verb for answer in won]),
            "reviewer_id": ("integer", [actor.pk] * len(won)),
        },
    )
    decisions = [_decision(answer, actor=actor, via=via, auth_method=auth_method) for answer in won]
    _insert(decisions, undo_seconds=undo_seconds)
    failpoints.reached("decide.stored")
    audit.append_all(
        [_line(answer, actor=actor, via=via, auth_method=auth_method) for answer in won]
    )
    failpoints.reached("decide.audited")
    news.items("decided", [answer.question for answer in won], by=actor.get_username())
    _go_on([answer.question for answer in won], undo_seconds=undo_seconds)
    failpoints.reached("decide.woken")
    return decisions


def _decision(answer: Answer, *, actor: User, via: str, auth_method: str) -> Decision:
    return Decision(
        interrupt=answer.question,
        verb=answer.verb,
        decisions=list(answer.decisions),
        patch=_patch(answer.question, answer.decisions),
        resume_value=answer.resume_value,
        reason=answer.reason,
        reason_code=answer.reason_code,
        actor=actor,
        via=via,
        auth_method=auth_method,
        digest=answer.digest,
    )


def _insert(decisions: Sequence[Decision], *, undo_seconds: int) -> None:
    def each(name: str) -> list[Any]:
        return [getattr(decision, name) for decision in decisions]

    ids = insert(
        Decision,
        {
            **{
                name: ("text", each(name))
                for name in ("verb", "reason", "reason_code", "via", "auth_method", "digest")
            },
            **{
                name: ("json", map(as_text, each(name)))
                for name in ("decisions", "patch", "resume_value")
            },
            "interrupt_id": ("bigint", each("interrupt_id")),
            "actor_id": ("integer", each("actor_id")),
        },
        effective_at=f"statement_timestamp() + interval '{int(undo_seconds)} seconds'",
    )
    for decision, pk in zip(decisions, ids, strict=True):
        decision.pk, decision._state.adding = pk, False


def _patch(question: Interrupt, decisions: Sequence[ActionDecision]) -> list[list[dict[str, Any]]]:
    """What the reviewer changed, one RFC 6902 patch for each action."""
    return [
        schemaform.patch(action["args"], decision["args"]) if decision["type"] == "edit" else []
        for action, decision in zip(question.actions, decisions, strict=True)
    ]


def _line(answer: Answer, *, actor: User, via: str, auth_method: str) -> audit.Line:
    return audit.Line(
        run_id=answer.question.run_id,
        action="question.decided",
        actor=actor,
        interrupt=answer.question,
        data={
            "verb": answer.verb,
            "decisions": answer.decisions,
            "reason": answer.reason,
            "via": via,
            "auth": auth_method,
            "digest": answer.digest,
            "version": answer.version,
        }
        | ({"reason_code": answer.reason_code} if answer.reason_code else {}),
    )


def _go_on(decided: Iterable[Interrupt], *, undo_seconds: int) -> None:
    """Have runs driven that owe no other answer; a request's is told at once."""
    ready: dict[int, Interrupt] = {}
    waiting: dict[int, Interrupt] = {}
    for question in decided:
        if question.dialect == external.NAME and not undo_seconds:
            settle(question.run)
        elif question.resumes_alone:
            ready[question.run_id] = question
        else:
            waiting[question.run_id] = question
    if waiting:
        pending = Interrupt.objects.pending().filter(run__in=waiting)
        owing = set(pending.values_list("run_id", flat=True))
        ready |= {run_id: one for run_id, one in waiting.items() if run_id not in owing}
    late = _later_than(undo_seconds, ready)
    wake_all(set(ready) - set(late), after_seconds=undo_seconds)
    for run_id, seconds in late.items():
        wake_all([run_id], after_seconds=seconds)


def _later_than(undo_seconds: int, run_ids: Iterable[int]) -> dict[int, int]:
    """Runs of which another answer can be taken back for longer: in how many seconds not."""
    rows = Decision.objects.filter(
        interrupt__run__in=list(run_ids),
        interrupt__status=Interrupt.Status.DECIDED,
        interrupt__resumes_alone=False,
        effective_at__gt=Now() + timedelta(seconds=undo_seconds),
    )
    ends = rows.values_list("interrupt__run").annotate(left=Max("effective_at") - Now())
    return {run_id: ceil(left.total_seconds()) for run_id, left in ends}
