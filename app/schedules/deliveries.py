"""Snapshots on their way out: ordered once, tried again for hours, each attempt kept."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from app.clock import Clock
from app.errors import DeliveryNotFailed, ScheduleUnknown, SnapshotUnknown, WebhookRefused
from app.events import Publisher, ReportDelivered, ReportNotDelivered
from app.jobs.job import Asker
from app.jobs.jobs import Jobs
from app.jobs.running import Work
from app.reports.snapshot import Snapshot
from app.schedules.delivery import Attempt, Channel, Delivery, Fate, next_attempt
from app.schedules.delivery_store import DeliveryStore
from app.schedules.schedule import Schedule
from app.schedules.schedule_store import ScheduleStore
from app.schedules.sending import Sending
from app.services.outward import OutwardRefused
from app.services.webhook_service import Told

KIND = "delivery"
LEASE = timedelta(minutes=10)
"""An attempt of which nothing is heard for so long has failed."""
SILENT = "Nothing was heard of the attempt for 10 minutes; the worker's log may say why."
AT_ONCE = 50


class Deliveries:
    """Orders, attempts and their list."""

    def __init__(
        self,
        store: DeliveryStore,
        schedules: ScheduleStore,
        sending: Sending,
        jobs: Jobs,
        publish: Publisher,
        clock: Clock,
    ) -> None:
        self._store = store
        self._schedules = schedules
        self._sending = sending
        self._jobs = jobs
        self._publish = publish
        self._clock = clock

    @property
    def may_mail(self) -> bool:
        """Whether a server for e-mail is set up."""
        return self._sending.may_mail

    def check(self, url: str) -> None:
        """Raises WebhookRefused: it is an address that will not be called."""
        try:
            self._sending.check(url)
        except OutwardRefused as error:
            raise WebhookRefused(str(error)) from None

    def order(self, schedule: Schedule, snapshot: Snapshot) -> None:
        """Have a snapshot delivered to each receiver; ordered again, nothing more happens."""
        now, receivers = self._clock.now(), schedule.receivers
        wanted = [(Channel.MAIL, address) for address in receivers.mail]
        if receivers.webhook:
            wanted.append((Channel.WEBHOOK, _shown(receivers.webhook)))
        for number, (channel, receiver) in enumerate(wanted, start=1):
            delivery = Delivery(
                delivery_id=f"{snapshot.snapshot_id}-{number}",
                schedule_id=schedule.schedule_id,
                snapshot_id=snapshot.snapshot_id,
                channel=channel,
                receiver=receiver,
                created_at=now,
                next_at=now,
            )
            self._store.add_once(delivery)

    def page(
        self, schedule_id: str, *, after: tuple[datetime, str] | None, limit: int
    ) -> list[Delivery]:
        """A schedule's deliveries, the newest first."""
        return self._store.page(schedule_id, after=after, limit=limit)

    def again(self, delivery_id: str) -> Delivery:
        """Try one that failed from its start. Raises DeliveryUnknown, DeliveryNotFailed."""
        found = self._store.get(delivery_id)
        if not self._store.open_again(delivery_id, self._clock.now()):
            raise DeliveryNotFailed(delivery_id, found.fate.value)
        return self._store.get(delivery_id)

    def cancel(self, schedule_id: str) -> None:
        """End what waits of a schedule that is removed."""
        self._store.cancel(schedule_id, self._clock.now())

    def begin_due(self) -> None:
        """Ask for the job of each attempt whose time has come, by whichever process is first. One
        that fell silent (its worker died, or met what nobody thought of) counts as a failed one, so
        that none is begun again for ever.
        """
        for delivery in self._store.due(self._clock.now(), AT_ONCE):
            if delivery.is_under_way:
                self._note(delivery, Told(was_taken=False, detail=SILENT), took_ms=0.0)
            else:
                self._begin(delivery)

    def deliver(self, work: Work) -> Mapping[str, object]:
        """The job: one attempt. A message may go out twice where a worker dies between the attempt
        and its note: it carries the same id then.
        """
        wish = work.job.params
        delivery = self._store.get(wish["delivery_id"])
        if delivery.fate is not Fate.WAITING or delivery.turn != wish["turn"]:
            return {}
        started = self._clock.monotonic()
        told = self._try(delivery)
        took_ms = round((self._clock.monotonic() - started) * 1000, 1)
        self._note(delivery, told, took_ms=took_ms)
        return {"was_taken": told.was_taken, "detail": told.detail}

    def _begin(self, delivery: Delivery) -> None:
        claimed = self._store.claim(delivery, self._clock.now() + LEASE)
        if claimed is None:
            return
        asker = Asker(user_id="", username="schedule", name=claimed.receiver)
        wish = {"delivery_id": claimed.delivery_id, "turn": claimed.turn}
        self._jobs.submit_once(f"{claimed.delivery_id}-{claimed.turn}", KIND, wish, by=asker)

    def _try(self, delivery: Delivery) -> Told:
        try:
            return self._sending.send(delivery, self._schedules.get(delivery.schedule_id))
        except (ScheduleUnknown, SnapshotUnknown) as error:
            return Told(was_taken=False, detail=error.title, is_final=True)

    def _note(self, delivery: Delivery, told: Told, *, took_ms: float) -> None:
        """Keep the attempt, and say how the delivery goes on or ended."""
        attempt = Attempt(
            at=self._clock.now(), was_taken=told.was_taken, detail=told.detail, took_ms=took_ms
        )
        again = None if told.is_final else next_attempt(delivery, attempt.at)
        if not told.was_taken and again is not None:
            self._store.try_again(delivery, attempt, again)
            return
        fate = Fate.DELIVERED if told.was_taken else Fate.FAILED
        if self._store.end(delivery, attempt, fate):
            happened = ReportDelivered if told.was_taken else ReportNotDelivered
            self._publish(
                happened(
                    schedule_id=delivery.schedule_id,
                    report_id=delivery.snapshot_id,
                    channel_name=delivery.channel.value,
                    receiver=delivery.receiver,
                    detail=told.detail,
                )
            )


def _shown(url: str) -> str:
    """The address without its query, which may be a secret."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}{parts.path}" + ("?…" if parts.query else "")
