"""The sheet that `flask verify` prints."""

from __future__ import annotations

from collections.abc import Sequence

from app.custody.checking import Finding, proves


def sheet(name: str, findings: Sequence[Finding], *, compared: bool) -> str:
    """Findings as lines of text, with the verdict last."""
    wide = max((len(each.rule) for each in findings), default=0)
    rows = [
        f"  {'ok  ' if each.holds else 'FAIL'}  {each.rule:<{wide}}  {each.detail}"
        for each in findings
    ]
    return "\n".join([f"Proof of custody: {name}", *rows, "", _verdict(findings, compared)])


def _verdict(findings: Sequence[Finding], compared: bool) -> str:  # noqa: FBT001 — said by its caller
    if not proves(list(findings)):
        return "NOT PROVED. Do not rely on this file; ask for it again."
    if compared:
        return "PROVED: nothing was lost, doubled or changed since it was sealed."
    return (
        "PROVED: nothing was lost, doubled or changed since it was sealed by the key above.\n"
        "Compare its fingerprint with the one that the installation shows (or pass it as --key)."
    )
