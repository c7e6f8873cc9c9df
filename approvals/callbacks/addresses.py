"""Where a callback may go: never into our own network, unless the operator listed the host.

Who may ask may name any address, so a callback could otherwise be made to reach what only this
machine can: a metadata service, a database, a neighbour's admin page.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from urllib.parse import SplitResult, urlsplit

from django.conf import settings
from django.utils.translation import gettext as _

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address

_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_PORTS = {"http": 80, "https": 443}


class Refused(Exception):
    """This address is not called back; the sentence says why."""


def check_url(url: str) -> SplitResult:
    """What can be said without looking the host up. Raises Refused."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise Refused(_("This is not an address.")) from error
    if parts.scheme not in _PORTS or not parts.hostname or port == 0:
        raise Refused(_("This must look like https://example.com/path."))
    if not url.isascii() or any(char.isspace() or not char.isprintable() for char in url):
        raise Refused(_("An address has no spaces and no letters beyond ASCII."))
    if parts.username is not None or parts.password is not None or parts.fragment:
        raise Refused(_("An address must not have a user, a password or a fragment."))
    if parts.scheme != "https" and not is_listed(parts.hostname):
        raise Refused(_("This must be https, or its host listed in LANGVEL_CALLBACK_ALLOW."))
    literal = _as_address(parts.hostname)
    if literal and not is_public(literal) and not is_listed(parts.hostname):
        raise Refused(
            _("This address is private; its host must be listed in LANGVEL_CALLBACK_ALLOW.")
        )
    return parts


def port_of(parts: SplitResult) -> int:
    return parts.port or _PORTS[parts.scheme]


async def resolve(parts: SplitResult) -> list[str]:
    """The addresses behind the host, looked up once: who connects must use these and no name.

    Raises Refused when the host is unknown, or any of them is private and the host not listed.
    """
    host = str(parts.hostname)
    try:
        found = await asyncio.get_running_loop().getaddrinfo(
            host, port_of(parts), type=socket.SOCK_STREAM
        )
    except (OSError, UnicodeError) as error:
        raise Refused(_("The host %(host)s cannot be found.") % {"host": host}) from error
    addresses = list(dict.fromkeys(str(sockaddr[0]) for *_, sockaddr in found))
    if not is_listed(host) and not all(is_public(ipaddress.ip_address(a)) for a in addresses):
        raise Refused(
            _("The host %(host)s is at a private address and not in LANGVEL_CALLBACK_ALLOW.")
            % {"host": host}
        )
    return addresses


def is_listed(host: str) -> bool:
    """Whether the operator lets this host be private and spoken to without TLS."""
    return host.lower() in settings.LANGVEL_CALLBACK_ALLOW


def is_public(address: IPAddress) -> bool:
    """Also of the IPv4 address that an IPv6 address is a way to write."""
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour
        if address in _NAT64:
            inner = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        if inner is not None:
            return is_public(inner)
        if address.teredo or address.is_site_local:
            return False
    return address.is_global and not address.is_multicast


def _as_address(host: str) -> IPAddress | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None
