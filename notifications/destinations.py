"""Where we are willing to connect to when somebody types an address: the shape of a URL, and which IP addresses.

Everything here is arithmetic on text; asking for the addresses of a name and connecting is `notifications.outbound`.
"""

import ipaddress
import re
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
from urllib.parse import urlsplit

import idna

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

URL_AT_MOST = 500
_NAME = re.compile(r"(?=.{1,253}\Z)[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?)*")
_LOOKS_LIKE_A_NUMBER = re.compile(r"(0x[0-9a-f]*|[0-9]+)")
_DEFAULT_PORTS = {"https": 443, "http": 80}
# IANA's registries of special-purpose addresses: Python's own tables have gaps and changed between releases. Teredo
# lies in 2001::/23 and is refused as a whole.
_SPECIAL = tuple(
    ipaddress.ip_network(text)
    for text in (
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24",
        "192.0.2.0/24", "192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24", "192.168.0.0/16", "192.175.48.0/24",
        "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/3",
        "::/128", "::1/128", "::/96", "64:ff9b:1::/48", "100::/64", "100:0:0:1::/64", "2001::/23", "2001:db8::/32",
        "3fff::/20", "5f00::/16", "fc00::/7", "fe80::/9", "ff00::/8",
    )
)  # fmt: skip
_NAT64 = IPv6Network("64:ff9b::/96")


class Refused(Exception):
    """We do not connect there. The message is a sentence for the person who typed the address."""


@dataclass(frozen=True)
class Destination:
    """A URL taken apart: ``host`` is a name in lower case and ASCII, or an IP address without brackets."""

    scheme: str
    host: str
    port: int
    # Path and query, as they are sent.
    target: str

    @property
    def is_literal(self) -> bool:
        """Whether the host is an IP address already, so that nothing is looked up."""
        return _literal(self.host) is not None

    @property
    def host_header(self) -> str:
        """What stands in the header ``Host``."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _DEFAULT_PORTS[self.scheme] else f"{host}:{self.port}"


def destination_of(url: str, *, allows_http: bool = False) -> Destination:
    """Take a URL apart. Raises `Refused` unless it is plain, unambiguous and https.

    Numbers in other spellings than four decimal ones (decimal, octal, hexadecimal), user names, fragments, spaces
    and backslashes are refused: programs disagree about what they mean. Of the ports below 1024 only the scheme's own
    is taken, because behind the others listen services that were never meant to be called like this.
    """
    if len(url) > URL_AT_MOST:
        raise Refused(f"An address has at most {URL_AT_MOST} characters.")
    if not url.isprintable() or any(character in url for character in ' \\"<>^`{|}'):
        raise Refused("An address has no spaces, backslashes or invisible characters.")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as problem:
        raise Refused("This is not an address such as https://example.com/portico.") from problem
    if parts.scheme not in _DEFAULT_PORTS or (parts.scheme == "http" and not allows_http):
        raise Refused("The address must start with https://.")
    if "@" in parts.netloc:
        raise Refused("Leave user name and password out of the address; every delivery is signed instead.")
    if parts.fragment or url.endswith("#"):
        raise Refused("Leave out what follows “#”; it is never sent.")
    host = _host_of(parts.hostname or "")
    port = _DEFAULT_PORTS[parts.scheme] if port is None else port
    if port != _DEFAULT_PORTS[parts.scheme] and port < 1024:
        raise Refused(f"Port {port} belongs to another service. Use 443, or one from 1024 on.")
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    if not target.isascii():
        raise Refused("Write path and query in ASCII, other characters as %C3%BC.")
    return Destination(parts.scheme, host, port, target)


def is_public(address: Address, *, allowed: tuple[Network, ...] = ()) -> bool:
    """Return whether ``address`` is on the public internet, or in one of the networks an operator ``allowed``.

    An address that carries another one (mapped, 6to4, NAT64, ISATAP) has to be public itself and in what it carries.
    """
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    if mapped is not None:
        return is_public(mapped, allowed=allowed)
    if any(address in network for network in allowed):
        return True
    if address.is_multicast or any(address in network for network in _SPECIAL) or not _is_global(address):
        return False
    return all(is_public(one) for one in _carried(address))


def _is_global(address: Address) -> bool:
    # NAT64 is judged by what it carries.
    return address.is_global or (isinstance(address, IPv6Address) and address in _NAT64)


def _carried(address: Address) -> list[Address]:
    if isinstance(address, IPv4Address):
        return []
    carried: list[Address] = [address.sixtofour] if address.sixtofour else []
    low = int(address) & 0xFFFFFFFF
    # The second is ISATAP (RFC 5214), which hides an IPv4 address in any prefix.
    if address in _NAT64 or (int(address) >> 32) & 0xFCFFFFFF == 0x00005EFE:
        carried.append(IPv4Address(low))
    return carried


def _host_of(text: str) -> str:
    """Return the host in its one spelling. Raises `Refused`."""
    if "%" in text:
        raise Refused("The name of the host is not valid.")
    literal = _literal(text)
    if literal is not None:
        return str(literal)
    text = text.removesuffix(".")
    try:
        name = text if text.isascii() else idna.encode(text, uts46=True).decode("ascii")
    except idna.IDNAError as problem:
        raise Refused("The name of the host is not valid.") from problem
    name = name.lower()
    if _LOOKS_LIKE_A_NUMBER.fullmatch(name.rpartition(".")[2]):
        raise Refused("Write an IP address as four decimal numbers, or better use a name.")
    if not _NAME.fullmatch(name):
        raise Refused("The name of the host is not valid.")
    return name


def _literal(host: str) -> Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None
