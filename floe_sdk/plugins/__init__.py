"""The plugin host: discovery from metadata, loading by name, configuration, routing of calls."""
