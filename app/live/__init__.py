"""Socket.IO: who hears what, in which order."""
