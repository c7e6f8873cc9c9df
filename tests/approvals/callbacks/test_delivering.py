"""Callbacks against a real HTTP server: signed, at least once, and to nowhere else."""

from __future__ import annotations

import json
import logging
import socket
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.core.management import CommandError, call_command
from django.db import connections
from django.utils import timezone
from standardwebhooks import Webhook, WebhookVerificationError

from approvals import tasks
from approvals.callbacks import sending
from approvals.callbacks.delivering import PAUSES, deliver, deliver_due
from approvals.callbacks.signing import secrets_of
from approvals.models import AuditEntry, Delivery, Interrupt, Run
from approvals.requests.closing import expire
from tests.approvals.api.client import alice, as_session, bob, refused
from tests.approvals.callbacks.receiver import CERTIFICATE, Receiver, listening
from tests.approvals.requests.asking import PAY, ask, asked, at, decide
from tests.factories import make_user

pytestmark = pytest.mark.django_db(transaction=True)

PAST = "2020-01-01T00:00:00Z"


@pytest.fixture
def receiver(settings: Any) -> Iterator[Receiver]:
    settings.LANGVEL_CALLBACK_ALLOW = ["127.0.0.1", "hooks.test"]
    with listening() as receiver:
        yield receiver


def decided(url: str) -> Delivery:
    """The callback of a request that was just approved."""
    decide(bob(), asked(callback_url=url, metadata={"ticket": 7}))
    return Delivery.objects.get()


def attempt(delivery: Delivery) -> Delivery:
    """One try, whenever the next one would be due."""
    Delivery.objects.filter(pk=delivery.pk).update(next_at=PAST)
    async_to_sync(deliver)(delivery.pk)
    delivery.refresh_from_db()
    return delivery


def verified(secret: str, heard: tuple[str, dict[str, str], str]) -> Any:
    _, headers, body = heard
    return Webhook(secret).verify(body, headers)


# --- what is told


def test_a_decision_is_told_signed(receiver: Receiver) -> None:
    delivery = attempt(decided(receiver.url("/told?key=1")))

    path, headers, _ = receiver.heard[0]
    said = verified(secrets_of(make_user("alice", "requesters").pk)[0], receiver.heard[0])
    assert (path, headers["content-type"]) == ("/told?key=1", "application/json")
    assert headers["webhook-id"] == delivery.webhook_id
    assert (said["type"], said["data"]["status"], said["data"]["metadata"]) == (
        "request.decided",
        "decided",
        {"ticket": 7},
    )
    assert said["data"]["decisions"][0] | {"args": PAY["args"]} == said["data"]["decisions"][0]
    assert (delivery.status, delivery.attempts, delivery.last_error) == ("delivered", 1, "")


def test_the_body_says_what_the_api_says(receiver: Receiver) -> None:
    delivery = decided(receiver.url())

    said = alice().get(at(delivery.request)).json()
    told = json.loads(delivery.body)["data"]
    assert {name: said[name] for name in told} == told


def test_the_secret_of_another_asker_proves_nothing(receiver: Receiver) -> None:
    attempt(decided(receiver.url()))

    with pytest.raises(WebhookVerificationError):
        verified(secrets_of(make_user("sam", "requesters").pk)[0], receiver.heard[0])


def test_old_and_new_secrets_are_both_good_while_they_change(
    receiver: Receiver, settings: Any
) -> None:
    settings.LANGVEL_WEBHOOK_SECRETS = ["new", "old"]
    new, old = secrets_of(make_user("alice", "requesters").pk)

    attempt(decided(receiver.url()))

    assert verified(new, receiver.heard[0]) == verified(old, receiver.heard[0])


def test_an_expiry_is_told(receiver: Receiver) -> None:
    request = asked(callback_url=receiver.url())
    Interrupt.objects.update(expires_at=PAST)

    expire(request.pk)
    async_to_sync(deliver_due)()

    said = json.loads(receiver.heard[0][2])
    assert (said["type"], said["data"]["status"], said["data"]["decisions"]) == (
        "request.expired",
        "expired",
        None,
    )


def test_a_withdrawal_is_told_once(receiver: Receiver) -> None:
    request = asked(callback_url=receiver.url())
    carol = as_session(make_user("carol", "supervisors"))

    for _ in range(2):
        carol.post(f"/api/v1/runs/{request.pk}/cancel/", {})
    async_to_sync(deliver_due)()

    assert [json.loads(body)["type"] for *_, body in receiver.heard] == ["request.cancelled"]


def test_nothing_is_told_while_it_can_be_undone(receiver: Receiver) -> None:
    decide(bob(), asked(callback_url=receiver.url()), undo_seconds=60)

    assert not Delivery.objects.exists()


def test_a_refused_decision_tells_nothing(receiver: Receiver) -> None:
    request = asked(callback_url=receiver.url())

    assert decide(bob(), request, {"type": "respond", "value": 1}).status_code == 422
    assert not Delivery.objects.exists()


def test_a_request_without_an_address_tells_nobody() -> None:
    decide(bob(), asked())

    assert not Delivery.objects.exists()


