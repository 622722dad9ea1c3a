"""What the plugins of each type promise, as tests that a plugin's author inherits; see docs/plugins/contracts.md."""
