"""How the API describes itself at /api/schema/."""

from __future__ import annotations

from functools import cache
from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, inline_serializer
from rest_framework import serializers

from approvals.api.authentication import TokenAuthentication
from approvals.api.idempotency import HEADER
from approvals.api.serializers.deciding import Refusal

_REFUSALS = {
    400: "Malformed: not JSON, or not of the expected form.",
    401: "Nobody is signed in, or the token is no good.",
    403: "You may not do this, or the token lacks the scope.",
    404: "Unknown, or not yours.",
    409: "The world moved on; `current` says how it stands.",
    413: "The body is too large.",
    415: "The body is not application/json.",
    422: "The values are not valid; `errors` points at them.",
    429: "Too many requests; see Retry-After.",
    503: "The database or the agent's code cannot be reached.",
}
_READING = (400, 401, 403, 404, 503)
_WRITING = tuple(_REFUSALS)

IDEMPOTENCY = OpenApiParameter(
    HEADER,
    str,
    OpenApiParameter.HEADER,
    description="Repeat a request with the same key to get the same answer, and no second effect.",
)


class TokenScheme(OpenApiAuthenticationExtension):
    target_class = TokenAuthentication
    name = "bearer"

    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:
        return {"type": "http", "scheme": "bearer", "description": "lv_… of create_token."}


def answers(
    good: int | tuple[int, str], shape: Any, *, writing: bool = False
) -> dict[int | tuple[int, str], Any]:
    """The responses of an operation: the good one and every refusal it may meet."""
    codes = _WRITING if writing else _READING
    return {good: shape} | {
        code: OpenApiResponse(Refusal, description=_REFUSALS[code]) for code in codes
    }


@cache
def page_of(row: type[serializers.BaseSerializer[Any]]) -> serializers.Serializer[Any]:
    """The shape of a page of a list."""
    return inline_serializer(
        f"{row.__name__}Page",
        {
            "results": row(many=True),
            "next": serializers.URLField(allow_null=True),
            "previous": serializers.URLField(allow_null=True),
        },
    )
