"""That the pages, the catalogue and what Django reads of it say the same."""

from __future__ import annotations

import ast
import gettext
import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings
from django.core.management import call_command
from django.utils import translation

from agents import dialects, forking, runner, traces
from agents.remote import standing
from agents.remote import traces as remote_traces
from approvals import deadlines, outcomes
from approvals.driving import advance, compat, holding, settling
from approvals.models import Interrupt
from approvals.requests import closing
from approvals.stored import effect_of, in_words, summary_of, title_of
from approvals.travel import origin
from tests.catalogue import GERMAN, entries, placeholders

ROOT = Path(settings.BASE_DIR)
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))

_TOKEN = re.compile(
    r"""(\{%.*?%\}|\{\{.*?\}\}|\{#.*?#\}|<(?:[^<>{}]|\{%.*?%\}|\{\{.*?\}\}|'\{[^']*\}')*>)""", re.S
)
_SPOKEN = re.compile(r'\b(?:aria-label|title|placeholder|alt|label)="([^"]*)"')
_TAG = re.compile(r"\{[%{#].*?[%}#]\}", re.S)
_QUOTED = re.compile(r"\{% blocktranslate.*?endblocktranslate %\}", re.S)
_FALLBACK = re.compile(r"\|(?:default|default_if_none|yesno|pluralize):[\"']([^\"']*)[\"']")
_WORD = re.compile(r"[^\W\d_]{2,}")
# What is the same in every language: the product, keys and formats.
ALIKE = {"Langvel", "Langvel Approvals", "· Langvel Approvals", "JSON", "Esc", "Ctrl K", "CSV"}
NOT_PROSE = ("code", "kbd", "pre", "script", "style", "svg")


def spoken(source: str) -> Iterator[str]:
    """The visible texts of a template that no tag translates."""
    quoted, silent, hidden = False, [], False
    for index, token in enumerate(_TOKEN.split(source)):
        if index % 2 == 0:
            if not (quoted or silent or hidden):
                yield token.strip()
        elif token.startswith("{%"):
            name = token.strip("{%} ").split()[0]
            quoted = (quoted or name == "blocktranslate") and name != "endblocktranslate"
            hidden = (name == "block" and "class" in token) or (hidden and name != "endblock")
        elif token.startswith("<") and not quoted:
            yield from _SPOKEN.findall(_TAG.sub("", _QUOTED.sub("", token)))
            _follow(token, silent)
        yield from _FALLBACK.findall(token if token.startswith("{{") else "")


def _follow(token: str, silent: list[str]) -> None:
    name = re.match(r"</?(\w*)", token)[1]
    if name in NOT_PROSE and not token.startswith("</"):
        silent.append(name)
    elif silent and name == silent[-1]:
        silent.pop()


def untranslated(source: str) -> list[str]:
    return [text for text in spoken(source) if _WORD.search(text) and text not in ALIKE]


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_text_of_a_template_is_translated(path):
    assert untranslated(path.read_text()) == []


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("<p>Go on</p>", ["Go on"]),
        ('<p>{% translate "Go on" %}</p>', []),
        ("<p>{% blocktranslate %}Go <b>on</b>{% endblocktranslate %}</p>", []),
        ("{% if x %}yes{% else %}{{ no }}{% endif %}", ["yes"]),
        ('<a title="Go on" href="/go-on/">→</a>', ["Go on"]),
        ('<a title="{% translate "Go on" %}">→</a>', []),
        ('<input placeholder="Why{% if x %}, {{ x }}{% endif %}">', ["Why, "]),
        ('{{ name|default:"nobody" }}', ["nobody"]),
        ("{{ name|default:'—' }}", []),
        ("<code>python manage.py</code> <kbd>Esc</kbd>", []),
        ("<code>python</code> to begin", ["to begin"]),
        ("{# A comment #}{% block main_class %}page{% endblock %}", []),
        ("{% block title %}Runs{% endblock %}", ["Runs"]),
    ],
)
def test_a_text_that_nobody_marked_is_found(source, found):
    assert untranslated(source) == found


