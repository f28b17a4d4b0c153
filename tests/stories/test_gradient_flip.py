"""gradient_flip: what returns to a sample is its gradient, and every edge is read from both ends."""

from dataclasses import replace
from fractions import Fraction
from itertools import combinations, pairwise

import numpy as np
import pytest
from laws import SHARES
from networks import known, network
from test_laws import told, violations

import convexplain as cx
from convexplain import examples
from convexplain.algebra import symbols
from convexplain.board import calculator, motion
from convexplain.layers import Conv1D
from convexplain.network import RecordedGradient
from convexplain.stories import script
from convexplain.stories.both_ways.backward import Backward
from convexplain.style import MINUS


def one(steps, taps, seed=0, **settings):
    """One filter on one channel."""
    return known(network((steps, 1), Conv1D(1, taps, use_bias=False, **settings), seed=seed))


NETWORKS = {
    "small": lambda: examples.network("gradient_flip"),
    "same": lambda: one(7, 3, padding="same"),
    "causal, dilation 2": lambda: one(9, 3, seed=1, padding="causal", dilation_rate=2),
    "strides 2": lambda: one(9, 3, seed=2, strides=2),
    "strides 3, a sample unread": lambda: one(8, 2, seed=3, strides=3),
    "same, strides 2": lambda: one(8, 4, seed=4, strides=2, padding="same"),
}


def boards(network):
    (film, _), written = told("gradient_flip", network)
    return {board.name: board for board in film.boards}, written


@pytest.mark.long
@pytest.mark.parametrize("name", NETWORKS)
def test_the_laws_hold(name):
    assert violations(*told("gradient_flip", NETWORKS[name]())) == []


@pytest.mark.parametrize("name", NETWORKS)
def test_what_returns_adds_up_to_the_gradient(name):
    back = script.write("gradient_flip", NETWORKS[name]()).backward
    for sample in range(back.samples):
        made = [back.weights[k].value * back.upstream(step).value for step, k in back.fan(sample)]
        assert sum(made, Fraction(0)) == back.slope(sample).value
    assert back.convolved == back.slopes


@pytest.mark.parametrize("name", NETWORKS)
def test_the_gradient_is_that_of_the_closed_form(name):
    net = NETWORKS[name]()
    back, gradient = script.write("gradient_flip", net).backward, cx.explain(net.stack).gradient("x")
    g, w = symbols.g, symbols.kernel(1)
    numbers = {g[t, 0]: back.upstream(t).value for t in range(back.steps)}
    numbers |= {w[k, 0, 0]: back.weights[k].value for k in range(net.stack.layers[0].kernel_size)}
    for sample in range(back.samples):
        assert Fraction(str(gradient[sample, 0].subs(numbers))) == back.slope(sample).value


def test_edges_keep_their_places_whichever_way_they_are_read():
    for story in told("gradient_flip", NETWORKS["small"]())[0]:
        for boards in ways(story):
            places = {}
            for board in boards:
                for key, mark in board.marks.items():
                    if key[0] == "edge" and key[2] not in ("turned", "up"):
                        places.setdefault(key, set()).add(mark.points)
            assert len(places) == 12
            assert all(len(found) == 1 for found in places.values()), story.format.name


def ways(story):
    """The boards of the layer by itself, those with the later layers, and those on which lines are read back."""
    first, back = (next(n for n, board in enumerate(story.boards) if board.name == name) for name in ("next", "effect"))
    return story.boards[:first], story.boards[first:back], story.boards[back:-1]


@pytest.mark.parametrize("name", NETWORKS)
def test_rows_keep_their_places_until_they_are_alone(name):
    for story in told("gradient_flip", NETWORKS[name]())[0]:
        for boards in ways(story):
            places = {}
            for board in boards:
                for key, mark in board.marks.items():
                    if key[0] in ("baseline", "factor", "node"):
                        places.setdefault(key, set()).add((round(mark.x, 6), round(mark.y, 6)))
            assert places
            assert all(len(found) == 1 for found in places.values()), story.format.name


def test_nothing_but_its_height_changes_when_the_picture_makes_room():
    for name in NETWORKS:
        for story in told("gradient_flip", NETWORKS[name]())[0]:
            for before, after in pairwise(ways(story)):
                own, new = before[-1].marks, after[0].marks
                kept = [key for key in own if key in new and key[0] in ("edge", "card", "w1", "x", "node", "factor")]
                assert [key for key in kept if key[0] == "edge"]
                assert ("node", "below", 0) in kept or after[0].name == "effect", "the outputs have left"
                kept = [key for key in kept if key[0] != "w1" or key[4] != "turned"]  # these lie lower on their lines
                kept = [key for key in kept if key[0] != "card" or after[0].name != "effect"]
                assert all(new[key].x == pytest.approx(own[key].x) for key in kept)


