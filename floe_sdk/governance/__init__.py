"""The rules that ENFORCE runs, one file a rule family."""
