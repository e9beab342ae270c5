"""Which host an address leads to: the same origin, this machine, or the public Internet."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from collections.abc import Awaitable, Callable

import httpx

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address
Resolve = Callable[[str, int], Awaitable[list[str]]]  # host and port -> addresses

_PORTS = {"http": 80, "https": 443}
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")


async def resolve(host: str, port: int) -> list[str]:
    """The addresses of a host, by the system's resolver; raises OSError when there are none."""
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[4][0]) for address in found))


def port_of(url: httpx.URL) -> int | None:
    """The port of an http or https address, the usual one where it names none."""
    return url.port or _PORTS.get(url.scheme)


def same_origin(one: httpx.URL, other: httpx.URL) -> bool:
    """Whether two addresses have scheme, host and port in common."""
    return (one.scheme, one.raw_host.lower(), port_of(one)) == (
        other.scheme,
        other.raw_host.lower(),
        port_of(other),
    )


def is_this_machine(host: str) -> bool:
    """Whether a host name or address means the loopback interface; no proxy can reach it."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def is_public(address: str) -> bool:
    """Whether an IP address belongs to the public Internet, also when it wraps another one."""
    try:
        ip: IPAddress = ipaddress.ip_address(address)
    except ValueError:  # an IPv6 scope such as fe80::1%eth0 is link-local anyway
        return False
    if isinstance(ip, ipaddress.IPv6Address):
        if ip.sixtofour or ip.teredo:  # no picture lives behind these relics
            return False
        embedded = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF) if ip in _NAT64 else ip.ipv4_mapped
        ip = embedded or ip
    return ip.is_global and not ip.is_multicast and not ip.is_reserved
