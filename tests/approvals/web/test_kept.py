"""Drafts between two visits: kept for one person, put back, carried over, never lost in silence."""

from __future__ import annotations

import html
import re
from datetime import timedelta
from threading import Barrier, Thread

import pytest
from django.db import connections
from django.test import Client
from django.utils import timezone

from approvals.models import Comment, ReviewDraft
from tests.approvals.web.reading import HTMX, fields, words
from tests.factories import ACTION, PASSWORD, make_decision, make_interrupt, make_user

pytestmark = pytest.mark.django_db


def page(client, question):
    return client.get(f"/interrupts/{question.pk}/")


def keep(client, question, **typed):
    """Post the form of the page as the browser would, with what somebody typed."""
    form = fields(page(client, question))
    given = {name.replace("__", "/"): text for name, text in typed.items()}
    return client.post(f"/interrupts/{question.pk}/draft/", form | given)


def kept(question, name="bob"):
    return ReviewDraft.objects.filter(interrupt=question, person__username=name).first()


def test_what_was_typed_is_in_the_form_again(bob):
    question = make_interrupt()

    keep(bob, question, __note="half a thought")

    again = page(bob, question)
    assert fields(again)["/note"] == "half a thought"
    assert "is back in the form" in words(again)
    assert "Approve with 1 edit" in words(again)


def test_text_that_cannot_be_read_comes_back_as_it_was_typed(bob):
    question = make_interrupt()

    keep(bob, question, __amount="a lot")

    assert fields(page(bob, question))["/amount"] == "a lot"


def test_a_note_alone_is_worth_keeping(bob):
    question = make_interrupt()

    keep(bob, question, **{"~note": "ask Ann first"})

    assert fields(page(bob, question))["~note"] == "ask Ann first"


def test_a_form_that_says_nothing_leaves_no_draft(bob):
    question = make_interrupt()
    keep(bob, question)
    assert kept(question) is None

    keep(bob, question, __note="x")
    keep(bob, question, __note="first")

    assert kept(question) is None


def test_with_htmx_the_time_of_saving_is_said(bob):
    question = make_interrupt()
    form = fields(page(bob, question)) | {"/note": "x"}

    said = words(bob.post(f"/interrupts/{question.pk}/draft/", form, **HTMX))

    moment = timezone.localtime(kept(question).saved_at)
    assert said == f"Draft saved {moment:%H:%M}"


def test_without_javascript_a_button_saves_and_leads_back(bob):
    question = make_interrupt()

    response = keep(bob, question, __note="x")

    assert response["Location"] == f"/interrupts/{question.pk}/"
    assert f'formaction="/interrupts/{question.pk}/draft/"' in page(bob, question).content.decode()


def test_saving_again_replaces_what_was_kept(bob):
    question = make_interrupt()

    for text in ("one", "two", "two"):
        keep(bob, question, __note=text)

    assert ReviewDraft.objects.count() == 1
    assert fields(page(bob, question))["/note"] == "two"


def test_what_was_typed_for_another_wording_is_not_put_into_the_form(bob):
    question = make_interrupt()
    keep(bob, question, __note="half a thought")

    type(question).objects.filter(pk=question.pk).update(digest="0" * 64, version=2)

    again = page(bob, question)
    assert fields(again)["/note"] == "first"
    assert "is back in the form" not in words(again)


def test_a_draft_is_its_writers_alone(bob, as_user):
    question = make_interrupt()

    keep(bob, question, __note="secret doubts")

    assert "secret doubts" not in page(as_user("carol", "reviewers"), question).content.decode()


def test_a_draft_leaves_the_question_as_others_saw_it(bob):
    question = make_interrupt()

    keep(bob, question, __note="x")

    before = (question.version, question.digest, question.status)
    question.refresh_from_db()
    assert (question.version, question.digest, question.status) == before
    told = question.run.audit_entries.values_list("action", "facts__via")
    assert list(told) == [("question.claimed", "page")]


def test_a_draft_can_be_discarded_and_discarded_again(bob):
    question = make_interrupt()
    keep(bob, question, __note="x")

    for _ in range(2):
        response = bob.post(f"/interrupts/{question.pk}/draft/discard/")
        assert response["Location"] == f"/interrupts/{question.pk}/"

    assert kept(question) is None
    assert fields(page(bob, question))["/note"] == "first"


