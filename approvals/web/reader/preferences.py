"""The page of a person's own settings, and the help that names their keys."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from approvals.models import UserPreferences
from approvals.web.decided import recent
from approvals.web.reader.chosen import choose, chosen_by
from approvals.web.reader.keys import CHANGEABLE, GROUPS, BadKeys, changes
from approvals.web.reader.locales import BROWSERS, LANGUAGES
from approvals.web.shell import go, is_htmx, page, part, signed_in

_KEPT = (
    "keys_on", "keys", "density", "after_decision", "language", "live_on", "undo_seconds",
)  # fmt: skip
WINDOWS = (0, 30, 60, 120)
"""What is offered to choose from, in seconds; 0 is the policy's own."""


@require_http_methods(["GET", "POST"])
@signed_in
def settings(request: HttpRequest) -> HttpResponse:
    if request.method == "POST":
        return _save(request)
    return _form(request, chosen_by(request))


@require_GET
@signed_in
def keys(request: HttpRequest) -> HttpResponse:
    """What each key means, with this person's own."""
    chosen = chosen_by(request)
    shown = {"groups": _groups(chosen.keys), "keys_on": chosen.keys_on}
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


@require_POST
@signed_in
def live(request: HttpRequest) -> HttpResponse:
    """Have pages follow what happens, or stand still until asked; so in every browser of theirs."""
    live_on = request.POST.get("live_on") == "on"
    choose(request.user, live_on=live_on)
    if is_htmx(request):
        return part(request, "components/pausing.html", live_on=live_on)
    back = request.POST.get("next", "/")
    return go(request, back if url_has_allowed_host_and_scheme(back, allowed_hosts=None) else "/")


def _save(request: HttpRequest) -> HttpResponse:
    data = request.POST
    language = data.get("language")
    chosen = UserPreferences(
        keys_on="keys_on" in data,
        density=_one_of(UserPreferences.Density, data.get("density")),
        after_decision=_one_of(UserPreferences.After, data.get("after_decision")),
        language=language if language in LANGUAGES else BROWSERS,
        live_on="live_on" in data,
        undo_seconds=_window(data.get("undo_seconds", "")),
    )
    wanted = (
        {} if "usual" in data else {usual: data.get(f"key:{usual}", "") for usual in CHANGEABLE}
    )
    try:
        chosen.keys = changes(wanted)
    except BadKeys as error:
        return _form(request, chosen, typed=wanted, problem=str(error), status=422)
    choose(request.user, **{name: getattr(chosen, name) for name in _KEPT})
    messages.success(request, _("Saved."))
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
        languages=LANGUAGES.items(),
        windows=WINDOWS,
        problem=problem,
    )


def _groups(pressed: dict[str, str]) -> list[tuple[str, list[tuple[Any, str]]]]:
    return [
        (label, [(key, pressed.get(key.usual) or key.usual) for key in keys])
        for label, keys in GROUPS.items()
    ]


def _one_of(choices: Any, value: str | None) -> str:
    return value if value in choices.values else choices.values[0]


def _window(text: str) -> int:
    return next((seconds for seconds in WINDOWS if str(seconds) == text), WINDOWS[0])
