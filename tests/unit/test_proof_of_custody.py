"""A bundle proves itself, and no tampering passes: nothing dropped, doubled, changed, swapped."""

from __future__ import annotations

import io
import json

import orjson
import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.custody.bundle import (
    LINES,
    MANIFEST,
    PUBLIC_KEY,
    README,
    SIGNATURE,
    Entry,
    State,
)
from app.custody.canonical import quick
from app.custody.chain import Taken, link
from app.custody.checking import MOST_SMALL_BYTES, check, proves
from app.custody.command import verify
from app.custody.signing import SigningKey, UnusableKey
from tests.support.custody import a_version, entries_of, sealed, two_racks, zipped

FIRST, SECOND = "racks/00001.ndjson", "racks/00002.ndjson"
often = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


OF_NO_KIND = b"""-----BEGIN PUBLIC KEY-----
MCowBQYDJ2VwAyEAa2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2s=
-----END PUBLIC KEY-----
"""
"""One bit beside Ed25519."""
PRIVATE_OF_NO_KIND = """-----BEGIN PRIVATE KEY-----
MC4CAQAwBQYDJ2VwBCIEIGtra2tra2tra2tra2tra2tra2tra2tra2tra2tra2tr
-----END PRIVATE KEY-----
"""


@pytest.fixture(scope="module")
def key(tmp_path_factory):
    return SigningKey(tmp_path_factory.mktemp("key") / "custody-key.pem")


@pytest.fixture(scope="module")
def other_key(tmp_path_factory):
    return SigningKey(tmp_path_factory.mktemp("other") / "custody-key.pem")


@pytest.fixture(scope="module")
def files(key):
    return sealed(key)


def checked(files, **more):
    return check(io.BytesIO(zipped(files)), **more)


def broken(findings):
    """The first finding that does not hold."""
    assert not proves(findings)
    return next(each for each in findings if not each.holds)


def with_lines(files, name, change):
    """The files with one's lines changed; `change` gets the list."""
    lines = files[name].splitlines(keepends=True)
    return {**files, name: b"".join(change(lines))}


def with_json(files, name, position, change):
    """The files with one line's object changed in place, in canonical form."""

    def rewrite(lines):
        told = orjson.loads(lines[position])
        change(told)
        return [*lines[:position], quick(told) + b"\n", *lines[position + 1 :]]

    return with_lines(files, name, rewrite)


def test_what_was_sealed_is_proved(files, key):
    findings = checked(files, key=key.fingerprint)
    assert proves(findings), findings
    assert {each.rule for each in findings} >= {
        "The manifest is signed",
        "The key is the expected one",
        "Every chain is unbroken",
        "No count was lost, doubled or changed",
        "The count lines are those that were sealed",
    }


def test_a_stocktake_that_nobody_counted_is_proved_too(key):
    assert proves(checked(sealed(key, racks={}, lines=[])))


# ── every byte, every line ───────────────────────────────────────────────────────────────────────


@often
@given(data=st.data())
def test_no_byte_of_any_file_can_be_changed(files, data):
    name = data.draw(st.sampled_from(sorted(files)))
    place = data.draw(st.integers(0, len(files[name]) - 1))
    other = data.draw(st.integers(1, 255))
    content = bytearray(files[name])
    content[place] ^= other
    assert not proves(checked({**files, name: bytes(content)}))


@often
@given(data=st.data())
def test_no_line_can_be_dropped_doubled_or_moved(files, data):
    name = data.draw(st.sampled_from([FIRST, SECOND, LINES]))
    count = files[name].count(b"\n")
    here = data.draw(st.integers(0, count - 1))
    there = data.draw(st.integers(0, count - 1))

    def drop(lines):
        return lines[:here] + lines[here + 1 :]

    def double(lines):
        return [*lines[:here], lines[here], *lines[here:]]

    def swap(lines):
        lines[here], lines[there] = lines[there], lines[here]
        return lines

    change = data.draw(st.sampled_from([drop, double, *([swap] if here != there else [])]))
    assert not proves(checked(with_lines(files, name, change)))


@often
@given(data=st.data())
def test_the_zip_cannot_be_cut_anywhere(files, data):
    content = zipped(files)
    end = data.draw(st.integers(0, len(content) - 1))
    assert not proves(check(io.BytesIO(content[:end])))


