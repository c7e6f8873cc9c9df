"""What is covered until it was typed, and for whom: text by text, and person by person."""

from __future__ import annotations

import pytest

from approvals.hiding.covering import Cover, cover_of_run, cover_run, says_first
from approvals.models import Run
from tests.approvals.policy.test_withheld import asked
from tests.factories import ACTION, make_user

UNSEEN = "(not shown yet)"


def over(text: str, *texts: str) -> str:
    return Cover(texts=frozenset(texts)).over_text(text)


def test_a_short_text_is_not_looked_for_in_others() -> None:
    assert over("Paid to the EURopean bank", "EUR") == "Paid to the EURopean bank"


def test_a_short_text_is_covered_where_it_stands_alone() -> None:
    assert over("EUR", "EUR") == UNSEEN


def test_of_two_texts_that_begin_alike_nothing_is_left() -> None:
    assert over("To Ana Bergmann", "Ana Berg", "Ana Bergmann") == f"To {UNSEEN}"


@pytest.mark.django_db
def test_what_a_policy_hides_is_no_value_to_cover() -> None:
    action = ACTION | {"args": {"amount": "••••", "note": "•••• for Ana"}}

    assert not Cover.of(asked(actions=[action]))


def test_an_error_of_the_run_quotes_nothing() -> None:
    run = Run(input={"amount": 4321.5}, result={"paid": 4321.5}, error={"text": "not 4,321.50"})

    cover_run(run, Cover(numbers=frozenset({4321.5})))

    assert (run.input, run.result) == ({"amount": UNSEEN}, {"paid": UNSEEN})
    assert run.error == {"text": f"not {UNSEEN}"}


@pytest.mark.django_db
def test_what_was_said_of_one_question_uncovers_its_run_alone() -> None:
    question, bob = asked(), make_user("bob", "reviewers")
    other = asked(run=question.run, actions=[ACTION | {"args": {"amount": 77.0, "note": ""}}])

    cover = cover_of_run(question.run, user=bob, but_for=question.pk)

    assert cover.over({"a": 4321.5, "b": 77.0}) == {"a": 4321.5, "b": UNSEEN}
    assert cover_of_run(other.run, user=bob).over(4321.5) == UNSEEN


@pytest.mark.django_db
@pytest.mark.parametrize(("name", "is_asked"), [("alice", False), ("bob", True)])
def test_who_asked_for_the_run_has_nothing_to_say_first(name: str, is_asked: bool) -> None:
    question = asked()

    assert says_first(make_user(name, "reviewers"), question) is is_asked