@pytest.mark.usefixtures("_registered")
def test_a_decision_uses_its_draft_up(bob):
    question = make_interrupt(dialect="langvel")
    keep(bob, question, **{"~note": "fine"})
    form = fields(page(bob, question))

    bob.post(f"/interrupts/{question.pk}/decide/", form | {"verb": "approve"})

    question.refresh_from_db()
    assert question.status == "decided"
    assert kept(question) is None


def test_a_draft_that_came_too_late_is_shown_to_be_copied(bob):
    question = make_interrupt()
    keep(bob, question, __amount="70", **{"~note": "too much"})
    make_decision(question, actor=make_user("carol", "reviewers"))

    shown = page(bob, question)

    assert "was not used" in words(shown)
    assert "amount : 100.0 → 70.0" in words(shown)
    text = html.unescape(re.search(r'name="body" value="([^"]*)"', shown.content.decode())[1])
    bob.post(f"/interrupts/{question.pk}/comments/", {"body": text})
    assert Comment.objects.get().body == (
        "My edits, which were not used:\n\n- amount: 100.0 → 70.0\n\ntoo much"
    )


def test_the_banner_of_an_open_page_offers_to_copy_the_edits(bob):
    question = make_interrupt()
    keep(bob, question, __amount="70")
    assert "Copy my edits" not in words(bob.get(f"/interrupts/{question.pk}/banner/", **HTMX))

    make_decision(question, actor=make_user("carol", "reviewers"))

    assert "Copy my edits to a comment" in words(
        bob.get(f"/interrupts/{question.pk}/banner/", **HTMX)
    )


def test_the_banner_of_an_open_page_says_why_nothing_can_be_decided_any_more(bob):
    question = make_interrupt()
    asked_again(question, amount=120.0)

    banner = words(bob.get(f"/interrupts/{question.pk}/banner/", **HTMX))

    assert "Out of date just now . It is asked in other words now. The form is read-only" in banner
    assert "See what became of it" in banner


def test_a_form_frozen_meanwhile_wipes_out_nothing(bob):
    question = make_interrupt()
    keep(bob, question, __note="x")
    make_decision(question, actor=make_user("carol", "reviewers"))

    bob.post(f"/interrupts/{question.pk}/draft/", {}, **HTMX)

    assert kept(question).changes == [[{"pointer": "/note", "before": "first", "after": "x"}]]


def asked_again(question, **args):
    """The same step asks once more, with other arguments; the first question is stale."""
    question.status = "stale"
    question.save()
    action = question.actions[0] | {"args": question.actions[0]["args"] | args}
    return make_interrupt(run=question.run, actions=[action])


def test_edits_are_carried_over_where_the_agent_changed_nothing(bob):
    question = make_interrupt()
    keep(bob, question, __note="mine")

    anew = page(bob, asked_again(question, amount=120.0))

    assert fields(anew)["/note"] == "mine"
    assert fields(anew)["/amount"] == "120.0"
    assert "The agent changed this question after your draft" in words(anew)
    assert "Put into the form again: note : mine" in words(anew)


def test_where_both_changed_a_value_the_agents_stays_and_the_clash_is_told(bob):
    question = make_interrupt()
    keep(bob, question, __amount="70", __note="mine")

    anew = page(bob, asked_again(question, amount=120.0))

    assert fields(anew)["/amount"] == "120.0"
    assert "amount : was 100.0, you set 70.0 , now 120.0" in words(anew)


def test_nothing_is_said_where_the_agent_took_the_edit_over(bob):
    question = make_interrupt()
    keep(bob, question, __note="mine")

    anew = page(bob, asked_again(question, note="mine"))

    assert "your draft" not in words(anew).lower()


def test_a_list_is_carried_over_as_a_whole(bob):
    schema = {"type": "object", "properties": {"tags": {"type": "array", "items": {"type": "string"}},
              "n": {"type": "integer"}}}  # fmt: skip
    action = ACTION | {"args": {"tags": ["a", "b"], "n": 1}, "schema": schema}
    question = make_interrupt(actions=[action])
    keep(bob, question, **{"/tags/1": "c"})

    carried, clash = page(bob, asked_again(question, n=2)), asked_again(question, tags=["z"])

    assert fields(carried)["/tags/1"] == "c"
    assert fields(page(bob, clash))["/tags/0"] == "z"


