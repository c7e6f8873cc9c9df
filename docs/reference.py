"""Writes docs/langvel/reference.md from langvel's own signatures and docstrings: `make docs`."""

from __future__ import annotations

import asyncio
import dataclasses
import inspect
import json
import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from langvel import client, exceptions, testing
from langvel.core.agent import Agent
from langvel.routing.builder import GraphBuilder
from langvel.state import checkpointers
from langvel.state.base import StateModel

PAGE = Path(__file__).parent / "langvel" / "reference.md"
ERRORS = [
    name
    for name, kind in vars(exceptions).items()
    if isinstance(kind, type) and issubclass(kind, BaseException)
]

# A heading, then the public names of each module in the order they are told.
PUBLIC: dict[str, dict[str, list[str]]] = {
    "Agents": {"langvel.core.agent": ["Agent"]},
    "Graphs": {
        "langvel.routing.builder": ["GraphBuilder"],
        "langvel.routing.plan": ["Text", "Risk", "OnTimeout", "OnReject"],
    },
    "State": {
        "langvel.state.base": ["StateModel", "AuthenticatedState"],
        "langvel.state.view": ["StateView", "Status"],
    },
    "Questions and answers": {
        "langvel.core.review": ["ask", "answer_to"],
        "langvel.core.decision": ["Decision", "Verb"],
    },
    "Effects": {
        "langvel.core.once": ["once", "once_sync", "settle"],
        "langvel.checkpointers.effects": ["Effect", "Effects"],
    },
    "Checkpointers": {"langvel.state.checkpointers": checkpointers.__all__},
    "Testing": {"langvel.testing": testing.__all__},
    "Asking through a site": {
        "langvel.client": client.__all__,
        "langvel.client.node": ["ask_person"],
    },
    "Errors": {"langvel.exceptions": ERRORS},
}
# Called by langvel itself.
INTERNAL = {
    "GraphBuilder.finish",
    "GraphBuilder.last_shape",
    "Decision.read",
    "Decision.edits",
    "Decision.review",
    "Action.as_json",
    "Answer.read",
}
# Where another thing of the same name is told already.
TITLES = {"langvel.client.Decision": "Decision of a client"}
HEAD = """# Reference

Made from the code by `make docs`. The [how-tos](README.md) say when to use what.
"""
WIDTH = 100


class Written(str):
    """An annotation, shown as it is written."""

    __repr__ = str.__str__


def reference() -> str:
    parts = [HEAD, ", ".join(f"[{title}](#{_anchor(title)})" for title in PUBLIC)]
    for title, modules in PUBLIC.items():
        parts.append(f"## {title}")
        for module, names in modules.items():
            parts += (part for name in names for part in _described(module, name))
        if title == "Questions and answers":
            parts += _question()
    return "\n\n".join(part.strip("\n") for part in parts if part) + "\n"


def callables() -> Iterator[tuple[str, Any]]:
    """Everything public that can be called and is no error, by its name."""
    for modules in PUBLIC.values():
        for module, names in modules.items():
            for name in names:
                thing = getattr(import_module(module), name)
                if inspect.isfunction(thing):
                    yield name, thing
                elif isinstance(thing, type) and name not in ERRORS:
                    yield name, thing
                    yield from _members(name, thing)


def callers_of(error: str) -> list[str]:
    return [name for name, thing in callables() if re.search(rf"\b{error}\b", doc(thing))]


def doc(thing: Any) -> str:
    """A thing's own docstring; a dataclass without one is given its signature by Python."""
    own = vars(thing).get("__doc__") if isinstance(thing, type) else thing.__doc__
    is_made = isinstance(thing, type) and (own or "").startswith(f"{thing.__name__}(")
    return "" if is_made else inspect.cleandoc(own or "")


def _described(module: str, name: str) -> Iterator[str]:
    thing = getattr(import_module(module), name)
    if not isinstance(thing, type) and not inspect.isfunction(thing):
        yield f"`{module}.{name}` = `{_short(thing)}`"
        return
    yield f"### {TITLES.get(f'{module}.{name}', name)}"
    if name in ERRORS:
        yield from _error(name, thing)
        return
    yield f"`from {module} import {name}`"
    if inspect.isfunction(thing) or dataclasses.is_dataclass(thing):
        yield _signature(name, thing)
    yield _linked(doc(thing))
    if isinstance(thing, type):
        yield from _inside(name, thing)


