"""Logs of mail servers, line by line, to tallies: nothing of a log is kept but counts and bounded samples."""
