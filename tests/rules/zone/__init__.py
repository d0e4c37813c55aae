"""Cases of the rules on zones and their name servers."""
