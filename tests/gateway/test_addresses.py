"""Which addresses are public, and which are this machine."""

from __future__ import annotations

import pytest

from components.gateway.addresses import is_public, is_this_machine


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("93.184.216.34", True), ("2606:2800:220:1::1", True), ("127.0.0.1", False),
        ("10.1.2.3", False), ("169.254.169.254", False), ("100.64.0.1", False), ("0.0.0.0", False),
        ("224.0.0.1", False), ("::1", False), ("fe80::1%eth0", False), ("fd00::1", False),
        ("::ffff:127.0.0.1", False), ("64:ff9b::7f00:1", False), ("64:ff9b::5db8:d822", True),
        ("2002:7f00:1::", False), ("localhost", False), ("", False),
    ],
)  # fmt: skip
def test_only_addresses_of_the_public_internet_are_public(address: str, *, public: bool):
    assert is_public(address) is public


@pytest.mark.parametrize(
    ("host", "here"),
    [("localhost", True), ("a.localhost", True), ("127.9.9.9", True), ("::1", True),
     ("[::1]", True), ("localhost.example", False), ("10.0.0.1", False)],
)  # fmt: skip
def test_loopback_is_recognised_by_name_and_by_number(host: str, *, here: bool):
    assert is_this_machine(host) is here
