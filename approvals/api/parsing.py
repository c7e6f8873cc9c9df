"""What comes in: JSON, strictly, whatever the client says it would accept back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import IO, Any

from django.utils.translation import gettext_lazy as _
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.parsers import BaseParser
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request

from approvals import jsontext
from approvals.exceptions import Malformed


class TooLarge(Malformed):
    status, code = 413, "too_large"
    detail = _("A body of more than 1,000,000 bytes is not accepted.")


class StrictJSONParser(BaseParser):
    """One meaning or none: see `approvals.jsontext` for what is refused."""

    media_type = "application/json"

    def parse(
        self,
        stream: IO[bytes],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        text = stream.read(jsontext.MAX_BYTES + 1)
        if len(text) > jsontext.MAX_BYTES:
            raise TooLarge
        value = jsontext.loads(text)
        jsontext.refuse_unstorable(value)
        return value


class AlwaysJSON(BaseContentNegotiation):
    """There is one representation, so `Accept` and `?format=` are not asked."""

    def select_parser(self, request: Request, parsers: list[BaseParser]) -> BaseParser | None:
        wanted = (request.content_type or "").partition(";")[0].strip().lower()
        return next((parser for parser in parsers if parser.media_type == wanted), None)

    def select_renderer(
        self, request: Request, renderers: list[BaseRenderer], format_suffix: str | None = None
    ) -> tuple[BaseRenderer, str | None]:
        return renderers[0], renderers[0].media_type
