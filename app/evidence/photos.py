"""Photos: kept by their content, so that the same photo sent again is the same evidence."""

from __future__ import annotations

import io
from dataclasses import dataclass
from hashlib import sha256

from PIL import Image

from app.auth.identity import Identity
from app.auth.permissions import Action, may
from app.clock import Clock
from app.errors import EvidenceUnknown, NotAPhoto, PhotoTooLarge
from app.evidence.store import EvidenceStore, Photo

MAX_BYTES = 5 * 1024 * 1024
MAX_PIXELS = 50_000_000
"""More than any scanner's camera takes; less than what unpacking would cost a browser dearly."""
TYPES = {"JPEG": "image/jpeg", "PNG": "image/png", "WEBP": "image/webp"}


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptPhoto:
    """What an upload answers."""

    evidence_id: str
    content_type: str
    size: int


class Evidence:
    """Keeps photos, and shows them to who took them and to who sees all counts."""

    def __init__(self, store: EvidenceStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    def keep(self, content: bytes, *, by: Identity) -> KeptPhoto:
        """Keep a JPEG, PNG or WebP, judged by its content. Safe to repeat.

        Raises:
            PhotoTooLarge: more than MAX_BYTES.
            NotAPhoto: something else, whatever it is called.
        """
        if len(content) > MAX_BYTES:
            raise PhotoTooLarge(MAX_BYTES)
        content_type = _type_of(content)
        evidence_id = sha256(content).hexdigest()
        photo = Photo(content=content, content_type=content_type)
        self._store.keep(evidence_id, photo, user_id=by.user_id, now=self._clock.now())
        return KeptPhoto(evidence_id=evidence_id, content_type=content_type, size=len(content))

    def get(self, evidence_id: str, *, by: Identity) -> Photo:
        """One photo. Raises EvidenceUnknown, for another's too."""
        user_id = None if may(by, Action.SEE_COUNTS) else by.user_id
        photo = self._store.get(evidence_id, user_id=user_id)
        if photo is None:
            raise EvidenceUnknown(evidence_id)
        return photo


def _type_of(content: bytes) -> str:
    """The media type that the content has. The header is read, the pixels are not unpacked."""
    try:
        with Image.open(io.BytesIO(content), formats=tuple(TYPES)) as image:
            if image.width * image.height > MAX_PIXELS:
                raise NotAPhoto
            image.verify()
            return TYPES[image.format or ""]
    except (OSError, SyntaxError, ValueError, KeyError, Image.DecompressionBombError):
        raise NotAPhoto from None
