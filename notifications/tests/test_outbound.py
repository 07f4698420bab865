"""P46: nothing that somebody types makes the server connect inside; what it connects to is what was judged."""

import ipaddress
import time

import pytest

from notifications import outbound
from notifications.destinations import Refused, destination_of, is_public
from notifications.outbound import NoAnswer
from notifications.tests.receiving import allow_this_machine, closed_port, contexts, here, receiving


def send(url, **options):
    return outbound.post(url, body=b"{}", headers={"Content-Type": "application/json"}, **options)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "127.9.9.9", "0.0.0.0", "0.1.2.3", "10.0.0.1", "172.16.5.5", "192.168.1.1", "169.254.169.254",
        "100.64.0.1", "192.0.0.192", "198.18.0.1", "203.0.113.9", "224.0.0.1", "239.255.255.250", "240.0.0.1",
        "255.255.255.255", "::", "::1", "::7f00:1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254",
        "fe80::1", "fec0::1", "fc00::1", "fd12:3456::1", "ff02::1", "2001:db8::1", "2002:7f00:1::",
        "2002:a9fe:a9fe::1", "2001:0:4136:e378:8000:63bf:3fff:fdd2", "64:ff9b::7f00:1", "64:ff9b::a00:1",
        "64:ff9b:1::a00:1", "2001:4860::5efe:10.0.0.1", "2001:4860::200:5efe:192.168.0.1",
    ],
)  # fmt: skip
def test_what_is_not_public_is_refused_however_it_is_wrapped(address):
    assert not is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize(
    "address", ["8.8.8.8", "1.1.1.1", "2606:4700::1111", "2002:808:808::1", "64:ff9b::808:808", "::ffff:8.8.8.8"]
)
def test_what_is_public_is_called(address):
    assert is_public(ipaddress.ip_address(address))


def test_an_operator_may_open_a_network_and_opens_no_other():
    inside = (ipaddress.ip_network("10.20.0.0/16"),)

    assert is_public(ipaddress.ip_address("10.20.3.4"), allowed=inside)
    assert is_public(ipaddress.ip_address("::ffff:10.20.3.4"), allowed=inside)
    assert not is_public(ipaddress.ip_address("10.21.3.4"), allowed=inside)


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com/", "ftp://example.com/", "//example.com", "example.com", "https://", "https:///x",
        "https://ada:secret@example.com/", "https://example.com@10.0.0.1/", "https://example.com/#x",
        "https://example.com/#", "https://2130706433/", "https://0x7f000001/", "https://0177.0.0.1/",
        "https://127.1/", "https://127.0.0.1./", "https://0x7f.1/", "https://1.2.3.4.5/", "https://exa mple.com/",
        "https://example.com\\@10.0.0.1/", "https://example.com/\r\nHost: x", "https://example.com:22/",
        "https://example.com:25/", "https://example.com:0/", "https://example.com:99999/", "https://example.com:x/",
        "https://[::1", "https://[fe80::1%25eth0]/", "https://-x.example/", "https://a..b/", "https://ex%61mple.com/",
        "https://example.com/ü", "https://" + "a" * 500 + ".example/", "https://①②⑦.⓪.⓪.①/", "https://*.example/",
    ],
)  # fmt: skip
def test_odd_addresses_are_refused_by_their_shape(url):
    with pytest.raises(Refused):
        destination_of(url)


def test_addresses_come_to_one_spelling():
    bücher = destination_of("https://BÜCHER.Example.:8443/a?b=c")

    assert (bücher.host, bücher.port, bücher.target) == ("xn--bcher-kva.example", 8443, "/a?b=c")
    assert bücher.host_header == "xn--bcher-kva.example:8443"
    assert destination_of("https://[2606:4700:0::1111]").host_header == "[2606:4700::1111]"


@pytest.mark.parametrize("address", ["127.0.0.1", "169.254.169.254", "::1", "::ffff:127.0.0.1"])
def test_a_name_that_leads_inside_is_refused_and_never_called(settings, address):
    with receiving() as receiver:
        settings.OUTBOUND_ALLOWS_HTTP = True
        with pytest.raises(Refused, match="not on the public internet"):
            send(receiver.url(), resolve=lambda host, port: ["8.8.8.8", address])
        with pytest.raises(Refused):
            send(f"http://127.0.0.1:{receiver.port}/")

    assert receiver.requests == []


def test_the_name_is_looked_up_once_and_the_judged_address_is_called(receiver):
    asked = []

    def rebinding(host, port):
        asked.append(host)
        return ["127.0.0.1"] if len(asked) == 1 else ["10.0.0.1"]

    answer = send(receiver.url(), resolve=rebinding)

    assert (answer.code, answer.body, asked) == (200, b"thanks", ["hooks.example"])
    path, headers, body = receiver.requests[0]
    assert (path, headers["Host"], body) == ("/portico", f"hooks.example:{receiver.port}", b"{}")


def test_a_redirect_is_an_answer_and_not_a_way_inside(receiver):
    with receiving() as inside:
        receiver.answers, receiver.headers = [(302, b"")], {"Location": f"http://127.0.0.1:{inside.port}/"}

        answer = send(receiver.url(), resolve=here)

    assert answer.code == 302
    assert inside.requests == []


def test_proxies_of_the_environment_are_not_asked(receiver, monkeypatch):
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{closed_port()}")

    assert send(receiver.url(), resolve=here).code == 200


def test_a_huge_answer_is_read_to_its_first_64_kilobytes(receiver):
    receiver.answers = [(200, b"x" * 5_000_000)]

    assert len(send(receiver.url(), resolve=here).body) == 64 * 1024


def test_an_answer_that_drips_is_left_when_the_time_is_over(receiver):
    receiver.answers, receiver.drips = [(200, b"x" * 500)], 0.03
    began = time.monotonic()

    with pytest.raises(NoAnswer, match="within 0.2 seconds"):
        send(receiver.url(), resolve=here, seconds=0.2)

    assert time.monotonic() - began < 1


def test_a_second_address_is_tried_where_nobody_listens_at_the_first(receiver):
    assert send(receiver.url(), resolve=lambda host, port: ["127.0.0.2", "127.0.0.1"]).code == 200


def test_nobody_there_is_said_in_words(settings):
    allow_this_machine(settings)

    with pytest.raises(NoAnswer, match="No connection could be made"):
        send(f"http://hooks.example:{closed_port()}/", resolve=here)
    with pytest.raises(NoAnswer, match="cannot be looked up"):
        send("http://hooks.example/", resolve=_nothing)


def _nothing(host, port):
    raise OSError("no such name")


def test_tls_proves_the_name_while_the_address_is_pinned(settings, tmp_path):
    allow_this_machine(settings)
    shown, trusted = contexts(tmp_path)
    other, _ = contexts(tmp_path, "other.example")
    with receiving(shown) as receiver:
        assert send(receiver.url("https"), resolve=here, trusted=trusted).code == 200
        with pytest.raises(NoAnswer, match="certificate is not valid"):
            send(receiver.url("https"), resolve=here)
        with pytest.raises(NoAnswer, match="certificate is not valid"):
            send(f"https://elsewhere.example:{receiver.port}/", resolve=here, trusted=trusted)
    with receiving() as plain, pytest.raises(NoAnswer, match="TLS"):
        send(plain.url("https"), resolve=here, trusted=trusted)
    with receiving(other) as wrong, pytest.raises(NoAnswer, match="certificate is not valid"):
        send(wrong.url("https"), resolve=here, trusted=trusted)
