"""Where webhooks may go: which URLs pass at the creation, which addresses at the connection."""

import asyncio
import socket
import threading
import time

import pytest
from aiohttp.abc import AbstractResolver

from predictions.webhooks import InvalidURL, check_url
from predictions.webhooks.addresses import is_public
from predictions.webhooks.client import Answer, new_session, post
from tests.receiver import Receiver

PRIVATE = [
    *("0.0.0.0", "10.1.2.3", "100.64.0.1", "100.100.100.200", "127.0.0.1", "127.255.255.255"),
    *("169.254.169.254", "172.16.0.1", "172.31.255.255", "192.0.0.1", "192.0.0.171", "192.0.2.1"),
    *("192.88.99.1", "192.168.1.1", "198.18.0.1", "198.19.255.255", "198.51.100.1", "203.0.113.1"),
    *("224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255", "168.63.129.16"),
    *("::", "::1", "::127.0.0.1", "::ffff:127.0.0.1", "::ffff:8.8.8.8", "::ffff:0:8.8.8.8"),
    *("64:ff9b::808:808", "64:ff9b:1::1", "100::1", "2001::1", "2001:0:4136:e378::1", "2001:10::1"),
    *("2001:20::1", "2001:db8::1", "2002:7f00:1::", "2002:808:808::", "3fff::1", "4000::1"),
    *("5f00::1", "fc00::1", "fd00:ec2::254", "fe80::1", "fe80::1%lo", "fec0::1", "ff02::1"),
]
PUBLIC = [
    *("1.1.1.1", "8.8.8.8", "100.63.255.255", "100.128.0.1", "172.15.255.255", "172.32.0.1"),
    *("192.167.255.255", "192.169.0.1", "198.17.255.255", "198.20.0.1", "223.255.255.255"),
    *("2001:200::1", "2001:4860:4860::8888", "2606:4700::1111", "2a00:1450::1"),
]


@pytest.mark.parametrize("address", PRIVATE)
def test_a_special_address_is_not_public(address):
    assert not is_public(address)


@pytest.mark.parametrize("address", PUBLIC)
def test_a_global_unicast_address_is_public(address):
    assert is_public(address)


@pytest.mark.parametrize(
    "host",
    [
        *("127.0.0.1", "2130706433", "0x7f000001", "0x7f.1", "0177.0.0.1", "017700000001"),
        *("127.1", "127.0.1", "0", "0.0.0.0", "127.0.0.1.", "0x7f.1.", "localhost", "localhost."),
        *("LOCALHOST", "①②⑦.0.0.1", "127。0。0。1", "169.254.169.254", "2852039166", "10.0.0.1:80"),
        *("[::1]", "[::]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[0:0:0:0:0:0:0:1]"),
        *("[64:ff9b::7f00:1]", "[2002:7f00:1::]", "[fe80::1]", "[fd00:ec2::254]"),
    ],
)
def test_a_private_address_is_refused_in_every_spelling(host):
    with pytest.raises(InvalidURL, match="private address"):
        check_url(f"http://{host}/")


@pytest.mark.parametrize(
    "url",
    [
        *(
            "",
            "x",
            "//example.org/",
            "ftp://8.8.8.8/",
            "file:///etc/passwd",
            "http:///x",
            "http://",
        ),
        *("http://8.8.8.8:99999/", "http://8.8.8.8:0/", "http://8.8.8.8:x/", "http://[::1/"),
        *("http://8.8.8.8\\@127.0.0.1/", "http://8.8.8.8/ x", "http://8.8.8.8/\r\nX: y"),
        *(" http://8.8.8.8/", "http://8.8.8.8/\x00", "http://8.8.8.8/\ud83e", "http://a..b/"),
        *(f"http://{'a' * 64}.example/", f"http://{'a.' * 150}example/", "gopher://8.8.8.8/"),
        *("http://[fe80::1%25lo]/", "http://[fe80::1%lo]/", "http://127%2e0.0.1/"),
        *("http://user@8.8.8.8/", "http://user:password@8.8.8.8/", "http://:@8.8.8.8/"),
        f"http://8.8.8.8/{'x' * 2000}",
    ],
)
def test_what_is_no_url_for_a_webhook_is_refused_with_a_sentence(url):
    with pytest.raises(InvalidURL, match=r"^webhook must "):
        check_url(url)


