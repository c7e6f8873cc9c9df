"""What is asked and what comes back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel

Verb = Literal["approve", "edit", "reject", "respond"]


@dataclass(frozen=True)
class Action:
    """One thing that would be done, and what with.

    `args` may be a Pydantic model: its schema goes along, so that the reviewer gets a form. Without
    a schema the arguments can be approved or rejected, not edited. `allowed` says which answers
    there are, when it is not approve, reject and, with a schema, edit.
    """

    name: str
    args: Mapping[str, Any] | BaseModel = field(default_factory=dict)
    schema: Mapping[str, Any] | type[BaseModel] | None = None
    description: str = ""
    allowed: Sequence[Verb] | None = None
    response_schema: Mapping[str, Any] | None = None

    def as_json(self) -> dict[str, Any]:
        args, schema = self.args, self.schema
        if isinstance(args, BaseModel):
            schema = schema or type(args)
            args = args.model_dump(mode="json")
        if isinstance(schema, type):
            schema = schema.model_json_schema()
        told = {
            "name": self.name,
            "args": args,
            "schema": schema,
            "description": self.description,
            "allowed": None if self.allowed is None else list(self.allowed),
            "response_schema": self.response_schema,
        }
        return {name: value for name, value in told.items() if value is not None}


@dataclass(frozen=True, kw_only=True)
class Decision:
    """What was decided on one action. `args` are those to act with; None means do not act."""

    name: str
    type: Verb
    args: dict[str, Any] | None = None
    value: Any = None
    message: str | None = None

    @property
    def approved(self) -> bool:
        """True after an edit, too."""
        return self.type in ("approve", "edit")


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What people said: a decision for each action, in the order they were asked in."""

    request_id: int
    decisions: tuple[Decision, ...]
    decided_by: str
    decided_at: datetime
    reason: str = ""

    @classmethod
    def read(cls, told: Mapping[str, Any]) -> Answer:
        return cls(
            request_id=told["id"],
            decisions=tuple(Decision(**made) for made in told["decisions"]),
            decided_by=told["decided_by"],
            decided_at=datetime.fromisoformat(told["decided_at"]),
            reason=told["reason"],
        )

    @property
    def approved(self) -> bool:
        """Whether every action may be done."""
        return all(decision.approved for decision in self.decisions)

    @property
    def args(self) -> dict[str, Any]:
        """What to act with, of a request with one action. Raises ValueError when it may not be."""
        only = self._only()
        if only.args is None:
            raise ValueError(f"The action {only.name} was not approved.")
        return only.args

    @property
    def value(self) -> Any:
        """The response to a question, of a request with one action."""
        return self._only().value

    def as_json(self) -> dict[str, Any]:
        """For a graph's state, which holds plain values only."""
        return {
            "request_id": self.request_id,
            "approved": self.approved,
            "decisions": [vars(decision) for decision in self.decisions],
            "decided_by": self.decided_by,
            "decided_at": self.decided_at.isoformat(),
            "reason": self.reason,
        }

    def _only(self) -> Decision:
        if len(self.decisions) != 1:
            raise ValueError("There are several actions: look at each of `decisions`.")
        return self.decisions[0]
