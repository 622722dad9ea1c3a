"""`floe plugins doctor`: why a plugin is not found, not loaded, shadowed, left out, too old or too new."""
