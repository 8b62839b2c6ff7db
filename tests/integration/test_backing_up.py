"""Backup and restore: one moment of all that is kept, taken while people count."""

from __future__ import annotations

import shutil
import threading
import zipfile
from functools import partial

import pytest
from bson import json_util

from app.care import traces
from app.care.archive import MANIFEST, BadArchive
from app.care.backup import ASKED_S, HISTORY, KEPT_S, BackupFailed, back_up
from app.care.check import findings
from app.care.marks import RESTORE
from app.care.restore import RestoreRefused, checked, restore
from app.db.client import connect, database
from app.db.indexes import get_index_stats
from app.embedded import running
from app.prepare import prepare
from config import BadSetting
from tests.support.builders import a_record_json, an_identity, claim, plan_racks
from tests.support.flask_command import flask
from tests.support.phones import Phone
from tests.support.pictures import png

RENEWED = {
    "rack_registry": {"fence_above"},
    "sign_ins": {"revoked_at"},
    "item_changes": {"seq", "at"},
    "counters": {"value"},
}
"""What must not go back, and so is not what it was."""


HEAD = 120
"""More bytes than a part's head in the archive, which has its name and dates."""


class Counting:
    """People who count at a program until the block ends; `acked` are ids that they may trust."""

    def __init__(self, people, session_ids):
        self.acked = []
        self._stops = threading.Event()
        each = zip(people, session_ids, strict=True)
        self._threads = [threading.Thread(target=self._count, args=both) for both in each]

    def _count(self, person, session_id):
        while not self._stops.is_set():
            records = [
                a_record_json(session_id, serial_numbers=[f"{session_id}-{len(self.acked)}-{n}"])
                for n in range(20)
            ]
            self.acked.extend(person.count(session_id, *records)["ok"])

    def __enter__(self):
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self._stops.set()
        for thread in self._threads:
            thread.join()


@pytest.fixture
def archive(warehouse, tmp_path):
    """A backup of a warehouse with one count."""
    plan_racks(warehouse, "G-01")
    file = tmp_path / "backup.zip"
    back_up(warehouse.db, file)
    return file


@pytest.fixture
def put_back(warehouse):
    """`put_back(file)`: restore it in the place of what is there."""
    return partial(
        restore,
        warehouse.db,
        clock=warehouse.clock,
        in_use=lambda: False,
        empty_redis=partial(traces.empty, warehouse.redis),
    )


def test_a_backup_while_people_count_is_one_moment_with_all_that_was_acknowledged(
    depot, program, tmp_path
):
    people = [depot.person(program) for _ in range(3)]
    session_ids = [person.claim(rack)["session_id"]
                   for person, rack in zip(people, depot.racks(number=3), strict=True)]  # fmt: skip
    photo = people[0].ask(
        "POST", "/api/evidence", files={"photo": ("photo.png", png(40, 40), "image/png")}
    )
    assert photo.status_code < 300, photo.text
    file, fresh = tmp_path / "backup.zip", tmp_path / "fresh"
    with Counting(people, session_ids) as counting:
        while len(counting.acked) < 200:
            assert not counting._stops.wait(0.02)
        assert list(findings(depot.warehouse.db, depot.warehouse.locks)) == []
        before = set(counting.acked)
        saved = flask("backup", file, **depot.environ)
        assert saved.returncode == 0, saved.stderr
        during = set(counting.acked) - before
    assert during
    assert file.stat().st_mode & 0o777 == 0o600
    with pytest.raises(RestoreRefused, match="stop it first"):
        put_back_below(depot, file)
    restored = flask("restore", file, STOCKVERIFY_DATA_DIR=fresh, MONGO_DB="counted")
    assert restored.returncode == 0, restored.stderr
    with running(fresh) as servers, connect(servers.mongo_uri) as client:
        there = database(client, "counted")
        assert get_index_stats(there).missing == []
        assert set(there.verification_records.distinct("client_record_id")) >= before
        assert there["evidence.chunks"].count_documents({}) == 1
        compare(there, depot.warehouse.db, checked(file))


def put_back_below(depot, file):
    """Restore it while programs serve the database."""
    depot = depot.warehouse
    restore(
        depot.db,
        file,
        depot.clock,
        replace=True,
        in_use=partial(traces.is_served, depot.redis),
        empty_redis=_fail,
    )


