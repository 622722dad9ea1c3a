"""The twins of each type: a good plugin, and for each contract test one that is wrong in that one thing."""
