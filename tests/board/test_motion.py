"""The way from one board to the next, on three boards that use every kind of mark and every way to change."""

from itertools import pairwise

import boards
import pytest

from convexplain.board import motion, staging
from convexplain.board.marks import FILM, Cue, Draft, bar, line, plate
from convexplain.board.text import words

BOARDS = boards.boards()
WAYS = [staging.transition(before, after) for before, after in pairwise(BOARDS)]


def way(before, after, cues=(), pace=1.0):
    """The way between two drafts."""
    return staging.transition(before.board("a", ""), after.board("b", "", cues=cues), pace)


def drafts():
    return Draft(FILM), Draft(FILM)


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.after.name)
def test_a_way_begins_and_ends_on_the_boards_and_comes_close_to_them(way):
    assert motion.sample(way, 0) == dict(way.before.marks)
    assert motion.sample(way, 1) == dict(way.after.marks)
    for share, board in ((1e-6, way.before), (1 - 1e-6, way.after)):
        seen = motion.sample(way, share)
        for key, mark in board.marks.items():
            assert seen[key].x == pytest.approx(mark.x, abs=0.01)
            assert seen[key].y == pytest.approx(mark.y, abs=0.01)


def test_a_key_is_given_once():
    draft = Draft(FILM)
    draft.put("signal", ("x", 0), bar("sample", 100, 500, 50, 40))
    with pytest.raises(ValueError, match="from signal and from staircase"):
        draft.put("staircase", ("x", 0), bar("sample", 100, 500, 50, 40))


def test_what_leaves_goes_before_what_moves_and_what_enters_comes_last():
    before, after = drafts()
    before.put("", ("gone",), bar("sample", 100, 500, 50, 40))
    before.put("", ("moved",), bar("sample", 200, 500, 50, 40))
    after.put("", ("moved",), bar("sample", 300, 500, 50, 40))
    after.put("", ("new",), bar("sample", 400, 500, 50, 40))
    after.put("", ("new", "digits"), words("4", 400, 430, 48, rides=("new",)))
    acts = {act.key: act for act in way(before, after).acts}
    order = [acts["gone",], acts["moved",], acts["new",], acts["new", "digits"]]
    assert [act.start for act in order[1:]] == pytest.approx([act.end - staging.OVERLAP for act in order[:-1]])


def test_where_beats_overlap_nothing_is_seen_to_move():
    share = staging.OVERLAP / staging.LASTS["move"]
    assert motion.ease(share) < 0.1
    assert motion.ease(1 - share) > 0.9


def test_a_bar_that_changes_sign_turns_over_through_zero():
    before, after = drafts()
    before.put("", ("w",), bar("sample", 100, 500, 50, 80))
    after.put("", ("w",), bar("sample", 100, 500, 50, -40))
    over = way(before, after)
    heights = []
    for step in range(1, 20):
        mark = motion.sample(over, step / 20)["w",]
        assert mark.foot == pytest.approx(500)
        heights.append(mark.base * mark.height)
    assert heights == sorted(heights, reverse=True)
    assert heights[0] > 0 > heights[-1]


def test_a_copy_flies_from_its_parent_which_stays():
    before, after = drafts()
    for draft in (before, after):
        draft.put("", ("x",), bar("sample", 100, 500, 50, 80, about=("cell", 0, 0, 0)))
    about = ("term", 1, 0, 0, 0, 0)
    after.put("", ("p",), bar("tap 0", 700, 900, 50, 160, copy_of=("x",), about=about))
    copied = way(before, after)
    (act,) = [act for act in copied.acts if act.key == ("p",)]
    early = motion.at(act, act.start + 0.01)
    assert (early.x, early.foot) == (pytest.approx(100, abs=1), pytest.approx(500, abs=1))
    assert early.about == about
    assert early.z >= motion.LIFT
    assert motion.sample(copied, 0.5)["x",] == before.marks["x",]


def test_what_becomes_another_is_never_seen_beside_it_nor_missed():
    before, after = drafts()
    before.put("", ("copy",), bar("sample", 100, 500, 50, 80))
    after.put("", ("product",), bar("tap 0", 100, 500, 50, 160, copy_of=("copy",)))
    became = way(before, after)
    for step in range(21):
        seen = motion.sample(became, step / 20)
        assert len(seen) == 1


def test_what_goes_into_another_flies_there():
    before, after = drafts()
    before.put("", ("part",), bar("sample", 100, 500, 50, 80, goes_into=("sum",)))
    after.put("", ("sum",), bar("output", 900, 500, 50, 80))
    into = way(before, after)
    (act,) = [act for act in into.acts if act.key == ("part",)]
    assert motion.at(act, act.end - 0.001).x == pytest.approx(900, abs=1)
    assert motion.at(act, act.end) is None


def test_words_of_one_line_fade_in_place():
    before, after = drafts()
    before.put("", ("caption",), words("short", 96, 1008, 48, align=-1))
    after.put("", ("caption",), words("a much longer caption", 96, 1008, 48, align=-1))
    rewritten = way(before, after)
    texts = [motion.sample(rewritten, step / 40)["caption",] for step in range(41)]
    assert all(mark.left == pytest.approx(96) for mark in texts)
    assert {mark.text for mark in texts} == {"short", "a much longer caption"}
    assert min(mark.alpha for mark in texts) < 0.05


