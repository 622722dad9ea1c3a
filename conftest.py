"""What holds for every test."""

import signal

# A shell that starts a suite in the background has it ignore SIGINT, and nohup has it ignore SIGHUP; what the tests
# start would inherit that.
signal.signal(signal.SIGINT, signal.default_int_handler)
signal.signal(signal.SIGHUP, signal.SIG_DFL)