def test_no_tap_touches_a_node():
    for story in told("gradient_flip", NETWORKS["small"]())[0]:
        for board in story.boards:
            tiles = [mark for key, mark in board.marks.items() if key[0] in ("w1", "factor") and key[-1] == "tile"]
            for key, node in board.marks.items():
                if key[0] == "node":
                    far = [
                        max(
                            abs(t.x - node.x) - (t.width + node.width) / 2,
                            abs(t.y - node.y) - (t.height + node.height) / 2,
                        )
                        for t in tiles
                    ]
                    assert min(far, default=99.0) > 5, (story.format.name, board.name, key)


def tap(k, *part):
    """The key of tap ``k`` on its edge to sample 3 of the small network, where it rests."""
    return ("w1", 0, 0, k, 3 - k, *part)


def resting(marks):
    """The keys of the tiles of taps."""
    return [key for key in marks if key[0] == "w1" and key[-1] == "tile"]


def turned(k, *part):
    """The key of a tap on the card that is turned over."""
    return ("w1", 0, 0, k, "turned", *part)


def across(points, y):
    """Where a line is at a height."""
    x, top, to_x, low = points
    return x + (to_x - x) * (y - top) / (low - top)


def test_the_taps_lie_on_the_edges_of_an_output_and_turned_over_on_those_of_a_sample():
    found, _ = boards(NETWORKS["small"]())
    marks = found["reach"].marks
    tiles = {k: marks[turned(k, "tile")] for k in range(3)}
    for k, line in lines(marks):
        assert across(line.points, tiles[k].y) == pytest.approx(tiles[k].x)
        assert tiles[k].edge == 1
    assert sorted(tiles, key=lambda k: tiles[k].x) == [2, 1, 0]
    assert len({tile.y for tile in tiles.values()}) == 1
    ahead = found["ask"].marks
    assert sorted(range(3), key=lambda k: ahead["w1", 0, 0, k, "ahead", "tile"].x) == [0, 1, 2]


def lines(marks):
    """The lines that are meant, by tap."""
    return [(key[3], mark) for key, mark in marks.items() if key[0] == "edge" and mark.role != "context"]


def test_a_tap_lies_on_its_line_on_all_boards():
    for story in told("gradient_flip", NETWORKS["small"]())[0]:
        for board in story.boards:
            for key, tile in board.marks.items():
                if key[0] == "w1" and key[-1] == "tile" and tile.edge == 1:
                    off = [abs(across(line.points, tile.y) - tile.x) for k, line in lines(board.marks) if k == key[3]]
                    assert min(off) < 1, (story.format.name, board.name, key)


def test_backward_lights_lines_that_are_there_already():
    found, _ = boards(NETWORKS["small"]())
    there = {key for key in found["lines"].marks if key[0] == "edge"}
    assert there == {key for key in found["next"].marks if key[0] == "edge"}
    marks = found["reach"].marks
    assert {key for key in marks if key[0] == "edge" and key[2] != "turned"} == there
    assert len(there) == len(resting(found["lines"].marks)) == 12
    lit = dict(lines(marks))
    assert {k: line.points for k, line in lit.items()} == {k: marks["edge", 1, 3 - k, k].points for k in range(3)}
    for name in ("reach", "sum", "every", "check", "answer"):
        assert {turned(k, "tile") for k in range(3)} <= {*found[name].marks}, "the card stays"


def test_no_two_taps_lie_over_each_other_on_the_way():
    for story in told("gradient_flip", NETWORKS["small"]())[0]:
        for way in story.transitions:
            if way.after.name == "lines":
                continue  # copies part from one another
            for share in SHARES:
                seen = motion.sample(way, share)
                tiles = {
                    key: mark
                    for key, mark in seen.items()
                    if key[0] == "w1" and key[-1] == "tile" and mark.alpha > 0.25
                }
                for (key, one), (_, other) in combinations(tiles.items(), 2):
                    if (one.goes_into in tiles and tiles[one.goes_into] == other) or other.goes_into == key:
                        continue  # it becomes the other
                    wide, high = (one.width + other.width) / 2, (one.height + other.height) / 2
                    apart = max(abs(one.x - other.x) - wide, abs(one.y - other.y) - high)
                    assert apart > -5 * (story.format.name == "paper"), (way.after.name, share)  # a hair, on paper


def test_the_taps_go_along_their_lines_to_the_card():
    for story in told("gradient_flip", NETWORKS["small"]())[0]:
        (way,) = (way for way in story.transitions if way.after.name == "reach")
        along = dict(lines(way.after.marks))
        for share in SHARES:
            seen = motion.sample(way, share)
            for k in range(3):
                tile = seen.get(turned(k, "tile")) or seen[tap(k, "tile")]
                assert across(along[k].points, tile.y) == pytest.approx(tile.x)