def test_every_text_has_its_german():
    lacking = [str(one) for one in entries() if one.is_fuzzy or not all(one.translated)]

    assert lacking == []


def test_one_and_many_are_both_translated():
    assert [str(one) for one in entries() if len(one.said) != len(one.translated)] == []


def test_a_translation_keeps_what_is_put_into_it():
    differing = [
        str(one)
        for one in entries()
        for said, translated in zip(one.said, one.translated, strict=True)
        if placeholders(said) != placeholders(translated)
    ]

    assert differing == []


def test_a_translation_begins_and_ends_with_the_same_space():
    def edges(text):
        return text[: len(text) - len(text.lstrip())], text[len(text.rstrip()) :]

    moved = [
        str(one)
        for one in entries()
        for said, translated in zip(one.said, one.translated, strict=True)
        if edges(said) != edges(translated)
    ]

    assert moved == []


@pytest.mark.skipif(
    not shutil.which("msgfmt") and not os.environ.get("CI"), reason="needs GNU gettext"
)
def test_the_catalogue_has_exactly_the_texts_of_the_code(settings, tmp_path, monkeypatch):
    """What `make messages` would write now is what is there."""
    for part in ("locale", "templates", "agents", "approvals", "langvel", "langvel_site"):
        shutil.copytree(ROOT / part, tmp_path / part)
    settings.LOCALE_PATHS = [tmp_path / "locale"]
    monkeypatch.chdir(tmp_path)

    call_command("messages")

    written = tmp_path / "locale" / "de" / "LC_MESSAGES" / "django.po"
    assert written.read_text().splitlines() == GERMAN.read_text().splitlines()


def test_what_django_reads_is_what_was_translated():
    with GERMAN.with_suffix(".mo").open("rb") as compiled:
        read = gettext.GNUTranslations(compiled)

    differing = [
        str(one)
        for one in entries()
        for count, said in enumerate(one.translated, start=1)
        if _said(read, one, count) != said
    ]
    assert differing == []
    assert len(set(_ids(read))) == len(entries())


def _said(read, entry, count):
    one = f"{entry.context}\x04{entry.said[0]}" if entry.context else entry.said[0]
    if len(entry.said) == 1:
        return read.gettext(one)
    return read.ngettext(one, entry.said[1], count)


def _ids(read):
    return [key[0] if isinstance(key, tuple) else key for key in read._catalog if key]


SAID_BY_PROGRAMS_ALONE = {"ValueError", "TypeError", "RuntimeError", "LookupError"}
SPEAKING = [
    path
    for part in ("web", "services", "api", "admin")
    for path in (ROOT / "approvals" / part).rglob("*.py")
] + [ROOT / "approvals/jsontext.py", ROOT / "approvals/callbacks/addresses.py"]


def bare_sentences(path):
    """Sentences that a view or a service hands to a person as they stand in the code."""
    for node in ast.walk(ast.parse(path.read_text())):
        calls = isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call) and node.exc
        if isinstance(node, ast.Call) and ast.unparse(node.func).startswith("messages."):
            calls = node
        if not calls or ast.unparse(calls.func) in SAID_BY_PROGRAMS_ALONE:
            continue
        for given in calls.args:
            if isinstance(given, ast.JoinedStr):
                yield ast.unparse(given)
            elif isinstance(given, ast.Constant) and " " in str(given.value):
                yield given.value


@pytest.mark.parametrize(
    "path",
    sorted(SPEAKING),
    ids=lambda path: str(path.relative_to(ROOT)),
)
def test_nothing_refuses_in_english_alone(path):
    assert list(bare_sentences(path)) == []


STORED = [
    compat.UNREGISTERED,
    compat._REMEDY.strip(),
    holding.MOVING,
    settling.REWORDED,
    settling.CODE_CHANGED,
    settling.RUN_FAILED,
    outcomes.THREAD_GONE,
    outcomes.THREAD_CUT,
    advance.ASKED_AGAIN,
    advance.REPAIRED,
    closing.UNANSWERED,
    f"Nobody answered by 2026-11-23 09:00 UTC. It was to be rejected then, but {deadlines.RUN_FAILED}.",
    f"It was to be rejected then, but {deadlines.NOT_REJECTABLE}.",
    f"The code of the step “pay” has changed since it asked this.{compat._REMEDY}",
]


