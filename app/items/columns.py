"""Which column of a file says which field of an item: what ERPs and people call them; pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from app.items.item import Item

FIELDS = tuple(name for name in Item.field_names() if name != "updated_at")
KEY = "item_code"

# ERPNext: labels and names of the DocType Item, and of the reports Stock Balance and Bin; an export
# calls the key "ID" and a child table's column "Barcode (Barcodes)". Odoo: labels of the model
# product.product in exports, technical names in import-compatible ones. Earlier names win.
SYNONYMS: Mapping[str, tuple[str, ...]] = {
    "item_code": (
        "item code", "internal reference", "default code", "sku", "product code", "article number",
        "article no", "material number", "material", "part number", "part no", "stock code",
        "stockcode", "item no", "item number", "item id", "code", "item", "reference", "id",
    ),
    "item_name": (
        "item name", "name", "product name", "display name", "product", "title", "article name",
        "material description", "item description", "description",
    ),
    "barcode": ("barcode", "barcode barcodes", "ean", "ean13", "ean 13", "ean code", "upc", "gtin"),
    "autobarcode": ("autobarcode", "auto barcode", "in store barcode", "internal barcode"),
    "description": (
        "description", "long description", "sales description", "description sale",
        "item description", "details",
    ),
    "category": (
        "category", "item group", "product category", "categ id", "product category complete name",
        "product group", "group", "family",
    ),
    "subcategory": ("subcategory", "sub category", "sub group", "subgroup"),
    "uom": (
        "uom", "default unit of measure", "stock uom", "unit of measure", "uom id", "unit", "units",
        "uom name",
    ),
    "mrp": (
        "mrp", "standard selling rate", "standard rate", "sales price", "list price", "lst price",
        "price", "unit price", "selling price", "retail price",
    ),
    "stock_qty": (
        "stock qty", "balance qty", "actual qty", "actual quantity", "quantity on hand",
        "qty available", "on hand", "on hand quantity", "stock", "quantity", "qty",
        "stock quantity", "available quantity", "opening stock",
    ),
    "warehouse": ("warehouse", "default warehouse item defaults", "warehouse id", "store", "depot"),
    "floor": ("floor", "level", "zone", "storey"),
    "rack": ("rack", "rack id", "bin", "bin location", "shelf", "location", "location id"),
}  # fmt: skip

_NO_WORD = re.compile(r"[^a-z0-9]+")


def propose(columns: Sequence[str]) -> dict[str, str]:
    """The likely column of each field; a column serves one field."""
    named = {column: _plain(column) for column in columns}
    found: dict[str, str] = {}
    for field in FIELDS:
        free = [column for column in columns if column not in found.values()]
        match = _first(free, named, SYNONYMS[field])
        if match is not None:
            found[field] = match
    return found


def _first(free: Sequence[str], named: Mapping[str, str], names: Sequence[str]) -> str | None:
    for name in names:
        for column in free:
            if named[column] == name:
                return column
    return None


def _plain(column: str) -> str:
    """A heading without case, signs and camel's humps: `Item_Code*` is `item code`."""
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", column)
    return _NO_WORD.sub(" ", spaced.casefold()).strip()
