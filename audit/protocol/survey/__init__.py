"""All that is established about a subject: one walk over its subjects, driven by the network to gather and by evidence
to judge.

The table names the inquiries, each found by the type that it returns; a plan leaves out what a run does not want; the
walk asks for the rest, subject by subject. Adding a fact is one function and its name in the table.
"""

from __future__ import annotations

from audit.protocol.survey.declaration import CHILDREN, FACTS, Declared, declared
from audit.protocol.survey.plan import BEYOND, FULL_FACTS, HTTPS_FACTS, MOVING, NEVER, SMTP_FACTS, STANDARD_FACTS, Plan
from audit.protocol.survey.walk import Survey, survey

__all__ = [
    "BEYOND",
    "CHILDREN",
    "FACTS",
    "FULL_FACTS",
    "HTTPS_FACTS",
    "MOVING",
    "NEVER",
    "SMTP_FACTS",
    "STANDARD_FACTS",
    "Declared",
    "Plan",
    "Survey",
    "declared",
    "survey",
]
