"""/api/devices: handhelds with a token of their own."""

from __future__ import annotations

from typing import Any

from flask import Response, after_this_request

from app.api.blueprint import Blueprint
from app.api.context import permit, warehouse, who
from app.api.schemas.devices import (
    DevicePageSchema,
    DeviceSchema,
    DevicesQuerySchema,
    EnrolmentSchema,
    EnrolSchema,
)
from app.auth.devices import DevicePage, Enrolment
from app.auth.identity import Device
from app.auth.permissions import Action

blp = Blueprint("devices", __name__, url_prefix="/api/devices", description="Enrolled handhelds")


@blp.get("")
@permit(Action.SEE_DEVICES)
@blp.arguments(DevicesQuerySchema, location="query")
@blp.response(200, DevicePageSchema)
def devices(query: dict[str, Any]) -> DevicePage:
    """The devices by name, a page at a time."""
    return warehouse().devices.page(**query)


@blp.post("")
@permit(Action.MANAGE_DEVICES)
@blp.arguments(EnrolSchema)
@blp.response(201, EnrolmentSchema)
def enrol(wish: dict[str, Any]) -> Enrolment:
    """Enrol a device; its token is in this answer and nowhere else."""
    after_this_request(_never_kept)
    return warehouse().devices.enrol(wish["name"], by=who())


@blp.post("/<device_id>/revoke")
@permit(Action.MANAGE_DEVICES)
@blp.response(200, DeviceSchema)
def revoke(device_id: str) -> Device:
    """End the device's token and every sign-in on it, at once."""
    return warehouse().devices.revoke(device_id, by=who())


def _never_kept(answer: Response) -> Response:
    answer.headers["Cache-Control"] = "no-store"
    return answer
