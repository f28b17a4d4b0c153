"""Every story keeps the laws, on its examples and on odd networks, in every format: nothing is rendered."""

import laws
import pytest
from networks import ODD

from convexplain import examples
from convexplain.board.marks import COLUMN, FILM, NARROWEST, paper
from convexplain.stories import STORIES, script
from convexplain.stories.programme import programme
from convexplain.stories.told import tell

OF_A_STORY = (laws.exact_ends, laws.origins, laws.crossings, laws.outside, laws.too_small, laws.widths)


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
