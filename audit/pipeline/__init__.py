"""The stages composed for many domains: read the list, gather, judge, publish."""
