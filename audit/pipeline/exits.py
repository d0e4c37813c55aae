"""What each exit code says. How one is chosen needs the rules; a command that only prints its version does not."""

from __future__ import annotations

from enum import IntEnum


class Exit(IntEnum):
    OK = 0
    FINDINGS = 1  # a finding reaches --fail-on
    USAGE = 2  # the command or the list is wrong
    INCOMPLETE = 3  # too much could not be tested
    INTERNAL = 4  # a fault of ours, or the output could not be written
    INTERRUPTED = 130
    UNREAD = 141  # who took the output went before its end, as with `| head`: what a shell tells of SIGPIPE
