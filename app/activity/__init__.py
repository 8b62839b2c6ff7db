"""What happened, kept for people to look up: by whom, at which rack, when."""