def test_no_line_leads_behind_the_tap_of_another():
    for story in told("gradient_flip", NETWORKS["small"]())[0]:
        for board in story.boards:
            for k, line in lines(board.marks):
                for key, tile in board.marks.items():
                    if key[0] == "w1" and key[-1] == "tile" and key[3] != k and tile.edge == 1:
                        xs = [across(line.points, y) for y in (tile.top, tile.bottom)]
                        at = min(max(line.points[1::2]), max(min(line.points[1::2]), tile.top))
                        if at == tile.top:
                            clear = min(xs) - tile.right if min(xs) > tile.x else tile.left - max(xs)
                            assert clear > 4, (story.format.name, board.name, key, k)


def test_where_all_samples_are_told_there_is_no_ruler():
    for name in NETWORKS:
        assert not [key for board in boards(NETWORKS[name]())[0].values() for key in board.marks if key[0] == "ruler"]


def test_the_step_that_is_spoken_of_is_lit():
    found, _ = boards(examples.network("notebook"))
    lit = {
        name: [key[1] for key, mark in board.marks.items() if key[0] == "ruler" and mark.role == "lit"]
        for name, board in found.items()
    }
    assert {name: steps for name, steps in lit.items() if steps} == {
        "grow": [5],
        "reach": [5],
        "sum": [5],
        "effect": [5],
        "every": [4],
    }


def test_nothing_returns_that_has_left():
    for name in NETWORKS:
        film = told("gradient_flip", NETWORKS[name]())[0][0].boards
        for place, (before, after) in enumerate(pairwise(film)):
            left = {key for key, mark in before.marks.items() if mark.kind in ("bar", "plate", "dot")} - {*after.marks}
            back = [{*board.marks} & left for board in film[place + 1 :]]
            back[-1] = {key for key in back[-1] if key[:2] != ("node", "below")}  # at last it is read forward again
            assert not any(back), (name, after.name)


def test_resting_taps_cover_no_other():
    for story in told("gradient_flip", NETWORKS["small"]())[0]:
        marks = next(board.marks for board in story.boards if board.name == "lines")
        tiles = [marks[key] for key in resting(marks)]
        assert len(tiles) == 12
        for place, one in enumerate(tiles):
            for other in tiles[:place]:
                apart = max(abs(one.x - other.x) - one.width, abs(one.y - other.y) - one.height)
                assert apart > 2, story.format.name


def changes(marks):
    """By how much outputs change with the sample, as printed, by output."""
    return {key[1]: mark for key, mark in marks.items() if key[0] == "change"}


def test_what_is_asked_is_asked_where_all_that_it_is_about_stands():
    for story in told("gradient_flip", NETWORKS["small"]())[0]:
        before, asks = ({board.name: board for board in story.boards}[name].marks for name in ("next", "grow"))
        kept = [key for key in before if key[0] in ("y1", "factor", "node", "result") or key[:2] == ("name", "result")]
        assert all(
            (asks[key].x, asks[key].y, asks[key].text) == (before[key].x, before[key].y, before[key].text)
            for key in kept
        )
        lit = {key: mark.light == 1 for key, mark in asks.items() if key[0] in ("y1", "thread")}
        assert [t for t in range(4) if lit["y1", 0, t, "digits"] and lit["thread", t]] == [1, 2, 3], "the paths to it"
        bar, brick, said = (asks[key] for key in (("x", 0, 3, "bar"), ("grows", "bar"), ("grows", "digits")))
        assert said.text == "+1"
        assert (brick.x, brick.width, brick.height, brick.foot) == pytest.approx((bar.x, bar.width, bar.unit, bar.tip))
        assert ("x", 0, 3, "digits") not in asks
        assert {key[2:] for key, mark in asks.items() if key[0] == "edge" and mark.role != "context"} == {
            (3 - k, k) for k in range(3)
        }
        assert {key[3:5] for key in resting(asks) if asks[key].edge == 1} == {(k, 3 - k) for k in range(3)}
        assert {key[3:5] for key in resting(asks)} == {(k, t) for k in range(3) for t in range(4)}, "they stay"


def test_when_a_sample_grows_its_outputs_and_the_result_are_seen_to_change():
    for story in told("gradient_flip", NETWORKS["small"]())[0]:
        found = {board.name: board.marks for board in story.boards}
        marks = found["sum"]
        assert not changes(found["reach"]), "first the taps are turned over"
        assert [marks["y1", 0, t, "digits"].text for t in range(4)] == ["2", "3", "4", "1"]
        assert {t: mark.text for t, mark in changes(marks).items()} == {1: "+2", 2: f"{MINUS}1", 3: "+1"}
        for t, mark in changes(marks).items():
            node, value = marks["node", "below", t], marks["y1", 0, t, "digits"]
            assert node.left < value.left < value.right == pytest.approx(mark.left)
            assert mark.right < node.right
            assert (mark.role, value.role) == ("lit", "ink")
        assert [marks["result", part].text for part in ("digits", "change")] == ["20", "+5"]
        found = marks["slope", 3, "digits"]
        assert (found.text, found.role, found.copy_of) == ("5", "lit", ("result", "change")), "it goes up"
        assert found.x == marks["x", 0, 3, "bar"].x
        assert found.bottom < marks["grows", "digits"].top
        assert marks["worked", "result"].text == f"5 = 2 × 3 + ({MINUS}1) × 2 + 1 × 1"


