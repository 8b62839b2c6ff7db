"""/api/people: who is here and what they do."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, validate

from app.api.blueprint import Blueprint
from app.api.context import permit, warehouse, who
from app.api.schemas.fields import Moment
from app.api.schemas.paging import Cursor
from app.api.schemas.racks import ProgressSchema
from app.auth.identity import Role
from app.auth.permissions import Action
from app.racks.rack import SessionStatus
from app.sessions.people import PeoplePage

MAX_PAGE = 500

blp = Blueprint("people", __name__, url_prefix="/api/people", description="Who is here")


class AtRackSchema(Schema):
    session_id = fields.String()
    rack_id = fields.String()
    floor = fields.String()
    status = fields.Enum(SessionStatus, by_value=True)
    progress = fields.Nested(ProgressSchema)


class PersonSchema(Schema):
    user_id = fields.String(attribute="account.user_id")
    username = fields.String(attribute="account.username")
    name = fields.String(attribute="account.name")
    role = fields.Enum(Role, by_value=True, attribute="account.role")
    online = fields.Boolean(allow_none=True, metadata={"description": "null: not known now"})
    racks = fields.List(fields.Nested(AtRackSchema), attribute="sessions")
    device_id = fields.String(allow_none=True)
    queue_length = fields.Integer(
        attribute="queue.length",
        dump_default=None,
        allow_none=True,
        metadata={"description": "records that wait on the device"},
    )
    queue_age_s = fields.Integer(
        attribute="queue.age_s",
        dump_default=None,
        allow_none=True,
        metadata={"description": "for how many seconds the oldest of them waits"},
    )
    pace_per_hour = fields.Float(allow_none=True, metadata={"description": "pieces an hour"})
    idle_since = Moment(allow_none=True, metadata={"description": "the last count"})


class PeopleSchema(Schema):
    people = fields.List(fields.Nested(PersonSchema), required=True)
    next_cursor = Cursor(str, attribute="next_position", allow_none=True, required=True)


class PeopleQuerySchema(Schema):
    limit = fields.Integer(load_default=MAX_PAGE, validate=validate.Range(1, MAX_PAGE))
    after = Cursor(str, data_key="cursor")


@blp.get("")
@permit(Action.SEE_COUNTS)
@blp.arguments(PeopleQuerySchema, location="query")
@blp.response(200, PeopleSchema)
def people(query: dict[str, Any]) -> PeoplePage:
    """The people by user name: presence, racks, pace, and since when nothing was counted."""
    return warehouse().people.page(who(), **query)
