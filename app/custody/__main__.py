"""`python -m app.custody export.zip`: the check without servers, database or settings."""

from __future__ import annotations

import sys

from app.custody.command import verify

if __name__ == "__main__":
    sys.exit(verify.main(prog_name="python -m app.custody"))
