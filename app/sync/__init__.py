"""Batches of counts: nothing lost, nothing twice."""
