"""Proof of custody: chains of counts, signed manifests, and how anybody proves both. Pure."""
