"""Counts what a call costs: commands sent to MongoDB, and packets of commands sent to Redis."""

from __future__ import annotations

from contextlib import contextmanager

import redis
from pymongo import MongoClient, monitoring

from app.db.client import database
from app.events import Publisher
from app.items.catalogue import Catalogue
from app.items.store import ItemStore
from app.racks.beats import Beats
from app.racks.heartbeats import Heartbeats
from app.racks.lease_store import LeaseStore
from app.racks.rack import LeaseLimits
from app.racks.session_store import SessionStore
from app.racks.standing import Standing
from app.racks.store import RackStore
from app.services.event_log import EventLog
from app.services.lock_manager import LockManager
from app.services.redis_service import RedisService
from app.sync.batch import Batches
from app.sync.conflict_store import ConflictStore
from app.sync.store import RecordStore


class RoundTrips(monitoring.CommandListener):
    """What was sent so far: MongoDB's commands as (name, body) in order, Redis' packets."""

    def __init__(self):
        self.mongo = []
        self.redis = 0

    def started(self, event):
        self.mongo.append((event.command_name, event.command))

    def succeeded(self, event):
        pass

    def failed(self, event):
        pass

    def of(self, act, *args, **more):
        """How many commands and packets one act sends."""
        before = len(self.mongo), self.redis
        act(*args, **more)
        return len(self.mongo) - before[0], self.redis - before[1]


@contextmanager
def counted_batches(settings, clock):
    """Batches, heartbeats and what these leave to be done, as the warehouse builds them, and the
    RoundTrips that they make.
    """
    trips = RoundTrips()
    mongo = MongoClient(settings.mongo_uri, event_listeners=[trips])
    service = RedisService(client=_counting_client(settings.redis_url, trips))
    db = database(mongo, settings.mongo_db)
    racks, sessions = RackStore(db), SessionStore(db)
    publish = Publisher(EventLog(service, clock), clock)
    beats = Beats(racks, sessions, LockManager(service), publish, clock, ttl_s=60)
    heartbeats = Heartbeats(
        racks,
        sessions,
        LeaseStore(db),
        beats,
        publish,
        clock,
        limits=LeaseLimits(),
    )
    batches = Batches(
        RecordStore(db),
        ConflictStore(db),
        Standing(racks, sessions, clock),
        heartbeats,
        Catalogue(ItemStore(db)),
        publish,
        clock,
    )
    try:
        yield batches, heartbeats, beats, trips
    finally:
        service.disconnect()
        mongo.close()


def _counting_client(url, trips):
    pool = redis.ConnectionPool.from_url(url, decode_responses=True)

    class Counting(pool.connection_class):
        def send_packed_command(self, *args, **more):
            trips.redis += 1
            super().send_packed_command(*args, **more)

    pool.connection_class = Counting
    return redis.Redis(connection_pool=pool)
