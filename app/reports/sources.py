"""What reports may read: the collections, and of each the fields, by a white list.

A field is named here or it does not exist for reports: no payload, secret or history is one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from app.reports.columns import ColumnType

TEXT, INTEGER, NUMBER = ColumnType.TEXT, ColumnType.INTEGER, ColumnType.NUMBER
BOOLEAN, TIME = ColumnType.BOOLEAN, ColumnType.TIME


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """`path` is where the collection keeps it; `is_list`: several texts, listed as one cell."""

    name: str
    label: str
    type: ColumnType
    path: str
    is_list: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A collection that reports read. `key`: the fields that name one of its documents; `shown`:
    what a list shows unless it says otherwise.
    """

    name: str
    label: str
    key: tuple[str, ...]
    shown: tuple[str, ...]
    fields: Mapping[str, Field]


def _source(name: str, label: str, key: str, shown: str, *fields: Field) -> Source:
    return Source(
        name=name,
        label=label,
        key=tuple(key.split()),
        shown=tuple(shown.split()),
        fields={field.name: field for field in fields},
    )


def _field(name: str, label: str, of: ColumnType = TEXT, path: str = "") -> Field:
    return Field(name=name, label=label, type=of, path=path or name)


_ITEM, _RACK, _FLOOR = (
    _field("item_code", "Item"),
    _field("rack_id", "Rack"),
    _field("floor", "Floor"),
)
_SESSION = _field("session_id", "Session")
_STOCKTAKE = _field("stocktake_id", "Stocktake")
_USER = _field("username", "Counter")
_STATUS = _field("status", "Status")
_CREATED = _field("created_at", "Created", TIME)
_UPDATED = _field("updated_at", "Changed", TIME)
_WAREHOUSE = _field("warehouse", "Warehouse")
_UOM = _field("uom", "Unit")
_CATEGORY, _SUBCATEGORY = _field("category", "Category"), _field("subcategory", "Subcategory")
_FENCE, _PASS = _field("fence", "Fence", INTEGER), _field("pass", "Pass", INTEGER)
_SERIALS = Field(
    name="serial_numbers", label="Serial numbers", type=TEXT, path="serial_numbers", is_list=True
)
_KNOWN = _field("item_known", "In the catalogue", BOOLEAN)

_ALL = (
    _source(
        "count_lines",
        "Count lines",
        "stocktake_id rack_id item_code",
        "rack_id item_code item_name status book_qty counted_qty variance_qty variance_value",
        _field("stocktake_id", "Stocktake", path="session_id"),
        *(_RACK, _FLOOR, _ITEM, _field("item_name", "Name"), _CATEGORY, _UOM),
        _field("price", "Price", NUMBER),
        *(_KNOWN, _field("expected_here", "Belongs here", BOOLEAN), _STATUS),
        _field("verified", "Settled", BOOLEAN),
        _field("book_qty", "Book", NUMBER),
        _field("book_at", "Book of", TIME),
        _field("moved_qty", "Moved since", NUMBER),
        _field("counted_qty", "Counted", NUMBER),
        _field("damage_qty", "Damaged", NUMBER),
        _field("counted_at", "Counted at", TIME),
        _field("variance_qty", "Variance", NUMBER),
        _field("variance_value", "Variance in money", NUMBER),
        _field("within_tolerance", "Within tolerance", BOOLEAN),
        _field("rank", "At stake", NUMBER),
        _field("said", "Said by the counter"),
        _field("decision", "Decision", path="ruling.decision"),
        _field("decided_by", "Decided by", path="ruling.username"),
        *(_CREATED, _UPDATED),
    ),
    _source(
        "verification_records",
        "Counts",
        "client_record_id",
        "created_at username rack_id item_code verified_qty damage_qty item_condition",
        _field("client_record_id", "Record"),
        *(_STOCKTAKE, _SESSION, _RACK, _FLOOR, _WAREHOUSE, _ITEM, _KNOWN, _USER),
        _field("verified_qty", "Counted", NUMBER),
        _field("damage_qty", "Damaged", NUMBER),
        _SERIALS,
        _field("item_condition", "Condition"),
        _field("condition_details", "Condition in words"),
        _field("mfg_date", "Made"),
        _field("mrp", "Price", NUMBER),
        *(_UOM, _CATEGORY, _SUBCATEGORY, _STATUS, _FENCE, _PASS),
        _field("sync_status", "Sync"),
        _field("rev", "Revision", INTEGER),
        _field("device_id", "Device"),
        *(_CREATED, _UPDATED, _field("received_at", "Received", TIME)),
    ),
    _source(
        "verification_sessions",
        "Sessions",
        "session_id",
        "started_at username rack_id status pass records pieces expected completed_at",
        *(_SESSION, _STOCKTAKE, _RACK, _FLOOR, _WAREHOUSE),
        _field("username", "Counter", path="holder.username"),
        *(_STATUS, _FENCE, _PASS, _field("blind", "Blind", BOOLEAN)),
        _field("records", "Records", INTEGER),
        _field("pieces", "Pieces", NUMBER),
        _field("expected", "Expected items", INTEGER),
        _field("started_at", "Started", TIME),
        _field("last_heartbeat", "Last heard of", TIME),
        _field("completed_at", "Completed", TIME),
        _field("ended_reason", "Why it ended"),
    ),
    _source(
        "activity_logs",
        "Activity",
        "entry",
        "timestamp user action status rack_id floor",
        _field("entry", "Entry", INTEGER, path="_id"),
        _field("timestamp", "When", TIME),
        *(_field("user", "Who"), _field("action", "What"), _STATUS, _RACK, _FLOOR, _SESSION),
    ),
    _source(
        "sync_conflicts",
        "Conflicts",
        "conflict_id",
        "created_at conflict_type status rack_id username resolution settled_by",
        *(_field("conflict_id", "Conflict"), _field("conflict_type", "Kind"), _STATUS),
        *(_field("client_record_id", "Record"), _SESSION, _RACK, _FLOOR, _USER, _CREATED),
        _field("resolution", "Settled how"),
        _field("settled_by", "Settled by"),
        _field("settled_at", "Settled at", TIME),
        _field("note", "Note"),
    ),
    _source(
        "erp_items",
        "Catalogue",
        "item_code",
        "item_code item_name category floor rack stock_qty mrp uom",
        *(_ITEM, _field("item_name", "Name"), _field("barcode", "Barcode"), _CATEGORY),
        *(_SUBCATEGORY, _UOM, _field("mrp", "Price", NUMBER)),
        _field("stock_qty", "Book", NUMBER),
        *(_WAREHOUSE, _FLOOR, _field("rack", "Rack"), _UPDATED),
    ),
    _source(
        "item_serials",
        "Serial numbers",
        "serial_number",
        "serial_number item_code rack_id created_at client_record_id",
        *(_field("serial_number", "Serial number"), _ITEM, _RACK, _SESSION, _STOCKTAKE),
        *(_field("client_record_id", "Record"), _FENCE, _CREATED),
    ),
)
SOURCES: Mapping[str, Source] = {source.name: source for source in _ALL}
