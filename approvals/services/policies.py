"""Policies that changed: part of the history, though it is a deploy and no page that changes them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from typing import Any

from django.db import transaction
from django.db.models.fields.json import KeyTextTransform

from agents.adapters import RegisteredAgent
from agents.jsonable import canonical
from approvals import audit
from approvals.audit.chain import hold_site_chain
from approvals.models import AuditEntry
from approvals.policy.site import policies_listed
from langvel.core.policy import Policy

CHANGED = "policy.changed"
SITE = "LANGVEL_POLICIES"


@transaction.atomic
def note_policies(agents: Iterable[RegisteredAgent] = ()) -> None:
    """Write down which policies hold from now on: the site's, and those of these agents' code.

    Nothing is written where they are what was written last. Of two that start at once one does.
    """
    hold_site_chain()
    _note(SITE, {pattern: _told(listed) for pattern, listed in policies_listed().items()})
    for agent in agents:
        _note(agent.key, _told(getattr(agent, "policies", ())))


def _note(whose: str, policies: Any) -> None:
    digest = hashlib.sha256(canonical(policies).encode()).hexdigest() if policies else ""
    if digest != _last(whose):
        audit.append(None, CHANGED, agent=whose, digest=digest, policies=policies)


def _last(whose: str) -> str:
    rows = AuditEntry.objects.filter(action=CHANGED)
    rows = rows.annotate(whose=KeyTextTransform("agent", "facts")).filter(whose=whose)
    entry = rows.order_by("-at", "-id").first()
    return str(entry.facts["digest"]) if entry else ""


def _told(policies: Sequence[Policy]) -> list[dict[str, Any]]:
    return [policy.model_dump(mode="json", exclude_defaults=True) for policy in policies]
