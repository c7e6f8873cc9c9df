"""What may be changed in a state that is forked, and whether a change fits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from pydantic import ValidationError

from agents import registry
from agents.schemas.models import sentence_of
from approvals import schemaform
from approvals.exceptions import AgentUnavailable, InvalidInput
from approvals.schemaform.pointers import child
from approvals.schemaform.values import same
from langvel.exceptions import UnknownField

UNKNOWN = gettext_lazy("is not a field that can be changed here")
TOO_LARGE = gettext_lazy("This state is too large to be changed here. It can be forked as it is.")


@dataclass(frozen=True, kw_only=True)
class Editable:
    """A state, or the whole input where no step had taken it. `value` is None when too large.

    Without a schema the values themselves say what there is.
    """

    schema: Mapping[str, Any] | None
    value: dict[str, Any] | None
    is_input: bool

    @property
    def names(self) -> set[str]:
        declared = set((self.schema or {}).get("properties", {}))
        is_closed = (self.schema or {}).get("additionalProperties") is False
        return declared if is_closed else declared | set(self.value or {})

    @property
    def offered(self) -> dict[str, Any]:
        """The part of the value that may be changed."""
        return {name: item for name, item in (self.value or {}).items() if name in self.names}

    def before(self, changed: Mapping[str, Any]) -> dict[str, Any]:
        return {name: self.offered[name] for name in changed if name in self.offered}


def check(agent_key: str, editable: Editable, values: Mapping[str, Any]) -> dict[str, Any]:
    """The fields that differ, 1 from True and 1.0 included.

    Raises InvalidInput with pointers into `values`, and AgentUnavailable.
    """
    if not values:
        return {}
    if editable.value is None:
        raise InvalidInput(_said(editable), errors={"": str(TOO_LARGE)})
    if unknown := [name for name in values if name not in editable.names]:
        raise InvalidInput(
            _said(editable), errors={child("", name): str(UNKNOWN) for name in unknown}
        )
    offered = editable.offered
    changed = {
        name: value
        for name, value in values.items()
        if name not in offered or not same(offered[name], value)
    }
    if errors := _faults(agent_key, editable, changed):
        raise InvalidInput(_said(editable), errors=errors)
    return changed


def _said(editable: Editable) -> str:
    return "" if editable.is_input else _("The values do not fit the agent's state.")


def _faults(agent_key: str, editable: Editable, changed: Mapping[str, Any]) -> Mapping[str, str]:
    """What the schema has against the change, though not against what was there before."""
    if not changed:
        return {}
    if editable.schema:
        before = schemaform.validate(editable.schema, editable.offered)
        after = schemaform.validate(editable.schema, {**editable.offered, **changed})
        if errors := {at: why for at, why in after.items() if before.get(at) != why}:
            return errors
    return {} if editable.is_input else _model_faults(agent_key, editable, changed)


def _model_faults(
    agent_key: str, editable: Editable, changed: Mapping[str, Any]
) -> Mapping[str, str]:
    """What the agent's own model, custom validators included, has against it."""
    try:
        agent = registry.load(agent_key)
    except (registry.BadAgentPath, registry.UnknownAgent) as error:
        raise AgentUnavailable from error
    try:
        agent.validate_edit(editable.value or {}, dict(changed))
    except ValidationError as error:
        return {
            schemaform.locate(editable.schema or {}, fault["loc"]): sentence_of(fault)
            for fault in error.errors(include_url=False)
        }
    except (ValueError, UnknownField) as error:
        return {"": str(error)}
    return {}