def test_a_card_turns_over_like_a_page():
    """Half a turn about the middle: what was left is right; edge-on it is a line; nothing is upside down."""
    turned = WAYS[1]
    (card,) = [act for act in turned.acts if act.key == ("card",)]
    assert card.how == "turn"
    middle = motion.at(card, (card.start + card.end) / 2 - 1e-6)
    xs = middle.points[::2]
    assert max(xs) - min(xs) < 5
    early, late = (motion.at(card, card.start + share * (card.end - card.start)) for share in (0.3, 0.7))
    assert early.hatch == 0
    assert late.hatch > 0
    for k in range(3):
        key = ("w1", k, 0, 0, "bar")
        first, last = BOARDS[1].marks[key], BOARDS[2].marks[key]
        axis = card.at[0]
        assert first.x - axis == pytest.approx(axis - last.x)
        assert (first.height, first.base) == (last.height, last.base)


def test_a_card_that_comes_from_elsewhere_turns_when_it_is_there():
    """Its axis passes from one place to the other; then it turns, and at both ends it lies where it is."""
    before, after = drafts()
    for draft, x in ((before, 900), (after, 300)):
        draft.put("", ("card",), plate("kernel", x - 100, 400, x + 100, 600))
    turned = way(before, after, [Cue((("card",),), staging.MOVE, how="turn", at=(300, 500, -600))])
    (card,) = (act for act in turned.acts if act.key == ("card",))
    there = motion.COMES
    for share, middle, width in ((0.001, 900, 200), (there / 2, 600, 200), (there, 300, 200), (0.999, 300, 200)):
        xs = motion.at(card, card.start + share * (card.end - card.start)).points[::2]
        assert (min(xs) + max(xs)) / 2 == pytest.approx(middle, abs=10)
        assert max(xs) - min(xs) == pytest.approx(width, abs=1)
    xs = motion.at(card, card.start + (1 + there) / 2 * (card.end - card.start)).points[::2]
    assert max(xs) - min(xs) < 1, "edge-on"


def test_a_card_that_comes_down_turns_on_its_way():
    before, after = drafts()
    for draft, y in ((before, 300), (after, 700)):
        draft.put("", ("card",), plate("kernel", 200, y - 100, 400, y + 100))
    turned = way(before, after, [Cue((("card",),), staging.MOVE, how="turn", at=(300, 700, 0, 100, 400))])
    (card,) = (act for act in turned.acts if act.key == ("card",))
    for share, middle, width in ((0.001, 300, 200), (0.499, 500, 1), (0.501, 500, 1), (0.999, 700, 200)):
        points = motion.at(card, card.start + share * (card.end - card.start)).points
        assert (min(points[1::2]) + max(points[1::2])) / 2 == pytest.approx(middle, abs=5)
        assert max(points[::2]) - min(points[::2]) == pytest.approx(width, abs=5)


def test_cues_order_and_time_what_they_name():
    before, after = drafts()
    for number in range(3):
        after.put("", ("product", number), bar("sample", 100 + number, 500, 50, 40))
    cues = [Cue((("product", n),), beat=3.0 - n, lasts=0.5) for n in range(3)]
    acts = {act.key[1]: act for act in way(before, after, cues).acts}
    whole = staging.whole(0.5) - staging.OVERLAP
    assert [acts[n].start for n in (2, 1, 0)] == pytest.approx([0.0, whole, 2 * whole])
    slow = way(before, after, cues, pace=2.0)
    assert slow.duration == pytest.approx(3 * 2 * 0.5 - 2 * 2 * staging.OVERLAP)


def test_what_a_long_move_brings_about_comes_while_it_lasts():
    before, after = drafts()
    before.put("", ("rig",), bar("sample", 100, 500, 50, 40))
    after.put("", ("rig",), bar("sample", 500, 500, 50, 40))
    after.put("", ("y",), bar("output", 300, 800, 50, 40))
    after.put("", ("y", "digits"), words("4", 300, 730, 48, rides=("y",)))
    half = motion.passes(0.5) * 2.0
    cues = [Cue((("rig",),), beat=1, lasts=2.0), Cue((("y",),), beat=1, lasts=0.4, after=half)]
    over = way(before, after, cues)
    acts = {act.key: act for act in over.acts}
    assert motion.at(acts["rig",], acts["y",].start).x == pytest.approx(300, abs=1)
    assert (acts["rig",].start, over.duration) == (0, 2.0)
    assert motion.passes(0) == pytest.approx(0, abs=1e-6)
    assert motion.passes(1) == pytest.approx(1, abs=1e-4)


def test_times_are_whole_frames():
    for transition in WAYS:
        for act in transition.acts:
            for time in (act.start, act.end):
                assert time * staging.RATE == pytest.approx(round(time * staging.RATE))


def test_a_line_grows_from_its_beginning():
    before, after = drafts()
    after.put("", ("l",), line("ink", 0, 0, 100, 0, 100, 100))
    grown = way(before, after)
    lengths = []
    for share in (0.2, 0.5, 0.8):
        points = motion.sample(grown, share)["l",].points
        assert points[:2] == (0, 0)
        assert len(points) == 6
        lengths.append(points[4] + points[5])
    assert lengths == sorted(lengths)


def test_a_curve_grows_along_itself():
    whole = line("kernel", 0, 0, 0, 60, 100, 40, 100, 100, curve=True)
    half = motion._grown(whole, 0.5)
    assert half.points[:2] == (0, 0)
    assert half.points[-2:] == (50, 50)
    again = motion._grown(half, 0.5)
    assert again.points == pytest.approx(motion._grown(whole, 0.25).points)
