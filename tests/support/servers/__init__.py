"""Real servers for tests: one module a server, each with `install()` and `start()`."""
