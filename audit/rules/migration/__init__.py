"""Rules on a move of a domain's mail: judged only where somebody says that it moves, and where to."""