@often
@given(data=st.data())
def test_no_file_can_be_left_out_doubled_or_added(files, data):
    pairs = list(files.items())
    name = data.draw(st.sampled_from(sorted(files)))
    act = data.draw(st.sampled_from(["drop", "double", "add"]))
    if act == "drop":
        pairs = [pair for pair in pairs if pair[0] != name]
    elif act == "double":
        pairs.append((name, files[name]))
    else:
        pairs.append((f"{name}.more", files[name]))
    assert not proves(checked(pairs))


# ── what somebody would do who knows the form ────────────────────────────────────────────────────


def test_a_changed_quantity_is_named_by_its_rack_and_link(files):
    forged = with_json(files, FIRST, 1, lambda told: told["version"].update(verified_qty=11))
    found = broken(checked(forged))
    assert "rack G-01, link 2" in found.detail
    assert "c2" in found.detail


def test_a_changed_count_with_its_links_made_anew_does_not_reach_the_manifest(files):
    def forge(lines):
        told = [orjson.loads(line) for line in lines]
        told[1]["version"]["verified_qty"] = 11
        last = told[0]["link"]["hash"]
        for number, each in enumerate(told[1:], 2):
            made = link(number, Taken.of(each["version"]), last)
            each["link"], last = made.as_json(), made.hash
        return [quick(each) + b"\n" for each in told]

    found = broken(checked(with_lines(files, FIRST, forge)))
    assert "rack G-01 ends at link 5" in found.detail


def test_a_lost_version_is_named(files):
    forged = with_json(files, FIRST, 2, lambda told: told.update(version=None, state=None))
    assert "rack G-01, link 3: the version 1 of c3 is lost" in broken(checked(forged)).detail


def test_a_version_that_was_never_sealed_is_named(files):
    more = Entry(link=None, version=a_version("c9"), state=State.STANDS)
    forged = with_lines(files, FIRST, lambda lines: [*lines, more.line() + b"\n"])
    assert "never sealed" in broken(checked(forged)).detail


def test_a_count_that_leaves_the_figures_is_noticed(files):
    forged = with_json(files, FIRST, 1, lambda told: told.update(state="parked"))
    assert "rack G-01 comes to" in broken(checked(forged)).detail


def test_one_parked_count_cannot_stand_in_for_another(files):
    """The same number of records, the same pieces: only which of them stand is another."""
    forged = with_json(files, FIRST, 1, lambda told: told.update(state="parked"))
    forged = with_json(forged, FIRST, 2, lambda told: told.update(state="stands"))
    assert "rack G-01 comes to" in broken(checked(forged)).detail


def test_two_versions_of_a_record_cannot_both_stand(files):
    forged = with_json(files, FIRST, 0, lambda told: told.update(state="stands"))
    assert "c1 counts twice" in broken(checked(forged)).detail


def test_racks_cannot_be_swapped(files):
    swapped = {**files, FIRST: files[SECOND], SECOND: files[FIRST]}
    assert not proves(checked(swapped))


def test_a_chain_is_of_one_rack_only(key):
    """A chain under another rack's name, signed: whoever holds the key cannot do that either."""
    racks = two_racks()
    found = broken(checked(sealed(key, racks={"G-02": racks["G-01"], "G-01": racks["G-02"]})))
    assert "rack G-02, link 1" in found.detail


def test_a_decision_cannot_be_given_to_another_person(files):
    forged = with_json(files, LINES, 0, lambda told: told["ruling"].update(username="eve"))
    assert "a line or a decision differs" in broken(checked(forged)).detail


def test_a_line_cannot_be_written_in_another_form(files):
    """Two meanings of one line: what comes twice is read one way by one reader."""
    spaced = with_lines(files, LINES, lambda lines: [lines[0].replace(b":", b": "), *lines[1:]])
    assert "not canonical" in broken(checked(spaced)).detail


# ── keys and signatures ──────────────────────────────────────────────────────────────────────────


def test_a_manifest_by_another_key_is_not_the_expected_one(other_key, key):
    findings = checked(sealed(other_key), key=key.fingerprint)
    assert broken(findings).rule == "The key is the expected one"


def test_another_public_key_does_not_fit_the_signature(files, other_key):
    found = broken(checked({**files, PUBLIC_KEY: other_key.public_pem}))
    assert found.rule == "The manifest is signed"


def test_a_manifest_signed_anew_still_names_the_first_key(files, other_key):
    forged = files | {
        PUBLIC_KEY: other_key.public_pem,
        SIGNATURE: f"{other_key.sign(files[MANIFEST]).hex()}\n".encode(),
    }
    assert "another key" in broken(checked(forged)).detail


