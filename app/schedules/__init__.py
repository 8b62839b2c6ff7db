"""Snapshots by the clock: due each day or week, kept for a time, and delivered."""
