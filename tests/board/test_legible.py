"""Words that would cross others on their way give way."""

import pytest

from convexplain.board import motion, staging
from convexplain.board.legible import crossings
from convexplain.board.marks import FILM, Cue, Draft
from convexplain.board.text import words


def drafted(**places):
    """A draft of one-letter texts, by name and where they stand."""
    draft = Draft(FILM)
    for name, (x, y) in places.items():
        draft.put("note", (name,), words(name, x, y, 40))
    return draft


def way(before, after, *cues):
    return staging.transition(before.board("a", ""), after.board("b", "", cues=list(cues)))


def hows(one):
    return {act.key[0]: act.how for act in one.acts}


def crossed(one):
    return list(crossings({act.key: act for act in one.acts}, one.duration))


def test_what_crosses_nothing_moves_as_the_story_says():
    one = way(drafted(p=(200, 100), q=(200, 300)), drafted(p=(500, 100), q=(700, 300)))
    assert hows(one) == {"p": "move", "q": "move"}


def test_of_two_that_change_places_the_one_that_travels_further_comes_anew():
    one = way(drafted(p=(200, 300), q=(600, 300)), drafted(p=(640, 300), q=(220, 300)))
    assert hows(one) == {"p": "anew", "q": "move"}
    assert not crossed(one)
    middle = one.acts[0].start + (one.acts[0].end - one.acts[0].start) / 4
    assert motion.at(one.acts[0], middle).x == 200, "it goes where it stands"


def test_what_moves_over_a_text_that_stands_comes_anew():
    one = way(drafted(p=(200, 300), q=(400, 300)), drafted(p=(600, 300), q=(400, 300)))
    assert hows(one) == {"p": "anew", "q": "still"}


def test_long_words_that_become_short_ones_are_long_on_their_way():
    """At neither end they reach what they would cross half-way."""
    before, after = drafted(q=(570, 300)), drafted(p=(530, 300), q=(570, 300))
    before.put("note", ("p",), words("2t + 11 = 37", 440, 300, 40))
    assert max(draft.marks["p",].right for draft in (before, after)) < before.marks["q",].left
    one = way(before, after)
    assert hows(one) == {"p": "anew", "q": "still"}
    assert not crossed(one)


def test_what_comes_to_the_place_of_another_waits_until_that_is_gone():
    one = way(drafted(p=(400, 300)), drafted(q=(400, 300)), Cue((("q",),), staging.LEAVE))
    gone, come = sorted(one.acts, key=lambda act: act.key)
    assert come.start >= gone.end
    assert one.duration == pytest.approx(come.end)
    assert not crossed(one)


def test_two_that_come_anew_where_the_other_was_go_together_and_come_together():
    before, after = drafted(p=(200, 300), q=(400, 300), r=(300, 500)), drafted(p=(400, 300), q=(600, 300), r=(300, 300))
    late = Cue((("q",),), staging.ENTER), Cue((("r",),), staging.MOVE + 0.5)
    one = way(before, after, *late)
    assert not crossed(one)
    assert all(act.end <= one.duration for act in one.acts)


def test_a_copy_parts_from_what_it_copies():
    before, after = drafted(p=(400, 300)), drafted(p=(400, 300), q=(400, 500))
    after.marks["q",] = after.marks["q",].at(copy_of=("p",))
    assert hows(way(before, after)) == {"p": "still", "q": "move"}


@pytest.mark.parametrize("kept", staging.TEXT_LINE)
def test_the_words_below_the_picture_go_their_own_ways(kept):
    before, after = Draft(FILM), Draft(FILM)
    for draft, (first, second) in ((before, (200, 600)), (after, (600, 200))):
        for part, x in ((0, first), (1, second)):
            draft.put("note", (kept, part), words("w", x, 650, 40))
    assert {act.how for act in way(before, after).acts} == {"move"}
