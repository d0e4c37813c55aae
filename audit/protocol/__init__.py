"""Inquiries: pure generators that ask for what a protocol needs, and the survey that walks them."""
