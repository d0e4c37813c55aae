"""Protocols on the zone that holds a domain: its delegation, its servers, and what each of them says."""
