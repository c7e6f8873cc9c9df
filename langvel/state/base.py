"""The state models agents extend."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Self

from langchain_core.messages import BaseMessage, convert_to_messages
from pydantic import BaseModel, ConfigDict, Field

from langvel.exceptions import UnknownField
from langvel.state.fields import allow_none_where_it_is_the_default
from langvel.state.messages import Messages


class StateModel(BaseModel):
    """What every agent's state has: messages, scratch space, routing, and the last review.

    Unknown fields are refused, so a misspelt name fails where it is written.
    """

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    messages: Messages = Field(default_factory=list)
    context: dict[str, Any] = Field(default_factory=dict)
    metadata: dict[str, Any] = Field(default_factory=dict)
    next_step: str | None = None
    error: str | None = None

    approved: bool = False
    approved_by: str | None = None
    approved_at: datetime | None = None
    approval_time: datetime | None = None
    approval_ip: str | None = None
    approval_notes: str | None = None
    rejected: bool = False
    rejected_by: str | None = None
    rejection_reason: str | None = None

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: Any) -> None:
        super().__pydantic_init_subclass__(**kwargs)
        allow_none_where_it_is_the_default(cls)

    def __getitem__(self, name: str) -> Any:
        self._refuse_unknown(name)
        return getattr(self, name)

    def __setitem__(self, name: str, value: Any) -> None:
        self._refuse_unknown(name)
        setattr(self, name, value)

    def __contains__(self, name: object) -> bool:
        return name in type(self).model_fields

    def get(self, name: str, default: Any = None) -> Any:
        """The field, or the default where there is no such field."""
        return getattr(self, name) if name in self else default

    def update(self, values: Mapping[str, Any] | None = None, /, **more: Any) -> Self:
        """Set several fields at once; none of them if one is unknown (UnknownField)."""
        changes = {**(values or {}), **more}
        self._refuse_unknown(*changes)
        for name, value in changes.items():
            setattr(self, name, value)
        return self

    def set_next(self, key: str) -> Self:
        """Choose the branch the next `branch()` takes."""
        self.next_step = key
        return self

    def set_error(self, message: str | None) -> Self:
        """Say in the state what went wrong; the run goes on."""
        self.error = message
        return self

    def add_message(self, role: str | BaseMessage, content: str | None = None) -> Self:
        """Append a message: a LangChain one, or a role (`user`, `assistant`, …) and its text."""
        message = role if isinstance(role, BaseMessage) else (role, content or "")
        self.messages = [*self.messages, *convert_to_messages([message])]  # type: ignore[list-item]
        return self

    def to_dict(self) -> dict[str, Any]:
        """All fields, as Python values."""
        return self.model_dump()

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """Raises pydantic.ValidationError."""
        return cls.model_validate(dict(values))

    def _refuse_unknown(self, *names: str) -> None:
        known = type(self).model_fields
        if unknown := [name for name in names if name not in known]:
            raise UnknownField(unknown, known=known, where=type(self).__name__)


class AuthenticatedState(StateModel):
    """State that also carries for whom the agent works."""

    user_id: str | None = None
    user_email: str | None = None
    roles: list[str] = Field(default_factory=list)
    permissions: list[str] = Field(default_factory=list)

    @property
    def is_authenticated(self) -> bool:
        """Whether there is a `user_id`."""
        return self.user_id is not None

    def has_role(self, role: str) -> bool:
        """Whether the role is among `roles`."""
        return role in self.roles

    def has_permission(self, permission: str) -> bool:
        """Whether the permission is among `permissions`."""
        return permission in self.permissions
