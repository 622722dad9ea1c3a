"""For the authors of plugins: a new package, and what is to be said of one before it is published."""
