"""A run shown: as text, as data, and as one page that needs nothing else."""