@pytest.mark.parametrize(
    "url",
    [
        *("http://8.8.8.8/", "https://8.8.8.8:8443/a?b=c#d", "HTTPS://8.8.8.8/", "http://8.8.8.8"),
        *("http://[2606:4700::1111]/", "http://134744072/", "http://8.8.8.8/ü?ö=%2F"),
    ],
)
def test_a_public_address_passes(url):
    check_url(url)


def test_a_name_that_cannot_be_resolved_passes(monkeypatch):
    def unknown(*args, **kwargs):
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)

    check_url("https://hooks.example.org/")


def test_a_name_server_that_hangs_is_not_waited_for(monkeypatch):
    monkeypatch.setattr("predictions.webhooks.addresses.RESOLVE_SECONDS", 0.1)
    released = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **kwargs: released.wait(20) and [])
    started = time.monotonic()

    check_url("https://hooks.example.org./")
    waited = time.monotonic() - started
    released.set()

    assert 0.1 <= waited < 2


def test_a_name_with_one_private_address_is_refused(monkeypatch):
    found = [(*[socket.AF_INET] * 3, "", (each, 0)) for each in ("8.8.8.8", "10.0.0.1")]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **kwargs: found)

    with pytest.raises(InvalidURL, match="private address"):
        check_url("https://hooks.example.org/")


def test_private_addresses_pass_where_the_setting_allows_them(settings):
    settings.WEBHOOK_ALLOW_PRIVATE = True

    check_url("http://127.0.0.1:8000/")


class Rebinding(AbstractResolver):
    """Answers with one address after the other, as a hostile name server does."""

    def __init__(self, *answers: str) -> None:
        self.answers = list(answers)

    async def resolve(self, host, port=0, family=socket.AF_INET):
        address = self.answers.pop(0)
        kind = socket.AF_INET6 if ":" in address else socket.AF_INET
        return [
            {
                "hostname": host,
                "host": address,
                "port": port,
                "family": kind,
                "proto": 0,
                "flags": 0,
            }
        ]

    async def close(self) -> None:
        pass


async def send(url: str, resolver: AbstractResolver | None = None) -> Answer:
    async with new_session(resolver) as session:
        return await post(session, url, {}, b"{}")


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "0x7f.1", "[::ffff:127.0.0.1]", "0"])
def test_a_connection_to_a_private_address_is_never_made(host):
    with Receiver() as receiver:
        answer = asyncio.run(send(f"http://{host}:{receiver.server_port}/"))

    assert answer.is_hopeless
    assert not answer.is_success
    assert receiver.messages == []


def test_a_name_that_changes_its_address_after_the_check_gets_no_connection():
    resolver = Rebinding("8.8.8.8", "127.0.0.1")
    with Receiver() as receiver:
        url = f"http://hooks.example.org:{receiver.server_port}/"
        checked = asyncio.run(resolver.resolve("hooks.example.org"))
        answer = asyncio.run(send(url, resolver))

    assert is_public(checked[0]["host"])
    assert answer == Answer(error="The URL leads to a private address.", is_hopeless=True)
    assert receiver.messages == []


def test_a_name_with_several_private_addresses_is_hopeless_too(settings):
    class Both(Rebinding):
        async def resolve(self, host, port=0, family=socket.AF_INET):
            return [(await super(Both, self).resolve(host, port))[0] for _ in range(2)]

    answer = asyncio.run(send("http://hooks.example.org/", Both("10.0.0.1", "fd00::1")))

    assert answer.is_hopeless


def test_the_same_receiver_is_reached_where_the_setting_allows_it(settings):
    settings.WEBHOOK_ALLOW_PRIVATE = True
    with Receiver() as receiver:
        answer = asyncio.run(send(receiver.url, Rebinding("127.0.0.1")))

    assert answer == Answer(200)
    assert len(receiver.messages) == 1


def test_a_receiver_that_says_nothing_is_left_after_a_while(settings, monkeypatch):
    settings.WEBHOOK_ALLOW_PRIVATE = True
    monkeypatch.setattr("predictions.webhooks.client.SECONDS", 0.2)
    with Receiver(0) as receiver:
        answer = asyncio.run(send(receiver.url))

    assert answer == Answer(error="There was no answer within 0.2 seconds.")


def test_a_refused_connection_is_worth_another_try(settings):
    settings.WEBHOOK_ALLOW_PRIVATE = True
    with Receiver() as receiver:
        url = receiver.url

    answer = asyncio.run(send(url))

    assert "could not be reached" in answer.error
    assert not answer.is_hopeless
