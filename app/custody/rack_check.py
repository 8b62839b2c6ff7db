"""Checks one rack of a bundle: its chain, link by link, each with the version that it is of."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from app.custody.bundle import State
from app.custody.chain import Taken, beginning, link
from app.custody.figures import Figures

CHAIN = "Every chain is unbroken"
COUNTS = "No count was lost, doubled or changed"
FIGURES = "The figures are those that were sealed"


class Broken(Exception):
    """A rule that does not hold, and the first place."""

    def __init__(self, rule: str, why: str) -> None:
        super().__init__(f"{rule}: {why}")
        self.rule = rule
        self.why = why


def check_rack(
    rack: Mapping[str, Any], stocktake_id: str, entries: Iterable[Mapping[str, Any]]
) -> None:
    """Raises Broken at the first link that does not hold."""
    rack_id, last, number = rack["rack_id"], beginning(stocktake_id, rack["rack_id"]), 0
    figures, standing = Figures(), set[str]()
    for number, entry in enumerate(entries, 1):
        where = f"rack {rack_id}, link {number}"
        last = _check_link(entry, number, last, where)
        _check_version(entry["version"], stocktake_id, rack_id, where)
        _check_standing(entry, standing, where)
        figures.add(entry["version"], entry["state"])
    if number != rack["links"] or last != rack["last"]:
        raise Broken(CHAIN, f"rack {rack_id} ends at link {number}, not at {rack['links']}")
    found = figures.as_json()
    if found != {name: rack[name] for name in found}:
        raise Broken(FIGURES, f"rack {rack_id} comes to {found}")


def _check_link(entry: Mapping[str, Any], number: int, last: str, where: str) -> str:
    """The hash of the link, which follows the one before and is of its version."""
    told, version = entry["link"], entry["version"]
    if told is None:
        raise Broken(COUNTS, f"{where}: a version of {_id(version)} that was never sealed")
    if version is None:
        raise Broken(COUNTS, f"{where}: the version {told['rev']} of {told['record_id']} is lost")
    made = link(number, Taken.of(version), last)
    if told["prev"] != last or told["number"] != number:
        raise Broken(CHAIN, f"{where} does not follow the link before")
    if told != made.as_json():
        raise Broken(COUNTS, f"{where}: {_id(version)} is not what was sealed")
    return made.hash


def _check_version(version: Mapping[str, Any], stocktake_id: str, rack_id: str, where: str) -> None:
    if version["stocktake_id"] != stocktake_id or version["rack_id"] != rack_id:
        raise Broken(COUNTS, f"{where}: {_id(version)} is of another rack or stocktake")


def _check_standing(entry: Mapping[str, Any], standing: set[str], where: str) -> None:
    """Of each record one version stands at most."""
    if State(entry["state"]) is State.STANDS:
        record_id = entry["version"]["client_record_id"]
        if record_id in standing:
            raise Broken(COUNTS, f"{where}: {record_id} counts twice")
        standing.add(record_id)


def _id(version: Mapping[str, Any] | None) -> str:
    return str((version or {}).get("client_record_id"))
