"""How large a formula may be that is written out.

This module knows two numbers and how a count is said. A formula is forecast before it is built, by counting, so that a
question that has too long an answer is refused at once, with the count and with what to ask instead.
"""

from __future__ import annotations

from math import log10

SIZE_BUDGET = 100_000
"""The most products that are written out. sympy walks nested expressions as trees, so shared parts count each time."""

DEPTH_BUDGET = 60
"""The most layers that are written into each other or along one path. sympy walks a nested expression by calling
itself, a few calls for each layer, and Python ends that at a thousand calls."""


def counted(count: int) -> str:
    """A count in digits, or its order of magnitude where digits say nothing any more."""
    return f"{count:,}" if count < 10**15 else f"about 10**{int(log10(count))}"
