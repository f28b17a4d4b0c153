"""Edges keep their key, run from what is read to what is computed, and only what is meant is thick."""

import pytest

from convexplain.board.marks import FILM, Draft
from convexplain.stories.both_ways import edges
from convexplain.stories.both_ways.edges import Edge

FAN = [Edge(("edge", 1, 0, k), edges.tint(k, 3), (400 + 200 * k, 300), (400, 600), k == 2) for k in range(3)]


def test_a_fan_in_the_light_and_out_of_it():
    lit, partly = Draft(FILM), Draft(FILM)
    edges.lay(lit, FAN)
    edges.lay(partly, FAN, lit=[FAN[1].key])
    assert lit.marks.keys() == partly.marks.keys() == {edge.key for edge in FAN}
    assert [mark.role for mark in partly.marks.values()] == ["context", "tap 0.500", "context"]
    assert [mark.size for mark in partly.marks.values()] == [edges.THIN, edges.THICK, edges.THIN]
    assert [bool(mark.dash) for mark in lit.marks.values()] == [False, False, True]


def test_an_edge_begins_and_ends_a_gap_from_its_ends():
    draft = Draft(FILM)
    edges.lay(draft, [FAN[0]], gap=30)
    points = draft.marks[FAN[0].key].points
    assert points[:2] == pytest.approx((400, 330))
    assert points[-2:] == pytest.approx((400, 570))


@pytest.mark.parametrize(("end", "middle"), [((3, 13), (3, 8)), ((3, 3), (3, 3))])
def test_a_gap_longer_than_the_edge_leaves_its_middle(end, middle):
    draft = Draft(FILM)
    edges.lay(draft, [FAN[0]._replace(start=(3, 3), end=end)], gap=50)
    assert draft.marks[FAN[0].key].points == (*middle, *middle)


def test_taps_have_tints_from_the_first_to_the_last():
    assert [edges.tint(k, 3) for k in range(3)] == ["tap 0.000", "tap 0.500", "tap 1.000"]
    assert edges.tint(0, 1) == "tap 0.000"
