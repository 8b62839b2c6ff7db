"""What devices know of their counts, compared with what the database has."""

from __future__ import annotations

from collections import Counter

CONTENT = ("item_code", "verified_qty", "damage_qty", "serial_numbers")


def content(record):
    """The count itself, of a record as it was sent or as it is stored."""
    return tuple(record.get(name) or ([] if name == "serial_numbers" else 0) for name in CONTENT)


def stored_of(db, devices):
    """The records of these devices, by id."""
    found = list(db.verification_records.find({"session_id": {"$in": sessions_of(devices)}}))
    stored = {record["client_record_id"]: record for record in found}
    assert len(stored) == len(found), "a record is stored twice"
    return stored


def sessions_of(devices):
    return [device.session_id for device in devices]


def faults_of(db, devices, *, settled):
    """What is wrong, in words; nothing where all is well. `settled`: every count was acknowledged,
    else some are on their way.
    """
    stored = stored_of(db, devices)
    counts = {record_id: c for device in devices for record_id, c in device.counts.items()}
    found = [f"{record_id} was never sent" for record_id in stored.keys() - counts.keys()]
    for record_id, count in counts.items():
        found += _faults_of_count(record_id, count, stored.get(record_id), settled=settled)
    return found + _faults_of_serials(db, devices, stored, counts, settled=settled)


def _faults_of_count(record_id, count, kept, *, settled):
    if kept is None:
        return [f"{record_id} was acknowledged and is gone"] if count.acked else []
    sent = [content(version) for version in count.versions[: count.sent]]
    if content(kept) not in sent[max(0, count.acked - 1) :]:
        return [f"{record_id} is stored as {content(kept)}, acknowledged {count.acked} of {sent}"]
    before = [content(version) for version in kept["history"]]
    if not _in_order(before, sent) or kept["rev"] != len(before) + 1:
        return [f"{record_id} has a torn history: {before} of {sent}"]
    if settled and content(kept) != content(count.versions[-1]):
        return [f"{record_id} is not stored with its last content"]
    return []


def _in_order(some, of_all):
    rest = iter(of_all)
    return all(each in rest for each in some)


def _faults_of_serials(db, devices, stored, counts, *, settled):
    claims = list(db.item_serials.find({"session_id": {"$in": sessions_of(devices)}}))
    owners = {claim["serial_number"]: claim["client_record_id"] for claim in claims}
    found = [] if len(owners) == len(claims) else ["a serial has two owners"]
    for record_id, record in stored.items():
        found += [
            f"{serial} of {record_id} is {owners.get(serial)}'s"
            for serial in record.get("serial_numbers", ())
            if owners.get(serial) != record_id
        ]
    for serial, owner in owners.items():
        has = serial in stored.get(owner, {}).get("serial_numbers", ())
        wanted = any(serial in v["serial_numbers"] for v in counts[owner].versions)
        if not has and (settled or not wanted):
            found.append(f"{serial} is held by {owner}, which has it not")
    return found


def faults_of_lines(db, devices):
    """Count lines against the sums of the last contents, rack by rack and item by item."""
    counted = Counter()
    for device in devices:
        for count in device.counts.values():
            last = count.versions[-1]
            counted[device.rack_id, last["item_code"]] += last["verified_qty"]
    racks = [device.rack_id for device in devices]
    lines = db.count_lines.find({"rack_id": {"$in": racks}, "counted_qty": {"$ne": None}})
    kept = {(line["rack_id"], line["item_code"]): line["counted_qty"] for line in lines}
    return [
        f"the line of {key} says {kept.get(key)}, its records {counted.get(key)}"
        for key in kept.keys() | counted.keys()
        if kept.get(key) != counted.get(key)
    ]
