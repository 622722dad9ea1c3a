"""The history of a product's runs: a record each on this machine, and what the catalog's snapshots tell."""
