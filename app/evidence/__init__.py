"""Photos that prove a count."""
