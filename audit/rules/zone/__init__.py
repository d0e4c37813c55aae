"""Rules on the zone that holds a domain: its name servers, what they agree on, and how long it is kept."""
