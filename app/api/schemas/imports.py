"""The shapes of catalogue imports."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from marshmallow import Schema, ValidationError, fields, post_load, pre_load, validate

from app.api.json import loads
from app.api.schemas.fields import Moment
from app.api.schemas.movements import Place
from app.api.schemas.paging import Cursor
from app.errors import MalformedJson
from app.items.columns import FIELDS
from app.items.drafts import RowKind
from app.items.item_import import ImportState, ImportWish
from app.items.reading import NAME_MAX

MAX_PAGE = 200
MAX_MAPPING = 8 * 1024


class MappingField(fields.Dict):
    """Which column of the file says each field; in a form it comes as JSON text."""

    def __init__(self, **more: Any) -> None:
        super().__init__(
            keys=fields.String(validate=validate.OneOf(FIELDS)),
            values=fields.String(validate=validate.Length(min=1, max=NAME_MAX + 10)),
            **more,
        )

    def _deserialize(self, value: Any, *args: Any, **more: Any) -> Any:
        if isinstance(value, str):
            try:
                value = loads(value[:MAX_MAPPING])
            except MalformedJson:
                raise ValidationError("Give a JSON object of field and column.") from None
        mapping: dict[str, str] = super()._deserialize(value, *args, **more)  # type: ignore[no-untyped-call]
        if len(set(mapping.values())) != len(mapping):
            raise ValidationError("A column can say one field only.")
        return mapping


class ImportWishSchema(Schema):
    mapping = MappingField(
        load_default=None,
        allow_none=True,
        metadata={
            "description": "the file's column for each field; without it one is proposed",
            "example": {"item_code": "Item Code", "stock_qty": "Balance Qty"},
        },
    )
    whole = fields.Boolean(
        load_default=False,
        metadata={"description": "the file is the whole catalogue: what is not in it, goes"},
    )
    stock_at = Moment(
        load_default=None,
        allow_none=True,
        metadata={
            "description": "the moment of the file's stock figures, default now; what moved since "
            "is added",
        },
    )

    @pre_load
    def drop_empty(self, data: Any, **_: Any) -> Any:
        """A form sends what was left empty as an empty text."""
        if not isinstance(data, Mapping):
            return data  # refused by the schema, with a name for what is wrong
        return {name: value for name, value in data.items() if value != ""}

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> ImportWish:
        return ImportWish(**data)


class ImportFileSchema(ImportWishSchema):
    """A file, and how it is to be understood."""

    file = fields.Raw(
        required=True,
        metadata={"type": "string", "format": "binary", "description": "CSV or XLSX, ≤ 30 MiB"},
    )

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> tuple[Any, ImportWish]:
        return data.pop("file"), ImportWish(**data)


class ColumnSchema(Schema):
    name = fields.String()
    samples = fields.List(fields.String())


class CountsSchema(Schema):
    """How many rows are of each kind."""

    new = fields.Integer(dump_default=0)
    changed = fields.Integer(dump_default=0)
    same = fields.Integer(dump_default=0)
    gone = fields.Integer(dump_default=0)
    faulty = fields.Integer(dump_default=0)


class ImportSchema(Schema):
    import_id = fields.String(required=True)
    state = fields.Enum(ImportState, by_value=True, required=True)
    file_name = fields.String()
    size = fields.Integer(metadata={"description": "bytes"})
    whole = fields.Boolean()
    stock_at = Moment()
    columns = fields.List(fields.Nested(ColumnSchema))
    mapping = fields.Dict(
        keys=fields.String(), values=fields.String(), allow_none=True,
        metadata={"description": "the column of each field; without item_code nothing can be read"},
    )  # fmt: skip
    counts = fields.Nested(CountsSchema)
    done = fields.Integer(metadata={"description": "rows read, taken over or taken back"})
    total = fields.Integer(metadata={"description": "rows that change an item"})
    error = fields.Dict(
        allow_none=True,
        metadata={"description": "why it failed or was stopped: code, title, detail"},
    )
    job_id = fields.String(
        allow_none=True, metadata={"description": "the job at work on it, or the last one"}
    )
    created_by = fields.String()
    created_by_name = fields.String()
    created_at = Moment()
    committed_by_name = fields.String(allow_none=True)
    committed_at = Moment(allow_none=True)
    finished_at = Moment(allow_none=True)
    undone_by_name = fields.String(allow_none=True)


class ImportsQuerySchema(Schema):
    limit = fields.Integer(load_default=20, validate=validate.Range(min=1, max=MAX_PAGE))
    before = Place(
        data_key="cursor",
        load_default=None,
        metadata={"description": "`next_cursor` of the page before"},
    )


class ImportsSchema(Schema):
    imports = fields.List(fields.Nested(ImportSchema), required=True)
    next_cursor = Place(attribute="next_place", required=True, allow_none=True)


class RowsQuerySchema(Schema):
    kind = fields.Enum(
        RowKind, by_value=True, required=True, validate=validate.NoneOf([RowKind.SAME])
    )
    limit = fields.Integer(load_default=50, validate=validate.Range(min=1, max=MAX_PAGE))
    after = Cursor(
        int,
        str,
        data_key="cursor",
        load_default=None,
        metadata={"description": "`next_cursor` of the page before"},
    )


class FieldChangeSchema(Schema):
    field = fields.Function(lambda change: change[0], metadata={"type": "string"})
    old = fields.Function(lambda change: change[1])
    new = fields.Function(lambda change: change[2])


class RowSchema(Schema):
    kind = fields.Enum(RowKind, by_value=True)
    row = fields.Integer(metadata={"description": "as spreadsheets number it; 0: not in the file"})
    item_code = fields.String(allow_none=True)
    item_name = fields.String(allow_none=True)
    values = fields.Dict(
        allow_none=True,
        metadata={"description": "what a new row says; of a faulty one the unusable field"},
    )
    changes = fields.List(fields.Nested(FieldChangeSchema))
    field = fields.String(allow_none=True, metadata={"description": "the unusable field"})
    why = fields.String(allow_none=True)
    skipped = fields.String(
        allow_none=True, metadata={"description": "why it was left out after all"}
    )


class RowsSchema(Schema):
    rows = fields.List(fields.Nested(RowSchema), required=True)
    next_cursor = Cursor(int, str, attribute="next_place", required=True, allow_none=True)