def test_a_graphs_run_tells_nobody(drive: Callable[..., Run], started: Callable[..., Run]) -> None:
    run = started("asks_once")

    as_session(make_user("carol", "supervisors")).post(f"/api/v1/runs/{run.pk}/cancel/", {})

    assert not Delivery.objects.exists()


# --- again


def test_a_callback_that_fails_is_tried_again_with_the_same_id(receiver: Receiver) -> None:
    receiver.answers = [500, 200]
    delivery = decided(receiver.url())

    assert (attempt(delivery).status, delivery.last_error) == ("waiting", "Answered 500.")
    assert (attempt(delivery).status, delivery.last_error) == ("delivered", "")
    (_, first, body), (_, second, again) = receiver.heard
    assert (first["webhook-id"], body) == (second["webhook-id"], again)
    assert AuditEntry.objects.filter(action="callback.delivered").get().data == {
        "event": "request.decided",
        "attempts": 2,
    }


def test_the_next_attempt_comes_later_and_later(receiver: Receiver) -> None:
    receiver.answers = [500] * len(PAUSES)
    delivery = decided(receiver.url())
    pauses = []

    for _ in PAUSES:
        before = timezone.now()
        pauses.append(attempt(delivery).next_at - before)

    assert all(
        pause <= measured < pause * 2 for pause, measured in zip(PAUSES, pauses, strict=True)
    )


def test_what_is_not_due_is_not_tried(receiver: Receiver) -> None:
    receiver.answers = [500]
    delivery = attempt(decided(receiver.url()))

    async_to_sync(deliver)(delivery.pk)
    async_to_sync(deliver_due)()

    assert len(receiver.heard) == 1


def test_after_ten_attempts_it_is_given_up(receiver: Receiver) -> None:
    receiver.answers = [500]
    delivery = decided(receiver.url())
    Delivery.objects.update(attempts=len(PAUSES))

    assert (attempt(delivery).status, delivery.attempts) == ("failed", 10)
    assert AuditEntry.objects.filter(action="callback.failed").get().data == {
        "event": "request.decided",
        "attempts": 10,
        "error": "Answered 500.",
    }
    attempt(delivery)
    assert len(receiver.heard) == 1


def test_a_receiver_that_is_gone_is_not_tried_again(receiver: Receiver) -> None:
    receiver.answers = [410]

    assert attempt(decided(receiver.url())).status == "failed"


def test_a_delivered_callback_is_not_made_again(receiver: Receiver) -> None:
    delivery = attempt(decided(receiver.url()))

    attempt(delivery)

    assert len(receiver.heard) == 1


def test_two_workers_at_once_make_one_attempt(receiver: Receiver) -> None:
    delivery = decided(receiver.url())

    def go(_: int) -> None:
        try:
            async_to_sync(deliver)(delivery.pk)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(go, range(2)))

    assert len(receiver.heard) == 1


def test_a_callback_whose_worker_died_is_found_again(receiver: Receiver) -> None:
    decided(receiver.url())
    Delivery.objects.update(attempts=1, next_at=PAST)

    async_to_sync(tasks.call_back_due.func)(0)

    assert (Delivery.objects.get().status, len(receiver.heard)) == ("delivered", 1)


def test_the_job_of_a_decision_makes_its_callback(receiver: Receiver) -> None:
    delivery = decided(receiver.url())

    async_to_sync(tasks.call_back.func)(delivery.pk)

    assert len(receiver.heard) == 1


