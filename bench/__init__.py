"""Measures every row of the specification's table of speed on this machine: real mongod,
redis-server and server process, journaled writes. `make bench` runs all of it.

The load is this package's own process, on aiohttp (pinned in requirements-dev.txt): one process
with one connection a device holds a thousand sockets at a quarter of what locust's green threads
cost, and what it does cost stands beside the server's in every row.
"""
