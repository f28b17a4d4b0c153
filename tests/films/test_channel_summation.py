"""The film of channel_summation: every number is the ledger's, nothing leaves the screen, nothing covers anything."""

import itertools

import numpy as np
import pytest

import convexplain as cx
from convexplain import Cell, examples
from convexplain.network import Network, Recorded, check_input, check_weights
from convexplain.script import write

pytestmark = pytest.mark.films
pytest.importorskip("manim")

CASES = {
    "same": ((6, 2), cx.Conv1D(2, 3, padding="same"), (0, 0)),
    "causal": ((6, 2), cx.Conv1D(2, 3, padding="causal"), (0, 1)),
    "relu": ((7, 3), cx.Conv1D(2, 3, activation="relu"), (1, 0)),
    "strides": ((9, 3), cx.Conv1D(3, 3, strides=2, padding="same"), (1, 1)),
    "dilated": ((12, 3), cx.Conv1D(3, 3, dilation_rate=3, use_bias=False), (1, 1)),
    "groups": ((8, 6), cx.Conv1D(4, 3, groups=2), (0, 3)),
    "wide": ((100, 64), cx.Conv1D(128, 3), (50, 77)),
    "long kernel": ((100, 2), cx.Conv1D(2, 64), (3, 0)),
    "one of everything": ((1, 1), cx.Conv1D(1, 1), (0, 0)),
    "last step": ((20, 4), cx.Conv1D(8, 5), (15, 7)),
}


def script_of(shape, layer, cell):
    """A script of integer data whose recorded answer is the exact one, so that no library has to be asked."""
    from convexplain.ledger import evaluate

    stack = cx.Stack(shape, [layer])
    rng = np.random.default_rng(0)
    weights = check_weights(stack, [[rng.integers(-3, 4, size) for size in layer.weight_shapes(shape[1])]])
    network = Network(stack, weights, check_input(stack, rng.integers(0, 5, shape)))
    outputs = evaluate(network).values[1:]
    return write("channel_summation", Network(stack, weights, network.x, Recorded(outputs, "a record")), cell, 1)


def play(script, look=None):
    """The film, played without writing anything, at few frames a second; ``look`` is called after every frame."""
    from manim import tempconfig

    from convexplain.films.channel_summation import ChannelSummation

    settings = {
        "dry_run": True,
        "disable_caching": True,
        "verbosity": "ERROR",
        "progress_bar": "none",
        "frame_rate": 3,
        "pixel_width": 160,
        "pixel_height": 90,
    }
    with tempconfig(settings):
        film = ChannelSummation(script, pacing="fast", measuring=True)
        if look is not None:
            film.on_frame = lambda frame: look(film, frame)
        film.render()
    return film


def cells_in_view(film):
    from convexplain.films.channel_rows import Number

    return [part for top in film.mobjects for part in top.get_family() if isinstance(part, Number)]


def assert_no_cell_covers_another(film, frame):
    boxes = [
        (*cell.box.get_corner([-1, -1, 0])[:2], *cell.box.get_corner([1, 1, 0])[:2], cell.text)
        for cell in {id(cell): cell for cell in cells_in_view(film)}.values()
    ]
    for one, other in itertools.combinations(boxes, 2):
        apart = (
            one[2] <= other[0] + 0.02
            or other[2] <= one[0] + 0.02
            or one[3] <= other[1] + 0.02
            or other[3] <= one[1] + 0.02
        )
        assert apart, (frame.name, one, other)


def assert_on_the_ledger(film):
    script, plan = film.script, film.plan
    assert film.outputs
    for cell, number in film.outputs.items():
        assert number.text == film.written("y", script.ledger(cell).output)
    shown = [filter for filter in plan.filters if filter is not None]
    assert set(film.outputs) == {Cell(step, filter) for step in plan.outputs for filter in shown}


def assert_on_the_screen(film):
    from convexplain.films.stage import SAFE_X

    assert film.extent[0][0] >= -SAFE_X - 0.02
    assert film.extent[1][0] <= SAFE_X + 0.02
    assert film.extent[0][1] >= -3.75
    assert film.extent[1][1] <= 3.75


