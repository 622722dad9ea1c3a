"""What holds for every test."""

import signal

# A shell that starts a suite in the background has it ignore SIGINT, and what the tests start would inherit that.
signal.signal(signal.SIGINT, signal.default_int_handler)
