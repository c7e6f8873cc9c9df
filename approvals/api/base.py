"""What every view of the API shares."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from django.utils.translation import gettext as _
from rest_framework.permissions import IsAuthenticated
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import Serializer
from rest_framework.views import APIView

from approvals.api.access import HasScope, PostThrottle
from approvals.api.errors import translate
from approvals.api.parsing import AlwaysJSON, StrictJSONParser
from approvals.exceptions import NotFound


class ApiView(APIView):
    """`scopes` names the scope that a token needs for each method."""

    scopes: ClassVar[dict[str, str]] = {}
    parser_classes = [StrictJSONParser]
    renderer_classes = [JSONRenderer]
    content_negotiation_class = AlwaysJSON
    permission_classes = [IsAuthenticated, HasScope]
    throttle_classes = [PostThrottle]
    http_method_names = ["get", "post", "head"]

    def get_exception_handler(self) -> Callable[..., Response | None]:
        return translate

    def finalize_response(self, request: Any, response: Any, *args: Any, **kwargs: Any) -> Any:
        response.headers.setdefault("Cache-Control", "private, no-store")
        return super().finalize_response(request, response, *args, **kwargs)


class UnknownAddress(ApiView):
    """Any other address below /api/v1/."""

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        if request.path.endswith("/"):
            raise NotFound
        raise NotFound(_("Not found. Addresses of this API end with a slash."))


def read_body(request: Request, form: type[Serializer[Any]]) -> dict[str, Any]:
    """The body as the form understands it. Raises ValidationError with pointers."""
    return _checked(form(data=request.data))


def read_query(request: Request, form: type[Serializer[Any]]) -> dict[str, Any]:
    return _checked(form(data=request.query_params))


def _checked(form: Serializer[Any]) -> dict[str, Any]:
    form.is_valid(raise_exception=True)
    found: dict[str, Any] = form.validated_data
    return found
