"""Phones on the LAN: HTTPS by an authority of our own, and a page that makes phones trust it.

Camera, service worker and lasting storage need HTTPS, and no public authority signs for an address
of a LAN. So the first `make run LAN=1` makes an authority in the data folder; its key never leaves
it. A phone that installs the authority's certificate once trusts every later certificate of it.
"""

from __future__ import annotations

import socket
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import segno
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from flask import Flask, Response, render_template

from config import ROOT, Settings

AUTHORITY_DAYS = 3_650
SERVER_DAYS = 397
"""Safari and Chrome refuse certificates of servers that are valid for longer."""
RENEW_DAYS = 30
SOMEWHERE = ("192.0.2.1", 9)
"""An address for documentation (RFC 5737): asking for the way to it sends nothing."""


@dataclass(frozen=True, slots=True)
class Pair:
    """A certificate and its key, as files."""

    certificate: Path
    key: Path

    def exist(self) -> bool:
        return self.certificate.exists() and self.key.exists()


def on_the_lan(settings: Settings) -> Settings:
    """The settings that serve HTTPS on this machine's address in the LAN."""
    address = settings.lan_address or own_address()
    server = certificate_for(address, settings.data_dir / "lan")
    return replace(
        settings,
        host=address,
        tls_certificate=server.certificate,
        tls_key=server.key,
    )


def own_address() -> str:
    """The address that this machine has in the LAN; the loopback address where it is in none."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(SOMEWHERE)
        except OSError:
            return "127.0.0.1"
        return str(probe.getsockname()[0])


def certificate_for(address: str, folder: Path) -> Pair:
    """A certificate of our authority for the address; both are made where they are missing, are for
    another address, or end soon.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    authority = authority_of(folder)
    server = Pair(folder / "server.pem", folder / "server.key")
    if not _fits(server, address):
        _sign(server, address, authority)
    return server


def authority_of(folder: Path) -> Pair:
    """The installation's authority."""
    authority = Pair(folder / "authority.pem", folder / "authority.key")
    if not authority.exist():
        key = ec.generate_private_key(ec.SECP256R1())
        name = _name(f"StockVerify on {socket.gethostname()}"[:64])
        draft = _draft(name, name, key.public_key(), AUTHORITY_DAYS)
        draft = draft.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        draft = draft.add_extension(_usage(signs_certificates=True), critical=True)
        _keep(authority, draft.sign(key, hashes.SHA256()), key)
    return authority


def trust_page(settings: Settings, https_url: str) -> Flask:
    """The small page, by plain HTTP, that puts trust and then the app on a phone."""
    app = Flask("trust", template_folder=str(ROOT / "templates"), static_folder=ROOT / "static")
    certificate = authority_of(settings.data_dir / "lan").certificate

    @app.get("/")
    def page() -> str:
        """Two steps: install the authority, open the app."""
        return render_template("screens/trust.html", url=https_url, code=_code(https_url))

    @app.get("/stockverify-authority.crt")
    def authority() -> Response:
        """The authority's certificate, in the form that phones install."""
        found = x509.load_pem_x509_certificate(certificate.read_bytes())
        return Response(found.public_bytes(Encoding.DER), mimetype="application/x-x509-ca-cert")

    return app


def code_for_terminal(url: str) -> str:
    """A QR code of light and dark blocks."""
    lines = segno.make(url, error="l").matrix_iter(border=2)
    rows = [list(line) for line in lines]
    rows += [[0] * len(rows[0])] * (len(rows) % 2)
    blocks = {(0, 0): "█", (0, 1): "▀", (1, 0): "▄", (1, 1): " "}
    pairs = zip(rows[::2], rows[1::2], strict=True)
    return "\n".join(
        "".join(blocks[int(a), int(b)] for a, b in zip(upper, lower, strict=True))
        for upper, lower in pairs
    )


def _code(url: str) -> str:
    return str(segno.make(url, error="m").svg_data_uri(scale=6, border=2))


def _fits(server: Pair, address: str) -> bool:
    if not server.exist():
        return False
    found = x509.load_pem_x509_certificate(server.certificate.read_bytes())
    names = found.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    lasting = found.not_valid_after_utc > datetime.now(UTC) + timedelta(days=RENEW_DAYS)
    return lasting and ip_address(address) in names.get_values_for_type(x509.IPAddress)


def _sign(server: Pair, address: str, authority: Pair) -> None:
    issuer = x509.load_pem_x509_certificate(authority.certificate.read_bytes())
    signer = load_pem_private_key(authority.key.read_bytes(), None)
    assert isinstance(signer, ec.EllipticCurvePrivateKey)  # noqa: S101 — we made it
    key = ec.generate_private_key(ec.SECP256R1())
    names = [x509.IPAddress(ip_address(address)), x509.IPAddress(ip_address("127.0.0.1"))]
    draft = (
        _draft(_name(address), issuer.subject, key.public_key(), SERVER_DAYS)
        .add_extension(
            x509.SubjectAlternativeName([*names, x509.DNSName("localhost")]), critical=False
        )
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs_certificates=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
    )
    _keep(server, draft.sign(signer, hashes.SHA256()), key)


def _draft(
    name: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, days: int
) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=days))
    )


def _name(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _keep(pair: Pair, certificate: x509.Certificate, key: ec.EllipticCurvePrivateKey) -> None:
    pair.key.touch(mode=0o600)
    pair.key.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    pair.certificate.write_bytes(certificate.public_bytes(Encoding.PEM))