def _inside(name: str, cls: type[Any]) -> Iterator[str]:
    members = _members(name, cls)
    properties = [
        f"| `{called.rpartition('.')[2]}` | `{_piped(_returned(member.fget))}` | {doc(member)} |"
        for called, member in members
        if isinstance(member, property)
    ]
    if rows := [*_fields(cls), *properties]:
        yield "\n".join(["| Attribute | Type | |", "|---|---|---|", *rows])
    for called, member in members:
        if not isinstance(member, property):
            yield f"#### {called}"
            yield _signature(called, member)
            yield _linked(doc(member))


def _members(name: str, cls: type[Any]) -> list[tuple[str, Any]]:
    """In the order they are written; a base class tells its own."""
    found = {f"{name}.{called}": member for called, member in vars(cls).items() if called[0] != "_"}
    return [
        (called, member.__func__ if isinstance(member, classmethod) else member)
        for called, member in found.items()
        if called not in INTERNAL
        and (inspect.isfunction(member) or isinstance(member, (property, classmethod)))
    ]


def _fields(cls: type[Any]) -> Iterator[str]:
    """Rows for annotated attributes, with their defaults."""
    if dataclasses.is_dataclass(cls):
        return
    for name, annotation in inspect.get_annotations(cls).items():
        if name[0] == "_" or name == "model_config":
            continue
        is_model = issubclass(cls, BaseModel)
        default = (
            cls.model_fields[name].get_default(call_default_factory=True)
            if is_model
            else getattr(cls, name)
        )
        yield f"| `{name}` | `{_piped(annotation)}` | default `{_short(default)}` |"


def _error(name: str, cls: type[BaseException]) -> Iterator[str]:
    yield f"`from langvel.exceptions import {name}`, a kind of `{cls.__mro__[1].__name__}`."
    yield _linked(doc(cls))
    if callers := callers_of(name):
        yield f"See {', '.join(f'[{_code(each)}](#{_anchor(each)})' for each in callers)}."


def _signature(name: str, function: Any) -> str:
    is_bound = "." in name
    parameters = [
        each if each.annotation is each.empty else each.replace(annotation=Written(each.annotation))
        for each in list(inspect.signature(function).parameters.values())[is_bound:]
    ]
    prefix = "await " if inspect.iscoroutinefunction(function) else ""
    returned = "" if isinstance(function, type) else f" -> {_returned(function)}"
    line = f"{prefix}{name}{inspect.Signature(parameters)}{returned}"
    if len(line) > WIDTH:
        listed = "".join(f"    {each},\n" for each in _listed(parameters))
        line = f"{prefix}{name}(\n{listed}){returned}"
    return f"```py\n{line}\n```"


def _listed(parameters: list[inspect.Parameter]) -> Iterator[str]:
    """As in a call, the bare star that names what follows included."""
    needs_star = all(each.kind is not each.VAR_POSITIONAL for each in parameters)
    for each in parameters:
        if each.kind is each.KEYWORD_ONLY and needs_star:
            yield "*"
            needs_star = False
        yield str(each)


def _returned(function: Any) -> str:
    return str(inspect.signature(function).return_annotation)


def _linked(text: str) -> str:
    """The errors it names become links."""
    pattern = rf"(?<![`\w.])({'|'.join(ERRORS)})(?![`\w])"
    return re.sub(pattern, lambda match: f"[{match[0]}](#{_anchor(match[0])})", text)


def _short(value: Any) -> str:
    shown = value.__name__ if isinstance(value, type) else repr(value)
    return re.sub(r"\b(?:\w+\.)+(?=[A-Z])", "", shown)


def _piped(annotation: str) -> str:
    return annotation.replace("|", "\\|")


def _code(name: str) -> str:
    return f"`{name}`"


def _anchor(title: str) -> str:
    return re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-")


class Refund(StateModel):
    amount: int


class RefundAgent(Agent):
    state_model = Refund

    def build_graph(self) -> GraphBuilder:
        asked = self.start().then(self.look_up).interrupt(title="Refund {amount}", risk="high")
        return asked.then(self.pay).end()

    def look_up(self, state: Refund) -> None: ...

    def pay(self, state: Refund) -> None: ...


def _question() -> Iterator[str]:
    """The payload of a gate, as a real one asks it."""
    done = asyncio.run(testing.rehearse(RefundAgent, {"amount": 5}, waits=True))
    shown = {**done.pauses[0].payload, "state": {"amount": 5, "…": "…"}, "digest": "…"}
    yield "### The shape of a question"
    yield (
        "What a gate and `ask()` pass to LangGraph's `interrupt()`: JSON data, here of\n"
        '`.then(look_up).interrupt(title="Refund {amount}", risk="high").then(pay)`.'
    )
    yield f"```json\n{json.dumps(shown, indent=2, ensure_ascii=False)}\n```"


if __name__ == "__main__":
    PAGE.write_text(reference())
