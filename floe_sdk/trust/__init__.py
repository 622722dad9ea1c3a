"""Which installed code may be imported: the allow-lists, and the lock of plugins with the hashes of their files."""
