"""The plan of a move of a domain's mail, made from what was seen and from what the new provider expects."""
