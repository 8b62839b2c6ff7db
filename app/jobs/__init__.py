"""Jobs: work that takes longer than a request may, done by a worker process."""
