"""What an agent's author asks of reviewers: how carefully a question is to be decided, and by whom."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import timedelta
from decimal import Decimal, InvalidOperation
from fnmatch import fnmatchcase
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    field_validator,
    model_validator,
)

from langvel.routing.plan import Risk

MAX_UNDO_SECONDS = 120
LONGEST_REASON = 100

_UNCLOSED = re.compile(r"\[[^\]]*$")
_BELOW = ("gt", "gte", "lt", "lte")
_LARGEST = 40
"""Longer texts are no numbers that anybody pays."""


def _glob(pattern: str) -> str:
    if not pattern or _UNCLOSED.search(pattern):
        raise ValueError(f"{pattern!r} is no glob: it is empty, or a [ in it is never closed")
    return pattern


def _pointer(name: str) -> str:
    """A field's name is short for a pointer to it."""
    pointer = name if name.startswith(("/", "**/")) else f"/{name}"
    if pointer in ("/", "**/"):
        raise ValueError("names no field")
    return _glob(pointer)


def _notes(value: Any) -> Any:
    """Fields named without a word about them."""
    return dict.fromkeys(value, "") if isinstance(value, (list, tuple)) else value


def _reason(text: str) -> str:
    if not text.strip() or len(text) > LONGEST_REASON or "\n" in text:
        raise ValueError(f"must be one line of at most {LONGEST_REASON} characters")
    return text.strip()


Glob: TypeAlias = Annotated[str, AfterValidator(_glob)]
Pointer: TypeAlias = Annotated[str, AfterValidator(_pointer)]
Reason: TypeAlias = Annotated[str, AfterValidator(_reason)]
Scalar: TypeAlias = str | int | float | Decimal | bool | None


class Condition(BaseModel):
    """What must be true of one value. Every part given must hold.

    A number is also compared when it is written as text. A value that is there and cannot be
    compared counts as beyond the limit: a policy that cannot be judged applies.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    gt: Decimal | None = None
    gte: Decimal | None = None
    lt: Decimal | None = None
    lte: Decimal | None = None
    eq: Scalar = None
    ne: Scalar = None
    among: tuple[Scalar, ...] | None = Field(None, alias="in")
    not_among: tuple[Scalar, ...] | None = Field(None, alias="not_in")
    like: Glob | None = None

    @model_validator(mode="before")
    @classmethod
    def _plain_value(cls, value: Any) -> Any:
        return value if isinstance(value, (Mapping, Condition)) else {"eq": value}

    @model_validator(mode="after")
    def _says_something(self) -> Condition:
        if not self.model_fields_set:
            raise ValueError("says nothing: give gt, gte, lt, lte, eq, ne, in, not_in or like")
        return self

    def holds(self, value: Any) -> bool:
        """Whether it is true of a JSON value that is there."""
        return all(self._part_holds(name, value) for name in self.model_fields_set)

    def _part_holds(self, name: str, value: Any) -> bool:
        wanted = getattr(self, name)
        if name in _BELOW:
            return _compares(name, as_number(value), wanted)
        if name == "like":
            return isinstance(value, str) and fnmatchcase(value, wanted)
        if name in ("among", "not_among"):
            return any(_equal(value, one) for one in wanted) == (name == "among")
        return _equal(value, wanted) == (name == "eq")

    def words(self) -> str:
        """As it follows a field's name: "is above 100"."""
        return " and ".join(_SAID[name](getattr(self, name)) for name in self._parts())

    def _parts(self) -> list[str]:
        return [name for name in type(self).model_fields if name in self.model_fields_set]


_SAID: Mapping[str, Callable[[Any], str]] = {
    "gt": lambda limit: f"is above {limit}",
    "gte": lambda limit: f"is {limit} or more",
    "lt": lambda limit: f"is below {limit}",
    "lte": lambda limit: f"is {limit} or less",
    "eq": lambda value: f"is {value}",
    "ne": lambda value: f"is not {value}",
    "among": lambda values: f"is one of {', '.join(map(str, values))}",
    "not_among": lambda values: f"is none of {', '.join(map(str, values))}",
    "like": lambda pattern: f"looks like {pattern}",
}


def as_number(value: Any) -> Decimal | None:
    """A JSON number, or one written as text; None for anything else, NaN too."""
    if isinstance(value, bool) or not isinstance(value, (int, float, str, Decimal)):
        return None
    text = str(value).strip()
    try:
        number = Decimal(text) if len(text) <= _LARGEST else None
    except InvalidOperation:
        return None
    return number if number is not None and number.is_finite() else None


def _compares(name: str, number: Decimal | None, limit: Decimal) -> bool:
    if number is None:
        return True
    below = number < limit if name.startswith("l") else number > limit
    return below or (name.endswith("e") and number == limit)


def _equal(value: Any, wanted: Scalar) -> bool:
    if isinstance(value, bool) or isinstance(wanted, bool):
        return value is wanted
    one, other = as_number(value), as_number(wanted)
    return one == other if one is not None and other is not None else value == wanted


class Policy(BaseModel):
    """How questions are to be decided; those it matches are said by `step` and `when`.

    `step` is a glob over the name of the node that asks and of the action proposed; `when` maps
    fields of the arguments (else of the state) to conditions: `{"amount": {"gt": 100}}`. Fields
    are names or JSON pointers. Whatever is left out, the policy says nothing about.

    `risk` raises the question's own and brings the care of its tier along. `why` is the sentence
    a reviewer reads. `flagged` are fields to be ticked as checked, with a sentence or without;
    `retype` is one to be typed again; `masked` are fields nobody sees without the right to.
    `reasons` are those somebody can choose from who rejects or responds; where
    `reason_code_required`, whoever rejects has to choose one, if any policy names some.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    step: Glob = "*"
    when: Mapping[Pointer, Condition] = Field(default_factory=dict)
    why: str = ""
    risk: Risk | None = None
    groups: tuple[str, ...] = ()
    reason_required: bool | None = None
    confirm: bool | None = None
    flagged: Annotated[Mapping[Pointer, str], BeforeValidator(_notes)] = Field(default_factory=dict)
    retype: Pointer | None = None
    bulk: bool | None = None
    undo_seconds: int | None = Field(None, ge=0, le=MAX_UNDO_SECONDS)
    deadline: timedelta | None = Field(None, gt=timedelta(0))
    on_timeout: Literal["keep", "reject", "escalate"] | None = None
    masked: tuple[Pointer, ...] = ()
    reasons: tuple[Reason, ...] = ()
    reason_code_required: bool | None = None

    @field_validator("groups", "masked", "reasons", mode="before")
    @classmethod
    def _not_one_text(cls, value: Any) -> Any:
        """A text would be taken for a list of its letters."""
        if isinstance(value, str):
            raise ValueError(f"must be a list: [{value!r}]")
        return value
