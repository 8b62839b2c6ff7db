"""The key that signs manifests: Ed25519, made at the first start, readable by its owner only."""

from __future__ import annotations

import os
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from secrets import token_hex

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)

SIGNS = 32
"""Hexadecimal signs of a fingerprint: 128 bits of SHA-256, short enough to read aloud."""
GROUP = 4


class UnusableKey(ValueError):
    """A file that holds no Ed25519 key, or cannot be read or made; the text says which."""


class SigningKey:
    """The installation's key, in a PEM file. Nothing is read before the first use."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def ensure(self) -> None:
        """Make the key where there is none yet. Raises UnusableKey."""
        try:
            if not self._path.exists():
                self._make()
        except OSError as error:
            raise UnusableKey(f"{self._path} cannot be made: {error.strerror}") from None
        _ = self._key

    def sign(self, content: bytes) -> bytes:
        """The signature, 64 bytes. Raises UnusableKey."""
        return self._key.sign(content)

    @cached_property
    def public_pem(self) -> bytes:
        """The public half. Raises UnusableKey."""
        return _pem_of(self._key.public_key())

    @property
    def fingerprint(self) -> str:
        """The public half in short, for people to compare."""
        return fingerprint(self.public_pem)

    @cached_property
    def _key(self) -> Ed25519PrivateKey:
        if not self._path.exists():
            self._make()
        try:
            key = load_pem_private_key(self._path.read_bytes(), password=None)
        except (OSError, ValueError, TypeError, UnsupportedAlgorithm) as error:
            raise UnusableKey(f"{self._path} cannot be read: {error}") from None
        if not isinstance(key, Ed25519PrivateKey):
            raise UnusableKey(f"{self._path} holds no Ed25519 key")
        return key

    def _make(self) -> None:
        """Whole or not at all, and never over another process's key."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        fresh = self._path.with_suffix(f".{token_hex(4)}.new")
        fresh.touch(mode=0o600)
        try:
            fresh.write_bytes(
                Ed25519PrivateKey.generate().private_bytes(
                    Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
                )
            )
            os.link(fresh, self._path)
        except FileExistsError:
            return
        finally:
            fresh.unlink()


def fingerprint(public_pem: bytes) -> str:
    """A public key in short: groups of four signs. Raises UnusableKey."""
    raw = _public(public_pem).public_bytes(Encoding.Raw, PublicFormat.Raw)
    signs = sha256(raw).hexdigest()[:SIGNS]
    return " ".join(signs[i : i + GROUP] for i in range(0, SIGNS, GROUP))


def is_signed(content: bytes, signature: bytes, public_pem: bytes) -> bool:
    """Whether the key signed exactly this. Raises UnusableKey."""
    try:
        _public(public_pem).verify(signature, content)
    except InvalidSignature:
        return False
    return True


def _public(pem: bytes) -> Ed25519PublicKey:
    """The key in its one form: two files of one key are equal."""
    try:
        key = load_pem_public_key(pem)
    except (ValueError, UnsupportedAlgorithm):
        raise UnusableKey("this is no public key") from None
    if not isinstance(key, Ed25519PublicKey) or _pem_of(key) != pem:
        raise UnusableKey("this is no Ed25519 public key as we write them")
    return key


def _pem_of(key: Ed25519PublicKey) -> bytes:
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