def test_a_draft_for_the_new_question_takes_the_place_of_the_old_one(bob):
    question = make_interrupt()
    keep(bob, question, __note="old")
    anew = asked_again(question, amount=120.0)

    keep(bob, anew, __note="new")

    assert fields(page(bob, anew))["/note"] == "new"
    bob.post(f"/interrupts/{anew.pk}/draft/discard/")
    assert not ReviewDraft.objects.exists()


def test_a_form_that_posts_nothing_wipes_nothing_out(bob):
    question = make_interrupt()
    keep(bob, question, __note="half a thought")
    before = kept(question).form

    bob.post(f"/interrupts/{question.pk}/draft/", {"/note": "first", "/amount": "100"})

    assert kept(question).form == before


def test_whose_own_decision_it_is_reads_nothing_of_unused_edits(bob):
    question = make_interrupt()
    keep(bob, question, __note="half a thought")

    make_decision(question)

    assert "half a thought" not in page(bob, question).content.decode()


@pytest.mark.parametrize("masked", ["/card/iban", "/card"])
def test_masked_values_are_never_kept(bob, masked):
    args = {"amount": 1.0, "note": "x", "card": {"iban": "ES91"}}
    action = ACTION | {"args": args, "schema": {
        "type": "object", "properties": {"amount": {"type": "number"}, "note": {"type": "string"},
        "card": {"type": "object", "properties": {"iban": {"type": "string"}}}}}}  # fmt: skip
    question = make_interrupt(actions=[action], policy={"masked": [masked, "/note"]})

    keep(bob, question, **{"/card/iban": "DE55", "/note": "hidden", "/amount": "2"})

    draft = kept(question)
    assert draft.changes == [[{"pointer": "/amount", "before": 1.0, "after": 2}]]
    for secret in ("DE55", "ES91", "hidden"):
        assert secret not in str(draft.form)


def test_ticks_are_set_anew_each_time(bob):
    question = make_interrupt()

    keep(bob, question, **{"/note": "x", "~checked": "/amount", "~retyped:/amount": "100"})

    names = {name for name, _ in kept(question).form}
    assert not names & {"~checked", "~retyped:/amount", "csrfmiddlewaretoken", "digest", "version"}


def test_who_may_not_decide_keeps_no_draft(alice, as_user):
    question = make_interrupt()

    assert alice.post(f"/interrupts/{question.pk}/draft/", {"digest": "x"}).status_code == 403
    zoe = as_user("zoe", "requesters")
    assert zoe.post(f"/interrupts/{question.pk}/draft/", {"digest": "x"}).status_code == 404
    assert zoe.post(f"/interrupts/{question.pk}/draft/discard/").status_code == 404
    assert not ReviewDraft.objects.exists()


@pytest.mark.parametrize("path", ["/interrupts/1/draft/", "/interrupts/1/draft/discard/"])
def test_somebody_unknown_is_sent_to_the_door(db, path):
    assert Client().post(path)["Location"] == f"/login/?next={path}"


@pytest.mark.parametrize("path", ["draft/", "draft/discard/"])
def test_nothing_is_kept_by_looking(bob, path):
    assert bob.get(f"/interrupts/{make_interrupt().pk}/{path}").status_code == 405


@pytest.mark.django_db(transaction=True)
def test_two_windows_saving_at_once_leave_one_draft():
    question = make_interrupt()
    make_user("bob", "reviewers")
    clients = [Client(), Client()]
    for client in clients:
        assert client.login(username="bob", password=PASSWORD)
    form, ready = fields(page(clients[0], question)), Barrier(2)

    def save(client, text) -> None:
        ready.wait()
        try:
            client.post(f"/interrupts/{question.pk}/draft/", form | {"/note": text})
        finally:
            connections.close_all()

    threads = [Thread(target=save, args=pair) for pair in zip(clients, ("a", "b"), strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert ReviewDraft.objects.count() == 1
    assert kept(question).changes[0][0]["after"] in ("a", "b")


def test_a_draft_nobody_comes_back_to_is_forgotten(bob):
    question, other = make_interrupt(), make_interrupt()
    keep(bob, question, __note="x")
    keep(bob, other, __note="x")
    ReviewDraft.objects.filter(interrupt=question).update(
        saved_at=timezone.now() - timedelta(days=31)
    )

    ReviewDraft.objects.outdated().delete()

    assert [draft.interrupt_id for draft in ReviewDraft.objects.all()] == [other.pk]
