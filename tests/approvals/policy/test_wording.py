"""Sentences made of conditions are said in the reader's language, an author's own are not."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.utils import translation

from approvals.policy import Asking, Terms, freeze
from approvals.policy.wording import why_of

ARGS = {"amount": 500, "to": {"iban": "DE1"}, "country": "DE"}


def frozen(settings: Any, *policies: dict[str, Any]) -> Terms:
    """The terms as they come back from the row they were kept in."""
    settings.LANGVEL_POLICIES = {"*": list(policies)}
    asking = Asking(agent_key="elsewhere", node="pay", actions=[{"name": "pay", "args": ARGS}])
    return Terms(**json.loads(json.dumps(freeze(asking).as_json())))


@pytest.mark.parametrize(
    ("when", "english", "german"),
    [
        ({"amount": {"gt": 100}}, "Amount is above 100.", "Amount ist größer als 100."),
        (
            {"amount": {"gte": 100, "lt": 1000}},
            "Amount is 100 or more and is below 1000.",
            "Amount ist 100 oder mehr und ist kleiner als 1000.",
        ),
        (
            {"/to/iban": {"like": "DE*"}, "country": "DE"},
            "Iban looks like DE* and Country is DE.",
            "Iban sieht aus wie DE* und Country ist DE.",
        ),
        (
            {"country": {"in": ["DE", "AT"], "not_in": ["CH"]}},
            "Country is one of DE, AT and is none of CH.",
            "Country ist eines von DE, AT und ist keines von CH.",
        ),
    ],
)
def test_conditions_are_told_in_the_readers_language(
    settings: Any, when: dict[str, Any], english: str, german: str
) -> None:
    terms = frozen(settings, {"when": when})

    assert terms.why == why_of(terms) == [english]
    with translation.override("de"):
        assert why_of(terms) == [german]


def test_an_authors_sentence_is_left_alone_though_it_reads_like_one_of_ours(settings: Any) -> None:
    terms = frozen(settings, {"why": "Amount is above 100.", "when": {"amount": {"gt": 100}}})

    with translation.override("de"):
        assert why_of(terms) == ["Amount is above 100."]


def test_terms_kept_before_there_were_parts_are_told_as_they_were_kept() -> None:
    with translation.override("de"):
        assert why_of(Terms(why=["Amount is above 100."])) == ["Amount is above 100."]
