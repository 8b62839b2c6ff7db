"""HTTP: parse, permit, call one use case, answer."""
