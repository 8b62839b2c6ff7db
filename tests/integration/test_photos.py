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


@pytest.fixture
def client(app):
    return app.test_client(use_cookies=False)


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
