"""The catalogue: what the warehouse stocks, how it is found, and how it changes."""
