"""A second opinion: checkdmarc's verdicts on our evidence. It is never let near the network."""
