"""Care of the data: backup, restore, and a check that finds and mends what disagrees."""
