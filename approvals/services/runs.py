"""Starting, cancelling and retrying runs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from django.contrib.auth import get_user_model
from django.db import IntegrityError, transaction
from django.db.models.functions import Now
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from agents import failpoints
from approvals import audit, news, permissions, schemaform
from approvals.callbacks import outbox
from approvals.exceptions import (
    AlreadyFinished,
    Forbidden,
    InvalidInput,
    Malformed,
    NotFailed,
    NotFound,
    ThreadBusy,
)
from approvals.jsontext import refuse_unstorable
from approvals.models import Agent, Interrupt, Run
from approvals.services.queue import wake

if TYPE_CHECKING:
    from django.contrib.auth.models import User

_MUST_BE_OBJECT = gettext_lazy("%(name)s must be an object.")
BREAKPOINTS = ("interrupt_before", "interrupt_after")
CONFIG_KEYS = {"configurable", "context", "tags", "metadata", "recursion_limit", *BREAKPOINTS}
OWN_CONFIGURABLE = {"thread_id", "checkpoint_id", "checkpoint_ns", "checkpoint_map"}
"""LangGraph's own keys, besides everything that starts with two underscores."""


def fresh(user: User) -> User:
    """The person as the database knows them now: active or not, in which groups."""
    found = get_user_model().objects.filter(pk=user.pk, is_active=True).first()
    if found is None:
        raise Forbidden(_("Your account is not active."))
    return found


@transaction.atomic
def start_run(
    *,
    agent_key: str,
    input: dict[str, Any],
    requested_by: User,
    via: str,
    thread_id: str | None = None,
    config: Mapping[str, Any] | None = None,
    metadata: Mapping[str, Any] | None = None,
) -> Run:
    """Store a run and have a worker start it.

    Raises Forbidden, NotFound (no such agent), InvalidInput with pointers into the input,
    Malformed (config), and ThreadBusy when the thread has an unfinished run.
    """
    requester = fresh(requested_by)
    if not permissions.can_start_runs(requester):
        raise Forbidden(_("You may not start runs."))
    agent = Agent.objects.filter(key=agent_key).exclude(kind=Agent.Kind.REQUEST).first()
    if agent is None:
        raise NotFound(_("There is no agent %(key)s.") % {"key": repr(agent_key)})
    refuse_unstorable({"input": input, "config": config, "metadata": metadata})
    if errors := schemaform.validate(agent.input_schema, input):
        raise InvalidInput(errors=errors)
    _check_config(config or {})
    _check_breakpoints(config or {}, agent=agent)
    _check_thread(thread_id, agent=agent, requester=requester)
    run = _insert(
        Run(
            agent=agent,
            agent_version=agent.version,
            thread_id=thread_id or str(uuid4()),
            base_checkpoint_id=None if thread_id else "",
            input=input,
            config=dict(config or {}),
            metadata=dict(metadata or {}),
            requested_by=requester,
        )
    )
    failpoints.reached("start.inserted")
    audit.append(run, "run.started", actor=requester, via=via, agent=agent.key)
    news.run_updated(run)
    wake(run.pk)
    failpoints.reached("start.woken")
    return run


def _insert(run: Run) -> Run:
    try:
        with transaction.atomic():
            run.save(force_insert=True)
    except IntegrityError as error:
        raise ThreadBusy from error
    return run


def _check_config(config: Mapping[str, Any]) -> None:
    if unknown := set(config) - CONFIG_KEYS:
        raise Malformed(
            _("config may hold %(keys)s; not %(unknown)s.")
            % {"keys": ", ".join(sorted(CONFIG_KEYS)), "unknown": repr(min(unknown))}
        )
    configurable = config.get("configurable", {})
    if not isinstance(configurable, Mapping):
        raise Malformed(_MUST_BE_OBJECT % {"name": "config.configurable"})
    for key in configurable:
        if key in OWN_CONFIGURABLE or key.startswith("__"):
            raise Malformed(
                _("config.configurable.%(key)s belongs to LangGraph and cannot be set.")
                % {"key": key}
            )
    for key in ("context", "metadata"):
        if not isinstance(config.get(key, {}), Mapping):
            raise Malformed(_MUST_BE_OBJECT % {"name": f"config.{key}"})
    tags = config.get("tags", [])
    if not isinstance(tags, list) or not all(isinstance(tag, str) for tag in tags):
        raise Malformed(_("config.tags must be a list of texts."))
    limit = config.get("recursion_limit", 1)
    if isinstance(limit, bool) or not isinstance(limit, int) or not 1 <= limit <= 10_000:
        raise Malformed(_("config.recursion_limit must be a whole number from 1 to 10000."))


