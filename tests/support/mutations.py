"""Good JSON gone bad, in every way that a broken or hostile device may send it. Seeded: the same
number gives the same mutation.
"""

from __future__ import annotations

import json
from random import Random

DEEP = 80
"""More levels than the program reads."""
ODD_VALUES = [
    None, True, False, 0, -0.0, -1, 0.1, 1e308, -1e308, 2**31, 2**53 + 1, 2**63, 2**70, 10**400,
    float("nan"), float("inf"), float("-inf"), "", " ", "0", "NaN", "null", "true", "٣", "1e5",
    "x" * 200, "x" * 10_000, "\x00", "a\x00b", "\x1b[31m", '\r\n{"level":"info"}', "\x7f", "\u202e",
    "\ud800", "\udfff\ud800", "\U0001f600", "e\u0301" * 40, "$where", "$set", "a.b", "__proto__",
    "'; drop table counts; --", "{{7*7}}", "<script>", "../../etc/passwd", "=1+1", "2025-99-99",
    "9999-12-31T23:59:59.999+14:00", "0000-00-00", "-0001-01-01T00:00:00Z", "2025-12-11T10:00:00",
    [], {}, [None], [[]], [{}], {"$gt": ""}, {"$ne": None}, {"$where": "sleep(1000)"}, {"a.b": 1},
    {"": 1}, {"\x00": 1}, {"$oid": "0" * 24}, {"$date": 0}, {"$numberDouble": "NaN"}, ["x"] * 1001,
    ["SN", "SN"], [1, 2], ["a", None], ["\ud800"], [2**70], [{"qty": float("nan"), "at": None}],
]  # fmt: skip
ODD_KEYS = [
    "$set", "$where", "a.b", ".", "", "\x00", "_id", "__proto__", "constructor", "__class__",
    "x" * 5000, "\ud800", "rev", "history", "sync_status", "user_id", "username", "received_at",
    "pass_no",    "client_record_id ", "Item_Code", "sessionId",
]  # fmt: skip
"""Among them the names of what only the server may say of a record."""
ODD_BYTES = [
    b"\x00", b"\xff", b"\xed\xa0\x80", b"\xc0\xaf", b"\xef\xbb\xbf", b'"', b"{", b"}", b"[", b"]",
    b",", b":", b"\\", b"\\u0000", b"\\ud800", b"NaN", b"-", b"1e999", b"9" * 4_400, b"/*", b"\r\n",
]  # fmt: skip


def deep(levels=DEEP):
    """A value nested that deep."""
    value = 1
    for level in range(levels):
        value = [value] if level % 2 else {"a": value}
    return value


def mutated(good, random: Random):
    """The object with one to three fields changed, dropped, renamed, copied or added."""
    bad = dict(good)
    for _ in range(random.randint(1, 3)):
        _change(bad, random)
    return bad


def _change(bad, random):
    names = list(bad) or ["item_code"]
    name, act = random.choice(names), random.randrange(10)
    if act < 5:
        bad[name] = random.choice(ODD_VALUES)
    elif act == 5:
        bad.pop(name, None)
    elif act == 6:
        bad[random.choice(ODD_KEYS)] = random.choice([bad.get(name), *ODD_VALUES])
    elif act == 7:
        bad[name] = random.choice([[bad.get(name)], {name: bad.get(name)}, str(bad.get(name))])
    elif act == 8:
        bad[name] = bad[random.choice(names)] if names[0] in bad else None
    else:
        bad[name] = deep(random.choice([3, 40, DEEP]))


def text_of(value):
    """JSON as a careless encoder writes it: NaN and halves of characters too."""
    return json.dumps(value, allow_nan=True).encode()


def damaged(body: bytes, random: Random):
    """The bytes cut, doubled, swapped, or with others put in."""
    at, act = random.randrange(len(body)), random.randrange(6)
    if act == 0:
        return body[:at]
    if act == 1:
        return body[:at] + random.choice(ODD_BYTES) + body[at:]
    if act == 2:
        return body[:at] + bytes([body[at] ^ (1 << random.randrange(8))]) + body[at + 1 :]
    if act == 3:
        return body[:at] + body[at + random.randint(1, 40) :]
    if act == 4:
        return body + body[at:]
    return _with_a_double_key(body, random)


def _with_a_double_key(body, random):
    """The same key twice in one object: the readers of the world disagree on which one counts."""
    at = body.find(b'{"', random.randrange(len(body)))
    key = random.choice([b'"verified_qty":-5,', b'"session_id":"another",', b'"records":[],'])
    return body[: at + 1] + key + body[at + 1 :] if at >= 0 else body[::-1]
