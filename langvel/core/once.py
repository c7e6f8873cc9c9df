"""Effects that happen once, although a step may run twice.

A step that was cut short is run again from its first line. What it did to the world before is
not undone by that, so it is claimed in the thread's own database first and its result kept there.
"""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar, cast

from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.config import get_config

from langvel.checkpointers.backend import open_backend
from langvel.checkpointers.effects import Effect, Effects, effects_of
from langvel.checkpointers.threads import in_thread
from langvel.exceptions import CheckpointerRequired, EffectUncertain

T = TypeVar("T")
Errors = type[BaseException] | tuple[type[BaseException], ...]

# Where LangGraph tells a node's config which saver it runs on; so once() works in any graph.
_SAVER = "__pregel_checkpointer"


async def once(
    key: str,
    effect: Callable[[], Awaitable[T] | T],
    *,
    idempotent: bool = False,
    retry_on: Errors = (),
) -> T:
    """Run an effect at most once per decision, and return its result each time the step runs.

        receipt = await once("charge", lambda: bank.charge(state.total))

    `key` names the effect within the step. The step's run is known by its thread and task, which
    stay the same when it is run again after a crash or an error, and are new after each decision
    and in each round of a loop. The result is stored like state, so it must be storable.

    Claimed before, stored after. When the process dies in between, or the effect raises, nobody
    can tell whether it happened: the step's next run raises EffectUncertain instead of running it
    again. Unless it is `idempotent` (a payment with an idempotency key of its own), or raised one
    of `retry_on`, errors that mean nothing happened.

    A graph without a checkpointer never runs a step again; there the effect is just run.
    """
    keeper = _keeper(key)
    if keeper is None:
        return await _run(effect)
    if (known := await in_thread(partial(keeper.begin, idempotent=idempotent))) is not None:
        return cast(T, keeper.load(known))
    try:
        result = await _run(effect)
    except retry_on:
        await in_thread(keeper.forget)
        raise
    await in_thread(partial(keeper.finish, result))
    return result


def once_sync(
    key: str, effect: Callable[[], T], *, idempotent: bool = False, retry_on: Errors = ()
) -> T:
    """`once` for steps that are not async; raises EffectUncertain as it does."""
    keeper = _keeper(key)
    if keeper is None:
        return effect()
    if (known := keeper.begin(idempotent=idempotent)) is not None:
        return cast(T, keeper.load(known))
    try:
        result = effect()
    except retry_on:
        keeper.forget()
        raise
    keeper.finish(result)
    return result


def settle(
    effect: Effect, *, happened: bool, saver: str | BaseCheckpointSaver[Any], result: Any = None
) -> None:
    """Say what became of an EffectUncertain's `.effect`.

    If it happened, the step's next run gets `result` from once(); if not, it runs the effect.
    `saver` is the agent's checkpointer, by name or as an object; CheckpointerRequired without.
    """
    opened = open_backend(saver, types=()).saver
    if opened is None:
        raise CheckpointerRequired("Without a checkpointer no effect is remembered.")
    keeper = _Keeper(effect, effects_of(opened), opened)
    if happened:
        keeper.finish(result)
    else:
        keeper.forget()


@dataclass(frozen=True)
class _Keeper:
    effect: Effect
    effects: Effects
    saver: BaseCheckpointSaver[Any]

    def begin(self, *, idempotent: bool) -> bytes | None:
        """The stored result, or None for the caller to run the effect."""
        if self.effects.claim(self.effect):
            return None
        known = self.effects.result(self.effect)
        if known is None and not idempotent:
            raise EffectUncertain(self.effect)
        return known

    def finish(self, result: Any) -> None:
        kind, data = self.saver.serde.dumps_typed(result)
        self.effects.finish(self.effect, kind.encode() + b"\0" + data)

    def forget(self) -> None:
        self.effects.forget(self.effect)

    def load(self, stored: bytes) -> Any:
        kind, _, data = stored.partition(b"\0")
        return self.saver.serde.loads_typed((kind.decode(), data))


def _keeper(key: str) -> _Keeper | None:
    config = get_config()
    saver = config["configurable"].get(_SAVER)
    if not isinstance(saver, BaseCheckpointSaver):
        return None
    thread_id = str(config["configurable"]["thread_id"])
    task = str(config["metadata"]["langgraph_checkpoint_ns"])
    return _Keeper(Effect(thread_id, task, key), effects_of(saver), saver)


async def _run(effect: Callable[[], Awaitable[T] | T]) -> T:
    result = effect()
    return await result if inspect.isawaitable(result) else result
