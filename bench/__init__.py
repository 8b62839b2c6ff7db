"""Measures the server on this machine: real mongod, redis-server and process, journaled writes.

The load shares the two cores with what it measures. `make bench` runs all of it.
"""
