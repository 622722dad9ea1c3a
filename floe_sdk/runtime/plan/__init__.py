"""`floe plan`: what a run would do, and why, before anything runs."""