STORED += [*traces._MOVED.values(), traces.ANSWERED, traces.MOVED_ON, traces.NOT_ASKED]
STORED += [remote_traces.GONE, standing._UNASKED.message, forking._GONE.message]
STORED += [forking._step_gone("pay").message, runner._UNKEPT.message, origin.ELSEWHERE.message]


@pytest.mark.parametrize("stored", STORED)
def test_a_stored_sentence_is_read_in_ones_own_language(stored):
    assert in_words(stored) == stored

    with translation.override("de"):
        read = in_words(stored)

    assert not {"the", "was", "this", "has", "by"} & set(re.findall(r"\w+", read.lower())) - {"was"}
    assert read != stored


def test_what_is_put_into_a_stored_sentence_stays_as_it_was():
    with translation.override("de"):
        assert "„pay the bill“" in in_words(
            "The step “pay the bill”, which asked this, no longer exists."
        )


def test_a_sentence_that_is_not_ours_is_left_alone():
    with translation.override("de"):
        assert (
            in_words("The bank said no. Ask again later.") == "The bank said no. Ask again later."
        )


BREAK = {"interrupt_id": "breakpoint"}
AGAIN = {"interrupt_id": "placeholder-id"}
CALLS = {
    "action_requests": [
        {"name": "pay", "args": {"host": "https://a.b"}},
        {"name": "tell", "args": {}},
    ],
    "review_configs": [
        {"action_name": name, "allowed_decisions": ["approve"]} for name in ("pay", "tell")
    ],
}


def put(value, **pause):
    """A pause as its question is stored, and how its title, summary and effect are then read."""
    asked = dialects.read(value, node=pause.pop("node", "pay"), state={}, **pause)
    stored = Interrupt(
        dialect=asked.dialect, title=asked.title, summary=asked.summary, effect=asked.effect
    )
    return [read(stored) for read in (title_of, summary_of, effect_of)]


@pytest.mark.parametrize(
    ("pause", "german"),
    [
        (
            (None, BREAK),
            [
                "Mit pay weitermachen?",
                "Der Graph hat hier angehalten, weil er mit einem Haltepunkt kompiliert oder "
                "gestartet wurde.",
                "Führt pay aus.",
            ],
        ),
        (
            (None, BREAK | {"node": ""}),
            [
                "Mit dem nächsten Schritt weitermachen?",
                "Der Graph hat hier angehalten, weil er mit einem Haltepunkt kompiliert oder "
                "gestartet wurde.",
                "Führt den nächsten Schritt aus.",
            ],
        ),
        (
            ("Continue with care?", AGAIN),
            [
                "Continue with care?",
                "Der Schritt hält wieder an, wenn nicht zuvor der Zustand geändert wird.",
                "Führt pay noch einmal von vorn aus.",
            ],
        ),
        (
            (CALLS, {}),
            ["2 Aktionen: Pay, Tell", "Pay: https://a.b; Tell", "Führt pay und tell mit dem Host a.b aus."],
        ),
        (({"title": "Runs pay.", "effect": "Runs pay."}, {}), ["Runs pay.", "", "Runs pay."]),
    ],
    ids=["breakpoint", "nameless", "again", "calls", "own words"],
)  # fmt: skip
def test_what_a_pause_does_not_say_itself_is_said_in_ones_language(pause, german):
    value, how = pause
    english = put(value, **how)

    with translation.override("de"):
        assert put(value, **how) == german
    assert all("ü" not in said for said in english)


def test_names_of_the_admin_are_translated_where_they_are_shown():
    run = apps.get_model("approvals", "Run")
    with translation.override("de"):
        assert str(run._meta.verbose_name_plural) == "Läufe"
        assert str(run._meta.get_field("requested_by").verbose_name) == "angefordert von"
        assert run(status="success").get_status_display() == "Erfolg"
