"""Calling what the author wrote, sync or async."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any


def awaitable(function: Callable[[Any], Any]) -> Callable[[Any], Awaitable[Any]]:
    """The function as one to await; which kind it is, is found out once and not in every call."""
    return function if inspect.iscoroutinefunction(function) else partial(call, function)


async def call(function: Callable[[Any], Any], argument: Any) -> Any:
    """Call a sync or async function; a sync one in a thread, where it may block."""
    if inspect.iscoroutinefunction(function):
        return await function(argument)
    result = await asyncio.to_thread(function, argument)
    return await result if isinstance(result, Awaitable) else result