def test_what_a_sample_does_is_said():
    found, _ = boards(NETWORKS["small"]())
    assert found["next"].caption.startswith("Later layers make one result of all outputs: ")
    assert found["grow"].caption.startswith("To steer the result, training asks")
    assert found["reach"].caption.endswith("its right tap, 2: so here the taps stand in reverse.")
    assert found["sum"].caption.startswith(f"The outputs change by 2, {MINUS}1 and 1, the result by 5: ")
    assert found["effect"].caption.endswith(f" bring 3 × 2, 2 × ({MINUS}1) and 1 × 1: again 5.")
    assert found["first"].caption.startswith("Where there is no output, the factor is 0")
    found, _ = boards(NETWORKS["strides 2"]())
    assert found["reach"].caption.endswith("with a tap further right: so here the taps stand in reverse."), (
        "not all taps meet it"
    )
    found, _ = boards(examples.network("notebook"))
    by = f"the result by {found['sum'].marks['result', 'change'].text}: "
    assert found["sum"].caption.startswith(f"The outputs change by their taps, {by}")
    assert found["effect"].caption == "Read up from the factors, the same lines bring the same products."


@pytest.mark.parametrize("name", NETWORKS)
def test_an_earlier_output_reads_a_sample_with_a_later_tap(name):
    back = script.write("gradient_flip", NETWORKS[name]()).backward
    for sample in range(back.samples):
        steps, taps = zip(*back.fan(sample), strict=True) if back.fan(sample) else ((), ())
        assert (list(steps), list(taps)) == (sorted(steps), sorted(taps, reverse=True))


def test_what_scipy_is_given_and_that_it_turns_the_kernel_is_said():
    for name in ("small", "strides 2"):
        found, _ = boards(NETWORKS[name]())
        assert found["every"].caption == "The turned kernel slides along the factors: that is a convolution."
        assert found["check"].caption.endswith(": it turns its kernel itself.")
        names = [found["check"].marks["name", part].text for part in ("turned", "kernel")]
        assert (names, ("worked", "call") in found["check"].marks) == (["turned by", "convolve"], name == "small")
    call = boards(NETWORKS["small"]())[0]["check"].marks["worked", "call"].text
    assert call == "convolve([1, 3, 2, 1], [1, -1, 2])", "as it is"
    found = eval(call, {"convolve": np.convolve})
    assert [*found] == [*script.write("gradient_flip", NETWORKS["small"]()).backward.slopes]


def test_the_kernel_slides_along_the_factors():
    for name in ("small", "strides 2"):
        for story in told("gradient_flip", NETWORKS[name]())[0]:
            found, back = {board.name: board.marks for board in story.boards}, story.script.backward
            for board in ("effect", "first", "every", "check"):
                marks = found[board]
                tiles = [marks["factor", t, "tile"] for t in range(back.steps)]
                said = [marks["factor", t, "digits"].text for t in range(back.steps)]
                assert said == [f"×{back.upstream(t).text}" for t in range(back.steps)]
                assert len({tile.y for tile in tiles}) == 1
                lit = [t for t, tile in enumerate(tiles) if tile.edge == 1]
                met = back.fan(0 if board == "first" else back.fullest(story.script.cell.step))
                assert lit == ([*range(back.steps)] if board in ("every", "check") else [t for t, _ in met])


def test_the_kernel_comes_back_to_the_told_sample():
    found, _ = boards(NETWORKS["small"]())
    for key in [("card", "turned"), *(turned(k, "tile") for k in range(3))]:
        assert found["check"].marks[key] == found["effect"].marks[key] != found["every"].marks[key]


@pytest.mark.parametrize(("name", "i"), [("first", 0), ("every", -1)])
def test_what_is_over_the_edge_is_seen_to_meet_zeros(name, i):
    for which in ("small", "same"):
        for story in told("gradient_flip", NETWORKS[which]())[0]:
            found, back = {board.name: board.marks for board in story.boards}, story.script.backward
            fan = back.around(range(back.samples)[i])
            for t, k in fan:
                tile, factor = found[name][turned(k, "tile")], found[name]["factor", t, "tile"]
                assert tile.light == 1
                assert bool(factor.dash) == (not 0 <= t < back.steps)
                assert (found[name]["factor", t, "digits"].text == "×0") == bool(factor.dash)
                (line,) = (line for own, line in lines(found[name]) if own == k)
                assert abs(line.points[0] - factor.x) < 22, "from the factor up"


