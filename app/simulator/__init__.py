"""The simulator: a device that meets everything that goes wrong, and says what the server does."""
