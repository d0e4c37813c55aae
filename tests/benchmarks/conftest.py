"""The benchmark is no part of the wheel: its package lies in the checkout, which comes last, after what is installed."""

from __future__ import annotations

import sys
from pathlib import Path

CHECKOUT = str(Path(__file__).parents[2])
if CHECKOUT not in sys.path:
    sys.path.append(CHECKOUT)
