"""paths: what is gathered is the whole output, and every number that is read off a path is so."""

from dataclasses import replace
from itertools import pairwise

import laws
import numpy as np
import pytest
from networks import DEEP, network
from test_any_network import stack
from test_laws import told, violations

import convexplain as cx
from convexplain import examples, style
from convexplain.algebra.collapse import collapse
from convexplain.board import motion
from convexplain.board.marks import FILM
from convexplain.layers import Cell, Conv1D
from convexplain.stack import Stack
from convexplain.stories import script
from convexplain.stories.many_layers import ways
from convexplain.stories.told import tell

NETWORK = examples.network("two_layers")


def boards(of=NETWORK):
    (story, _), written = told("paths", of)
    return {board.name: board for board in story.boards}, written


def calculate(text):
    """What a calculator makes of a written sum."""
    return eval(text.replace("×", "*").replace("−", "-"))


def calculated(text):
    """The result of a written sum, when a calculator agrees with it."""
    left, right = map(calculate, text.split(" = "))
    assert left == right
    return right


@pytest.mark.long
@pytest.mark.parametrize("name", DEEP)
def test_the_laws_hold_on_deep_networks(name):
    assert violations(*told("paths", DEEP[name]())) == []


NETWORKS = {
    "dilated kernels": lambda: network(
        (9, 1), Conv1D(2, 2, dilation_rate=2, use_bias=False), Conv1D(1, 2, dilation_rate=3), seed=6
    ),
    "an activation after": lambda: network((9, 1), Conv1D(2, 3), Conv1D(2, 2, activation="tanh"), seed=2),
    "much is off": lambda: network((8, 1), Conv1D(2, 3, activation="relu", use_bias=False), Conv1D(1, 2), seed=13),
    "one step": lambda: network((4, 1), Conv1D(2, 3), Conv1D(1, 2), seed=3),
    "one tap each": lambda: network((5, 1), Conv1D(2, 1), Conv1D(1, 1), seed=3),
    "three wide layers": lambda: network(
        (40, 16), Conv1D(8, 5), Conv1D(8, 5), Conv1D(4, 3), whole=False, scale=0.1, seed=3
    ),
}
"""Where kernels as strips are crowded, or much has to be left out."""


@pytest.mark.long
@pytest.mark.parametrize("name", NETWORKS)
def test_the_laws_hold_on_crowded_networks(name):
    assert violations(*told("paths", NETWORKS[name]())) == []


