"""The site's own policies: the setting LANGVEL_POLICIES."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from typing import Any

from django.conf import settings
from django.contrib.auth.models import Group
from pydantic import ValidationError

from agents import registry
from langvel.core.policy import Policy

SOURCE = "requests"
"""What keys of agents begin with that are programs asking by the API."""


class BadPolicies(Exception):
    """LANGVEL_POLICIES cannot be understood; the message says where and why."""


def site_policies(agent_key: str) -> list[Policy]:
    """The site's policies for one agent, as they are listed. Raises BadPolicies."""
    return [
        policy
        for pattern, entries in settings.LANGVEL_POLICIES.items()
        if fnmatchcase(agent_key, pattern)
        for policy in _read(pattern, entries)
    ]


def policies_listed() -> dict[str, list[Policy]]:
    """All of the site's policies, by the pattern they stand under. Raises BadPolicies."""
    return {
        pattern: _read(pattern, entries) for pattern, entries in settings.LANGVEL_POLICIES.items()
    }


def agent_policies(agent_key: str) -> list[Policy]:
    """Those its own code declares; programs that ask by the API have no code here."""
    if agent_key not in registry.paths():
        return []
    return list(getattr(registry.load(agent_key), "policies", ()))


def faults() -> Iterator[str]:
    """What is wrong with the setting, each with its remedy; needs the database, for groups."""
    try:
        named = [
            (f"LANGVEL_POLICIES[{pattern!r}]", policy)
            for pattern, entries in settings.LANGVEL_POLICIES.items()
            for policy in _read(pattern, entries)
        ]
    except BadPolicies as error:
        yield str(error)
        return
    for pattern in settings.LANGVEL_POLICIES:
        if not _names_an_agent(pattern):
            known = ", ".join(sorted(registry.paths()))
            yield (
                f"LANGVEL_POLICIES names an agent {pattern!r} that does not exist. It may be a "
                f"glob; there are {known}, and {SOURCE}:… for programs that ask by the API."
            )
    yield from missing_groups(named)


def missing_groups(named: list[tuple[str, Policy]]) -> Iterator[str]:
    known = set(Group.objects.values_list("name", flat=True))
    for where, policy in named:
        if unknown := sorted(set(policy.groups) - known):
            yield (
                f"{where} names a group that does not exist: {', '.join(unknown)}. Nobody could "
                f"decide. Make the group in the admin; there are {', '.join(sorted(known))}."
            )


def _names_an_agent(pattern: str) -> bool:
    is_source = pattern == SOURCE or pattern.startswith(f"{SOURCE}:")
    return is_source or any(fnmatchcase(key, pattern) for key in (*registry.paths(), SOURCE))


def _read(pattern: str, entries: Any) -> list[Policy]:
    if not isinstance(entries, (list, tuple)):
        raise BadPolicies(f"LANGVEL_POLICIES[{pattern!r}] must be a list of policies.")
    return [_policy(f"LANGVEL_POLICIES[{pattern!r}][{at}]", one) for at, one in enumerate(entries)]


def _policy(where: str, entry: Any) -> Policy:
    if isinstance(entry, Policy):
        return entry
    if not isinstance(entry, Mapping):
        raise BadPolicies(f"{where} must be an object.")
    try:
        return Policy.model_validate(entry)
    except ValidationError as error:
        raise BadPolicies(f"{where}: {_said(error)}.") from None


def _said(error: ValidationError) -> str:
    return "; ".join(
        f"{'.'.join(map(str, fault['loc']))}: {fault['msg'].removeprefix('Value error, ')}"
        for fault in error.errors(include_url=False, include_context=False, include_input=False)
    )
