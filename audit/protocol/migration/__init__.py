"""Where a move of a domain's mail begins: what stands at each name that it touches, and for how long others keep it."""
