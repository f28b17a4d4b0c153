"""What the README says of speed is what was measured, and within its limits."""

from fractions import Fraction
from pathlib import Path

README = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")


def test_the_speed_table_is_whole_and_within_its_limits():
    _, _, speed = README.partition("\n## Speed\n")
    rows = [line.strip("| ").split(" | ") for line in speed.partition("\n## ")[0].splitlines() if line.startswith("|")]
    head, _, *measured = rows
    assert head == ["what, against what", "ratio", "limit"]
    assert len(measured) > 9
    assert all(number(ratio) < number(limit) for _, ratio, limit in measured)


def number(text):
    """A ratio as the table writes it: ``0.61``, ``1/64.4``."""
    whole, _, part = text.partition("/")
    return Fraction(whole) / Fraction(part or 1)
