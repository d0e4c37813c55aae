"""Values that a shell completes and no type of click knows."""

from __future__ import annotations

import click as plain
from click.shell_completion import CompletionItem


def rules(_: plain.Context, __: plain.Parameter, begun: str) -> list[CompletionItem]:
    """Rules by their id, with what they find."""
    from audit.rules.registry import RULES  # noqa: PLC0415 -- only where somebody completes one

    return [CompletionItem(r.id, help=r.title) for r in RULES if r.id.startswith(begun.upper())]


def formats(_: plain.Context, __: plain.Parameter, begun: str) -> list[CompletionItem]:
    """Formats, up to the sign behind which a path stands."""
    from audit.report import FORMATS  # noqa: PLC0415 -- as above

    return [CompletionItem(f"{name}=") for name in FORMATS if name.startswith(begun)]


def compliance(_: plain.Context, __: plain.Parameter, begun: str) -> list[CompletionItem]:
    """Compliance profiles by their id, with their title."""
    from audit.catalog.compliance import compliance_profiles  # noqa: PLC0415 -- as above

    return [CompletionItem(p.id, help=p.title) for p in compliance_profiles() if p.id.startswith(begun.lower())]