def ends(marks):
    """Where the lines of outputs end, by output: under the middle sample of those that it reads."""
    return {t: marks["x", 0, t + 1, "bar"].x for t in range(4)}


def test_later_layers_make_one_result_of_the_outputs():
    for story in told("gradient_flip", NETWORKS["small"]())[0]:
        marks, before = ({board.name: board for board in story.boards}[name].marks for name in ("next", "lines"))
        result = marks["result",]
        for t, (value, factor) in enumerate(zip("2341", "1321", strict=True)):
            node, tile, thread = marks["node", "below", t], marks["factor", t, "tile"], marks["thread", t]
            assert (marks["y1", 0, t, "digits"].text, marks["factor", t, "digits"].text) == (value, f"×{factor}")
            assert node.x == tile.x == pytest.approx(ends(marks)[t])
            assert node.bottom < tile.top
            assert thread.points[:2] == pytest.approx((tile.x, tile.bottom))
            assert thread.points[-2:] == pytest.approx((result.x, result.top))
        assert marks["result", "digits"].text == "20"
        assert marks["worked", "result"].text == "= 2 × 1 + 3 × 3 + 4 × 2 + 1 × 1"
        kept = [key for key in before if key[0] in ("y1", "node")]
        assert len(kept) == 8
        assert len({(marks[key].x - before[key].x, round(marks[key].y - before[key].y, 6)) for key in kept}) == 1


def test_the_real_kernel_changes_outputs_by_its_taps():
    (film, paper), written = told("gradient_flip", examples.network("notebook"))
    for story in (film, paper):
        marks = next(board.marks for board in story.boards if board.name == "sum")
        assert [mark.text for _, mark in sorted(changes(marks).items())] == [
            one.text if one.value < 0 else f"+{one.text}" for one in reversed(written.backward.weights)
        ]


def test_what_is_worked_with_has_its_place_alone():
    found, _ = boards(NETWORKS["small"]())
    rows = {"x", "y1", "factor", "result", "slope"}
    kinds = {name: {key[0] for key in board.marks} & rows for name, board in found.items()}
    assert [*found] == ["ask", "lines", "next", "grow", "reach", "sum", "effect", "first", "every", "check", "answer"]
    later = {"y1", "factor", "result"}
    rows = [{"x", "y1"}] * 2 + [{"x", *later}] * 3 + [{"x", "slope", *later}] + [{"slope", "factor"}] * 4
    rows += [{"x", "y1", "slope", "factor"}]
    assert [*kinds.values()] == rows
    forward, last = found["ask"].marks, found["check"].marks
    assert [forward["x", 0, n, "bar"].x for n in range(6)] == [last["slope", n, "bar"].x for n in range(6)]
    assert [forward["node", "below", n].x for n in range(4)] == [last["factor", n, "tile"].x for n in range(4)]


def test_there_are_few_words():
    for name in NETWORKS:
        for board in boards(NETWORKS[name]())[0].values():
            names = {mark.text for key, mark in board.marks.items() if key[0] == "name"}
            own = {"samples", "kernel", "turned", "outputs", "factors", "result", "gradient", "sums"}
            assert names - {"Keras", "SciPy", "turned by", "convolve"} <= own


def test_the_kernel_keeps_its_name():
    for story in told("gradient_flip", NETWORKS["small"]())[0]:
        for board in story.boards:
            if board.name not in ("lines", "next", "grow"):  # there it lies on all lines
                cards = [mark for key, mark in board.marks.items() if key[0] == "card"]
                assert any(card.top < board.marks["name", "kernel"].y < card.bottom for card in cards), board.name


def test_the_changes_of_a_sample_stand_over_their_factors():
    found, written = boards(NETWORKS["small"]())
    marks, fan = found["sum"].marks, dict(written.backward.fan(3))
    assert {t: mark.about for t, mark in changes(marks).items()} == {t: ("weight", 1, k, 0, 0) for t, k in fan.items()}
    for t, mark in changes(marks).items():
        assert lines(marks)[0][1].bottom < mark.top < mark.bottom < marks["factor", t, "digits"].top
    assert not [key for key in found["effect"].marks if key[0] in ("grows", "x")], "one change at a time"
    assert not [key for key in found["first"].marks if key[0] in ("change", "worked")]


