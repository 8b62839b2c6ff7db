"""Redis: client, locks, channels, the event log; circuit breakers."""