def test_the_small_example_from_the_first_frame_to_the_check():
    script = write("channel_summation", examples.network("channel_summation"))
    seen = {}

    def look(film, frame):
        assert_no_cell_covers_another(film, frame)
        seen[frame.name] = {place: [n.text for n in row.values()] for place, row in film.sums.items()}

        assert not (frame.kind == "column" and film.windows)

    film = play(script, look)
    assert_on_the_ledger(film)
    assert_on_the_screen(film)
    assert list(seen) == [frame.name for frame in script.story.frames]
    assert seen["partial 0"] == {0: ["7"], 1: []}
    assert seen["slide 3"] == {0: ["7", "9", "5", "−1"], 1: ["−4", "−3", "6", "0"]}
    assert seen["row 1"] == {0: ["4", "−2", "−3", "3"], 1: ["5", "0", "6", "9"]}
    said = [text for _, text in film.captions]
    assert "6 − 3 + 1 = 4 places for the window" in said
    assert said[-1] == "Checked against Keras 3.15.1: largest difference 0"


def opacity(part):
    """How much of a mobject is to be seen."""
    return max(glyph.get_fill_opacity() for glyph in part.family_members_with_points())


def assert_every_product_has_its_sign(script, monkeypatch):
    """Play a film and look at its lines of products in every picture, on the way too."""
    from convexplain.films.channel_summation import ChannelSummation

    lines, flown, pictures = [], [], []
    make_line, emerge, update = ChannelSummation.product_row, ChannelSummation.emerge, ChannelSummation.update_self

    def product_row(film, cell, channel, y):
        lines.append(make_line(film, cell, channel, y))
        values = [row.product for row in film.visible(cell, channel)]
        if len(values) == len(lines[-1].numbers):
            for place, (value, sign) in enumerate(zip(values, lines[-1].signs, strict=True)):
                negative = film.formats["y"].shown(value) < 0
                assert (sign is not None) == bool(place or negative)
                if sign is not None:
                    assert sign.height < 0.1 if negative else sign.height > 0.1
        return lines[-1]

    def emerging(film, product, sample, weight):
        flown.append(product)
        assert any(
            list(product) == [part for part in (sign, number) if part is not None]
            for line in lines
            for sign, number in zip(line.signs, line.numbers, strict=True)
        )
        return emerge(film, product, sample, weight)

    def update_self(film, dt):
        update(film, dt)
        there = {part for top in film.mobjects for part in top.get_family()}
        for line in lines[-len(film.plan.channels) :]:
            for sign, number in zip(line.signs, line.numbers, strict=True):
                if sign is not None and number in there:
                    pictures.append(number)
                    assert sign in there
                    assert opacity(sign) >= opacity(number) - 1e-6

    monkeypatch.setattr(ChannelSummation, "product_row", product_row)
    monkeypatch.setattr(ChannelSummation, "emerge", emerging)
    monkeypatch.setattr(ChannelSummation, "update_self", update_self)
    play(script)
    assert flown
    assert pictures


def test_a_product_is_never_seen_without_its_sign(monkeypatch):
    assert_every_product_has_its_sign(write("channel_summation", examples.network("channel_summation")), monkeypatch)


@pytest.mark.long
def test_a_product_of_real_numbers_is_never_seen_without_its_sign(monkeypatch):
    script = write("channel_summation", examples.network("notebook"), (0, 4), 2)
    assert_every_product_has_its_sign(script, monkeypatch)


@pytest.mark.long
@pytest.mark.parametrize("name", CASES)
def test_any_layer_fits(name):
    film = play(script_of(*CASES[name]), assert_no_cell_covers_another)
    assert_on_the_ledger(film)
    assert_on_the_screen(film)


@pytest.mark.long
def test_the_notebook():
    from convexplain.films.stage import THEME

    def look(film, frame):
        assert_no_cell_covers_another(film, frame)
        if frame.kind == "row":
            assert {number.get_color().to_hex().upper() for number in film.rule.cells.values()} == {THEME.muted}
        if frame.kind == "sum":
            thumbs = [film.thumbs[filter] for filter in film.plan.filters]
            for above, below in itertools.pairwise(thumbs):
                assert above.label.get_bottom()[1] > below.frame.get_top()[1] + 0.05

    film = play(write("channel_summation", examples.network("notebook"), (0, 4), 2), look)
    assert_on_the_ledger(film)
    assert_on_the_screen(film)


