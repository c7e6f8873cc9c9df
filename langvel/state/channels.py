"""How a state model becomes LangGraph channels.

LangGraph gets a TypedDict, not the model: nodes then see and write plain fields, and we decide
when values are validated and what counts as a change.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, TypedDict

from langgraph.channels.last_value import LastValue
from pydantic import BaseModel

from langvel.exceptions import FieldConflict
from langvel.state.fields import REVIEW_FIELDS, reducers
from langvel.state.private import PRIVATE, merge_private


class FieldValue(LastValue[Any]):
    """A field without a reducer. Two branches that write it in one step are told its name."""

    def update(self, values: Sequence[Any]) -> bool:
        """As LastValue has it, said again: it is asked of every field after every step."""
        if not values:
            return False
        if len(values) > 1:
            raise FieldConflict(self.key)
        self.value = values[0]
        return True


class ReviewValue(FieldValue):
    """A review field. Two gates answered in one step may both write it; a rejection wins."""

    def update(self, values: Sequence[Any]) -> bool:
        if len(values) < 2:
            return super().update(values)
        given = [value for value in values if value is not None] or [None]
        if self.key == "approved":
            self.value = all(given)
        elif self.key == "rejected":
            self.value = any(given)
        else:
            self.value = given[-1]
        return True


def channel_schemas(model: type[BaseModel]) -> tuple[Any, Any]:
    """The graph's whole schema, and the part without our notes, which is its output."""
    public = {name: _annotation(model, name) for name in model.model_fields}
    private = {PRIVATE: Annotated[dict[str, Any], merge_private]}
    return _schema(model.__name__, {**public, **private}), _schema(
        f"{model.__name__}Output", public
    )


def _schema(name: str, annotations: dict[str, Any]) -> Any:
    """A TypedDict made at run time, which a type checker can't follow."""
    make: Any = TypedDict
    return make(name, annotations)


def _annotation(model: type[BaseModel], name: str) -> Any:
    channel = ReviewValue if name in REVIEW_FIELDS else reducers(model).get(name, FieldValue)
    return Annotated[model.model_fields[name].annotation, channel]
