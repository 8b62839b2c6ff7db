"""One attempt: the snapshot as a letter with a file, or posted to a webhook."""

from __future__ import annotations

import tempfile
from pathlib import Path

from app.clock import Clock
from app.reports.columns import Row
from app.reports.exports import Exports, ReportKind
from app.reports.snapshot import Snapshot
from app.reports.snapshots import Snapshots
from app.schedules.delivery import Channel, Delivery
from app.schedules.schedule import Schedule
from app.schedules.wording import Enclosed, Parcel, body, letter
from app.services.mail_service import MailService
from app.services.webhook_service import Told, WebhookService, signature

MOST_ROWS_ENCLOSED = 100_000
MOST_BYTES_ENCLOSED = 8 * 1024 * 1024
"""What mail servers usually take; a larger file is fetched by its link."""
MOST_ROWS_POSTED = 1_000


class Sending:
    """Sends snapshots out. `address` is where people reach this server, or empty."""

    def __init__(
        self,
        snapshots: Snapshots,
        exports: Exports,
        mail: MailService,
        webhooks: WebhookService,
        clock: Clock,
        *,
        address: str,
    ) -> None:
        self._snapshots = snapshots
        self._exports = exports
        self._mail = mail
        self._webhooks = webhooks
        self._clock = clock
        self._address = address.rstrip("/")

    @property
    def may_mail(self) -> bool:
        return self._mail.is_on

    def check(self, url: str) -> None:
        """Raises OutwardRefused."""
        self._webhooks.check(url)

    def send(self, delivery: Delivery, schedule: Schedule) -> Told:
        """Send it. Raises SnapshotUnknown."""
        snapshot = self._snapshots.get(delivery.snapshot_id)
        if delivery.channel is Channel.WEBHOOK:
            return self._post(delivery, schedule, snapshot)
        return self._write(delivery, schedule, snapshot)

    def _write(self, delivery: Delivery, schedule: Schedule, snapshot: Snapshot) -> Told:
        enclosed = self._file(snapshot, schedule.receivers.format)
        parcel = self._parcel(delivery, schedule, snapshot)
        return self._mail.send(letter(parcel, delivery.receiver, enclosed))

    def _post(self, delivery: Delivery, schedule: Schedule, snapshot: Snapshot) -> Told:
        rows = self._rows(snapshot)
        sent = body(self._parcel(delivery, schedule, snapshot), rows)
        timestamp = int(self._clock.now().timestamp())
        message_id = delivery.delivery_id
        headers = {
            "webhook-id": message_id,
            "webhook-timestamp": str(timestamp),
            "webhook-signature": signature(schedule.secret or "", message_id, timestamp, sent),
        }
        return self._webhooks.post(schedule.receivers.webhook or "", sent, headers)

    def _parcel(self, delivery: Delivery, schedule: Schedule, snapshot: Snapshot) -> Parcel:
        link = f"{self._address}/reports#kept={snapshot.snapshot_id}" if self._address else None
        return Parcel(
            delivery_id=delivery.delivery_id,
            schedule_name=schedule.name,
            snapshot=snapshot,
            summary=self._exports.summary_of(ReportKind.SNAPSHOT, snapshot.snapshot_id),
            link=link,
        )

    def _rows(self, snapshot: Snapshot) -> list[Row] | None:
        if snapshot.summary.rows > MOST_ROWS_POSTED:
            return None
        page = self._snapshots.rows(snapshot.snapshot_id, after=0, limit=MOST_ROWS_POSTED)
        return list(page.rows)

    def _file(self, snapshot: Snapshot, format_name: str) -> Enclosed | None:
        """The file, or None where it is too large for a letter."""
        if snapshot.summary.rows > MOST_ROWS_ENCLOSED:
            return None
        with tempfile.TemporaryDirectory(prefix="stockverify-letter-") as folder:
            written = self._exports.write(
                ReportKind.SNAPSHOT, snapshot.snapshot_id, format_name, Path(folder)
            )
            if written.path.stat().st_size > MOST_BYTES_ENCLOSED:
                return None
            content = written.path.read_bytes()
        return Enclosed(name=written.name, media_type=written.media_type, content=content)
