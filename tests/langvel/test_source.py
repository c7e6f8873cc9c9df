"""Reading a step's code: was it written to see a rejection?"""

import functools
from collections.abc import Callable
from typing import Any

import pytest

from langvel.core.source import looks_at_review, may_interrupt


def logged(function: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(function)
    def wrapper(state: Any) -> Any:
        return function(state)

    return wrapper


class Steps:
    async def reads(self, state: Any) -> None:
        if not state.approved:
            state.set_error("no")

    def reads_item(self, state: Any) -> Any:
        return state["rejected"]

    def reads_by_name(self, state: Any) -> Any:
        return getattr(state, "rejection_reason", None)

    def reads_inside(self, state: Any) -> Any:
        return [item for item in state.items if state.rejected]

    def matches(self, state: Any) -> int:
        match state:
            case Steps(approved=False):  # type: ignore[misc]
                return 1
        return 2

    @logged
    def decorated(self: Any) -> Any:
        return self.approved

    @staticmethod
    def static(state: Any) -> Any:
        return state.approved

    def ignores(self, state: Any) -> None:
        """Runs once approved."""
        state.sent = True

    def sets(self, state: Any) -> None:
        state.approved = True
        state["rejected"] = False
        state.update(approved=True)
        del state.rejection_reason

    def has_a_local(self, state: Any) -> bool:
        approved = bool(state.sent)
        return approved or None is approved

    def reads_who(self, state: Any) -> Any:
        return state.approved_by

    def __call__(self, state: Any) -> Any:
        return state.approved


steps = Steps()


@pytest.mark.parametrize(
    "step",
    [
        steps.reads,
        steps.reads_item,
        steps.reads_by_name,
        steps.reads_inside,
        steps.matches,
        Steps.decorated,
        Steps.static,
        steps,
        functools.partial(Steps.reads, steps),
        lambda state: state.rejected,
    ],
    ids=lambda step: getattr(step, "__name__", type(step).__name__),
)
def test_a_step_that_reads_the_review_is_recognised(step: Any) -> None:
    assert looks_at_review(step)


@pytest.mark.parametrize(
    "step",
    [steps.ignores, steps.sets, steps.has_a_local, steps.reads_who, print, lambda state: state],
    ids=lambda step: getattr(step, "__name__", type(step).__name__),
)
def test_a_step_that_does_not_read_it_is_not(step: Any) -> None:
    assert not looks_at_review(step)


def test_an_ordinary_step_may_not_interrupt() -> None:
    assert not any(may_interrupt(step, agent=steps) for step in (steps.reads, steps.ignores, print))
