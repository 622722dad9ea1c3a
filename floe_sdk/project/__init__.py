"""YAML into models with file:line:column; environments and inheritance."""
