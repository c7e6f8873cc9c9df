"""What a person sets for themselves: signing in and out, light or dark."""

from __future__ import annotations

from django.contrib.auth.views import LoginView
from django.http import HttpRequest, HttpResponse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

YEAR = 365 * 24 * 3600


class SignIn(LoginView):
    redirect_authenticated_user = True


@require_POST
def theme(request: HttpRequest) -> HttpResponse:
    """Light, dark, or as the system has it. A cookie, so that the first byte is already right."""
    wanted, back = request.POST.get("theme", ""), request.POST.get("next", "/")
    if not url_has_allowed_host_and_scheme(back, allowed_hosts=None):
        back = "/"
    response = HttpResponse(status=303, headers={"Location": back})
    if wanted in ("light", "dark"):
        response.set_cookie(
            "theme", wanted, max_age=YEAR, samesite="Lax", secure=request.is_secure(), httponly=True
        )
    else:
        response.delete_cookie("theme", samesite="Lax")
    return response
