"""How a person wants the pages: kept in a table, copied into the session at sign-in.

So no page costs a query for it; another browser follows at its next sign-in.
"""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from approvals.models import UserPreferences
from approvals.web import recent
from approvals.web.keys import CHANGEABLE, GROUPS, BadKeys, changes
from approvals.web.shell import go, is_htmx, page, part, signed_in

KEPT = "preferences"
USUAL: dict[str, Any] = {"keys_on": True, "keys": {}, "density": "comfortable"}


def of(request: HttpRequest) -> dict[str, Any]:
    return USUAL | request.session.get(KEPT, {})


def bring_along(request: HttpRequest) -> None:
    """At sign-in: what this person chose, in whichever browser."""
    found = UserPreferences.objects.filter(user=request.user.pk).first()
    if found:
        _remember(request, found)


def _remember(request: HttpRequest, chosen: UserPreferences) -> None:
    request.session[KEPT] = {name: getattr(chosen, name) for name in USUAL}
    request.session[recent.AFTER] = chosen.after_decision


@require_http_methods(["GET", "POST"])
@signed_in
def settings(request: HttpRequest) -> HttpResponse:
    if request.method == "POST":
        return _save(request)
    chosen = UserPreferences.objects.filter(user=request.user).first()
    return _form(request, chosen or UserPreferences(user=request.user))


@require_GET
@signed_in
def keys(request: HttpRequest) -> HttpResponse:
    """What each key means, with this person's own."""
    shown = {"groups": _groups(of(request)["keys"]), "keys_on": of(request)["keys_on"]}
    if is_htmx(request):
        return part(request, "keys/help.html", in_page=False, **shown)
    return page(
        request,
        "bulk.html",
        section="",
        inside="keys/help.html",
        in_page=True,
        verb="Keys",
        **shown,
    )


def _save(request: HttpRequest) -> HttpResponse:
    data = request.POST
    chosen = UserPreferences(
        user=request.user,
        keys_on="keys_on" in data,
        density=_one_of(UserPreferences.Density, data.get("density")),
        after_decision=_one_of(UserPreferences.After, data.get("after_decision")),
    )
    wanted = (
        {} if "usual" in data else {usual: data.get(f"key:{usual}", "") for usual in CHANGEABLE}
    )
    try:
        chosen.keys = changes(wanted)
    except BadKeys as error:
        return _form(request, chosen, typed=wanted, problem=str(error), status=422)
    UserPreferences.objects.update_or_create(
        user=request.user,
        defaults={
            name: getattr(chosen, name) for name in ("keys_on", "keys", "density", "after_decision")
        },
    )
    _remember(request, chosen)
    messages.success(request, "Saved.")
    return go(request, reverse("settings"))


def _form(
    request: HttpRequest,
    chosen: UserPreferences,
    *,
    typed: dict[str, str] | None = None,
    problem: str = "",
    status: int = 200,
) -> HttpResponse:
    return page(
        request,
        "settings.html",
        section="",
        status=status,
        chosen=chosen,
        groups=_groups(typed or chosen.keys),
        densities=UserPreferences.Density.choices,
        ways=recent.WAYS.items(),
        problem=problem,
    )


def _groups(pressed: dict[str, str]) -> list[tuple[str, list[tuple[Any, str]]]]:
    return [
        (label, [(key, pressed.get(key.usual) or key.usual) for key in keys])
        for label, keys in GROUPS.items()
    ]


def _one_of(choices: Any, value: str | None) -> str:
    return value if value in choices.values else choices.values[0]
