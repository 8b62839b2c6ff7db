"""The warehouse: every use case as a typed field, and the one place that says who gets what."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from pymongo import MongoClient

from app.activity.fault_log import FaultLog
from app.activity.fault_store import FaultStore
from app.activity.log import ActivityLog
from app.activity.retention import Retention
from app.activity.store import ActivityStore
from app.auth.accounts import Accounts
from app.auth.code_check import CodeCheck
from app.auth.device_store import DeviceStore
from app.auth.devices import Devices
from app.auth.factor_store import FactorStore
from app.auth.identity import Role
from app.auth.messages import Messages
from app.auth.own_secrets import OwnSecrets
from app.auth.passwords import Passwords, run_here
from app.auth.second_factors import SecondFactors
from app.auth.sign_ins import SignIns
from app.auth.store import AuthStore
from app.auth.user_import import UserImport
from app.care.marks import last_backup
from app.clock import Clock, SystemClock
from app.custody.signing import SigningKey
from app.db.client import Db, Document, connect, database
from app.events import Publisher
from app.evidence.photos import Evidence
from app.evidence.store import EvidenceStore
from app.items.catalogue import Catalogue
from app.items.import_desk import ImportDesk
from app.items.import_jobs import KINDS as IMPORTS
from app.items.import_jobs import ImportJobs
from app.items.import_leftovers import ImportLeftovers
from app.items.import_store import ImportStore
from app.items.imports import Imports
from app.items.movement_store import MovementStore
from app.items.movements import Movements
from app.items.store import ItemStore
from app.jobs.jobs import Jobs
from app.jobs.queue import Queue
from app.jobs.running import Running
from app.jobs.store import JobStore
from app.promises.promises import Askable, Promises
from app.racks.assignments import Assignments
from app.racks.beats import Beats
from app.racks.enrolment import Enrolment
from app.racks.enrolment_store import EnrolmentStore
from app.racks.floor_plan import FloorPlan
from app.racks.heartbeats import Heartbeats
from app.racks.lease_store import LeaseStore
from app.racks.leases import Leases
from app.racks.map import RackMap
from app.racks.plan_store import PlanStore
from app.racks.punctuality_store import PunctualityStore
from app.racks.rack import LeaseLimits
from app.racks.recounts import Recounts
from app.racks.replay import Replay
from app.racks.session_store import SessionStore
from app.racks.standing import Standing
from app.racks.store import RackStore
from app.racks.sweep import Sweep
from app.reports.compare_store import CompareStore
from app.reports.comparison_report import ComparisonReports
from app.reports.comparisons import KIND as COMPARE
from app.reports.comparisons import Comparisons
from app.reports.export_store import ExportStore
from app.reports.exports import Exports, ReportKind
from app.reports.leftovers import ReportLeftovers
from app.reports.links import Links
from app.reports.reader import Reader
from app.reports.snapshot_report import SnapshotReports
from app.reports.snapshots import Snapshots
from app.reports.store import ReportStore
from app.schedules.deliveries import Deliveries
from app.schedules.delivery_store import DeliveryStore
from app.schedules.schedule_store import ScheduleStore
from app.schedules.schedules import Schedules
from app.schedules.sending import Sending
from app.services.event_log import EventLog
from app.services.lock_manager import LockManager
from app.services.mail_service import MailService
from app.services.outward import networks
from app.services.redis_service import RedisService
from app.services.webhook_service import WebhookService, new_secret
from app.sessions.finish import Finish
from app.sessions.people import People
from app.sessions.progress import SessionProgress
from app.stocktakes.approval import Approvals
from app.stocktakes.campaigns import Campaigns
from app.stocktakes.custody import Proofs
from app.stocktakes.late_counts import LateCounts
from app.stocktakes.layout import Layout
from app.stocktakes.line_views import LineViews
from app.stocktakes.lines_store import LineStore
from app.stocktakes.manifest_store import ManifestStore
from app.stocktakes.moved_lines import MovedLines
from app.stocktakes.settled_stock import SettledStock
from app.stocktakes.sheets import Sheets
from app.stocktakes.store import StocktakeStore
from app.stocktakes.tally import Sources, Tally
from app.stocktakes.what_if import WhatIfs
from app.sync.batch import Batches
from app.sync.conflict_store import ConflictStore
from app.sync.conflicts import Conflicts
from app.sync.counts import Counts
from app.sync.custody import Custody
from app.sync.desk import Desk
from app.sync.seal_store import SealStore
from app.sync.serial_trail import SerialTrails
from app.sync.store import RecordStore
from config import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Warehouse:
    """What edges call. The last seven are the ground, for health, live screens and shutdown."""

    sign_ins: SignIns
    accounts: Accounts
    own_secrets: OwnSecrets
    second_factors: SecondFactors
    devices: Devices
    user_import: UserImport
    catalogue: Catalogue
    imports: Imports
    import_desk: ImportDesk
    import_jobs: ImportJobs
    import_leftovers: ImportLeftovers
    movements: Movements
    floor_plan: FloorPlan
    rack_map: RackMap
    leases: Leases
    sweep: Sweep
    assignments: Assignments
    replay: Replay
    heartbeats: Heartbeats
    beats: Beats
    standing: Standing
    batches: Batches
    conflicts: Conflicts
    desk: Desk
    serial_trails: SerialTrails
    session_progress: SessionProgress
    people: People
    messages: Messages
    finish: Finish
    stocktakes: Campaigns
    layout: Layout
    tally: Tally
    count_lines: Approvals
    line_views: LineViews
    late_counts: LateCounts
    what_ifs: WhatIfs
    sheets: Sheets
    settled_stock: SettledStock
    proofs: Proofs
    promises: Promises
    evidence: Evidence
    snapshots: Snapshots
    comparisons: Comparisons
    report_leftovers: ReportLeftovers
    activity: ActivityLog
    faults: FaultLog
    retention: Retention
    jobs: Jobs
    running: Running
    exports: Exports
    schedules: Schedules
    deliveries: Deliveries

    clock: Clock
    mongo: MongoClient[Document]
    db: Db
    redis: RedisService
    locks: LockManager
    event_log: EventLog
    publish: Publisher

    def close(self) -> None:
        """Give back all connections."""
        self.jobs.close()
        self.redis.disconnect()
        self.mongo.close()


def build(
    settings: Settings,
    *,
    clock: Clock | None = None,
    run_heavy: Callable[..., Any] = run_here,
    breathe: Callable[[], None] = lambda: None,
) -> Warehouse:
    """A warehouse on the servers that the settings name. `run_heavy` runs CPU-heavy work; `breathe`
    lets others run in the middle of long work.
    """
    clock = clock or SystemClock()
    mongo = connect(settings.mongo_uri)
    db = database(mongo, settings.mongo_db)
    redis = RedisService(settings.redis_url)
    locks = LockManager(
        redis,
        rack_lock_ttl=settings.rack_lock_ttl,
        heartbeat_ttl=settings.heartbeat_ttl,
        session_lock_ttl=settings.session_lock_ttl,
    )
    event_log = EventLog(redis, clock)
    auth, factors, items = AuthStore(db), FactorStore(db), ItemStore(db)
    racks, sessions, lease_store = RackStore(db), SessionStore(db), LeaseStore(db)
    told, faults = ActivityStore(db), FaultStore(db)
    activity = ActivityLog(told, auth.people)
    publish, passwords = Publisher(event_log, clock, [activity.heed]), Passwords(run_heavy)
    records, parked = RecordStore(db), ConflictStore(db)
    accounts = Accounts(auth, passwords, publish, clock)
    own_secrets = OwnSecrets(auth, passwords, publish, clock)
    catalogue = Catalogue(items)
    standing = Standing(racks, sessions, clock)
    limits = LeaseLimits(ttl_s=settings.rack_lock_ttl, max_open=settings.max_open_sessions)
    beats = Beats(racks, sessions, locks, publish, clock, ttl_s=limits.ttl_s)
    heartbeats = Heartbeats(racks, sessions, lease_store, beats, publish, clock, limits=limits)
    punctuality = PunctualityStore(db)
    leases = Leases(racks, lease_store, locks, publish, clock, heartbeats=heartbeats, limits=limits)
    batches = Batches(records, parked, standing, heartbeats, catalogue, publish, clock)
    counts = Counts(records, parked)
    floor_plan, enrolment = FloorPlan(PlanStore(db)), Enrolment(EnrolmentStore(db))
    stocktakes, lines, moves = StocktakeStore(db), LineStore(db), MovementStore(db)
    recounts = Recounts(racks, lease_store, publish, clock)
    moved = MovedLines(lines, stocktakes, standing)
    movements = Movements(moves, items, publish, clock, moved.note)
    sources = Sources(
        counts=counts,
        catalogue=catalogue,
        movements=movements,
        enrolment=enrolment,
        standing=standing,
    )
    tally = Tally(lines, stocktakes, sources, recounts, publish, clock)
    import_store = ImportStore(db)
    import_jobs = ImportJobs(
        import_store,
        items,
        moves,
        publish,
        clock,
        settled=lambda: floor_plan.expect(catalogue.count_by_rack()),
        note_moved=moved.note,
    )
    frozen, reader = ReportStore(db), Reader(db)
    comparing, files = CompareStore(db), ExportStore(db)
    on_end = {**dict.fromkeys(IMPORTS, import_store.stop), COMPARE: comparing.give_up}
    job_store, job_queue = JobStore(db, on_end), Queue(settings.redis_url)
    jobs = Jobs(job_store, job_queue, publish, clock)
    comparisons = Comparisons(comparing, frozen, jobs, clock)
    compared = ComparisonReports(comparisons, comparing)
    exports = Exports(
        files,
        jobs,
        Links(settings.jwt_secret),
        {
            ReportKind.SNAPSHOT: SnapshotReports(frozen, reader).open,
            ReportKind.DIFFERENCES: compared.open,
            ReportKind.COMPARISON: compared.open_whole,
        },
        publish,
        clock,
    )
    snapshots = Snapshots(frozen, reader, clock)
    schedule_store = ScheduleStore(db)
    sending = Sending(
        snapshots,
        exports,
        MailService(settings.smtp_url, settings.mail_from),
        WebhookService(networks(settings.webhook_networks)),
        clock,
        address=settings.public_url,
    )
    deliveries = Deliveries(DeliveryStore(db), schedule_store, sending, jobs, publish, clock)
    codes = CodeCheck(
        factors, publish, clock, needed_by=frozenset(map(Role, settings.second_factor_roles))
    )
    sign_ins = SignIns(
        auth, passwords, codes, publish, clock, lifetime=timedelta(seconds=settings.refresh_ttl)
    )
    custody = Custody(SealStore(db), records, enrolment, clock, breathe)
    proofs = Proofs(
        stocktakes,
        ManifestStore(db),
        lines,
        custody,
        SigningKey(settings.signing_key),
        publish,
        clock,
    )
    campaigns = Campaigns(stocktakes, lines, tally, sources, publish, clock)
    return Warehouse(
        sign_ins=sign_ins,
        accounts=accounts,
        own_secrets=own_secrets,
        second_factors=SecondFactors(auth, factors, own_secrets, codes, publish, clock),
        user_import=UserImport(accounts),
        devices=Devices(DeviceStore(db), auth, sign_ins, publish, clock),
        catalogue=catalogue,
        imports=Imports(items, clock),
        movements=movements,
        import_desk=ImportDesk(import_store, jobs, clock),
        import_jobs=import_jobs,
        import_leftovers=ImportLeftovers(import_store, clock),
        floor_plan=floor_plan,
        rack_map=RackMap(racks, sessions, parked.open_by_rack),
        leases=leases,
        sweep=Sweep(racks, lease_store, locks, publish, clock, note_ends=punctuality.note),
        assignments=Assignments(racks, accounts, publish),
        replay=Replay(activity, clock),
        heartbeats=heartbeats,
        beats=beats,
        standing=standing,
        batches=batches,
        conflicts=Conflicts(parked, records, standing, leases, catalogue, publish, clock),
        desk=Desk(parked, records, standing, catalogue, clock),
        serial_trails=SerialTrails(records, parked),
        session_progress=SessionProgress(standing, counts, catalogue, clock),
        people=People(accounts, standing, locks, clock),
        messages=Messages(accounts, publish),
        finish=Finish(standing, counts, catalogue, batches, heartbeats, leases, clock),
        stocktakes=campaigns,
        layout=Layout(floor_plan, campaigns, catalogue, publish),
        tally=tally,
        count_lines=Approvals(lines, stocktakes, tally, movements, recounts, publish, clock),
        line_views=LineViews(lines, stocktakes, tally, movements),
        late_counts=LateCounts(stocktakes, tally, enrolment, standing, counts),
        what_ifs=WhatIfs(lines, stocktakes, tally),
        sheets=Sheets(standing, enrolment, catalogue, stocktakes),
        settled_stock=SettledStock(lines, stocktakes, tally, catalogue),
        proofs=proofs,
        promises=Promises(
            Askable(
                kept=counts.kept,
                spot_check=custody.spot_check,
                open_work=standing.open_work,
                punctuality=lambda: punctuality.lately(clock.now()),
                open_conflicts=lambda: parked.open_groups({}, clock.now()),
                events=event_log.reach,
                last_backup=lambda: last_backup(db),
            ),
            clock,
        ),
        evidence=Evidence(EvidenceStore(db), clock),
        snapshots=snapshots,
        report_leftovers=ReportLeftovers(frozen, reader, comparing, files, clock),
        comparisons=comparisons,
        activity=activity,
        faults=FaultLog(faults, clock),
        retention=Retention(told, faults, clock, days=settings.log_days),
        jobs=jobs,
        exports=exports,
        schedules=Schedules(
            schedule_store, snapshots, deliveries, jobs, publish, clock, new_secret=new_secret
        ),
        deliveries=deliveries,
        running=Running(job_store, job_queue, publish, clock),
        clock=clock,
        mongo=mongo,
        db=db,
        redis=redis,
        locks=locks,
        event_log=event_log,
        publish=publish,
    )
