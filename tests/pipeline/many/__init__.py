"""A run in parts, on many processes or machines."""
