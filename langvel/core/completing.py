"""What only the agent can add to its plan, and the faults only it can see."""

from __future__ import annotations

from langvel.core.request import faults_of
from langvel.core.source import may_interrupt
from langvel.routing.closing import gate_step
from langvel.routing.plan import Plan, Question
from langvel.state.base import StateModel
from langvel.state.fields import reducers


def complete(plan: Plan, *, agent: object, model: type[StateModel]) -> list[str]:
    """Gate the steps that may ask for it as they run; a nested agent has done so for its own."""
    for name, step in list(plan.steps.items()):
        if name not in plan.scopes and may_interrupt(step, agent=agent):
            gate_step(plan, name, Question(), on_demand=True)
    faults = [
        fault
        for gate in plan.gates.values()
        if gate.name not in plan.scopes
        for fault in faults_of(model, gate)
    ]
    nested = {scope.prefix: scope.model for scope in plan.scopes.values()}
    return faults + [
        fault for prefix, part in nested.items() for fault in _misfits(prefix, part, model)
    ]


def _misfits(prefix: str, part: type[StateModel], whole: type[StateModel]) -> list[str]:
    """A nested agent reads and writes this agent's fields, by name."""
    label, fields = prefix.rstrip("/"), whole.model_fields
    missing = [name for name in part.model_fields if name not in fields]
    other = [
        name
        for name in part.model_fields
        if name in fields and reducers(part).get(name) is not reducers(whole).get(name)
    ]
    faults = []
    if missing:
        faults.append(f"Subgraph {label!r}: {whole.__name__} lacks its fields {', '.join(missing)}")
    if other:
        faults.append(
            f"Subgraph {label!r}: {whole.__name__} reduces other than it {', '.join(other)}"
        )
    return faults
