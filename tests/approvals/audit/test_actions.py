"""What the actions of the history are called, for readers; the rows keep their codes."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.utils import translation

from approvals import audit
from approvals.models import AuditEntry, Interrupt, UserPreferences
from approvals.models.audit_actions import ACTIONS, action_label
from tests.factories import make_decision, make_user

pytestmark = pytest.mark.django_db

AUDIT = "/admin/approvals/auditentry/"
HERE = Path(settings.BASE_DIR) / "approvals"
WRITERS = {"append", "Line", "_tell", "_note", "change", "note"}
"""Whoever writes an entry calls one of these, or one that hands on what it was called with."""
CODE = re.compile(r"[a-z_]+\.[a-z_]+|sign_out")
ENDINGS = set(Interrupt.Status.values) - {"pending", "deciding"}


def written() -> Iterator[tuple[str, str]]:
    """Each code that some call in the code writes, and where."""
    trees = {
        path: ast.parse(path.read_text())
        for path in HERE.rglob("*.py")
        if "migrations" not in path.parts
    }
    named = {name: code for tree in trees.values() for name, code in _constants(tree)}
    for path, tree in trees.items():
        for code in _codes(tree, named | dict(_constants(tree))):
            yield code, str(path.relative_to(HERE))


def _constants(tree: ast.Module) -> Iterator[tuple[str, Any]]:
    for node in tree.body:
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant):
            yield from ((ast.unparse(target), node.value.value) for target in node.targets)


def _codes(tree: ast.Module, named: dict[str, Any]) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "action":
            yield from _said(node.value, named)
        elif isinstance(node, ast.Call) and ast.unparse(node.func).split(".")[-1] in WRITERS:
            for given in [*node.args, *(one.value for one in node.keywords if one.arg == "action")]:
                yield from _said(given, named)


def _said(given: ast.expr, named: dict[str, Any]) -> Iterator[str]:
    if isinstance(given, ast.JoinedStr) and ast.unparse(given).startswith("f'question."):
        yield from (f"question.{status}" for status in ENDINGS)
    elif isinstance(given, ast.IfExp):
        yield from (*_said(given.body, named), *_said(given.orelse, named))
    code = given.value if isinstance(given, ast.Constant) else named.get(ast.unparse(given))
    if isinstance(code, str) and CODE.fullmatch(code):
        yield code


def test_every_action_that_is_written_has_a_name() -> None:
    assert {(code, where) for code, where in written() if code not in ACTIONS} == set()


def test_every_name_is_of_an_action_that_is_written() -> None:
    assert set(ACTIONS) - {code for code, _ in written()} == set()


@pytest.fixture
def german(client: Client) -> Client:
    person = make_user("audrey", "auditors", is_staff=True)
    UserPreferences.objects.create(user=person, language="de")
    client.force_login(person)
    return client


@pytest.fixture
def entry() -> AuditEntry:
    decision = make_decision()
    question = decision.interrupt
    return audit.append(question.run, "question.decided", interrupt=question, actor=decision.actor)


def in_german(code: str) -> str:
    with translation.override("de"):
        return action_label(code)


def test_no_action_is_named_in_english_to_a_german_reader() -> None:
    with translation.override("de"):
        alike = {code for code, label in ACTIONS.items() if action_label(code) == label._args[0]}

    assert alike == set()


def test_the_list_says_an_action_in_words_and_keeps_its_code(
    german: Client, entry: AuditEntry
) -> None:
    page = german.get(AUDIT).content.decode()

    assert f'{in_german(entry.action)} <code class="quiet">question.decided</code>' in page
    assert f">{in_german('run.forked')}</a>" in page


@pytest.mark.parametrize("address", ["auditentry/{entry}", "decision/{decision}", "run/{run}"])
def test_every_story_says_its_actions_in_words(
    german: Client, entry: AuditEntry, address: str
) -> None:
    pks = {"entry": entry.pk, "decision": entry.interrupt.decision.pk, "run": entry.run_id}

    page = german.get(f"/admin/approvals/{address.format(**pks)}/change/").content.decode()

    assert in_german("question.decided") in page
    assert '<code class="quiet">question.decided</code>' in page


@pytest.mark.parametrize("query", [{"action": "question.decided"}, {"q": "question.decided"}])
def test_an_action_is_filtered_and_searched_by_its_code(
    german: Client, entry: AuditEntry, query: dict[str, str]
) -> None:
    page = german.get(AUDIT, query).content.decode()

    assert page.count('class="field-what') == 1


def test_an_action_is_searched_by_what_it_is_called(german: Client, entry: AuditEntry) -> None:
    page = german.get(AUDIT, {"q": in_german("question.decided").upper()}).content.decode()

    assert page.count('class="field-what') == 1


def test_the_download_says_codes_whoever_reads_it(german: Client, entry: AuditEntry) -> None:
    sheet = b"".join(german.get(f"{AUDIT}csv/", {"action": "question.decided"})).decode()

    assert "question.decided" in sheet
    assert in_german("question.decided") not in sheet


def test_two_letters_are_not_the_name_of_an_action(german: Client, entry: AuditEntry) -> None:
    page = german.get(AUDIT, {"q": "en"}).content.decode()

    assert page.count('class="field-what') == 0


def test_three_letters_are(german: Client, entry: AuditEntry) -> None:
    page = german.get(AUDIT, {"q": in_german("question.decided")[:3]}).content.decode()

    assert 'class="field-what' in page


def test_an_action_that_nobody_named_is_shown_as_it_is(german: Client, entry: AuditEntry) -> None:
    audit.append(None, "moon.landed")

    assert "moon.landed <code" in german.get(AUDIT).content.decode()
