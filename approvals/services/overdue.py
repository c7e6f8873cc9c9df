"""What becomes of questions past their deadline that are not rejected. For one or for many alike."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from django.db import connection

from approvals import audit, news
from approvals.models import Decision, Escalation, Interrupt
from approvals.models.interrupt import ESCALATED, OVERDUE
from approvals.permissions import SUPERVISORS

if TYPE_CHECKING:
    from django.contrib.auth.models import User

What = Literal["rejected", "escalated", "kept", "failed"]

# The version counts on, so that nobody decides who looked before it was handed over.
_ESCALATE = """
    UPDATE approvals_interrupt AS question
       SET escalated_at = statement_timestamp(), policy = seen.policy::json, rank = %s,
           sweep_at = NULL, sweep_error = '', version = question.version + 1,
           assignee_id = NULL, claimed_by_id = NULL, claimed_until = NULL,
           snoozed_by_id = NULL, snoozed_until = NULL, updated_at = statement_timestamp()
      FROM unnest(%s::bigint[], %s::integer[], %s::text[]) AS seen (id, version, policy)
     WHERE question.id = seen.id AND question.version = seen.version
       AND question.status = 'pending' AND question.escalated_at IS NULL
    RETURNING question.id
"""
_KEEP = """
    UPDATE approvals_interrupt
       SET rank = least(rank, %s), sweep_at = NULL, sweep_error = '',
           snoozed_by_id = NULL, snoozed_until = NULL, updated_at = statement_timestamp()
     WHERE id = ANY(%s::bigint[]) AND status = 'pending' AND sweep_at <= statement_timestamp()
    RETURNING id
"""
# As long again as it has been overdue, so that what keeps failing is tried ever more rarely.
_POSTPONE = """
    UPDATE approvals_interrupt AS question
       SET sweep_error = seen.error, updated_at = statement_timestamp(),
           sweep_at = statement_timestamp() + least(interval '1 hour',
             greatest(interval '1 minute', statement_timestamp() - question.due_at))
      FROM unnest(%s::bigint[], %s::text[]) AS seen (id, error)
     WHERE question.id = seen.id AND question.status = 'pending'
       AND question.sweep_at <= statement_timestamp()
    RETURNING question.id
"""


@dataclass(frozen=True, kw_only=True)
class Late:
    """A question past its deadline, behind the lock of its run; what to do about it, and why."""

    question: Interrupt
    what: What
    why: str

    @property
    def told(self) -> str:
        """`why` as PostgreSQL can keep it: no NUL, no lone surrogate; an error may quote anything."""
        return self.why.replace("\x00", "").encode(errors="replace").decode()


def escalate(late: Sequence[Late], *, actor: User) -> list[Late]:
    """Hand the questions to the supervisors, and put the mail that tells them into the outbox."""
    rows = [(one.question.pk, one.question.version, _terms(one.question)) for one in late]
    done = _changed(late, _ESCALATE, ESCALATED, *_columns(rows, 3))
    Escalation.objects.bulk_create(
        Escalation(interrupt=one.question, reason=one.told) for one in done
    )
    for one in done:
        one.question.version += 1
    _tell(done, "question.escalated", actor=actor, to=SUPERVISORS)
    return done


def keep(late: Sequence[Late], *, actor: User) -> list[Late]:
    """Let them go on waiting, before all that is not late."""
    done = _changed(late, _KEEP, OVERDUE, [one.question.pk for one in late])
    _tell(done, "question.overdue", actor=actor)
    return done


def postpone(late: Sequence[Late], *, actor: User) -> list[Late]:
    """Leave those that could not be dealt with, for a person to see and for a later try."""
    done = _changed(late, _POSTPONE, *_columns([(one.question.pk, one.told) for one in late], 2))
    new = [one for one in done if one.question.sweep_error != one.told]
    _tell(new, "question.timeout_failed", actor=actor)
    return done


def _terms(question: Interrupt) -> str:
    return json.dumps({**question.policy, "groups": [SUPERVISORS]}, ensure_ascii=False)


def _columns(rows: Sequence[tuple[Any, ...]], width: int) -> list[list[Any]]:
    return [[row[place] for row in rows] for place in range(width)]


def _changed(late: Sequence[Late], statement: str, *params: Any) -> list[Late]:
    if not late:
        return []
    with connection.cursor() as cursor:
        cursor.execute(statement, params)
        changed = {row[0] for row in cursor.fetchall()}
    return [one for one in late if one.question.pk in changed]


def _tell(done: Sequence[Late], action: str, *, actor: User, **data: Any) -> None:
    if not done:
        return
    audit.append_all(
        [
            audit.Line(
                run_id=one.question.run_id,
                action=action,
                actor=actor,
                interrupt=one.question,
                data={"via": Decision.Via.TIMEOUT, "why": one.told, **data},
            )
            for one in done
        ]
    )
    news.items("updated", [one.question for one in done])
