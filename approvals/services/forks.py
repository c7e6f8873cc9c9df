"""Forking: a new run that begins with an earlier state of another one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from agents import failpoints
from approvals import audit, news, permissions, schemaform
from approvals.exceptions import Conflict, Forbidden, NotFound
from approvals.hiding.veiling import hides
from approvals.jsontext import refuse_unstorable
from approvals.models import Checkpoint, Run, RunHistory
from approvals.services.fork_values import Editable, check
from approvals.services.history import refuse_without_history
from approvals.services.queue import wake
from approvals.services.runs import fresh

if TYPE_CHECKING:
    from django.contrib.auth.models import User


class NotForkable(Conflict):
    code, detail = (
        "not_forkable",
        gettext_lazy("Nothing runs after this state, so there is nothing to fork."),
    )


class StepGone(Conflict):
    code = "step_gone"


@transaction.atomic
def fork_run(
    run_id: int,
    checkpoint_id: str,
    *,
    actor: User,
    via: str,
    values: Mapping[str, Any] | None = None,
) -> Run:
    """Store a run that begins with that state, changed by `values`, and have a worker start it.

    `values` are the fields to change: of the input where no step had taken it yet, else of the
    state. The run that is forked goes on as if nothing had happened. Whoever forks has asked for
    the new run, and the earlier requesters may not decide its questions either.

    Raises NotFound, Forbidden, NoHistory, NotForkable, StepGone, InvalidInput with pointers into
    `values`, AgentUnavailable.
    """
    person = fresh(actor)
    run = (
        Run.objects.visible_to(person)
        .select_related("agent")
        .select_for_update(of=("self",))
        .filter(pk=run_id)
        .first()
    )
    if run is None:
        raise NotFound
    if not permissions.can_fork(person):
        raise Forbidden(_("You may not fork runs."))
    refuse_without_history(run)
    checkpoint = Checkpoint.objects.filter(run=run, checkpoint_id=checkpoint_id).first()
    if checkpoint is None:
        raise NotFound(_("This run has no such earlier state."))
    refuse_to_fork(run, checkpoint)
    refuse_unstorable({"values": values})
    editable = editable_of(run, checkpoint)
    changed = check(run.agent_id, editable, values or {})
    fork = _insert(run, checkpoint, editable, changed=changed, person=person)
    failpoints.reached("fork.inserted")
    _note(run, fork, editable, changed=changed, person=person, via=via)
    news.run_updated(run)
    news.run_updated(fork)
    wake(fork.pk)
    failpoints.reached("fork.woken")
    return fork


def refuse_to_fork(run: Run, checkpoint: Checkpoint) -> None:
    """Raises NotForkable and StepGone; a worker looks again, at the code itself."""
    if not checkpoint.next and not checkpoint.is_input:
        raise NotForkable
    known = run.agent.drawing.get("nodes")
    gone = [name for name in checkpoint.next if known and name not in known]
    if gone:
        raise StepGone(
            _(
                "The agent's code has changed: it has no step “%(step)s” any more, and that step "
                "would run next."
            )
            % {"step": gone[0]}
        )


def editable_of(run: Run, checkpoint: Checkpoint) -> Editable:
    """What of a checkpoint may be changed in a fork: its input, or its state."""
    if checkpoint.is_input:
        return Editable(schema=run.agent.input_schema, value=run.input, is_input=True)
    schema = RunHistory.objects.filter(run=run).values_list("schema", flat=True).first()
    return Editable(schema=schema, value=checkpoint.state, is_input=False)


def _insert(
    run: Run,
    checkpoint: Checkpoint,
    editable: Editable,
    *,
    changed: dict[str, Any],
    person: User,
) -> Run:
    new_input = {**run.input, **changed} if editable.is_input else run.input
    return Run.objects.create(
        agent=run.agent,
        agent_version=run.agent.version,
        thread_id=str(uuid4()),
        input=new_input,
        config=run.config,
        metadata=run.metadata,
        requested_by=person,
        parent=run,
        parent_checkpoint_id=checkpoint.checkpoint_id,
        fork_values=new_input if editable.is_input and changed else changed,
        earlier_requesters=sorted({*(run.earlier_requesters or ()), run.requested_by_id}),
    )


def _note(
    run: Run,
    fork: Run,
    editable: Editable,
    *,
    changed: dict[str, Any],
    person: User,
    via: str,
) -> None:
    """In both chains: each run can be read without the other."""
    begins = {"checkpoint": fork.parent_checkpoint_id, "via": via}
    changes = schemaform.patch(editable.before(changed), changed)
    if hides(run, user=None):
        # The history is read by many, and what was written may be what is hidden.
        changes = [{"op": change["op"], "path": change["path"]} for change in changes]
    audit.append(run, "run.forked", actor=person, child=fork.pk, changes=changes, **begins)
    audit.append(
        fork,
        "run.started",
        actor=person,
        agent=fork.agent_id,
        parent=run.pk,
        changes=changes,
        **begins,
    )