def test_the_answer_has_the_lines_of_an_output_and_of_a_sample_alone():
    found, _ = boards(NETWORKS["small"]())
    marks = found["answer"].marks
    assert {key[2:] for key in marks if key[0] == "edge"} == {
        (0, 0),
        (0, 1),
        (0, 2),
        *(("up", k) for k in range(3)),
    }
    assert {key[1:] for key in marks if key[0] == "node"} == {*(("x", i) for i in range(3)), ("slope", 3), ("below", 0)}
    assert {key[1] for key in marks if key[0] == "factor" and key[-1] == "tile"} == {1, 2, 3}
    names = {key: mark for key, mark in marks.items() if key[0] == "name"}
    assert {key[1:]: mark.text for key, mark in names.items()} == {
        ("samples",): "samples",
        ("kernel",): "kernel",
        ("below",): "outputs",
        ("beside", "gradient"): "gradient",
        ("beside", "factors"): "factors",
    }
    assert names["name", "beside", "factors"].left > marks["factor", 3, "tile"].right
    assert not [key for key in marks if key[-1] == "bar" or key[0] == "baseline"]
    assert (
        found["answer"].caption == "`Conv1D` uses its kernel as it is. The turn comes in training, with the gradient."
    )
    said = [*(("x", 0, i) for i in range(3)), ("y1", 0, 0), ("slope", 3), *(("factor", t) for t in (1, 2, 3))]
    assert [marks[*key, "digits"].text for key in said] == ["2", "2", "1", "2", "5", "×3", "×2", "×1"]
    tops, lows = (
        {marks[key].y for key in keys}
        for keys in (
            [*(("node", "x", i) for i in range(3)), ("node", "slope", 3)],
            [("node", "below", 0), *(("factor", t, "tile") for t in (1, 2, 3))],
        )
    )
    assert len(tops) == len({round(y, 6) for y in lows}) == 1, "both halves are level"


@pytest.mark.parametrize("name", ["small", "notebook"])
def test_the_kernel_lies_side_by_side_as_it_is_and_turned_over(name):
    network = NETWORKS["small"]() if name == "small" else examples.network("notebook")
    for story in told("gradient_flip", network)[0]:
        marks, count = story.boards[-1].marks, story.script.layer.kernel_size
        ahead, back = marks["card", "down"], marks["card", "turned"]
        assert ahead.x < back.x
        assert (ahead.y, ahead.right < back.left) == (pytest.approx(back.y), True)
        titles = [marks["half", which] for which in ("down", "turned")]
        assert [title.text for title in titles] == ["forward: as it is", "gradient: turned"]
        assert [title.x for title in titles] == [ahead.x, back.x]
        assert [("w1", 0, 0, 0, own, "digits") in marks for own in ("down", "turned")] == [name == "small"] * 2
        for own, order in (("down", range(count)), ("turned", range(count)[::-1])):
            tiles = {k: marks["w1", 0, 0, k, own, "tile"].x for k in range(count)}
            assert sorted(tiles, key=lambda k: tiles[k]) == [*order]


def test_where_not_all_taps_meet_a_sample_its_card_has_fewer():
    marks = boards(NETWORKS["strides 2"]())[0]["answer"].marks
    tiles = {name: {key[3] for key in marks if key[-2:] == (name, "tile")} for name in ("down", "turned")}
    assert tiles == {"down": {0, 1, 2}, "turned": {0, 2}}


def test_forward_the_card_lies_on_the_lines_of_what_it_multiplies():
    found, _ = boards(NETWORKS["small"]())
    marks = found["ask"].marks
    for k, mark in lines(marks):
        tile = marks["w1", 0, 0, k, "ahead", "tile"]
        assert across(mark.points, tile.y) == pytest.approx(tile.x)
        assert abs(mark.points[0] - marks["x", 0, k, "bar"].x) < 22


def test_the_turned_kernel_lies_over_what_it_multiplies():
    found, written = boards(NETWORKS["small"]())
    marks, lies = found["effect"].marks, {2: 1, 1: 2, 0: 3}
    assert [marks[turned(k, "digits")].text for k in lies] == ["2", f"{MINUS}1", "1"]
    assert [marks["factor", t, "digits"].text for t in lies.values()] == ["×3", "×2", "×1"]
    assert written.value(marks["slope", 3, "bar"].about) == 5
    assert [marks["over", "sums", 3, n].text for n in range(3)] == ["6", f"{MINUS}2", "+1"]
    assert marks["slope", 3, "digits"].text == "5"


def test_line_by_line_the_factors_come_up_and_add_up():
    (film, _), _ = told("gradient_flip", NETWORKS["small"]())
    (way,) = (way for way in film.transitions if way.after.name == "effect")
    acts = {act.key: act for act in way.acts}
    ups, parts = [acts["edge", 1, "up", k] for k in (2, 1, 0)], [acts["over", "sums", 3, n] for n in range(3)]
    assert all(one.start < other.start for row in (ups, parts) for one, other in pairwise(row))
    assert all(
        up.start < part.start < up.end < acts["slope", 3, "bar"].end for up, part in zip(ups, parts, strict=True)
    )