def test_with_several_under_way_the_next_is_left_to_the_sweep(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    delivery = decided(receiver.url())
    monkeypatch.setattr(tasks, "_calling", {-1, -2, -3})

    async_to_sync(tasks.call_back.func)(delivery.pk)

    assert receiver.heard == []
    async_to_sync(tasks.call_back_due.func)(0)
    assert len(receiver.heard) == 1


# --- nowhere else


def test_a_redirect_is_not_followed(receiver: Receiver) -> None:
    receiver.answers, receiver.location = [302], receiver.url("/elsewhere")

    delivery = attempt(decided(receiver.url()))

    assert [path for path, *_ in receiver.heard] == ["/told"]
    assert delivery.last_error == "Answered 302: redirects are not followed."


def test_a_host_that_is_no_longer_listed_is_not_called(receiver: Receiver, settings: Any) -> None:
    delivery = decided(receiver.url())
    settings.LANGVEL_CALLBACK_ALLOW = []

    attempt(delivery)

    assert receiver.heard == []
    assert "LANGVEL_CALLBACK_ALLOW" in delivery.last_error


def test_a_name_that_leads_within_is_not_called(receiver: Receiver, settings: Any) -> None:
    settings.LANGVEL_CALLBACK_ALLOW = []

    delivery = attempt(decided(f"https://localhost:{receiver.port}/"))

    assert receiver.heard == []
    assert delivery.last_error == (
        "The host localhost is at a private address and not in LANGVEL_CALLBACK_ALLOW."
    )


def test_the_host_is_looked_up_once_and_named_to_the_receiver(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name that would lead elsewhere the second time is not asked a second time."""
    lookups: list[str] = []

    def lookup(host: str, *_: Any, **__: Any) -> list[Any]:
        lookups.append(host)
        address = "127.0.0.1" if len(lookups) == 1 else "127.0.0.9"
        return [(2, 1, 6, "", (address, receiver.port))]

    delivery = decided(receiver.url(host="hooks.test"))
    with monkeypatch.context() as patch:
        patch.setattr("socket.getaddrinfo", lookup)
        async_to_sync(sending.post)(delivery.request.callback_url, headers={}, body="{}")

    assert [host for host in lookups if host == "hooks.test"] == ["hooks.test"]
    assert receiver.heard[0][1]["host"] == f"hooks.test:{receiver.port}"


def test_a_slow_receiver_is_not_waited_for(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    receiver.is_slow = True
    monkeypatch.setattr(sending, "TIMEOUT_SECONDS", 0.3)

    delivery = attempt(decided(receiver.url()))

    assert (delivery.status, delivery.last_error) == ("waiting", "No answer within 0.3 seconds.")


def test_a_receiver_that_does_not_listen_is_told_of(settings: Any) -> None:
    settings.LANGVEL_CALLBACK_ALLOW = ["127.0.0.1"]
    with listening() as gone:
        url = gone.url()

    assert attempt(decided(url)).last_error == "No connection."


@pytest.fixture
def secured(monkeypatch: pytest.MonkeyPatch, settings: Any) -> Iterator[Receiver]:
    """A receiver with a certificate for hooks.test, which leads to it."""
    known = socket.getaddrinfo

    def lookup(host: Any, port: Any, *more: Any, **options: Any) -> Any:
        where = "127.0.0.1" if host in ("hooks.test", "other.test") else host
        return known(where, port, *more, **options)

    monkeypatch.setattr(socket, "getaddrinfo", lookup)
    settings.LANGVEL_CALLBACK_ALLOW = ["hooks.test", "other.test"]
    sending._trusted.cache_clear()
    with listening(tls=True) as receiver:
        yield receiver
    sending._trusted.cache_clear()


def test_a_certificate_nobody_vouches_for_is_not_trusted(secured: Receiver) -> None:
    delivery = attempt(decided(secured.url(host="hooks.test")))

    assert delivery.last_error == "The certificate is not to be trusted."
    assert secured.heard == []


def test_the_certificate_must_be_of_the_host_that_was_named(
    secured: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATE))

    other = attempt(decided(secured.url(host="other.test")))
    assert (other.last_error, secured.heard) == ("The certificate is not to be trusted.", [])
    Delivery.objects.all().delete()
    assert attempt(decided(secured.url(host="hooks.test"))).status == "delivered"


# --- seen, and not seen


def test_the_asker_sees_how_the_callback_goes(receiver: Receiver) -> None:
    receiver.answers = [500]
    delivery = attempt(decided(receiver.url()))

    said = alice().get(at(delivery.request)).json()["callback"]
    assert {name: said[name] for name in said if not name.endswith("_at")} == {
        "event": "request.decided",
        "status": "waiting",
        "attempts": 1,
        "last_error": "Answered 500.",
    }


def test_auditors_see_callbacks_without_address_and_body(receiver: Receiver) -> None:
    receiver.answers = [500]
    delivery = attempt(decided(receiver.url("/told?key=hush")))
    auditor = as_session(make_user("audrey", "auditors", is_staff=True))

    listed = auditor.get("/admin/approvals/delivery/").content.decode()
    shown = auditor.get(f"/admin/approvals/delivery/{delivery.pk}/change/").content.decode()

    assert "Answered 500." in listed
    assert delivery.webhook_id in shown
    assert "hush" not in listed + shown


def test_neither_secret_nor_address_is_logged(
    receiver: Receiver, caplog: pytest.LogCaptureFixture, settings: Any
) -> None:
    receiver.answers = [500]
    delivery = decided(receiver.url("/told?key=hush"))
    Delivery.objects.update(attempts=len(PAUSES))

    with caplog.at_level(logging.INFO, logger="approvals"):
        attempt(delivery)

    said = "\n".join(record.getMessage() for record in caplog.records if "approvals" in record.name)
    assert "Answered 500." in said
    assert "hush" not in said
    assert secrets_of(delivery.request.requested_by_id)[0] not in said


def test_a_command_prints_the_secret(capsys: pytest.CaptureFixture[str]) -> None:
    owner = make_user("alice", "requesters")

    call_command("callback_secret", "alice")

    assert capsys.readouterr().out == f"{secrets_of(owner.pk)[0]}\n"
    with pytest.raises(CommandError, match="There is no user 'nobody'"):
        call_command("callback_secret", "nobody")


def test_a_private_address_is_refused_when_it_is_asked_with() -> None:
    response = ask(callback_url="https://192.168.0.7/told")

    assert refused(response) == (400, "malformed")
    assert "LANGVEL_CALLBACK_ALLOW" in response.json()["errors"][0]["message"]
