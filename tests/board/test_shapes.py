"""The outlines of marks, where a mark is at its limits."""

import pytest

from convexplain.board.marks import line
from convexplain.board.shapes import FINEST, shapes


@pytest.mark.parametrize("dash", [1e-300, 1e-15, 0.01])
def test_a_line_that_begins_to_be_dashed_is_a_line(dash):
    whole = line("quiet", 0, 0, 1900, 1000)
    (drawn,), (expected,) = shapes(whole.at(dash=dash)), shapes(whole)
    assert len(drawn.sizes) == len(expected.sizes) == 1
    (dashed,) = shapes(whole.at(dash=FINEST))
    assert len(dashed.sizes) > 1000
