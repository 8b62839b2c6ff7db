"""Racks and leases: one rack, one counter."""
