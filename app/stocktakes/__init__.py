"""Counting campaigns of a warehouse."""
