"""Paired timings: what floe takes, as a ratio of a floor that is measured in the same run."""
