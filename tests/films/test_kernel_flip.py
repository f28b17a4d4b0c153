"""The film of kernel_flip, by its structure: numbers are the script's, places those of their indices, all in sight."""

import numpy as np
import pytest

from convexplain import examples, parts, script
from convexplain.layers import Conv1D
from convexplain.network import Network
from convexplain.stack import Stack
from convexplain.story.kernel_flip import CALLS, comparison

pytestmark = [
    pytest.mark.films,
    pytest.mark.skipif(not parts.is_installed("manim", "typst"), reason='needs pip install "convexplain[films]"'),
]

SAFE = np.array([6.4, 3.6]) + 0.01


def network(steps: int, kernel: list[float], **settings) -> Network:
    """A layer of one channel and one filter on samples that are no regular sequence."""
    stack = Stack((steps, 1), [Conv1D(1, len(kernel), use_bias=False, **settings)])
    x = np.array([(7 * step * step + 3 * step + 2) % 9 - 3 for step in range(steps)], dtype=np.float32).reshape(-1, 1)
    return Network(stack, ((np.array(kernel, dtype=np.float32).reshape(-1, 1, 1),),), x)


def shown(number) -> list[np.ndarray]:
    """The outlines of a number's glyphs, free of place and size."""
    height = max(number.height, 1e-6)
    return [(glyph.points - number.get_center()) / height for glyph in number.family_members_with_points()]


def assert_reads(scene, number, text: str) -> None:
    """The glyphs of ``number`` are those of ``text``, upright."""
    drawn, wanted = shown(number), shown(scene.number(text))
    assert len(drawn) == len(wanted), text
    for one, other in zip(drawn, wanted, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-3, err_msg=text)


@pytest.fixture(scope="module")
def film(play, told):
    return play(told("kernel_flip", "kernel_flip"))


def test_everything_stays_in_the_safe_area(film):
    assert (np.abs(film.extent) <= SAFE).all(), film.extent


def test_every_caption_of_the_story_is_set_and_the_last_carries_the_check(film):
    captions = [text for _, text in film.captions]
    assert {frame.caption for frame in film.script.story.frames if frame.caption} <= set(captions)
    assert "4 of 4 outputs differ." in captions
    assert "2 of 4 outputs differ." in captions
    assert captions[-1].startswith("Checked against Keras")
    assert captions[-1].endswith(": largest difference 0")
    found, proven = film.verdict()
    assert captions[-1] == found
    assert proven.endswith("proven bound on rounding 2.2e-6")


def test_every_frame_is_a_section(play, told):
    from convexplain.films.kernel_flip import KernelFlip

    names = []

    class Counted(KernelFlip):
        def next_section(self, name="unnamed", *rest, **options):
            names.append(name)
            super().next_section(name, *rest, **options)

        def tell(self, frame):
            pass

    script = told("kernel_flip", "kernel_flip")
    play(script, Counted)
    assert names == [frame.name for frame in script.story.frames]


def test_the_rows_end_with_the_exact_outputs_of_the_single_one(film):
    frames = {frame.name: frame for frame in film.script.story.frames}
    for call in CALLS:
        for step in range(4):
            total = film.script.total(frames[f"impulse {call.name}[{step}]"], film.script.impulse)
            assert film.totals[call.name, step] == total
            assert_reads(film, film.rows[call.name][step].number, film._shown.text(total))


def test_outputs_stand_under_the_samples_of_the_same_step(film):
    for row in film.rows.values():
        assert len(row) == 4
        for step in range(4):
            assert row[step].box.get_x() == pytest.approx(film.input[step].box.get_x())


def test_only_what_differs_is_marked(film):
    colours = [film.rows["convolve"][step].frame.get_stroke_color().to_hex() for step in range(4)]
    assert [colour == "#FF8A5B" for colour in colours] == [True, False, True, False]


@pytest.fixture(scope="module")
def stopped(play, told):
    """The film stopped before a frame: what stands on the stage then."""
    from convexplain.films.kernel_flip import KernelFlip

    class Stop(Exception):
        pass

    def at(name: str, told_script=None):
        scenes = []

        class Stopped(KernelFlip):
            def tell(self, frame):
                scenes.append(self)
                if frame.name == name:
                    raise Stop
                super().tell(frame)

        with pytest.raises(Stop):
            play(told_script or told("kernel_flip", "kernel_flip"), Stopped)
        return scenes[0]

    return at