def compare(restored, original, manifest):
    """Each collection is what the original was at the moment of the backup."""
    with original.client.start_session(snapshot=True) as session:
        session._snapshot_time = manifest.cluster_time
        for part in manifest.parts:
            new = RENEWED.get(part.collection, set())
            was = contents(original[part.collection], new, session)
            assert contents(restored[part.collection], new) == was, part.collection
            assert len(was) == part.documents


def contents(collection, but, session=None):
    found = list(collection.find(session=session))
    return {
        str(doc["_id"]): {name: value for name, value in doc.items() if name not in but}
        for doc in found
    }


@pytest.mark.parametrize("cut", [1, 200, 4_000])
def test_a_torn_archive_is_refused_and_changes_nothing(archive, put_back, warehouse, cut):
    archive.write_bytes(archive.read_bytes()[:-cut])
    with pytest.raises(BadArchive):
        put_back(archive, replace=True)
    assert warehouse.db.rack_registry.count_documents({}) == 1
    assert warehouse.db[RESTORE].count_documents({}) == 0


def test_a_changed_byte_of_any_part_is_found(archive):
    whole = archive.read_bytes()
    with zipfile.ZipFile(archive) as parts:
        middles = [info.header_offset + HEAD + info.compress_size // 2
                   for info in parts.infolist() if info.compress_size > HEAD]  # fmt: skip
    assert len(middles) > 3
    for at in middles:
        archive.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
        with pytest.raises(BadArchive):
            checked(archive)


def rewritten(archive, change, leave=()):
    """The archive with another manifest, or without some parts."""
    other = archive.with_name("other.zip")
    with zipfile.ZipFile(archive) as old, zipfile.ZipFile(other, "w") as new:
        for name in old.namelist():
            if name == MANIFEST:
                told = json_util.loads(old.read(name).decode())
                new.writestr(name, json_util.dumps(change(told) or told))
            elif name not in leave:
                new.writestr(name, old.read(name))
    return other


def test_an_archive_that_lacks_a_part_is_refused(archive):
    other = rewritten(archive, lambda _: None, leave=["collections/users.bson"])
    with pytest.raises(BadArchive, match="parts"):
        checked(other)


def test_an_archive_of_a_newer_program_is_refused_by_name(archive, put_back):
    other = rewritten(archive, lambda told: told["migrations"].append("9999_later"))
    with pytest.raises(BadArchive, match="9999_later"):
        put_back(other, replace=True)
    other = rewritten(archive, lambda told: told.update(format=2))
    with pytest.raises(BadArchive, match="newer"):
        checked(other)


@pytest.mark.parametrize("content", [b"", b"no zip", None])
def test_what_is_no_backup_is_refused(tmp_path, content):
    file = tmp_path / "backup.zip"
    if content is None:
        shutil.make_archive(str(file.with_suffix("")), "zip", tmp_path)
    else:
        file.write_bytes(content)
    with pytest.raises(BadArchive):
        checked(file)


def test_a_restore_replaces_nothing_unless_it_is_told(archive, put_back, warehouse):
    with pytest.raises(RestoreRefused, match="--replace"):
        put_back(archive, replace=False)
    plan_racks(warehouse, "G-02")
    put_back(archive, replace=True)
    assert warehouse.db.rack_registry.distinct("rack_id") == ["G-01"]


def test_a_restore_that_was_cut_keeps_the_server_from_starting(archive, put_back, settings):
    with pytest.raises(RuntimeError):
        put_back(archive, replace=True, empty_redis=_fail)
    with pytest.raises(BadSetting, match="not finished"):
        prepare(settings, demo=False)
    with pytest.raises(BackupFailed, match="not finished"):
        back_up_of(settings, archive)
    put_back(archive, replace=True)
    prepare(settings, demo=False)


def test_the_commands_tell_what_is_wrong_in_one_line(app, archive, tmp_path):
    runner = app.test_cli_runner()
    whole = runner.invoke(args=["backup", "--check", str(archive)])
    assert whole.exit_code == 0
    assert "migration 0" in whole.output
    archive.write_bytes(archive.read_bytes()[:-9])
    for words in ["backup", "--check"], ["restore"], ["backup"]:
        file = archive if words != ["backup"] else tmp_path / "nowhere" / "backup.zip"
        refused = runner.invoke(args=[*words, str(file)])
        assert refused.exit_code == 1
        assert len(refused.output.splitlines()) == 1
        assert refused.output.startswith(f"Error: {file}: ")


def _fail():
    raise RuntimeError