@pytest.mark.parametrize("signature", [b"", b"\n", b"00" * 64 + b"\n", b"no hex\n", b"\xff"])
def test_a_stripped_or_empty_signature_proves_nothing(files, signature):
    assert broken(checked({**files, SIGNATURE: signature})).rule == "The manifest is signed"


@pytest.mark.parametrize("pem", [b"", b"no key", b"-----BEGIN PUBLIC KEY-----\n", OF_NO_KIND])
def test_what_is_no_key_proves_nothing(files, pem):
    assert broken(checked({**files, PUBLIC_KEY: pem})).rule == "The manifest is signed"


@pytest.mark.parametrize("name", ["manifest.sig", "public-key.pem", "README.txt"])
def test_a_file_that_would_fill_the_memory_is_not_unpacked(files, name):
    huge = {**files, name: bytes(MOST_SMALL_BYTES + 1)}
    assert broken(checked(huge)).detail == f"{name} is too large to be one"


@pytest.mark.parametrize("content", [b"", b"PK", b"not a zip at all", b"\x00" * 500])
def test_what_is_no_zip_proves_nothing(content):
    assert not proves(check(io.BytesIO(content)))


def test_the_readme_says_how_to_check(files):
    assert b"flask verify" in files[README]
    assert b"python -m app.custody" in files[README]


def test_the_manifest_is_for_people_and_programs(files):
    manifest = json.loads(files[MANIFEST])
    assert manifest["totals"] == {
        "racks": 2,
        "links": 6,
        "records": 3,
        "pieces": 32.5,
        "damaged": 3,
    }
    assert manifest["approvals"] == {"agreed": 0, "approved": 2, "rejected": 0, "by": {"sue": 2}}


# ── the command ──────────────────────────────────────────────────────────────────────────────────


def run(tmp_path, files, *more):
    export = tmp_path / "export.zip"
    export.write_bytes(zipped(files))
    return CliRunner().invoke(verify, [str(export), *more])


def test_the_command_says_proved_and_ends_with_0(tmp_path, files, key):
    done = run(tmp_path, files, "--key", key.fingerprint)
    assert done.exit_code == 0
    assert "PROVED: nothing was lost, doubled or changed since it was sealed." in done.output


def test_without_a_key_the_command_asks_to_compare_it(tmp_path, files, key):
    done = run(tmp_path, files)
    assert done.exit_code == 0
    assert key.fingerprint in done.output
    assert "Compare its fingerprint" in done.output


def test_the_command_names_the_first_broken_link_and_ends_with_1(tmp_path, files):
    forged = with_json(files, FIRST, 1, lambda told: told["version"].update(verified_qty=11))
    done = run(tmp_path, forged)
    assert done.exit_code == 1
    assert "rack G-01, link 2" in done.output
    assert "NOT PROVED" in done.output


# ── the key's file ───────────────────────────────────────────────────────────────────────────────


def test_a_key_is_made_once_and_only_its_owner_reads_it(tmp_path):
    path = tmp_path / "deep" / "custody-key.pem"
    first, second = SigningKey(path), SigningKey(path)
    first.ensure()
    second.ensure()
    assert first.fingerprint == second.fingerprint
    assert path.stat().st_mode & 0o077 == 0
    assert [each.name for each in path.parent.iterdir()] == [path.name]


@pytest.mark.parametrize("content", ["", "no key", PRIVATE_OF_NO_KIND])
def test_a_file_that_holds_no_key_is_refused_and_kept(tmp_path, content):
    path = tmp_path / "custody-key.pem"
    path.write_text(content)
    with pytest.raises(UnusableKey, match="cannot be read"):
        SigningKey(path).ensure()
    assert path.read_text() == content


def test_a_folder_that_cannot_be_written_is_told(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(UnusableKey, match="cannot be made"):
        SigningKey(tmp_path / "file" / "custody-key.pem").ensure()


def test_a_withdrawn_version_may_share_its_rev_with_a_later_one(key):
    entries = [
        (a_version("c1", verified_qty=3), State.WITHDRAWN),
        (a_version("c1", verified_qty=4, received_at="2025-12-11T10:00:09.000Z"), State.STANDS),
    ]
    assert proves(checked(sealed(key, racks={"G-01": entries_of("G-01", entries)})))
