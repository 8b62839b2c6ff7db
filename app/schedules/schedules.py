"""Schedules for those who keep reports, and the clockwork that has their snapshots made."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import uuid4

from app.auth.identity import Identity
from app.clock import Clock
from app.errors import MailOff, ScheduleUnknown, TooManySchedules
from app.events import (
    Publisher,
    ScheduleAdded,
    SchedulePaused,
    ScheduleRemoved,
    ScheduleResumed,
)
from app.jobs.job import OPEN, Asker, Job
from app.jobs.jobs import Jobs
from app.jobs.running import Work
from app.reports.reading import read_query
from app.reports.snapshot import SnapshotWish
from app.reports.snapshots import Ordered, Snapshots
from app.schedules.deliveries import Deliveries
from app.schedules.delivery import Delivery
from app.schedules.due import next_due
from app.schedules.schedule import Schedule, ScheduleWish, Standing
from app.schedules.schedule_store import ScheduleStore

KIND = "scheduled_snapshot"
MOST = 100
"""Schedules of a warehouse: each is shown, and each asks the database daily."""
AT_ONCE = 20


class Schedules:
    """Added, paused, removed; and each due time becomes one job, whichever process is first."""

    def __init__(
        self,
        store: ScheduleStore,
        snapshots: Snapshots,
        deliveries: Deliveries,
        jobs: Jobs,
        publish: Publisher,
        clock: Clock,
        *,
        new_secret: Callable[[], str],
    ) -> None:
        self._store = store
        self._snapshots = snapshots
        self._deliveries = deliveries
        self._jobs = jobs
        self._publish = publish
        self._clock = clock
        self._new_secret = new_secret

    def add(self, wish: ScheduleWish, *, by: Identity) -> Schedule:
        """Add a schedule. Its secret, where it has a webhook, is in this answer and in no other.

        Raises:
            TooManySchedules: there are enough.
            MailOff: it asks for e-mail, and no server for that is set up.
            WebhookRefused: the webhook's address will not be called.
        """
        if self._store.count() >= MOST:
            raise TooManySchedules(MOST)
        if wish.receivers.mail and not self._deliveries.may_mail:
            raise MailOff
        if wish.receivers.webhook:
            self._deliveries.check(wish.receivers.webhook)
        now = self._clock.now()
        schedule = Schedule(
            schedule_id=uuid4().hex,
            name=wish.name,
            query=wish.query.as_plain(),
            tags=wish.tags,
            rhythm=wish.rhythm,
            keeping=wish.keeping,
            receivers=wish.receivers,
            is_paused=False,
            next_at=next_due(wish.rhythm, now),
            created_by=by.user_id,
            created_by_name=by.name,
            created_at=now,
            secret=self._new_secret() if wish.receivers.webhook else None,
        )
        self._store.add(schedule)
        self._publish(ScheduleAdded(**_told(schedule, by)))
        return schedule

    def all(self) -> list[Standing]:
        """All schedules with their last runs, the newest first."""
        found = self._store.newest(MOST)
        jobs = self._jobs.named([s.last_job_id for s in found if s.last_job_id])
        return [Standing(schedule=s, last=jobs.get(s.last_job_id or "")) for s in found]

    def get(self, schedule_id: str) -> Standing:
        """One schedule with its last run. Raises ScheduleUnknown."""
        found = self._store.get(schedule_id)
        jobs = self._jobs.named([found.last_job_id] if found.last_job_id else [])
        return Standing(schedule=found, last=jobs.get(found.last_job_id or ""))

    def pause(self, schedule_id: str, *, by: Identity) -> Standing:
        """Make no more snapshots until it is resumed. Raises ScheduleUnknown."""
        self._store.change(schedule_id, is_paused=True)
        standing = self.get(schedule_id)
        self._publish(SchedulePaused(**_told(standing.schedule, by)))
        return standing

    def resume(self, schedule_id: str, *, by: Identity) -> Standing:
        """Go on with the next due time; those of the pause are not made up for. Raises
        ScheduleUnknown.
        """
        found = self._store.get(schedule_id)
        following = next_due(found.rhythm, self._clock.now())
        self._store.change(schedule_id, is_paused=False, next_at=following)
        self._publish(ScheduleResumed(**_told(found, by)))
        return self.get(schedule_id)

    def remove(self, schedule_id: str, *, by: Identity) -> None:
        """Remove it, and cancel what still waits to be delivered. Its snapshots stay until their
        days are over. Raises ScheduleUnknown.
        """
        found = self._store.get(schedule_id)
        self._store.remove(schedule_id)
        self._deliveries.cancel(schedule_id)
        self._publish(ScheduleRemoved(**_told(found, by)))

    def renew_secret(self, schedule_id: str) -> str:
        """A new secret for its webhook, told once; the old one signs nothing from now on. Raises
        ScheduleUnknown, also where it has no webhook.
        """
        if self._store.get(schedule_id).receivers.webhook is None:
            raise ScheduleUnknown(schedule_id)
        secret = self._new_secret()
        self._store.change(schedule_id, secret=secret)
        return secret

    def deliveries(
        self, schedule_id: str, *, after: tuple[datetime, str] | None, limit: int
    ) -> list[Delivery]:
        """What was sent to whom, the newest first. Raises ScheduleUnknown."""
        self._store.get(schedule_id)
        return self._deliveries.page(schedule_id, after=after, limit=limit)

    def run_now(self, schedule_id: str) -> Job:
        """Have its snapshot made at once, beside its due times; where one waits or is being made,
        that is the answer, so that nobody fills the queue. Raises ScheduleUnknown.
        """
        standing = self.get(schedule_id)
        if standing.last is not None and standing.last.state in OPEN:
            return standing.last
        job_id = uuid4().hex
        self._ask(standing.schedule, job_id)
        self._store.change(schedule_id, last_at=self._clock.now(), last_job_id=job_id)
        return self._jobs.named([job_id])[job_id]

    def begin_due(self) -> None:
        """Ask for the job of each due time, once: its id says which schedule and which time, and
        the index of the jobs takes an id once, however many processes come here, and wherever one
        of them dies. What was missed while all were down is made once.
        """
        now = self._clock.now()
        for schedule in self._store.due(now, AT_ONCE):
            job_id = f"{schedule.schedule_id}-{int(schedule.next_at.timestamp())}"
            self._ask(schedule, job_id)
            following = next_due(schedule.rhythm, now)
            self._store.advance(schedule, job_id=job_id, next_at=following)

    def make(self, work: Work) -> dict[str, object]:
        """The job: make the snapshot, remove the old ones, have it delivered. Begun again, it goes
        on with the snapshot that it made.
        """
        job = work.job
        schedule = self._store.get(job.params["schedule_id"])
        query = read_query(dict(schedule.query))
        snapshot = self._snapshots.take_ordered(
            SnapshotWish(name=schedule.name, query=query, tags=schedule.tags),
            Ordered(
                snapshot_id=job.job_id,
                schedule_id=schedule.schedule_id,
                keep_until=_end(schedule, self._clock.now()),
                by_id=schedule.created_by,
                by_name=schedule.created_by_name,
            ),
        )
        if schedule.keeping.copies is not None:
            self._snapshots.keep_latest(schedule.schedule_id, schedule.keeping.copies)
        self._deliveries.order(schedule, snapshot)
        return {"snapshot_id": snapshot.snapshot_id, "rows": snapshot.summary.rows}

    def _ask(self, schedule: Schedule, job_id: str) -> None:
        asker = Asker(user_id="", username="schedule", name=schedule.name)
        wish = {"schedule_id": schedule.schedule_id}
        self._jobs.submit_once(job_id, KIND, wish, by=asker)


def _end(schedule: Schedule, now: datetime) -> datetime | None:
    days = schedule.keeping.days
    return None if days is None else now + timedelta(days=days)


def _told(schedule: Schedule, by: Identity) -> dict[str, str]:
    return {
        "user_id": by.user_id,
        "username": by.username,
        "schedule_id": schedule.schedule_id,
        "title": schedule.name,
    }
