"""When a schedule is due. Pure.

By the clocks of a place: each day, or each week's day, has one due time, also where clocks are put
forward over it (then it is as much later) or back (then it is the first of the two).
"""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from app.schedules.schedule import Every, Rhythm

_DAY = timedelta(days=1)


def next_due(rhythm: Rhythm, after: datetime) -> datetime:
    """The first due time after a moment, in UTC. What was missed is not listed: whoever comes back
    after days makes one snapshot, not one for each day.
    """
    zone = ZoneInfo(rhythm.zone)
    clock = time(rhythm.hour, rhythm.minute)
    day = after.astimezone(zone).date() - _DAY
    while True:
        due = datetime.combine(day, clock, zone).astimezone(UTC)
        if due > after and (rhythm.every is Every.DAY or day.weekday() == rhythm.weekday):
            return due
        day += _DAY
