"""Photos that prove a count: judged by content, kept once, shown to whom they concern."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from tests.support.app import signed_in


def a_photo(kind="JPEG", colour="red"):
    picture = io.BytesIO()
    Image.new("RGB", (64, 48), colour).save(picture, kind)
    return picture.getvalue()


def upload(client, content, who="counter", name="x.bin"):
    form = {"photo": (io.BytesIO(content), name)}
    return client.post("/api/evidence", data=form, headers=signed_in(client, who))


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_photo_comes_back_as_it_was_whatever_its_name(client, kind):
    kept = upload(client, a_photo(kind), name="evil.html")
    assert kept.status_code == 201
    path = f"/api/evidence/{kept.json['evidence_id']}"
    back = client.get(path, headers=signed_in(client))
    assert (back.data, back.mimetype) == (a_photo(kind), f"image/{kind.lower()}")


def test_the_same_photo_again_is_the_same_evidence(client, warehouse):
    first, again = upload(client, a_photo()), upload(client, a_photo())
    assert first.json == again.json
    assert warehouse.db["evidence.files"].count_documents({}) == 1


def test_a_photo_is_shown_to_its_taker_and_to_supervisors_only(client):
    path = f"/api/evidence/{upload(client, a_photo()).json['evidence_id']}"
    seen = {
        who: client.get(path, headers=signed_in(client, who)).status_code
        for who in ("counter", "supervisor", "auditor", "device")
    }
    assert seen == {"counter": 200, "supervisor": 200, "auditor": 200, "device": 404}
    upload(client, a_photo(), who="device")
    assert client.get(path, headers=signed_in(client, "device")).status_code == 200


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"\xff\xd8\xff\xe0 no more",
        b"GIF89a" * 9,
        a_photo()[:40],
    ],
)
def test_what_only_calls_itself_a_photo_is_refused(client, content):
    refused = upload(client, content, name="photo.jpg")
    assert (refused.status_code, refused.json["code"]) == (415, "not_a_photo")


def test_a_photo_of_more_than_five_mebibytes_is_refused(client):
    refused = upload(client, a_photo() + b"\0" * 5 * 1024 * 1024)
    assert (refused.status_code, refused.json["code"]) == (413, "too_large")
    assert upload(client, b"\0" * 6 * 1024 * 1024).status_code == 413


def test_a_form_without_a_photo_names_the_field(client):
    refused = client.post("/api/evidence", data={}, headers=signed_in(client))
    assert (refused.status_code, list(refused.json["errors"])) == (400, ["photo"])


def a_bomb(kind="PNG"):
    """Two hundred million pixels in a few hundred kilobytes."""
    picture = io.BytesIO()
    Image.new("1", (20_000, 10_000)).save(picture, kind)
    return picture.getvalue()


def test_a_picture_that_unpacks_to_too_much_is_refused_unpacked(client):
    content = a_bomb()
    assert len(content) < 1_000_000
    refused = upload(client, content)
    assert (refused.status_code, refused.json["code"]) == (415, "not_a_photo")


def test_a_header_that_claims_billions_of_pixels_is_refused(client):
    claim = a_photo("PNG").replace(
        (64).to_bytes(4, "big") + (48).to_bytes(4, "big"), b"\x7f\xff\xff\xff" * 2
    )
    assert upload(client, claim).json["code"] == "not_a_photo"


def test_a_photo_cut_off_is_refused(client):
    for kind in ("PNG", "WEBP"):
        content = a_photo(kind)
        for share in (0.3, 0.6, 0.95):
            refused = upload(client, content[: int(len(content) * share)])
            assert (refused.status_code, refused.json["code"]) == (415, "not_a_photo")


def test_what_is_also_something_else_is_shown_as_a_photo_and_nothing_more(client):
    """A file may be a photo and a page at once: the answer leaves no choice of how to take it."""
    for kind in ("JPEG", "PNG"):
        for tail in (b"<script>alert(1)</script>", b"PK\x03\x04" + b"\0" * 30, b"%PDF-1.7"):
            kept = upload(client, a_photo(kind) + tail).json
            shown = client.get(f"/api/evidence/{kept['evidence_id']}", headers=signed_in(client))
            assert shown.mimetype == f"image/{kind.lower()}"
            assert shown.headers["X-Content-Type-Options"] == "nosniff"
            assert shown.headers["Content-Security-Policy"] == "default-src 'none'"


def test_a_page_before_a_photo_is_no_photo(client):
    assert upload(client, b"<html>" + a_photo()).json["code"] == "not_a_photo"
