"""The shapes of jobs."""

from __future__ import annotations

from marshmallow import Schema, fields

from app.api.schemas.fields import Moment
from app.jobs.job import State


class JobProgressSchema(Schema):
    done = fields.Integer(metadata={"example": 40_000})
    total = fields.Integer(allow_none=True, metadata={"description": "null: not known yet"})


class AskerSchema(Schema):
    user_id = fields.String()
    username = fields.String()
    name = fields.String()


class JobSchema(Schema):
    job_id = fields.String()
    kind = fields.String(metadata={"example": "export"})
    state = fields.Enum(State, by_value=True)
    progress = fields.Nested(JobProgressSchema)
    by = fields.Nested(AskerSchema)
    at = Moment(metadata={"description": "when it was asked for"})
    started_at = Moment(allow_none=True)
    ended_at = Moment(allow_none=True)
    attempts = fields.Integer(metadata={"description": "how often a worker took it; at most 3"})
    error = fields.String(allow_none=True, metadata={"description": "a code, of a failed job"})
    result = fields.Dict(metadata={"description": "what it made, by its kind"})


class JobsSchema(Schema):
    jobs = fields.List(fields.Nested(JobSchema), required=True)
