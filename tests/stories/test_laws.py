"""Every story keeps the laws, on its examples and on odd networks, in every format: nothing is rendered."""

from fractions import Fraction
from types import SimpleNamespace

import laws
import pytest
from networks import ODD

from convexplain import examples
from convexplain.board import pieces, tiles
from convexplain.board.marks import COLUMN, FILM, NARROWEST, Draft, paper
from convexplain.board.text import words
from convexplain.stories import STORIES, script
from convexplain.stories.programme import programme
from convexplain.stories.told import tell

OF_A_STORY = (
    laws.exact_ends,
    laws.origins,
    laws.crossings,
    laws.covered,
    laws.outside,
    laws.too_small,
    laws.widths,
)


def told(name, network, level=None, cell=None):
    """The story in two formats, and its script; None where the network has no such story."""
    levels = programme(network.stack)
    if name not in levels:
        return None
    written = script.write(name, network, cell, levels[name] if level is None else level)
    return [tell(written, form) for form in (FILM, COLUMN)], written


def violations(stories, written):
    """What is wrong, a line each."""
    found = [
        f"{story.format.name} {law.__name__}: {line}" for story in stories for law in OF_A_STORY for line in law(story)
    ]
    found += [f"numbers: {line}" for story in stories for line in laws.numbers(story, written)]
    found += [f"arithmetic: {line}" for story in stories for line in laws.arithmetic(story, written)]
    return found + [f"formats: {line}" for line in laws.same_everywhere(stories)]


@pytest.mark.parametrize(
    "example", ["own", *(pytest.param(name, marks=pytest.mark.long) for name in ("notebook", *ODD))]
)
@pytest.mark.parametrize("name", STORIES)
def test_the_laws_hold(name, example):
    if example == "own":
        network = examples.network(STORIES[name].example or name)
    else:
        network = ODD[example]() if example in ODD else examples.network(example)
    found = told(name, network)
    if found is None:
        pytest.skip("the network has no such story")
    assert violations(*found) == []
    if example in ("own", "notebook"):
        assert [line for story in found[0] for line in laws.emptied(story)] == []
    if example == "own":
        assert laws.small_captions(found[0][0]) == []


@pytest.mark.long
@pytest.mark.parametrize("inches", [NARROWEST, 5.5, 12])
@pytest.mark.parametrize("name", STORIES)
def test_the_laws_hold_in_any_width(name, inches):
    own = script.write(name, examples.network(STORIES[name].example or name))
    story = tell(own, paper(inches))
    assert [line for law in OF_A_STORY for line in law(story)] == []


def over_bars(draft):
    return list(laws.covered(SimpleNamespace(boards=[draft.board("one", "One.")])))


def test_a_number_over_the_bar_beside_its_own_is_found_and_lifted_over_it():
    draft, row = Draft(FILM), [("y", 0), ("y", 1), ("y", 2)]
    for key, value, x in zip(row, (9, 1, -4), (500, 550, 600), strict=True):
        pieces.column(draft, key, pieces.Number(Fraction(value), str(value)), x, 600, 40, 20, "output")
    pieces.digits(draft, row[1], "1.0625")
    assert over_bars(draft) == ["one: ('y', 1, 'digits') '1.0625' lies over the bar ('y', 0, 'bar')"]
    pieces.lift(draft, row)
    assert over_bars(draft) == []
    lifted = draft.marks["y", 1, "digits"]
    assert lifted.bottom <= draft.marks["y", 0, "bar"].top - pieces.ABOVE
    draft.change([("y", 1, "digits")], x=900.0)  # beside all bars, over none
    pieces.lift(draft, row)
    assert draft.marks["y", 1, "digits"].y == lifted.y


@pytest.mark.parametrize(("aside", "is_found"), [(0, False), (30, True), (200, False)])
def test_words_lie_whole_on_a_tile_or_on_none(aside, is_found):
    draft = Draft(FILM)
    tiles.tile(draft, ("tap", 0), pieces.Number(Fraction(1, 2), "0.5"), "kernel", 500, 500, 100, 60)
    draft.put("tap", ("tap", 0, "digits"), words("0.5", 500 + aside, 500, 48))
    assert bool(over_bars(draft)) == is_found
