"""What a step is called, and how it may be called."""

from __future__ import annotations

import functools
import inspect
import re

from langvel.routing.plan import Node


def name_of(node: Node) -> str:
    if isinstance(node, functools.partial):
        return name_of(node.func)
    return getattr(node, "__name__", None) or type(node).__name__


def takes_one_argument(node: Node) -> bool:
    try:
        inspect.signature(node).bind(None)
    except TypeError:
        return False
    except ValueError:
        return True
    return True


def words_of(name: str) -> str:
    """`OrderApproval` → `Order approval`; an acronym stays one: `HTTPCheck` → `HTTP check`."""
    words = re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z0-9_]+", name) or [name]
    return " ".join(word if word.isupper() and len(word) > 1 else word.lower() for word in words)


def humanise(name: str) -> str:
    """`process_order` → `Process order`."""
    words = name.replace("_", " ").replace("-", " ").strip()
    return words[:1].upper() + words[1:]
