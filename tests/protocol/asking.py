"""Looking at a question, answering it, and how a verb was refused."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from approvals.exceptions import ApprovalsError
from approvals.models import Interrupt


def row_of(run_id: int, label: str) -> Interrupt:
    """The newest question of that name, which may have been closed meanwhile."""
    rows = Interrupt.objects.filter(run=run_id).order_by("-id")
    return next(row for row in rows if row.request["question"] == label)


def answer_to(row: Interrupt) -> dict[str, Any]:
    return {
        "version": row.version,
        "digest": row.digest,
        "decisions": [{"type": "respond", "value": uuid4().hex}],
    }


def code_of(verb: Any, *args: Any, **kwargs: Any) -> str:
    """Why a verb was refused; empty when it was not."""
    try:
        verb(*args, **kwargs)
    except ApprovalsError as error:
        return error.code
    return ""
