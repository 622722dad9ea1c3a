"""Tables after they were published: looked at, taken back, maintained."""
