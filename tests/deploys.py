"""The same agent before and after deploys that its waiting questions do not survive unharmed."""

from __future__ import annotations

from typing import Any

from langgraph.types import interrupt

from langvel.core.agent import Agent
from tests.graphs import State
from tests.shapes import chain, doer


def before() -> Any:
    """Asks once, then acts."""

    def ask(state: State) -> State:
        return {"answers": [interrupt("Pay?")]}

    return chain(ask=ask, act=doer("act"))


def same_but_reformatted() -> Any:
    """Only a comment and a docstring differ."""

    def ask(state: State) -> State:
        """Asks."""
        # What a comment says does not matter.
        return {
            "answers": [interrupt("Pay?")],
        }

    return chain(ask=ask, act=doer("act"))


def renamed() -> Any:
    """The step that asks has another name."""

    def ask(state: State) -> State:
        return {"answers": [interrupt("Pay?")]}

    return chain(question=ask, act=doer("act"))


def asks_before() -> Any:
    """Another interrupt comes first."""

    def ask(state: State) -> State:
        interrupt("Delete everything?")
        return {"answers": [interrupt("Pay?")]}

    return chain(ask=ask, act=doer("act"))


def asks_twice() -> Any:
    """Its one step asks for two answers."""

    def ask(state: State) -> State:
        return {"answers": [interrupt("How much?"), interrupt("Pay?")]}

    return chain(ask=ask, act=doer("act"))


def asks_twice_otherwise() -> Any:
    """The second question of the step is another."""

    def ask(state: State) -> State:
        return {"answers": [interrupt("How much?"), interrupt("Delete everything?")]}

    return chain(ask=ask, act=doer("act"))


def has_a_new_step() -> Any:
    """There is a step in between."""

    def ask(state: State) -> State:
        return {"answers": [interrupt("Pay?")]}

    return chain(ask=ask, more=doer("more"), act=doer("act"))


class FirstVersion(Agent):
    """Declares what it is."""

    checkpointer = "memory"
    version = "1"

    def build_graph(self) -> Any:
        return self.start().then(self.plan).interrupt().then(self.act).end()

    def plan(self, state: Any) -> Any:
        return state

    def act(self, state: Any) -> Any:
        return state


class SecondVersion(FirstVersion):
    version = "2"
