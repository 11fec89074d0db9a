"""Where a webhook may go: to a public address, unless WEBHOOK_ALLOW_PRIVATE.

Asked twice: when a prediction is created, for a clear complaint, and for the very address of each
connection (open_socket), which is what counts.
"""

import socket
from concurrent import futures
from ipaddress import ip_address, ip_network

from django.conf import settings
from yarl import URL

from .names import look_up

LONGEST_URL, LONGEST_HOST = 2000, 253
RESOLVE_SECONDS = 2

NOT_A_URL = "webhook must be a http or https URL"
TOO_LONG = f"webhook must be at most {LONGEST_URL} characters long"
HAS_CREDENTIALS = "webhook must not contain a user name or a password"
PRIVATE = "webhook must not lead to a private address (WEBHOOK_ALLOW_PRIVATE=true permits it)"

# Named here and not taken from `ipaddress`, whose idea of "global" differs between Pythons.
# IPv4: IANA's special-purpose registry, all that is not unicast, and Azure's host at the last.
NOT_PUBLIC = [
    ip_network(block)
    for block in (
        *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16"),
        *("172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16"),
        *("198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/3", "168.63.129.16/32"),
        # IPv6, of what GLOBAL_UNICAST holds: Teredo and its neighbours, documentation, 6to4.
        *("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20"),
    )
]
# Outside of it: ::, ::1, IPv4-mapped, NAT64, local, site-local, link-local, multicast, the unborn.
GLOBAL_UNICAST = ip_network("2000::/3")


class InvalidURL(ValueError):
    """The URL cannot be a webhook; the message is a sentence for whoever asked."""


class PrivateAddress(OSError):
    """A connection that was not made: its address is not public."""

    def __init__(self) -> None:
        super().__init__("The address is private.")


def is_public(address: str) -> bool:
    """Whether that is a global unicast address."""
    ip = ip_address(address)
    if ip.version == 6 and ip not in GLOBAL_UNICAST:
        return False
    return not any(ip in block for block in NOT_PUBLIC)


def is_allowed(address: str) -> bool:
    return settings.WEBHOOK_ALLOW_PRIVATE or is_public(address)


def open_socket(addr_info: tuple) -> socket.socket:
    """aiohttp's socket_factory: it is given the very address that will be connected to."""
    family, kind, protocol, _, address = addr_info
    if not is_allowed(address[0]):
        raise PrivateAddress
    return socket.socket(family=family, type=kind, proto=protocol)


def parse(url: str) -> URL:
    """The URL as it will be asked for, its query as it was written. Raises ValueError.

    By aiohttp's own parser: two parsers may find two hosts in one URL.
    """
    return URL(url, encoded=url.isascii())


def host_of(url: str) -> str:
    return (parse(url).raw_host or "").lower()


def check_url(url: str) -> None:
    """Raise InvalidURL unless webhooks may be sent there. A name that cannot be resolved (in time)
    passes: the delivery will tell."""
    host = _checked_host(url)
    # A dot at the end is no part of an address, but some resolvers forgive it.
    if not all(map(is_allowed, _addresses({host, host.rstrip(".")}))):
        raise InvalidURL(PRIVATE)


def _checked_host(url: str) -> str:
    if len(url) > LONGEST_URL:
        raise InvalidURL(TOO_LONG)
    if not url.isprintable() or " " in url:
        raise InvalidURL(NOT_A_URL)
    try:
        parsed = parse(url)
        host = (parsed.raw_host or "").lower()
        host.encode("idna")
        is_valid = parsed.scheme in {"http", "https"} and parsed.explicit_port != 0
        is_valid = is_valid and 0 < len(host) <= LONGEST_HOST and "%" not in host
    except ValueError as error:
        raise InvalidURL(NOT_A_URL) from error
    if parsed.user is not None or parsed.password is not None:
        raise InvalidURL(HAS_CREDENTIALS)
    if not is_valid:
        raise InvalidURL(NOT_A_URL)
    return host


def _addresses(hosts: set[str]) -> set[str]:
    """The addresses that were found in time."""
    found, _ = futures.wait([look_up(host) for host in hosts], timeout=RESOLVE_SECONDS)
    known = [each.result() for each in found if not each.exception()]
    return {address[0] for infos in known for *_, address in infos}
