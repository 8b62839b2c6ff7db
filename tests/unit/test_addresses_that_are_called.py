"""A webhook reaches the public internet and the allowed networks, and nothing else."""

from __future__ import annotations

import pytest

from app.services.outward import OutwardRefused, check, networks, target_of

NONE = networks([])
OURS = networks(["10.1.0.0/16", "fd00:1::/32"])
SECURE = target_of("https://example.com/hook?key=1")
PLAIN = target_of("http://example.com/hook")


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "127.9.9.9", "0.0.0.0", "10.0.0.1", "172.16.0.1", "192.168.1.1"),  # noqa: S104 — it is refused
        *("169.254.169.254", "100.64.0.1", "224.0.0.1", "255.255.255.255", "192.0.2.1"),
        *("::1", "::", "fe80::1", "fe80::1%eth0", "fd00::1", "ff02::1", "::ffff:127.0.0.1"),
        *("::ffff:10.0.0.1", "2002:7f00:1::", "64:ff9b::7f00:1", "2001:0:7f00:1::"),
    ],
)
def test_an_address_that_is_not_public_is_refused(address):
    with pytest.raises(OutwardRefused):
        check(SECURE, [address], NONE)


def test_one_bad_address_among_good_ones_is_enough():
    with pytest.raises(OutwardRefused):
        check(SECURE, ["93.184.216.34", "127.0.0.1"], NONE)


@pytest.mark.parametrize("address", ["93.184.216.34", "2606:2800:220:1:248:1893:25c8:1946"])
def test_public_addresses_are_called_over_https_only(address):
    check(SECURE, [address], NONE)
    with pytest.raises(OutwardRefused, match="https"):
        check(PLAIN, [address], OURS)


@pytest.mark.parametrize("address", ["10.1.2.3", "::ffff:10.1.2.3", "fd00:1::5"])
def test_allowed_networks_are_called_by_plain_http_too(address):
    check(PLAIN, [address], OURS)
    with pytest.raises(OutwardRefused):
        check(PLAIN, ["10.2.0.1"], OURS)


@pytest.mark.parametrize(
    "url",
    [
        *("ftp://example.com", "file:///etc/passwd", "https://", "example.com", "https://u:p@a.b"),
        *("https://u@example.com", "https://example.com:99999", "gopher://a.b", "https://[::1"),
    ],
)
def test_what_is_no_address_of_the_web_is_refused(url):
    with pytest.raises(OutwardRefused):
        target_of(url)


def test_a_target_keeps_path_query_and_port():
    assert (SECURE.host, SECURE.port, SECURE.path) == ("example.com", 443, "/hook?key=1")
    other = target_of("http://bücher.example:8080")
    assert (other.host, other.port, other.path) == ("xn--bcher-kva.example", 8080, "/")
