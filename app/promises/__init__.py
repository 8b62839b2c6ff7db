"""Promises: what StockVerify promises, numbered, each with how it stands now."""
