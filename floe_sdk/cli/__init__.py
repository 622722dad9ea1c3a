"""The command `floe`: one file a command, loaded when it is invoked."""
