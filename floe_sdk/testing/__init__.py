"""Support for the authors of plugins."""
