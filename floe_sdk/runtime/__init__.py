"""Executing an artifact: the run, its nodes, publishing, lineage."""