@pytest.mark.parametrize(("name", "ahead", "to"), [("ask", True, 0), ("reach", False, 3), ("effect", False, 3)])
def test_lines_lead_from_bar_to_node(name, ahead, to):
    for story in told("gradient_flip", NETWORKS["small"]())[0]:
        marks = next(board.marks for board in story.boards if board.name == name)
        for k, mark in lines(marks):
            x, y, end, low = mark.points
            i, t = (to + k * ahead), (to - k * (not ahead))
            bar, node = (
                marks[*(("slope",) if name == "effect" else ("x", 0)), i, "bar"],
                marks.get(("node", "below", t)),
            )
            if name == "effect":  # from the factors up
                (end, low, x, y), node = mark.points, marks["factor", t, "tile"]
            assert mark.head, "whither it is read"
            assert (abs(x - bar.x) < 22, bar.foot < y < bar.foot + 40) == (True, True), story.format.name
            assert (abs(end - node.x) < 22, node.top - 40 < low < node.top) == (True, True), story.format.name


def test_the_lines_of_a_sample_slide_with_the_card():
    (film, _), _ = told("gradient_flip", NETWORKS["small"]())
    for name in ("first", "every", "answer"):
        (way,) = (way for way in film.transitions if way.after.name == name)
        acts = [act for act in way.acts if act.key == ("card", "turned") or act.key[:3] == ("edge", 1, "up")]
        assert len(acts) == 4
        assert len({(act.start, act.end, act.how) for act in acts}) == 1, name


def test_an_effect_comes_when_the_card_has_come_to_its_sample():
    (film, _), _ = told("gradient_flip", NETWORKS["small"]())
    for name, order in (("first", [0]), ("every", [1, 2, 4, 5])):
        (way,) = (way for way in film.transitions if way.after.name == name)
        begins = {act.key[1]: act.start for act in way.acts if act.key[0] == "slope" and act.key[-1] == "bar"}
        new = [i for i in begins if ("slope", i, "bar") not in way.before.marks]
        assert sorted(new, key=begins.__getitem__) == order


def test_question_and_answer_show_the_kernel_either_way():
    found, _ = boards(NETWORKS["small"]())
    for name, keys, order in (
        ("ask", [("w1", 0, 0, k, "ahead") for k in range(3)], ["1", f"{MINUS}1", "2"]),
        ("ask", [("w1", 0, 0, k, "asked") for k in range(3)], ["2", f"{MINUS}1", "1"]),
        ("reach", [turned(k) for k in range(3)], ["2", f"{MINUS}1", "1"]),
        ("reach", [("w1", 0, 0, k, "beside") for k in range(3)], ["1", f"{MINUS}1", "2"]),
        ("answer", [turned(k) for k in range(3)], ["2", f"{MINUS}1", "1"]),
        ("answer", [("w1", 0, 0, k, "down") for k in range(3)], ["1", f"{MINUS}1", "2"]),
    ):
        taps = sorted((found[name].marks[(*key, "digits")] for key in keys), key=lambda mark: mark.x)
        assert [mark.text for mark in taps] == order
    assert found["ask"].caption.endswith(f" turn the kernel before it slides: 2, {MINUS}1, 1. Does `Conv1D`?")


def test_the_question_is_asked_of_a_whole_picture():
    found, _ = boards(NETWORKS["small"]())
    marks = found["ask"].marks
    assert [marks["x", 0, i, "digits"].text for i in range(6)] == ["2", "2", "1", "1", "2", "1"]
    assert [found["lines"].marks["y1", 0, t, "digits"].text for t in range(4)] == ["2", "3", "4", "1"]


@pytest.mark.parametrize("name", NETWORKS)
def test_every_sample_has_the_gradient_that_its_lines_make(name):
    found, written = boards(NETWORKS[name]())
    told = [found[board].marks for board in ("effect", "every", "check")]
    made = [{key[1] for key in marks if key[0] == "slope" and key[-1] == "bar"} for marks in told]
    assert all(before <= after for before, after in pairwise(made))
    assert {key[2] for key in found["ask"].marks if key[0] == "x" and key[-1] == "bar"} == made[-1]
    for marks in told[:2]:
        sums = {}
        for key, mark in marks.items():
            if key[0] == "over":
                sums[key[2]] = sums.get(key[2], "") + mark.text
        for i, text in sums.items():
            assert calculator.value(text) == written.backward.slope(i).value


def test_an_output_is_worked_out_with_its_taps():
    found, written = boards(NETWORKS["small"]())
    marks = found["lines"].marks
    assert marks["worked", "below"].text == f"2 × 1 + 2 × ({MINUS}1) + 1 × 2 = 2"
    assert marks["worked", "below"].top > marks["node", "below", 0].bottom
    assert marks["y1", 0, 0, "digits"].text == written.output(0, 0).text == "2"


