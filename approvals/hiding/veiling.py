"""Runs and their states as they are shown: what their questions hid is hidden there too."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _

from approvals.hiding.masking import VIEW_MASKED, Veil, masks_of
from approvals.models import Interrupt, Run

if TYPE_CHECKING:
    from django.contrib.auth.models import User


HIDDEN = _("Its questions hide values, so its states are only for those who may see these.")


def veils_of(runs: Sequence[Run], *, user: User | None) -> dict[int, Veil]:
    """A veil for each run that hides something from this person, or from anybody for None."""
    if not runs or (user is not None and user.has_perm(VIEW_MASKED)):
        return {}
    lines = _lines(runs)
    hiding: dict[int, list[Interrupt]] = defaultdict(list)
    rows = Interrupt.objects.filter(run__in={pk for line in lines.values() for pk in line})
    rows = rows.filter(secrets__isnull=False).order_by("id")
    for question in rows.only("run", "policy", "secrets"):
        hiding[question.run_id].append(question)
    found = {pk: [one for each in line for one in hiding[each]] for pk, line in lines.items()}
    return {pk: _veil(questions) for pk, questions in found.items() if questions}


def _lines(runs: Sequence[Run]) -> dict[int, list[int]]:
    """Each run with those it was forked from, whose states it begins with."""
    lines = {run.pk: [run.pk] for run in runs}
    tips = {run.pk: run.parent_id for run in runs if run.parent_id}
    while tips:
        parents = dict(Run.objects.filter(pk__in=tips.values()).values_list("pk", "parent"))
        for pk, parent in tips.items():
            lines[pk].append(parent)
        tips = {pk: parents[parent] for pk, parent in tips.items() if parents[parent]}
    return lines


def _veil(questions: Sequence[Interrupt]) -> Veil:
    """Of all that was hidden in any of them, also where others quote it."""
    veil = Veil(dict.fromkeys(name for one in questions for name in masks_of(one)))
    for question in questions:
        for action in (question.secrets or {}).get("actions", ()):
            veil.over_args(action["args"])
    return veil


def veil(runs: Sequence[Run], *, user: User) -> None:
    """Hide it in runs that are only to be shown, and never saved."""
    veils = veils_of(runs, user=user)
    for run in runs:
        if run.pk in veils:
            for column in ("input", "result", "error"):
                setattr(run, column, veils[run.pk].over_anything(getattr(run, column)))


def hides(run: Run, *, user: User | None) -> bool:
    """Whether something of this run is hidden from this person, or from anybody for None."""
    return bool(veils_of([run], user=user))


def veiled(run: Run, value: Any, *, user: User | None) -> Any:
    """A state of the run, such as a checkpoint kept, as this person may see it."""
    found = veils_of([run], user=user).get(run.pk)
    return found.over_anything(value) if found else value


def masked(run: Run, texts: dict[str, str]) -> dict[str, str]:
    """Texts that are to be written down about a run, for everybody to read."""
    found = veils_of([run], user=None).get(run.pk)
    return {key: found.over_text(text) for key, text in texts.items()} if found else texts
