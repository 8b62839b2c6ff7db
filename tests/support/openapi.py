"""The API's OpenAPI document, from the application itself.

`python -m tests.support.openapi` writes it to docs/openapi.json, which a test compares.
"""

from __future__ import annotations

import json
from pathlib import Path

from app import create_app
from app.warehouse import build
from config import ROOT, Settings, new_secret

KEPT = Path(ROOT, "docs", "openapi.json")
NOWHERE = Settings(
    mongo_uri="mongodb://127.0.0.1:1/?replicaSet=none",
    redis_url="redis://127.0.0.1:1/0",
    jwt_secret=new_secret(),
    async_mode="threading",
)


def application():
    """The application without servers: nothing connects before the first use."""
    return create_app(build(NOWHERE), NOWHERE)


def document(app):
    """What GET /api/openapi.json answers."""
    return app.test_client().get("/api/openapi.json").json


def text_of(document):
    """The document as the file holds it."""
    return json.dumps(document, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    KEPT.write_text(text_of(document(application())), encoding="utf-8")
