"""Which addresses are called back at all."""

from __future__ import annotations

import ipaddress
from typing import Any

import pytest
from asgiref.sync import async_to_sync

from approvals.callbacks.addresses import Refused, check_url, is_public, resolve


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",
        "224.0.0.1",
        "255.255.255.255",
        "::1",
        "::",
        "fe80::1",
        "fc00::1",
        "ff02::1",
        "::ffff:127.0.0.1",
        "::ffff:169.254.169.254",
        "64:ff9b::7f00:1",
        "2002:7f00:1::",
        "2001:0:7f00:1::",
    ],
)
def test_an_address_within_is_not_public(address: str) -> None:
    assert not is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize("address", ["93.184.215.14", "2606:2800:21f:cb07::1", "::ffff:8.8.8.8"])
def test_an_address_of_the_world_is_public(address: str) -> None:
    assert is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com/",
        "ftp://example.com/",
        "https://",
        "https:///path",
        "//example.com/",
        "https://user@example.com/",
        "https://user:secret@example.com/",
        "https://example.com/#part",
        "https://example.com:99999/",
        "https://example.com:0/",
        "https://exa mple.com/",
        "https://example.com/\r\nX-Evil: 1",
        "https://ex\u00e4mple.com/",
        "https://127.0.0.1/",
        "https://[::1]/",
        "https://[::ffff:10.0.0.1]/",
        "https://169.254.169.254/latest/meta-data/",
    ],
)
def test_such_an_address_is_refused_when_it_is_given(url: str) -> None:
    with pytest.raises(Refused):
        check_url(url)


def test_a_listed_host_may_be_private_and_without_tls(settings: Any) -> None:
    settings.LANGVEL_CALLBACK_ALLOW = ["127.0.0.1", "billing.internal"]

    assert check_url("http://127.0.0.1:9000/told").port == 9000
    assert check_url("http://Billing.Internal/").hostname == "billing.internal"


@pytest.mark.parametrize("host", ["localhost", "127.1", "2130706433", "0x7f.1"])
def test_a_name_that_leads_within_is_refused_when_it_is_looked_up(host: str) -> None:
    with pytest.raises(Refused, match=r"private|cannot be found"):
        async_to_sync(resolve)(check_url(f"https://{host}/"))


def test_a_host_nobody_knows_is_refused() -> None:
    with pytest.raises(Refused, match=r"The host nowhere\.invalid cannot be found\."):
        async_to_sync(resolve)(check_url("https://nowhere.invalid/"))


def test_one_private_address_among_public_ones_is_enough_to_refuse(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def lookup(*_: Any, **__: Any) -> list[Any]:
        return [(2, 1, 6, "", (address, 443)) for address in ("93.184.215.14", "10.0.0.1")]

    monkeypatch.setattr("socket.getaddrinfo", lookup)

    with pytest.raises(Refused, match="private"):
        async_to_sync(resolve)(check_url("https://example.com/"))