@pytest.mark.parametrize("name", ["three layers", "relu between and after", "same, two channels", "groups"])
def test_the_paths_of_every_output_add_up_to_it(name):
    network = DEEP[name]()
    (steps, filters), stack = network.stack.shapes[-1], network.stack
    written = script.write("paths", network)
    for cell in (Cell(step, f) for step in (0, steps // 2, steps - 1) for f in range(filters)):
        found = written.ways(cell, 0)
        total = sum((own.product.value for own in found.joined), found.bias or 0)
        assert total == written.total(cell).value
        assert found.count == stack.path_count(stack.depth, cell)
        single = list(ways.walk(written, cell, 0, lambda *_: True))
        assert [way.cells for way in single] == [path.cells for path in stack.paths(stack.depth, cell)]
        assert sum(way.is_on for way in single) == found.count - found.off
        on = sum(way.product.value for way in single if way.is_on)
        assert on + (found.bias or 0) == total


def test_what_a_samples_paths_add_up_to_is_the_collapsed_kernel():
    effective = np.asarray(collapse(NETWORK).kernel_values)
    found, _ = boards()
    shown = [found["joined"].marks["joined", step, 0, "digits"].text for step in range(4)]
    assert [float(style.read(text)) for text in shown] == list(effective[:, 0, 0])


@pytest.mark.parametrize(
    ("network", "name"),
    [(NETWORK, "path"), (examples.network("notebook"), "path")],
    ids=["small", "notebook"],
)
def test_a_calculator_agrees_along_the_path(network, name):
    found, _written = boards(network)
    marks = found[name].marks
    (weight,) = (mark.text for key, mark in marks.items() if key[0] == "way" and key[-1] == "digits")
    taps = [mark for key, mark in marks.items() if key[0] == "factor"]
    assert all(mark.about[0] == "weight" for mark in taps)
    assert laws.is_product([mark.text.strip("()") for mark in taps], weight)


def test_what_a_path_adds_to_the_output_is_its_sample_times_its_weight():
    found, written = boards()
    marks = found["path"].marks
    assert "".join(mark.text for key, mark in marks.items() if key[0] == "adds") == "this path adds 3 × (−4) = −12"
    lit = [key for key, mark in marks.items() if key[0] == "x" and key[-1] == "bar" and mark.light == 1]
    assert [written.number(("cell", 0, *key[1:3])).text for key in lit] == ["3"]


NAMED = "dots", "path", "all", "sample"


def test_the_kernels_of_the_dots_are_copies_of_those_that_were_seen_before():
    found, _written = boards()
    seen, marks = found["field"].marks, found["dots"].marks
    copies = [key for key in marks if key[:2] == ("tap", 1) and key[-1] == "bar"]
    assert len(copies) == 2 * 2 * 3
    for key in copies:
        assert marks[key].copy_of == (*key[:5], "bar")
        assert marks[*key[:-1], "digits"].text == seen[*key[:-1], "digits"].text
    under = {step: {seen[key].x for key in copies if key[-2] == step} for step in (0, 1)}
    assert under == {step: {seen["x", step + k, 0, "bar"].x for k in range(3)} for step in (0, 1)}
    numbers = [[m.text for k, m in found[name].marks.items() if (k[0], k[-1]) == ("y1", "digits")] for name in NAMED]
    assert numbers == [["4", "5", "2", "1"], [], [], []], "weights know nothing of the numbers of dots"


def test_each_kernel_of_layer_2_lies_in_a_line_of_its_own():
    marks = boards()[0]["kernels 2"].marks
    taps = [(key, mark) for key, mark in marks.items() if key[:2] == ("tap", 2) and key[-1] == "bar"]
    lines = {(key[3], mark.y, mark.role) for key, mark in taps}
    assert len(taps) == 4
    assert len(lines) == len({y for _, y, _ in lines}) == len({role for *_, role in lines}) == 2


def counted(board):
    """How many paths a board says there are."""
    return " ".join(mark.text for key, mark in board.marks.items() if key[0] == "count")


def test_a_second_layer_sees_as_many_steps_as_are_counted():
    found, written = boards(examples.network("notebook"))
    assert found["field"].caption == "This output sees five steps of layer 1, and through layer 1 nine samples."
    assert counted(found["all"]) == "20 dots of layer 1 × 5 samples each = 100 paths"
    assert sum(key[0] == "edge" for key in found["all"].marks) == 100 + 20
    every = list(ways.walk(written, written.cell, 0, lambda *_: True))
    assert len(every) == 100
    blocks = {key[1:-1] for key in found["joined"].marks if key[0] == "way" and key[-1] == "bar"}
    assert blocks == {way.at for way in every if way.weight.value}


def test_relu_is_said_to_switch_off_what_it_does():
    found, written = boards(DEEP["relu between and after"]())
    off = written.ways(written.cell, 0).off
    assert off
    assert f"{style.MINUS} {off} off = " in counted(found["off"])
    assert "off" not in boards()[0]


def test_a_planted_number_is_noticed():
    (story, _), written = told("paths", NETWORK)
    place = next(n for n, board in enumerate(story.boards) if board.name == "joined")
    board = story.boards[place]
    key = ("joined", 3, 0, "digits")
    wrong = replace(board, marks={**board.marks, key: board.marks[key].at(text="5", runs=(("5", "roman"),))})
    planted = replace(story, boards=(*story.boards[:place], wrong, *story.boards[place + 1 :]))
    assert any(str(key) in line for line in laws.numbers(planted, written))
    bad = replace(NETWORK.recorded, outputs=(NETWORK.recorded.outputs[0] + 1, NETWORK.recorded.outputs[1]))
    with pytest.raises(cx.Refuted):
        script.write("paths", replace(NETWORK, recorded=bad))


def test_the_weights_of_a_sample_are_written_and_add_up_to_its_one():
    found, _written = boards()
    marks = found["sample"].marks
    weights = [m.text for k, m in marks.items() if k[0] == "way" and k[-1] == "digits" and m.role != "quiet"]
    shown = found["joined"].marks["joined", 2, 0, "digits"].text
    assert shown == marks["joined", 2, 0, "digits"].text
    assert sum(map(style.read, weights)) == style.read(shown)
    assert len(weights) == 4
    assert marks["joined", 2, 0, "taps", 0].text == "2 − 4 + 1 − 1 ="
    assert found["sample"].caption == "All four paths from this 3 multiply it: together they add 3 × (−2) = −6."


def test_every_weight_is_a_product_of_taps_that_were_seen():
    found, _written = boards()
    seen = {**found["kernels 1"].marks, **found["kernels 2"].marks}
    table = {k[1:-1]: m.text for k, m in seen.items() if k[0] == "tap" and k[-1] == "digits"}
    assert len(table) == 3 * 2 + 2 * 2
    tiles = {k[1:-1]: m.text for k, m in found["joined"].marks.items() if k[0] == "way" and k[-1] == "digits"}
    assert len(tiles) == 12
    for (k2, c2, k1, c1), text in tiles.items():
        assert laws.is_product([table[2, k2, c2, 0], table[1, k1, c1, c2]], text)


@pytest.mark.parametrize(("name", "step"), [("joined", 0), ("next", 1), ("outputs", 4)])
def test_the_one_kernel_lies_under_what_it_multiplies_and_that_adds_up_to_the_output(name, step):
    marks = boards()[0][name].marks
    kernel = {key[1]: mark for key, mark in marks.items() if key[0] == "joined" and key[-1] == "digits"}
    terms = []
    for tap, weight in kernel.items():
        sample = marks["x", tap + step, 0, "digits"]
        assert sample.x == weight.x
        terms.append(calculate(f"{sample.text} × ({weight.text})"))
    assert len(terms) == 4
    output = NETWORK.recorded.outputs[1][step, 0]
    said, result = marks["added", step, 0].text, marks["y2", step, 0, "digits"].text
    said += f" {result}" * said.endswith("=")  # its dot ends the sum
    assert sum(terms) == calculated(said) == output
    assert said.endswith(f" = {result}")


def test_the_weights_are_the_same_wherever_the_one_kernel_lies_and_it_makes_all_outputs():
    found, _written = boards()
    joined, then, after, made = (found[name].marks for name in ("joined", "next", "outputs", "level 2"))
    kept = {key for key in joined if key[0] in ("joined", "way", "strand")}
    assert kept == {key for key in then if key[0] in ("joined", "way", "strand")} - {("joined", "card")} != set()
    assert {joined[key] == then[key] for key in kept} == {True}, "nothing moves but the samples"
    places = [
        {key[1]: m.x for key, m in marks.items() if (key[0], key[-1]) == ("x", "bar")} for marks in (joined, then)
    ]
    assert {step - 1: x for step, x in places[1].items()} == places[0]
    kernel = {key: mark.text for key, mark in then.items() if key[0] == "joined"}
    assert kernel == {key: mark.text for key, mark in after.items() if key[0] == "joined"}
    outputs = [{key: mark.text for key, mark in marks.items() if key[0] == "y2"} for marks in (then, after, made)]
    assert outputs[1] == outputs[2]
    assert {key[1] for key in outputs[0]} == {1}
    assert found["next"].caption == "The next output has other samples, but the same kernels, so the same sums."
    assert {mark.light for key, mark in after.items() if key[0] == "y2" and key[-1] == "bar"} == {1}
    said = "As they only multiply and add, both layers do no more than one kernel: these sums."
    assert found["outputs"].caption == said


def test_an_output_is_there_when_the_one_kernel_has_come_to_it():
    (story, _), _ = told("paths", NETWORK)
    way = next(way for way in story.transitions if way.after.name == "outputs")
    for share in (n / 20 for n in range(1, 20)):
        seen = motion.sample(way, share)
        made = [key for key in seen if key[0] == "y2" and key[-1] == "bar" and key[1] > 1]
        assert all(seen[key].x < seen["joined", 0, 0, "bar"].x + 1 for key in made)


def test_the_numbers_of_the_one_kernel_slide_with_it():
    (story, _), _ = told("paths", NETWORK)
    (way,) = (way for way in story.transitions if way.after.name == "outputs")
    for share in (0.3, 0.5, 0.7):
        seen = motion.sample(way, share)
        digits = [key for key in seen if key[0] == "joined" and key[-1] == "digits"]
        assert len(digits) == 4
        for key in digits:
            assert seen[key].x == pytest.approx(seen[(*key[:-1], "bar")].x)


def test_where_little_of_the_input_is_in_sight_the_one_kernel_stays_under_the_samples_that_are():
    (story, _), _written = told("paths", network((60, 1), Conv1D(1, 3), Conv1D(1, 2), seed=2))
    (way,) = (way for way in story.transitions if way.after.name == "outputs")
    (slid,) = {act.at[0] for act in way.acts if act.how == "across last"}
    assert slid == 0
    assert {m.x for k, m in way.after.marks.items() if k[0] == "joined" and k[-1] == "bar"} < {
        m.x for k, m in way.after.marks.items() if k[0] == "x" and k[-1] == "bar"
    }


def test_no_weights_are_said_to_serve_every_output_where_they_do_not():
    for name in ("relu between and after", "same, two channels"):
        assert "outputs" not in boards(DEEP[name]())[0]
    padded = network((6, 1), Conv1D(1, 3, padding="same"), seed=2)
    assert ways.following(script.write("paths", padded), 0) is None


def test_a_number_of_paths_is_not_read_off_before_they_are_there():
    (story, _), _written = told("paths", examples.network("notebook"))
    way = next(way for way in story.transitions if way.after.name == "all")
    for share in (n / 40 for n in range(1, 40)):
        marks = motion.sample(way, share)
        if ("count", "all") in marks:
            assert sum(key[0] == "edge" for key in marks) == 120


def test_that_keras_gives_the_same_is_said_below_the_outputs():
    found, written = boards()
    marks = found["outputs"].marks
    lines = [mark for key, mark in marks.items() if key[0] == "remark"]
    assert " ".join(line.text for line in lines) == f"Checked: run with both layers, {written.check_words()}."
    bottom = max(mark.bottom for key, mark in marks.items() if key[0] == "y2")
    assert {line.top > bottom for line in lines} == {True}
    assert not any(key[0] == "remark" for key in found["next"].marks)


def test_beams_lead_to_what_is_seen():
    for of, seen in ((NETWORK, (4, 2)), (examples.network("notebook"), (9, 5))):
        marks = boards(of)[0]["field"].marks
        for level, row, steps in zip((0, 1), ("x", "y1"), seen, strict=True):
            beam, bars = (
                marks["beam", level],
                {k[1]: m for k, m in marks.items() if k[0] == row and k[-2:] == (0, "bar")},
            )
            assert {t for t, bar in bars.items() if beam.left < bar.x < beam.right} == {*range(steps)}
            assert {t for t, bar in bars.items() if bar.light == 1} == {*range(steps)}
        assert marks["beam", 0].x == marks["beam", 0, "frame"].x


def test_a_row_stays_where_it_is_until_all_comes_closer():
    (story, _), _written = told("paths", NETWORK)
    far = [board for board in story.boards if board.name.split()[0] in ("kernels", "level", "field")]
    close = story.boards[len(far) : -2]
    for boards_ in (far, close):
        for key in (("baseline", "level", 0), ("name", "level", 0), ("name", "level", 2)):
            assert len({(board.marks[key].x, board.marks[key].y) for board in boards_}) == 1
        bars = [mark for board in boards_ for key, mark in board.marks.items() if key == ("x", 1, 0, "bar")]
        assert len({(bar.x, bar.foot, bar.tip) for bar in bars}) == 1


def test_every_weight_hangs_on_its_path_and_what_is_left_of_that_leads_to_it_under_its_sample():
    found, written = boards()
    every = list(ways.walk(written, written.cell, 0, lambda *_: True))
    hung, joined = found["all"].marks, found["joined"].marks
    for way in every:
        weight, threads = hung[*way.key, "bar"], [key for key in hung if key[:2] == ("edge", 2) and key[-4:] == way.at]
        assert [hung[key].points[0] for key in threads] == [weight.x]
        tap = hung["tap", 1, *way.at[2:], way.cells[1].channel, way.cells[1].step, "digits"]
        assert weight.x == tap.x
        assert hung[*way.key, "digits"].text == joined[*way.key, "digits"].text
        first = joined["edge", 1, *way.cells[1], *way.at[2:]]
        below = joined["joined", *way.cells[0], "bar"]
        assert below.left < first.points[0] == first.points[-2] < below.right
        assert below.x == joined[*way.key, "bar"].x == joined["x", *way.cells[0], "bar"].x
    assert sum(key[:2] == ("edge", 1) for key in joined) == len(every) == 12


def test_what_is_seen_of_layer_1_becomes_dots_as_it_comes_closer():
    (story, _), _written = told("paths", NETWORK)
    way = next(way for way in story.transitions if way.after.name == "dots")
    seen = {act.key: act for act in way.acts if act.key[0] in ("x", "y1") and act.key[-1] == "bar" and act.after}
    assert len([key for key in seen if key[0] == "y1"]) == 4
    first, then = ({act for key, act in seen.items() if key[0] == name} for name in ("y1", "x"))
    assert {act.how for act in (*first, *then)} == {"move"}
    assert len({(act.start, act.end) for act in first}) == len({(act.start, act.end) for act in then}) == 1
    assert min(act.start for act in then) > max(act.start for act in first)


def test_a_path_of_the_told_sample_passes_the_factors_of_its_weight():
    marks = boards()[0]["sample"].marks
    dots = sorted((mark.x, key[1:3]) for key, mark in marks.items() if key[0] == "y1" and key[-1] == "bar")
    hung = (m for key, m in marks.items() if key[0] == "way" and key[-1] == "digits" and m.role != "quiet")
    weights = sorted((mark.x, mark.text) for mark in hung)
    above = {}
    for key, mark in marks.items():
        if key[:2] == ("tap", 1) and key[-1] == "digits" and mark.role != "quiet":
            above[min((x for x, _ in dots), key=lambda x: abs(x - mark.x))] = mark
    below = {mark.x: mark for key, mark in marks.items() if key[:2] == ("tap", 2) and key[-1] == "digits"}
    for (x, (step, channel)), (_, weight) in zip(dots, weights, strict=True):
        assert above[x].about == ("weight", 1, 2 - step, 0, channel)
        assert above[x].y < marks["y1", step, channel, "bar"].y < below[x].y
        assert laws.is_product([above[x].text, below[x].text], weight)


def test_the_kernel_of_a_dot_stays_above_it():
    found, _written = boards()
    path, after = (found[name].marks for name in ("dots", "all"))
    kernel = [key for key in path if key[:2] == ("tap", 1)]
    assert len(kernel) == 2 * 2 * 3 * 2
    assert {(path[key].x, path[key].y) == (after[key].x, after[key].y) for key in kernel} == {True}


def test_dots_stand_evenly_about_the_middle_of_what_is_read():
    for of, taps in ((NETWORK, (3, 2)), (examples.network("notebook"), (5, 5))):
        marks = boards(of)[0]["dots"].marks
        samples = [mark.x for key, mark in marks.items() if key[0] == "x" and key[-1] == "bar"][: sum(taps) - 1]
        output = next(mark.x for key, mark in marks.items() if key[0] == "y2" and key[-1] == "bar")
        dots = {}
        for key, mark in marks.items():
            if key[0] == "y1" and key[-1] == "bar":
                dots.setdefault(key[1], []).append(mark.x)
        apart = (samples[1] - samples[0]) * (1.8 if of is NETWORK else 1)  # kernels have room at the dots
        for step, xs in dots.items():
            assert sum(xs) / len(xs) == pytest.approx(output + apart * (step - (len(dots) - 1) / 2))
        assert output == pytest.approx(sum(samples) / len(samples))


def test_the_kernel_of_layer_2_stays_under_the_dots():
    found, _written = boards()
    kernel = [key for key in found["path"].marks if key[:2] in (("strip", 2), ("tap", 2))]
    assert len(kernel) == 1 + 2 * 4
    for name in ("all", "sample"):
        places = [(found[board].marks[key].x, found[board].marks[key].y) for board in ("path", name) for key in kernel]
        assert places[: len(kernel)] == places[len(kernel) :]


def test_the_steps_of_a_level_are_evenly_apart_also_where_a_layer_strides():
    wide = network((24, 1), Conv1D(2, 3, strides=2, padding="same"), Conv1D(2, 3, padding="causal"), seed=4)
    found, written = boards(wide)
    for name, channel in (("y1", 0), ("y2", written.cell.channel)):
        ends = channel, "bar"
        xs = sorted(mark.x for key, mark in found["levels"].marks.items() if key[0] == name and key[2:] == ends)
        apart = {round(after - x, 6) for x, after in pairwise(xs)}
        assert len(apart) == 1
        assert apart.pop() > 0


def test_the_first_numbers_of_each_layer_are_worked_out_beside_the_kernels():
    found, lines = boards()[0], {}
    for key, mark in (found["kernels 1"].marks | found["kernels 2"].marks).items():
        if key[0] == "sum":
            lines.setdefault(key[1:3], []).append(mark.text)
    made = {key: calculated("".join(parts)) for key, parts in lines.items()}
    assert made == {(1, 0): 4, (1, 1): 5, (2, 0): 1}
    for (level, channel), value in made.items():
        assert found["kernels 2"].marks[f"y{level}", 0, channel, "digits"].text == str(value)
    assert not [key for key in found["field"].marks if key[0] == "sum"]


def test_threads_of_a_cell_leave_and_arrive_in_the_order_of_the_cells_they_join():
    for of in (NETWORK, examples.network("notebook")):
        marks = boards(of)[0]["all"].marks
        ends = [(key, *marks[key].points[:1], *marks[key].points[-2:-1]) for key in marks if key[0] == "edge"]
        upper = [(x, to, key[1:4]) for key, x, to in ends if key[1] == 1]
        by_cell = {}
        for x, to, cell in upper:
            by_cell.setdefault(cell, []).append((x, to))
        for threads in by_cell.values():
            threads.sort()
            assert [to for _, to in threads] == sorted(to for _, to in threads)


def test_above_each_dot_its_kernel_lies_at_the_ends_of_its_threads():
    found, written = boards()
    marks = found["all"].marks
    every = [key for key in marks if key[:2] == ("edge", 1)]
    assert len(every) == 12
    for key in every:
        _, level, step, channel, *tap = key
        mark = marks["tap", level, *tap, channel, step, "digits"]
        assert mark.x == marks[key].points[-2]
        assert style.read(mark.text) == written.value(("weight", level, *tap, channel))


def test_paths_that_are_not_drawn_leave_no_count_under_their_sum():
    written = script.write("paths", stack(17), (2, 0), 3)
    sample = {board.name: board for board in tell(written, FILM).boards}["sample"]
    assert not any(key[0] == "count" for key in sample.marks)


def test_other_sums_over_paths_than_the_layers_outputs_are_refuted(monkeypatch):
    kind = script.Script
    ways = kind.ways

    def wrong(self, cell, base):
        found = ways(self, cell, base)
        return found if cell == self.cell else replace(found, bias=(found.bias or 0) + 1)

    monkeypatch.setattr(kind, "ways", wrong)
    with pytest.raises(script.Refuted, match="sums over all paths must be the outputs of all layers"):
        boards()


def test_full_numbers_are_told_though_the_sums_over_paths_are_exact_and_they_are_not():
    rng = np.random.default_rng(0)
    weights = [[rng.normal(size=(2, 1, 1)).astype("float32")] for _ in range(2)]
    layers = [Conv1D(1, 2, use_bias=False), Conv1D(1, 2, use_bias=False)]
    x = rng.normal(size=(8, 1)).astype("float32")
    full = cx.explain(Stack((8, 1), layers), weights=weights, x=x).story("paths", numbers="full")
    assert full.boards[-1].name == "outputs"
