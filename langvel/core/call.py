"""Calling what the author wrote, sync or async."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Awaitable, Callable
from typing import Any


async def call(function: Callable[[Any], Any], argument: Any) -> Any:
    """Call a sync or async function; a sync one in a thread, where it may block."""
    if inspect.iscoroutinefunction(function):
        return await function(argument)
    result = await asyncio.to_thread(function, argument)
    return await result if isinstance(result, Awaitable) else result
