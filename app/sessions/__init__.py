"""A counter's work at a rack: progress and finish."""
