"""MongoDB: client, indexes, migrations."""
