"""The blueprint that all of app/api uses: one parser, so that bad input is told in one way."""

from __future__ import annotations

from functools import cache
from typing import Any, NoReturn

from flask import Request
from flask_smorest import Blueprint as SmorestBlueprint
from marshmallow import EXCLUDE, Schema, ValidationError
from webargs import core
from webargs.flaskparser import FlaskParser, is_json_request
from werkzeug.datastructures import CombinedMultiDict

from app.api.json import loads
from app.errors import InvalidRequest, UnsupportedMediaType


@cache
def _schema_of(kind: type[Schema]) -> Schema:
    return kind()


class Parser(FlaskParser):
    """Parses arguments with our JSON reader and raises domain errors."""

    DEFAULT_VALIDATION_STATUS = 400
    DEFAULT_UNKNOWN_BY_LOCATION = {
        **FlaskParser.DEFAULT_UNKNOWN_BY_LOCATION,
        "query": EXCLUDE,
        "multipart": EXCLUDE,
        "json": None,
    }

    __location_map__ = {**FlaskParser.__location_map__, "multipart": "load_multipart"}

    def _get_schema(self, argmap: Any, req: Request) -> Schema:
        """One schema for all requests: webargs makes one at each, which takes longer than reading a
        small body by it.
        """
        if not isinstance(argmap, type):
            return super()._get_schema(argmap, req)
        return _schema_of(argmap)

    def load_multipart(self, req: Request, schema: Schema) -> Any:
        """A form's fields and its files as one."""
        return self._makeproxy(CombinedMultiDict([req.form, req.files]), schema)

    def _raw_load_json(self, req: Request) -> Any:
        body = req.get_data(cache=True)
        req.stream.read(1)  # a chunked body was cut at the limit: this raises where it goes on
        if not body:
            return core.missing
        if not is_json_request(req):
            raise UnsupportedMediaType("Send it with Content-Type: application/json.")
        return loads(body)

    def handle_error(self, error: ValidationError, *_: Any, **__: Any) -> NoReturn:
        """Raise what webargs found, without the name of the place (json, query) around it."""
        fields: dict[str, Any] = error.normalized_messages()  # type: ignore[no-untyped-call]
        raise InvalidRequest(next(iter(fields.values())) if len(fields) == 1 else fields)


class Blueprint(SmorestBlueprint):
    """A flask-smorest blueprint with our parser."""

    ARGUMENTS_PARSER = Parser()
    DEFAULT_LOCATION_CONTENT_TYPE_MAPPING = {
        **SmorestBlueprint.DEFAULT_LOCATION_CONTENT_TYPE_MAPPING,
        "multipart": "multipart/form-data",
    }
