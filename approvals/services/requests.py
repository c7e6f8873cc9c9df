"""Asking people without a graph: a run of one question, whose answer goes back as decided."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from django.db import transaction
from django.db.models import Value
from django.db.models.functions import Least
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from agents.dialects import external
from agents.jsonable import canonical
from approvals import audit, news, permissions
from approvals.exceptions import AlreadyDecided, Conflict, Forbidden, InvalidRequest, NotFound
from approvals.hiding.masking import hide
from approvals.jsontext import refuse_unstorable
from approvals.models import Agent, ExternalRequest, Interrupt, Run
from approvals.models.interrupt import RANKS
from approvals.policy import Asking, Terms, freeze
from approvals.policy.site import SOURCE
from approvals.requests import proposal, standing
from approvals.requests.closing import expire
from approvals.services.runs import cancel_run, fresh
from approvals.timeouts import Deadline, deadline_of

if TYPE_CHECKING:
    from django.contrib.auth.models import User

VERSION = "1"
_SHOWN = ("title", "summary", "effect", "description", "risk", "actions", "state")
_BATCH = 200


class KeyTaken(InvalidRequest):
    code = "idempotency_key_reused"
    detail = gettext_lazy("Another request was made with this key.")


@transaction.atomic
def ask(
    asking: Mapping[str, Any],
    *,
    requested_by: User,
    via: str,
    source: str = "",
    expires_at: datetime | None = None,
    callback_url: str = "",
    key: str = "",
) -> tuple[ExternalRequest, bool]:
    """Put a question to people. The request, and whether it is new.

    `asking` has title, summary, effect, description, risk, actions, state and metadata. With a
    `key`, the request once made with it by the same person is returned instead of another.

    Raises Forbidden, InvalidRequest with pointers into `asking`, KeyTaken.
    """
    requester = fresh(requested_by)
    if not permissions.can_start_runs(requester):
        raise Forbidden(_("You may not ask for decisions."))
    refuse_unstorable(dict(asking))
    proposal.check(asking)
    fingerprint = _fingerprint(asking, source, callback_url)
    if key and (earlier := _earlier(requester, key, fingerprint)):
        return earlier, False
    if expires_at is not None and expires_at <= timezone.now():
        raise InvalidRequest(errors={"/expires_at": _("This moment has passed.")})
    run, question = _put(asking, requester=requester, source=source, expires_at=expires_at)
    request = ExternalRequest.objects.create(
        run=run,
        interrupt=question,
        requested_by=requester,
        key=key,
        fingerprint=fingerprint,
        callback_url=callback_url,
    )
    audit.append(run, "run.started", actor=requester, via=via, agent=run.agent_id)
    audit.append(
        run, "question.asked", interrupt=question, node=question.node, digest=question.digest
    )
    news.run_updated(run)
    news.item("created", question)
    return request, True


@transaction.atomic
def withdraw(run_id: int, *, actor: User, via: str, reason: str = "") -> None:
    """Take a request back while it waits for an answer, or while its answer can be undone.

    Raises NotFound, Forbidden and Conflict with how it stands in `extra`.
    """
    Run.objects.select_for_update().filter(pk=run_id).first()
    request = standing.standing_rows().visible_to(fresh(actor)).filter(pk=run_id).first()
    if request is None:
        raise NotFound
    status = standing.status_of(request)
    if status != standing.PENDING:
        refusal = AlreadyDecided if status == standing.DECIDED else Conflict
        raise refusal(
            _("This request is %(status)s.") % {"status": status}, extra=standing.as_told(request)
        )
    cancel_run(run_id, actor=actor, via=via, reason=reason)


def expire_past() -> list[int]:
    """End the requests that nobody answered in time; their ids. Each in its own transaction."""
    late = Interrupt.objects.past_expiry().filter(dialect=external.NAME).order_by("expires_at")
    ids = list(late.values_list("run_id", flat=True)[:_BATCH])
    return [run_id for run_id in ids if expire(run_id)]


def _put(
    asking: Mapping[str, Any], *, requester: User, source: str, expires_at: datetime | None
) -> tuple[Run, Interrupt]:
    agent = _agent(source)
    run = Run.objects.create(
        agent=agent,
        agent_version=agent.version,
        thread_id=f"request-{uuid4()}",
        status=Run.Status.INTERRUPTED,
        input={"actions": [_proposed(action) for action in asking["actions"]]},
        metadata=asking["metadata"],
        requested_by=requester,
    )
    payload = {name: asking[name] for name in _SHOWN}
    node = asking["actions"][0]["name"][:255]
    terms = freeze(
        Asking(
            agent_key=agent.key,
            node=node,
            actions=asking["actions"],
            state=asking["state"],
            risk=asking["risk"],
        )
    )
    bound = {"thread": run.thread_id, "payload": payload, "version": agent.version}
    question = Interrupt.objects.create(
        run=run,
        agent=agent,
        agent_version=agent.version,
        requested_by=requester,
        digest=hashlib.sha256(canonical(bound).encode()).hexdigest(),
        dialect=external.NAME,
        node=node,
        policy=terms.as_json(),
        rank=RANKS[terms.risk],
        expires_at=expires_at,
        **hide(payload | {"request": payload}, terms.masked)
        | {"risk": terms.risk}
        | _deadline(terms, agent_key=agent.key, expiry=expires_at),
    )
    return run, question


def _deadline(terms: Terms, *, agent_key: str, expiry: datetime | None) -> dict[str, Any]:
    """A policy's deadline; the moment itself may come before it, and then nobody can answer."""
    columns = deadline_of(Deadline(), terms=terms, agent_key=agent_key).columns()
    if expiry is None:
        return columns
    if columns["due_at"] is None:
        return columns | {"due_at": expiry}
    return columns | {"due_at": Least(columns["due_at"], Value(expiry))}


def _proposed(action: Mapping[str, Any]) -> dict[str, Any]:
    return {name: action[name] for name in ("name", "args")}


def _agent(source: str) -> Agent:
    """The row that stands for the programs of one source; a colon keeps it apart from graphs."""
    key = f"{SOURCE}:{source}" if source else SOURCE
    return Agent.objects.get_or_create(
        key=key,
        defaults={
            "kind": Agent.Kind.REQUEST,
            "title": source.replace("_", " ").replace("-", " ").capitalize() or "Requests",
            "description": "Programs that ask by the API.",
            "version": VERSION,
        },
    )[0]


def _earlier(requester: User, key: str, fingerprint: str) -> ExternalRequest | None:
    found = ExternalRequest.objects.filter(requested_by=requester, key=key).first()
    if found is not None and found.fingerprint != fingerprint:
        raise KeyTaken
    return found


def _fingerprint(asking: Mapping[str, Any], source: str, callback_url: str) -> str:
    """Without the expiry, which a program that asks again would count from another moment."""
    said = {"asking": asking, "source": source, "callback_url": callback_url}
    return hashlib.sha256(canonical(said).encode()).hexdigest()
