"""A plugin of every type, as it was written against floe-sdk 0.1."""