def test_one_tap_has_nothing_to_turn_over():
    found, _ = boards(one(5, 1))
    assert all("turned" not in board.caption for board in found.values())


def test_where_one_line_comes_back_nothing_is_turned_over():
    found, _ = boards(one(12, 12))
    assert all("turn" not in found[name].caption for name in found if name not in ("ask", "lines", "check"))
    assert found["sum"].caption.startswith("The output changes by this tap")


def test_neither_samples_nor_effects_are_flat():
    small = NETWORKS["small"]()
    for times in (1e-3, 1, 1e3):
        ((kernel,),) = small.weights
        found, _ = boards(known(replace(small, weights=((np.float32(times) * kernel,),))))
        for name, row in (("ask", "x"), ("every", "slope")):
            marks = found[name].marks
            assert max(mark.height for key, mark in marks.items() if key[0] == row and key[-1] == "bar") > 60, times


@pytest.mark.parametrize("layer", [{}, {"taps": 2, "padding": "same", "dilation_rate": 3}])
def test_the_laws_hold_of_one_sample_also_where_nothing_reads_it(layer):
    assert violations(*told("gradient_flip", one(1, **{"taps": 1, **layer}))) == []


@pytest.mark.long
def test_tiles_of_dilated_kernels_stay_on_the_board():
    for steps, taps, settings in ((100, 2, {}), (19, 7, {"padding": "causal"}), (13, 5, {"padding": "same"})):
        assert violations(*told("gradient_flip", one(steps, taps, dilation_rate=3, **settings))) == []


def test_what_others_find_are_the_numbers_of_the_picture():
    found, written = boards(NETWORKS["small"]())
    marks = found["check"].marks
    for i, slope in enumerate(written.backward.slopes):
        assert marks["slope", i, "digits"].text == str(slope).replace("-", MINUS)
        for who in ("Keras", "SciPy"):
            assert marks["over", who, i, 0].text == str(slope).replace("-", MINUS)
            assert marks["over", who, i, 0].y == pytest.approx(marks["name", who].y, abs=1)
        assert marks["over", "SciPy", i, 0].bottom < marks["slope", i, "digits"].top
    assert found["check"].caption.startswith("Keras finds this gradient, SciPy's `convolve` too")
    other = boards(NETWORKS["same"]())[0]["check"]
    assert "Keras" not in other.caption, "it was not asked"
    assert ("name", "Keras") not in other.marks


def test_what_keras_found_for_another_loss_is_left_aside():
    network = NETWORKS["small"]()
    told = network.recorded
    other = replace(
        network, recorded=replace(told, gradient=RecordedGradient(told.gradient.g + 1, told.gradient.slopes))
    )
    assert script.write("gradient_flip", network).backward.asked is not None
    assert script.write("gradient_flip", other).backward.asked is None


def test_a_wrong_gradient_of_keras_is_refuted():
    network = NETWORKS["small"]()
    told = network.recorded
    wrong = replace(
        network, recorded=replace(told, gradient=RecordedGradient(told.gradient.g, told.gradient.slopes + 1))
    )
    with pytest.raises(script.Refuted, match="Keras must find"):
        boards(wrong)


def test_a_wrong_gradient_is_refuted(monkeypatch):
    wrong = tuple(range(6))
    monkeypatch.setattr(Backward, "slopes", wrong)
    with pytest.raises(script.Refuted, match="must be the convolution"):
        boards(NETWORKS["small"]())


def test_of_the_full_numbers_keras_agrees_within_their_bound():
    found, written = boards(examples.network("notebook"))
    apart, bound = written.backward.asked
    assert 0 < apart < 2e-7 < bound < 1e-6
    assert "Keras agrees with the full numbers, to 0.00000015." in found["check"].caption


@pytest.mark.parametrize("cell", [(0, 0), (3, 1), (5, 2), (15, 3)])
def test_keras_was_asked_for_every_filter_by_itself(cell):
    apart, bound = script.write("gradient_flip", examples.network("notebook"), cell, 1).backward.asked
    assert apart <= bound


@pytest.mark.keras
@pytest.mark.parametrize("name", NETWORKS)
def test_keras_gives_this_gradient(name):
    import keras
    import tensorflow as tf

    net = NETWORKS[name]()
    (layer,), back = net.stack.layers, script.write("gradient_flip", net).backward
    own = keras.layers.Conv1D(
        1, layer.kernel_size, layer.strides, layer.padding, dilation_rate=layer.dilation_rate, use_bias=False
    )
    x = tf.Variable(net.x[np.newaxis])
    own(x)
    own.set_weights([net.weights[0][0]])
    g = np.array([float(back.upstream(t).value) for t in range(back.steps)], np.float32)
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(own(x)[0, :, 0] * g)
    assert tape.gradient(loss, x).numpy()[0, :, 0].tolist() == [float(value) for value in back.slopes]
