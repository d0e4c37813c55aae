"""The vocabulary: frozen dataclasses without behaviour that reaches outside themselves, and no dependencies."""