def _check_breakpoints(config: Mapping[str, Any], *, agent: Agent) -> None:
    """A name that is no step would stop nothing, and whoever gave it would not know."""
    steps = agent.drawing.get("nodes", [])
    for key in BREAKPOINTS:
        given = config.get(key, [])
        if given == "*":
            continue
        if not isinstance(given, list) or not all(isinstance(name, str) for name in given):
            raise Malformed(_('config.%(key)s must be a list of steps, or "*".') % {"key": key})
        if unknown := [name for name in given if name not in steps]:
            raise Malformed(
                _("config.%(key)s: the agent has no step %(step)s.")
                % {"key": key, "step": repr(unknown[0])}
            )


def _check_thread(thread_id: str | None, *, agent: Agent, requester: User) -> None:
    """A thread is one person's memory with one agent: nobody else may speak into it."""
    if thread_id is None:
        return
    if not thread_id or len(thread_id) > 255:
        raise Malformed(_("thread_id must have 1 to 255 characters."))
    refuse_unstorable({"thread_id": thread_id})
    earlier = Run.objects.filter(thread_id=thread_id).order_by("-id").first()
    if earlier and (earlier.requested_by_id, earlier.agent_id) != (requester.pk, agent.pk):
        raise ThreadBusy(_("This thread belongs to another run."))


@transaction.atomic
def cancel_run(run_id: int, *, actor: User, via: str, reason: str = "") -> Run:
    """Withdraw a run's questions at once and have a worker empty its thread.

    A pass that is under way cannot be stopped; it is the last one.
    Raises NotFound, Forbidden and AlreadyFinished.
    """
    person, run = _locked(run_id, actor)
    if not permissions.can_cancel(person, run):
        raise Forbidden(_("You may not cancel this run."))
    if not run.is_active:
        raise AlreadyFinished
    run.intent = Run.Intent.CANCEL
    run.updated_at = Now()
    run.save(update_fields=["intent", "updated_at"])
    run.interrupts.open().update(status=Interrupt.Status.CANCELLED, updated_at=Now())
    failpoints.reached("cancel.marked")
    audit.append(run, "run.cancelled", actor=person, via=via, reason=reason)
    outbox.tell(run.pk, outbox.CANCELLED)
    news.run_updated(run)
    wake(run.pk)
    failpoints.reached("cancel.woken")
    return run


@transaction.atomic
def retry_run(run_id: int, *, actor: User, via: str, reask: bool = False) -> Run:
    """Run a failed node again: with the same stored answer, or after asking the question anew.

    A question that is held because the code has changed can be asked anew too.
    Raises NotFound, Forbidden, NotFailed and ThreadBusy.
    """
    person, run = _locked(run_id, actor)
    if not permissions.can_retry(person, run):
        raise Forbidden(_("You may not retry this run."))
    if run.status != Run.Status.ERROR and not (reask and _is_held(run)):
        raise NotFailed
    run.status = Run.Status.PENDING
    run.intent = Run.Intent.REASK if reask else Run.Intent.RETRY
    run.attempts = 0
    run.finished_at = None
    run.updated_at = Now()
    try:
        with transaction.atomic():
            run.save()
    except IntegrityError as error:
        raise ThreadBusy from error
    failpoints.reached("retry.saved")
    audit.append(run, "run.retried", actor=person, via=via, reask=reask)
    news.run_updated(run)
    wake(run.pk)
    failpoints.reached("retry.woken")
    return run


def _is_held(run: Run) -> bool:
    is_waiting = run.status == Run.Status.INTERRUPTED and run.intent == Run.Intent.NONE
    return is_waiting and run.interrupts.open().exclude(held_reason="").exists()


def _locked(run_id: int, actor: User) -> tuple[User, Run]:
    person = fresh(actor)
    run = Run.objects.visible_to(person).select_for_update().filter(pk=run_id).first()
    if run is None:
        raise NotFound
    return person, run
