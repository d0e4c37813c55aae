"""The rules, the engine that judges by them, and what a domain's results come to. No input, no output, no clock."""
