"""A reviewer's decision as it reaches a gate, and what it does to the state."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache, partial
from typing import Any, Literal

from pydantic import TypeAdapter, ValidationError
from pydantic_core import to_json

from langvel.core.values import as_editable, attributes, fields_of
from langvel.exceptions import InvalidDecision, UnknownField
from langvel.state.base import StateModel

Verb = Literal["approve", "edit", "reject"]
VERBS: tuple[Verb, ...] = ("approve", "edit", "reject")

# What resume() without a decision sends: the person has set the state, the gate reads it there.
# Spelled out because a bare None or {} may reach a gate by accident, and must not open it.
CONTINUE = {"type": "continue"}

_TIME = TypeAdapter(datetime)
_KEYS = frozenset({"type", "args", "message", "by", "at", "digest"})


@dataclass(frozen=True, kw_only=True)
class Decision:
    """What a person said: `args` are those they changed, from `ask()` all as approved.

    `by` and `at` (ISO 8601) say who and when, as far as it was told. `digest` names the question.
    """

    type: Verb
    args: Mapping[str, Any] | None = None
    message: str | None = None
    by: str | None = None
    at: str | None = None
    digest: str | None = None

    @property
    def approved(self) -> bool:
        """True after an edit, too."""
        return self.type != "reject"

    @classmethod
    def read(cls, value: Any, *, request: Mapping[str, Any]) -> Decision:
        """Take the decision apart, or refuse it. Nothing malformed ever approves."""
        if not isinstance(value, Mapping) or value.get("type") not in request["allowed"]:
            raise InvalidDecision(
                f"{request['node']} offers {', '.join(request['allowed'])}, not {value!r}."
            )
        if unknown := set(value) - _KEYS:
            raise InvalidDecision(f"A decision has no {', '.join(sorted(map(repr, unknown)))}.")
        for key in ("message", "by", "at", "digest"):
            if not isinstance(value.get(key), (str, type(None))):
                raise InvalidDecision(f"{key!r} of a decision is text, not {value[key]!r}.")
        _check_time(value.get("at"))
        decision = cls(**value)
        decision._check_args(request["action"]["args"])
        return decision

    def _check_args(self, offered: Mapping[str, Any]) -> None:
        if self.type == "edit":
            if not isinstance(self.args, Mapping):
                raise InvalidDecision("An edit carries the edited args.")
            if unknown := set(self.args) - set(offered):
                raise UnknownField(unknown, known=offered, where="an edit of this question")
        elif self.args is not None and self.args != offered:
            raise InvalidDecision(f"To {self.type} carries no changed args; send an edit.")

    def edits(self, offered: Mapping[str, Any]) -> dict[str, Any]:
        """The args that differ from what the reviewer was shown."""
        if self.type != "edit":
            return {}
        args = self.args or {}
        return {name: args[name] for name in args if to_json(args[name]) != to_json(offered[name])}

    def review(self) -> dict[str, Any]:
        """The review fields this decision sets; None clears what an earlier review left."""
        at = self.at or datetime.now(UTC).isoformat()
        rejected = self.type == "reject"
        return {
            "approved": not rejected,
            "approved_by": None if rejected else self.by,
            "approved_at": None if rejected else at,
            "approval_time": None if rejected else at,
            "approval_notes": None if rejected else self.message,
            "rejected": rejected,
            "rejected_by": self.by if rejected else None,
            "rejection_reason": self.message if rejected else None,
        }


def _check_time(at: str | None) -> None:
    if at is None:
        return
    try:
        _TIME.validate_python(at)
    except ValidationError as error:
        raise InvalidDecision(f"'at' of a decision is an ISO 8601 time, not {at!r}.") from error


def fit_review(model: type[StateModel], review: Mapping[str, Any]) -> dict[str, Any]:
    """The review as this model types its fields; an agent may have declared them anew.

    What does not fit gets the field's default. It must not raise: the decision is made, and an
    answer that raises would stick to the thread.
    """
    fitted: dict[str, Any] = {}
    for name, value in review.items():
        default, plain, adapter = _typed(model, name)
        if value is None:
            fitted[name] = default()
            continue
        try:
            fitted[name] = value if type(value) is plain else adapter.validate_python(value)
        except ValidationError:
            fitted[name] = default()
    return fitted


@lru_cache(maxsize=1024)
def _typed(
    model: type[StateModel], name: str
) -> tuple[Callable[[], Any], type | None, TypeAdapter[Any]]:
    """A field's default, the type of values that need no look, and the look at others."""
    field = model.model_fields[name]
    plain = {bool: bool, str | None: str}.get(field.annotation)  # type: ignore[arg-type]
    default = partial(field.get_default, call_default_factory=True)
    return default, plain, TypeAdapter(field.annotation or Any)


def apply_edit(state: StateModel, args: Mapping[str, Any]) -> dict[str, Any]:
    """The edited fields as Python values, once the whole state with them is valid.

    `args` are JSON data, and judged beside what the state really is: what a reviewer does not see,
    such as a secret, counts too. Raises pydantic.ValidationError (custom validators included) or
    UnknownField.
    """
    model = type(state)
    try:
        values = _read(model, as_editable(state), args)
    except ValidationError:
        values = dict(args)
    edited = model.model_validate({**attributes(state), **values}, by_alias=True, by_name=True)
    return {name: getattr(edited, name) for name in args}


def check_edit(model: type[StateModel], shown: Mapping[str, Any], args: Mapping[str, Any]) -> None:
    """The same by what a reviewer saw of the state, as JSON data.

    A field nobody edited may look wrong there, being a secret or left out; the gate knows it.
    """
    try:
        _read(model, fields_of(model, shown), args)
    except ValidationError as error:
        others = {
            label
            for name, field in model.model_fields.items()
            if name not in args
            for label in (name, field.alias, field.validation_alias)
            if isinstance(label, str)
        }
        if any(not each["loc"] or each["loc"][0] not in others for each in error.errors()):
            raise


def _read(
    model: type[StateModel], state: Mapping[str, Any], args: Mapping[str, Any]
) -> dict[str, Any]:
    if unknown := set(args) - set(model.model_fields):
        raise UnknownField(unknown, known=model.model_fields, where=model.__name__)
    read = model.model_validate_json(to_json({**state, **args}), by_alias=True, by_name=True)
    return {name: getattr(read, name) for name in args}