@pytest.mark.parametrize("name", CASES)
def test_a_plan_shows_the_told_window_and_hides_only_what_is_too_long(name):
    from convexplain.films.channel_rows import MOST_CHANNELS, MOST_FILTERS, make_plan

    script = script_of(*CASES[name])
    plan, story = make_plan(script), script.story
    assert story.cell.step in plan.outputs
    assert story.cell.channel in plan.filters
    assert len(plan.channels) <= MOST_CHANNELS
    assert len(plan.filters) <= MOST_FILTERS
    own = {partial.channel for partial in script.ledger(story.cell).partial_sums}
    assert {channel for channel in plan.channels if channel is not None} | set(plan.hidden) == own
    assert plan.unread == story.input_shape[1] - len(own)
    heights = [plan.x_y(0), plan.w_y(0), plan.product_y(0), plan.sum_y(0), plan.sum_y(1), plan.y_y(), -3.0]
    assert heights == sorted(heights, reverse=True)
    assert plan.columns.right < 6.4


def test_the_hidden_channels_keep_a_subtotal_so_that_the_column_adds_up():
    from convexplain.films.channel_rows import make_plan
    from convexplain.films.channel_summation import ChannelSummation

    script = script_of(*CASES["wide"])
    film = ChannelSummation(script)
    film.plan = make_plan(script)
    ledger = script.ledger(script.story.cell)
    sums = [film.sum_of(script.story.cell, place) for place in range(len(film.plan.channels))]
    assert None in film.plan.channels
    assert sum(sums) + ledger.bias == ledger.total


def test_numbers_that_are_summed_share_their_decimals_and_the_film_says_that_they_are_rounded():
    from convexplain.films.channel_rows import make_plan
    from convexplain.films.channel_summation import ChannelSummation

    film = ChannelSummation(write("channel_summation", examples.network("notebook"), (0, 4), 2))
    film.plan = make_plan(film.script)
    texts = []
    for step in film.plan.outputs:
        ledger = film.script.ledger(Cell(step, 4))
        values = [ledger.total, *(part.total for part in ledger.partial_sums), *(row.product for row in ledger.rows)]
        texts += [film.written("y", value) for value in values]
    assert {len(text.partition(".")[2]) for text in texts} == {2}
    assert all(text.removeprefix("−").replace(".", "").isdigit() for text in texts)
    assert ".00" in texts
    assert "−.00" not in texts
    assert film.powers() is not None
    film = ChannelSummation(write("channel_summation", examples.network("channel_summation")))
    film.plan = make_plan(film.script)
    assert film.powers() is None


def test_digits_of_a_resting_cell_can_be_read():
    from convexplain import style
    from convexplain.films.channel_rows import PALE, Number, digits_on
    from convexplain.films.stage import Stage

    def light(colour):
        return sum(share * int(colour[i : i + 2], 16) for share, i in ((0.3, 1), (0.59, 3), (0.11, 5)))

    digit = Stage(write("channel_summation", examples.network("channel_summation"))).number("2")
    for channel in range(6):
        fill = style.channel_colour(channel)
        cell = Number("2", digit.copy(), fill, fill, digits_on(fill), (0.8, 0.4))
        for share in (PALE, 0.62, 1.0):
            cell.shade(share)
            ink, plate = (part.get_fill_color().to_hex() for part in (cell.number[0], cell.box))
            assert abs(light(ink) - light(plate)) > 85
        assert light(cell.number[0].get_fill_color().to_hex()) == light(digits_on(fill))


def test_the_scenes_tell_the_examples():
    import importlib.util
    from pathlib import Path

    path = Path(__file__).parents[2] / "scenes" / "channel_summation.py"
    spec = importlib.util.spec_from_file_location("scene", path)
    scenes = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(scenes)
    assert scenes.ChannelSummation().script.story.output_shape == (4, 2)
    assert scenes.Notebook().script.story.output_shape == (12, 8)