def test_the_kernel_turns_in_the_plane_with_its_digits_upright(stopped):
    scene = stopped("convolve[0]")
    plate = scene.plate
    assert plate.turns == 1
    places = [plate.cells[tap][0].get_x() for tap in range(3)]
    assert places == sorted(places, reverse=True)
    for tap, text in enumerate(("1", "2", "−1")):
        box, number, index = plate.cells[tap]
        assert_reads(scene, number, text)
        assert number.get_y() > box.get_y() > index.get_y()
    shaft, letter = plate.arrow
    assert letter.get_x() < shaft.get_x() < plate.get_right()[0]
    assert shaft.get_y() > plate.cells[0][0].get_top()[1]


def test_the_kernel_flies_below_the_input(film):
    from convexplain.films.kernel_flip import KERNEL_Y, _under_the_input

    low, right = film.input[0].get_bottom()[1], max(cell.get_right()[0] for cell in film.input)
    box = film.shelf[0][0].box
    window = np.array([[x, KERNEL_Y + y, 0] for x in (-3.3, -2.4) for y in (-0.45, 0.45)])
    shelf = np.array([box.get_corner([x, y, 0]) for x in (-1, 1) for y in (-1, 1)])
    np.testing.assert_allclose(_under_the_input(window, shelf, 1.0), shelf)
    np.testing.assert_allclose(_under_the_input(window, shelf, 0.0), window)
    for left in np.linspace(0, 1, 50):
        points = _under_the_input(window, shelf, left)
        assert points[:, 0].min() > right or points[:, 1].max() < low


def test_a_product_has_its_sign_before_the_sum_is_written(film):
    negative = 0
    for frame in film.script.story.frames:
        if frame.kind != "step" or frame.name.startswith("impulse"):
            continue
        for read in (None, film.script.impulse):
            film.read = read
            written = film._sum(frame)
            minuses = [minus for minus, _ in written.minuses]
            for place, (row, number) in enumerate(written.products):
                assert_reads(film, number, film._shown.text(row.product))
                assert any(minus is number[0] for minus in minuses) == (row.product < 0 and place > 0)
                negative += row.product < 0
            for minus, operator in written.minuses:
                assert operator.get_x() < minus.get_x()
            assert len(written.operators) + len(minuses) == len(written.products)
    assert negative


def test_factors_stand_beside_each_other_and_negative_ones_in_brackets(stopped):
    for name in ("keras[0]", "convolve[0]"):
        scene = stopped(name)
        frame = next(frame for frame in scene.script.story.frames if frame.name == name)
        pairs, rows = scene._pairs(frame), scene._by_tap(frame)
        negative = 0
        for row in rows:
            weight, sample, signs = pairs[row.term.weight[0]]
            assert_reads(scene, weight, scene.weight_format.text(row.weight))
            assert_reads(scene, sample, scene.sample_format.text(row.sample))
            times, *brackets = signs
            assert weight.get_right()[0] < times.get_left()[0] < times.get_right()[0] < sample.get_left()[0]
            in_brackets = [number for number, value in ((weight, row.weight), (sample, row.sample)) if value < 0]
            assert len(brackets) == 2 * len(in_brackets)
            for number, left, right in zip(in_brackets, brackets[::2], brackets[1::2], strict=True):
                assert left.get_right()[0] < number.get_left()[0] < number.get_right()[0] < right.get_left()[0]
            negative += len(in_brackets)
            assert pairs[row.term.weight[0]].width < scene.pitch
        assert negative == 1


def test_the_three_calls_end_with_their_exact_numbers(stopped):
    scene = stopped("impulse")
    for name, outputs in {"keras": (7, 5, -2, 4), "convolve": (5, -1, 2, 8), "reversed": (7, 5, -2, 4)}.items():
        for step, value in enumerate(outputs):
            assert scene.totals[name, step] == value
            assert_reads(scene, scene.rows[name][step].number, str(value).replace("-", "−"))