def back_up_of(settings, file):
    with connect(settings.mongo_uri) as client:
        return back_up(database(client, settings.mongo_db), file)


def test_a_collection_that_goes_meanwhile_makes_the_backup_begin_again(warehouse, tmp_path):
    warehouse.db["report_rows.gone"].insert_one({"_id": 1})

    class Meddler:
        """The database, in which a report is removed once its rows are about to be read."""

        def __getitem__(self, name):
            if name == "report_rows.gone":
                warehouse.db.drop_collection(name)
            return warehouse.db[name]

        def __getattr__(self, name):
            return getattr(warehouse.db, name)

    saved = back_up(Meddler(), tmp_path / "backup.zip")
    assert "report_rows.gone" not in {part.collection for part in saved.parts}
    assert [file.name for file in tmp_path.iterdir()] == ["backup.zip"]


@pytest.mark.parametrize(
    ("before", "after"), [(KEPT_S, KEPT_S), (900, 900), (86_400, 86_400), (ASKED_S, KEPT_S)]
)
def test_a_long_history_is_kept_during_a_backup_only(warehouse, tmp_path, before, after):
    """The last one: a backup before it was killed, or another one runs."""
    admin = warehouse.mongo.admin
    admin.command({"setParameter": 1, HISTORY: before})
    try:
        back_up(warehouse.db, tmp_path / "backup.zip")
        assert admin.command({"getParameter": 1, HISTORY: 1})[HISTORY] == after
    finally:
        admin.command({"setParameter": 1, HISTORY: KEPT_S})


def test_an_archive_that_cannot_be_finished_leaves_no_half_file(warehouse, tmp_path):
    whole = back_up(warehouse.db, tmp_path / "backup.zip")
    warehouse.db[RESTORE].insert_one({})
    with pytest.raises(BackupFailed):
        back_up(warehouse.db, tmp_path / "backup.zip")
    assert checked(tmp_path / "backup.zip") == whole
    assert [file.name for file in tmp_path.iterdir()] == ["backup.zip"]


def test_fences_given_out_after_the_backup_are_never_given_again(
    ada, bob, put_back, app, tmp_path, warehouse
):
    session_id = ada.claim("G-01")
    file = tmp_path / "backup.zip"
    back_up(warehouse.db, file)
    later = bob.claim("G-02")
    highest = warehouse.standing.sessions([later])[later].fence
    put_back(file, replace=True)
    assert ada.get("/api/auth/me").status_code == 401
    ada, bob = Phone(app, "ada"), Phone(app, "bob")
    beat = ada.post("/api/sync/heartbeat", {"session_id": session_id})
    assert (beat.json["lease"], ada.count(session_id)["session_id"]) == ("held", session_id)
    again = claim(warehouse, "G-02", an_identity(bob.username))
    assert again.fence > highest + 10_000


def test_counts_of_after_the_backup_are_named_as_a_gap_and_taken_when_sent_again(
    ada, put_back, app, tmp_path, warehouse
):
    session_id = ada.claim("G-01")
    sent = [a_record_json(session_id, device_id="phone-1", client_seq=n) for n in range(1, 5)]
    ada.sync(sent[0])
    file = tmp_path / "backup.zip"
    back_up(warehouse.db, file)
    ada.sync(*sent[1:3])
    put_back(file, replace=True)
    ada = Phone(app, "ada")
    answer = ada.sync(sent[3])
    assert answer["gaps"] == [{"device_id": "phone-1", "from": 2, "to": 3}]
    assert len(ada.sync(*sent)["ok"]) == 4
    assert warehouse.db.verification_records.count_documents({}) == 4


def test_phones_take_the_whole_catalogue_again_after_a_restore(warehouse, put_back, tmp_path):
    warehouse.imports.load_items([{"item_code": "A", "item_name": "Bowl"}])
    file = tmp_path / "backup.zip"
    back_up(warehouse.db, file)
    warehouse.imports.load_items([{"item_code": "A", "item_name": "Cup"}])
    seen = warehouse.db.counters.find_one({"_id": "item_changes"})["value"]
    put_back(file, replace=True)
    assert [change.item_code for change in changes_after(warehouse, seen)] == ["A"]
    warehouse.imports.load_items([{"item_code": "B", "item_name": "Vase"}])
    assert [change.item_code for change in changes_after(warehouse, seen)] == ["A", "B"]


def changes_after(warehouse, seq):
    return warehouse.catalogue._store.changes.after(seq, limit=10)
