"""The benchmark is no part of the wheel. It lies in the checkout, which comes after all that is installed."""

from __future__ import annotations

import sys
from pathlib import Path

CHECKOUT = str(Path(__file__).parents[2])
if CHECKOUT not in sys.path:
    sys.path.append(CHECKOUT)
