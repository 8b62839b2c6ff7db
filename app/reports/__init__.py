"""Queries over the counts, snapshots of their answers, and what is made of these."""
