"""Texts shown as Markdown beside their control: with JavaScript or without, never as raw HTML."""

from __future__ import annotations

import re
from typing import Any

import pytest

from approvals.models import Comment, Interrupt, ReviewDraft
from tests.approvals.web.reading import HTMX, fields, words
from tests.factories import ACTION, make_history, make_interrupt, make_run

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("_registered")]

BODY = "Hello **Ana**,\n\n[here](https://a.example) ![x](http://b.example/c.png) <b>raw</b>"


def asked(body: str = BODY) -> Interrupt:
    args = {"to": "ana", "body": body}
    schema = {
        "type": "object",
        "properties": {
            "to": {"type": "string"},
            "body": {"type": "string", "contentMediaType": "text/markdown"},
        },
    }
    return make_interrupt(actions=[ACTION | {"args": args, "schema": schema}], state={})


def press(client: Any, page: Any, interrupt: Interrupt, op: str, **said: Any) -> Any:
    where = f"/interrupts/{interrupt.pk}/decide/"
    return client.post(where, fields(page) | {"_op": op} | said)


def opened(client: Any, interrupt: Interrupt) -> Any:
    return client.get(f"/interrupts/{interrupt.pk}/")


def test_a_text_is_previewed_on_demand_and_closed_again(bob: Any) -> None:
    interrupt = asked()
    page = opened(bob, interrupt)
    assert "<strong>Ana</strong>" not in page.content.decode()

    shown = press(bob, page, interrupt, "preview:/body")
    assert "Hello <strong>Ana</strong>," in shown.content.decode()

    closed = press(bob, shown, interrupt, "preview:/body")
    assert "<strong>Ana</strong>" not in closed.content.decode()


def test_a_preview_loads_nothing_and_takes_no_html(bob: Any) -> None:
    interrupt = asked()

    html = press(bob, opened(bob, interrupt), interrupt, "preview:/body").content.decode()

    assert '<img src="http' not in html
    assert "<b>" not in html
    assert 'rel="noopener noreferrer nofollow"' in html


def test_it_shows_what_is_typed_not_what_was_proposed(bob: Any) -> None:
    interrupt = asked()

    shown = press(
        bob, opened(bob, interrupt), interrupt, "preview:/body", **{"/body": "*Mine*\nnow"}
    )

    assert "<em>Mine</em>" in shown.content.decode()
    assert fields(shown)["/body"].splitlines() == ["*Mine*", "now"]


def test_it_stays_open_and_follows_while_somebody_types(bob: Any) -> None:
    interrupt = asked()
    shown = press(bob, opened(bob, interrupt), interrupt, "preview:/body")

    typed = bob.post(
        f"/interrupts/{interrupt.pk}/form/", fields(shown) | {"/body": "*Mine*\nnow"}, **HTMX
    )

    assert "<em>Mine</em>" in typed.content.decode()


def test_only_texts_with_room_have_one(bob: Any) -> None:
    page = opened(bob, asked()).content.decode()

    assert 'value="preview:/body"' in page
    assert 'value="preview:/to"' not in page


def test_a_text_without_marks_or_without_room_has_none(bob: Any) -> None:
    texts = {"plain": "Hello Ana,\n\nsee you.", "short": "# Ana", "marked": "# Ana\n\nsee you."}
    schema = {"type": "object", "properties": {name: {"type": "string"} for name in texts}}
    interrupt = make_interrupt(actions=[ACTION | {"args": texts, "schema": schema}], state={})

    page = opened(bob, interrupt).content.decode()

    assert re.findall(r'value="preview:/(\w+)"', page) == ["marked"]


def test_an_open_preview_is_no_edit_and_no_draft(bob: Any) -> None:
    interrupt = asked()
    shown = press(bob, opened(bob, interrupt), interrupt, "preview:/body")

    bob.post(f"/interrupts/{interrupt.pk}/draft/", fields(shown))
    assert not ReviewDraft.objects.exists()
    done = bob.post(f"/interrupts/{interrupt.pk}/decide/", fields(shown) | {"verb": "approve"})

    assert done.status_code == 303
    interrupt.refresh_from_db()
    assert interrupt.decision.verb == "approve"


@pytest.mark.parametrize("op", ["preview:", "preview:/nowhere", "preview:/to", "preview:/body/x"])
def test_a_preview_of_nothing_changes_nothing(bob: Any, op: str) -> None:
    interrupt = asked()
    page = opened(bob, interrupt)

    shown = press(bob, page, interrupt, op)

    assert (shown.status_code, fields(shown)["/body"]) == (200, fields(page)["/body"])
    assert "as Markdown" not in words(shown).replace("of Body as Markdown", "")


def test_nothing_is_previewed_of_a_decided_question(bob: Any) -> None:
    interrupt = asked()
    Interrupt.objects.filter(pk=interrupt.pk).update(status="cancelled")

    assert "preview:" not in opened(bob, interrupt).content.decode()


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_a_comment_is_previewed_before_anybody_gets_it(bob: Any, headers: dict[str, str]) -> None:
    interrupt = make_interrupt()

    shown = bob.post(
        f"/interrupts/{interrupt.pk}/comments/",
        {"body": "Is **this** ![x](http://b.example/c.png) right?", "_op": "preview"},
        **headers,
    )

    html = shown.content.decode()
    assert (shown.status_code, Comment.objects.exists()) == (200, False)
    assert "Is <strong>this</strong>" in html
    assert '<img src="http' not in html
    assert fields(shown)["body"].startswith("Is **this**")
    assert ("<html" in html) == (not headers)


def test_the_previewed_comment_can_be_sent(bob: Any) -> None:
    interrupt = make_interrupt()
    where = f"/interrupts/{interrupt.pk}/comments/"
    shown = bob.post(where, {"body": "Is **this** right?", "_op": "preview"})

    bob.post(where, fields(shown))

    assert Comment.objects.get().body == "Is **this** right?"


def test_a_form_for_a_fork_says_where_its_values_stood(as_user: Any) -> None:
    olga = as_user("olga", "supervisors")
    run = make_run(status="success")
    state = make_history(run)[1]
    where = f"/runs/{run.pk}/history/{state.checkpoint_id}/"
    page = olga.get(where)

    changed = olga.post(f"{where}fork/", fields(page) | {"/amount": "7", "_op": "check"})

    assert "In this state 100.0 Revert Amount" in words(changed)
    assert "Agent proposed" not in words(changed)
