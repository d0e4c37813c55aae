"""The administrator's desk: what came back is explained, from its text alone."""
