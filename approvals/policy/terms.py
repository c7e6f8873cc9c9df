"""What a question was asked under: the policies of that moment, frozen into one set of terms."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from approvals.models import Interrupt


@dataclass(frozen=True, kw_only=True)
class Tier:
    """The care a risk takes, and for how long its decision can be taken back."""

    confirm: bool
    reason_required: bool
    bulk: bool
    undo_seconds: int


TIERS: Mapping[str, Tier] = {
    "low": Tier(confirm=False, reason_required=False, bulk=True, undo_seconds=10),
    "medium": Tier(confirm=True, reason_required=False, bulk=True, undo_seconds=15),
    "high": Tier(confirm=True, reason_required=True, bulk=False, undo_seconds=30),
    "critical": Tier(confirm=True, reason_required=True, bulk=False, undo_seconds=60),
}


@dataclass(frozen=True, kw_only=True)
class Terms:
    """How one question is to be decided.

    `flagged` and `retype` point into the arguments of its action; with several actions, the
    number of the action comes first: `/1/amount`. `made` has, for sentences of `why` that no
    author wrote, what they are made of. `masked` are patterns. `notes` says why a
    field is flagged, `unlooked` how many fields no rule looked at. `reasons` can be chosen by
    whoever rejects or responds; with `reason_code_required`, whoever rejects has to.
    """

    risk: str = "medium"
    groups: list[str] = field(default_factory=list)
    reason_required: bool = False
    confirm: bool = False
    flagged: list[str] = field(default_factory=list)
    notes: dict[str, str] = field(default_factory=dict)
    retype: list[str] = field(default_factory=list)
    undo_seconds: int = 0
    bulk: bool = True
    deadline_seconds: float | None = None
    on_timeout: str = "keep"
    masked: list[str] = field(default_factory=list)
    reasons: list[str] = field(default_factory=list)
    reason_code_required: bool = False
    why: list[str] = field(default_factory=list)
    made: dict[str, list[list[str]]] = field(default_factory=dict)
    unlooked: int | None = None

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


_NAMES = frozenset(one.name for one in fields(Terms))


def terms_of(question: Interrupt) -> Terms:
    """The terms a question was asked under; those of one asked before there were any are mild."""
    kept = {name: value for name, value in question.policy.items() if name in _NAMES}
    return Terms(**{"risk": question.risk} | kept)