def test_labels_do_not_overlap(stopped):
    scene = stopped("impulse")
    pieces = [row.label for row in scene.rows.values()]
    pieces += [scene.formulas[name] for name in scene.rows] + [scene._caption]
    pieces += [cell.box for row in scene.rows.values() for cell in row]
    boxes = [(piece.get_corner([-1, -1, 0])[:2], piece.get_corner([1, 1, 0])[:2]) for piece in pieces]
    for place, (low, high) in enumerate(boxes):
        for other_low, other_high in boxes[place + 1 :]:
            overlap = np.minimum(high, other_high) - np.maximum(low, other_low)
            assert overlap.min() < 0.02


SETTINGS = {
    "one tap": network(5, [3]),
    "same": network(6, [1, 2, -1], padding="same"),
    "strides": network(40, [1, 2, -1], strides=5),
    "causal and dilated": network(30, [1, 2, -1], dilation_rate=8, padding="causal"),
    "nine taps, four samples": network(4, [1, 0, 2, -1, 3, 1, -2, 1, 4], padding="same"),
    "sixty-four real taps": network(300, [np.sin(tap * tap + 1) / 3 for tap in range(64)]),
    "far apart": network(200, [np.cos(tap * tap + 1) for tap in range(16)], dilation_rate=4, padding="same"),
    "sizes far apart": network(6, [1e6, -2e6, 3.5]),
    "one output": network(3, [1, 2, -1]),
}


@pytest.mark.parametrize("name", SETTINGS)
def test_any_layer_finds_room_with_readable_digits(name):
    from convexplain.films.kernel_flip import SMALLEST_TYPE, KernelFlip
    from convexplain.films.stage import PACINGS

    told = script.write("kernel_flip", SETTINGS[name])
    scene = KernelFlip(told)
    assert scene.pace == PACINGS["teach"]
    scene.opening()
    scene.measuring = True
    scene._measure()
    assert (np.abs(scene.extent) <= SAFE).all(), scene.extent
    assert max(cell.get_right()[0] for cell in scene.input) < scene.shelf.get_left()[0] - 0.1
    for row in scene.rows.values():
        formula = scene._formula(1, "(x * w)[t]", row[0].get_y())
        assert row.get_right()[0] < formula.get_left()[0] + 0.01, "a row ends before its formula begins"
        assert formula.get_right()[0] <= SAFE[0]
    assert scene.layout.size >= SMALLEST_TYPE - 0.5
    digit = scene.number("0", size=SMALLEST_TYPE).height * 1080 / 8
    assert digit >= 18 - 0.5
    for step in scene.layout.outputs:
        for tap in scene.layout.taps:
            if tap is not None:
                source = told.story.stack.terms(1, told.story.cell._replace(step=step))[tap].source.step
                assert source in scene.input.cells, "each shown tap reads a shown sample"


@pytest.mark.long
@pytest.mark.parametrize("name", SETTINGS)
def test_any_layer_is_played_to_its_end_in_sight(name, play):
    film = play(script.write("kernel_flip", SETTINGS[name]))
    assert (np.abs(film.extent) <= SAFE).all(), film.extent


@pytest.mark.long
def test_the_notebook_is_played_to_its_end_in_sight(play):
    film = play(script.write("kernel_flip", examples.network("notebook"), level=1))
    assert (np.abs(film.extent) <= SAFE).all(), film.extent
    assert "16 of 16 outputs differ." in [text for _, text in film.captions]


@pytest.mark.parametrize(
    ("differing", "outputs", "mirror", "said"),
    [
        (4, 4, False, "4 of 4 outputs differ."),
        (1, 1, False, "The only output differs."),
        (1, 4, False, "1 of 4 outputs differ."),
        (0, 4, False, "0 of 4 outputs differ, for this input."),
        (0, 4, True, "No output differs: this kernel is its own mirror image."),
    ],
)
def test_what_a_comparison_says(differing, outputs, mirror, said):
    assert comparison(differing, outputs, mirror) == said


def test_the_scene_file_defines_its_scenes_itself():
    import runpy
    from pathlib import Path

    path = Path(__file__).parents[2] / "scenes" / "kernel_flip.py"
    names = runpy.run_path(str(path), run_name="scenes_kernel_flip")
    own = {name for name, value in names.items() if getattr(value, "__module__", "") == "scenes_kernel_flip"}
    assert own == {"KernelFlip", "KernelFlipNotebook"}
    scene = names["KernelFlipNotebook"]()
    assert scene.script.story.input_shape == (20, 1)
