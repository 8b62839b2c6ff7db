"""A rack of the map is written by hand, as a map has thousands: just as its schema would."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st
from marshmallow import Schema

from app.api.schemas.racks import RackSchema
from app.auth.identity import Holder
from app.racks.map import MapRack
from app.racks.rack import Progress, Queue, Rack, RackStatus

NAMES = st.text(max_size=8)
WHOLE = st.integers(0, 2**40)
EARLIEST, LATEST = (datetime(year, 1, 1, tzinfo=UTC).replace(tzinfo=None) for year in (2, 9999))
"""A time of the first day or the last may be of no year at all in UTC."""
TIMES = st.none() | st.datetimes(EARLIEST, LATEST, timezones=st.timezones())
HOLDERS = st.builds(Holder, user_id=NAMES, username=NAMES, name=NAMES, device_id=st.none() | NAMES)
PROGRESS = st.builds(
    Progress, records=WHOLE, items=WHOLE, pieces=WHOLE | st.floats(0, 1e9), expected=WHOLE
)
RACKS = st.builds(
    Rack,
    rack_id=NAMES,
    floor=NAMES,
    zone=st.none() | NAMES,
    row=WHOLE,
    column=WHOLE,
    warehouse=NAMES,
    status=st.sampled_from(RackStatus),
    fence=WHOLE,
    pass_no=WHOLE,
    recount=st.booleans(),
    blind=st.booleans(),
    stocktake_id=st.none() | NAMES,
    expected_items=WHOLE,
    counted_by=st.just(()),
    recount_items=st.lists(NAMES, max_size=3).map(tuple),
    holder=st.none() | HOLDERS,
    session_id=st.none() | NAMES,
    last_session_id=st.none() | NAMES,
    offered_to=st.none() | NAMES,
    assigned_to=st.none() | HOLDERS,
    claimed_at=TIMES,
    lease_expires_at=TIMES,
    last_heartbeat=TIMES,
)
SEEN = st.builds(
    MapRack,
    rack=RACKS,
    progress=st.none() | PROGRESS,
    open_conflicts=st.none() | WHOLE,
    assigned_to=st.none() | HOLDERS,
    queue=st.none() | st.builds(Queue, length=WHOLE, age_s=st.none() | WHOLE),
)


@given(SEEN)
def test_a_rack_is_written_as_its_schema_says(seen):
    assert RackSchema().dump(seen) == Schema.dump(RackSchema(), seen)


@given(st.lists(SEEN, max_size=3))
def test_several_racks_are_written_as_one_is(seen):
    assert RackSchema(many=True).dump(seen) == [RackSchema().dump(each) for each in seen]
    assert RackSchema().dump(seen, many=True) == RackSchema(many=True).dump(seen)
