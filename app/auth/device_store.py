"""Devices as kept: the only file that asks their collection."""

from __future__ import annotations

from datetime import datetime

from pymongo.collection import Collection

from app.auth.identity import Device
from app.db.client import Db, Document


class DeviceStore:
    """The collection `devices`."""

    def __init__(self, db: Db) -> None:
        self._devices: Collection[Document] = db.devices

    def device(self, device_id: str) -> Device | None:
        return _device(self._devices.find_one({"_id": device_id}))

    def devices_after(self, position: tuple[str, str], limit: int) -> list[Device]:
        """At most `limit` devices by name, from the first one behind a (name, id) place."""
        name, device_id = position
        behind = {"$or": [{"name": {"$gt": name}}, {"name": name, "_id": {"$gt": device_id}}]}
        found = self._devices.find(behind).sort([("name", 1), ("_id", 1)]).limit(limit)
        return [device for each in found if (device := _device(each)) is not None]

    def add(self, device: Device) -> None:
        fields = {name: getattr(device, name) for name in Device.__slots__ if name != "device_id"}
        self._devices.insert_one({"_id": device.device_id, **fields})

    def revoke(self, device_id: str, *, by: str, at: datetime) -> Device | None:
        """Mark it as revoked; who did so first stays named. None: there is no such device."""
        self._devices.update_one(
            {"_id": device_id, "revoked_at": None}, {"$set": {"revoked_by": by, "revoked_at": at}}
        )
        return self.device(device_id)


def _device(doc: Document | None) -> Device | None:
    if doc is None:
        return None
    fields = {name: doc.get(name) for name in Device.__slots__ if name != "device_id"}
    return Device(device_id=doc["_id"], **fields)  # type: ignore[arg-type]
