"""The figures, read back from matplotlib's artists: the ledger's numbers, inside the canvas, none over another."""

from fractions import Fraction

import pictures
import pytest

from convexplain import plots, style
from convexplain.layers import Cell
from convexplain.plots.canvas import SMALLEST
from convexplain.story.kernel_flip import CALLS

ALL = [(story, case) for story in pictures.STORIES for case in pictures.CASES]
QUICK = [(story, case) for story in pictures.STORIES for case in ("flip", "notebook", "strides same", "tiny")]


def assert_readable(figure):
    assert pictures.overlapping(figure) == []
    assert pictures.outside(figure) == []
    assert pictures.crowded(figure) == []
    for name, text in pictures.texts(figure).items():
        assert text.get_rotation() == 0, name
        assert text.get_fontsize() >= SMALLEST, name


@pytest.mark.parametrize(("story", "case"), QUICK)
def test_a_figure_is_readable(story, case):
    assert_readable(plots.figure(pictures.write(story, case)))


@pytest.mark.long
@pytest.mark.parametrize("width", [3.5, 5.5, 7.16])
@pytest.mark.parametrize(("story", "case"), ALL)
def test_a_figure_is_readable_at_every_width_of_print(story, case, width):
    figure = plots.figure(pictures.write(story, case), width=width)
    assert figure.get_size_inches()[0] == pytest.approx(width)
    assert_readable(figure)


def test_the_small_sum_is_the_ledgers():
    script = pictures.write("channel_summation", "small")
    written = pictures.read(plots.figure(script))
    for step in range(6):
        for channel in range(2):
            name = style.entry("x", step, channel)
            assert written[f"{name} number"] == f"{script.read[step, channel]:.0f}"
    for step in range(4):
        ledger = script.ledger(Cell(step, 0))
        for partial in ledger.partial_sums:
            shown = style.number(partial.total, 0)
            assert written[f"Σ channel {partial.channel}[{step}] number"] == shown
        assert written[f"b1[{step}] number"] == style.number(ledger.bias, 0)
        assert written[f"y1[{step}, 0] number"] == style.number(ledger.output, 0)
    told = script.ledger(Cell(0, 0))
    for row in told.rows:
        tap, channel, _ = row.term.weight
        assert written[f"w1[{tap}, {channel}] number"] == style.number(row.weight, 0)
        sign = written.get(f"sign {tap}, {channel}", "")
        text = written[f"product {tap}, {channel}"]
        assert int((sign + text).replace(style.MINUS, "-")) == row.product
    assert (written["written relation"], written["written total"]) == ("=", "5")


def test_a_products_total_is_the_cell_of_its_channels_row():
    for case in ("small", "notebook"):
        script = pictures.write("channel_summation", case)
        marks, step = plots.figure(script).marks, script.story.cell.step
        for partial in script.ledger(script.story.cell).partial_sums:
            chip, cell = f"total {partial.channel}", f"Σ channel {partial.channel}[{step}]"
            assert marks[f"{chip} number"].text == marks[f"{cell} number"].text
            assert (marks[chip].fill, marks[chip].edge) == (marks[cell].fill, marks[cell].edge)


@pytest.mark.parametrize(
    ("case", "said"),
    [
        ("small", "filter shown: f = 0 (of 0 and 1)"),
        ("notebook", "filter shown: f = 3 (of 0 to 7); this layer has no bias"),
        ("one number", "filter shown: f = 0 (the only one)"),
    ],
)
def test_the_figure_says_which_filter_it_shows(case, said):
    assert pictures.read(plots.figure(pictures.write("channel_summation", case)))["shown filter"] == said


def test_an_elided_output_row_ends_with_the_last_output():
    script = pictures.write("channel_summation", "notebook")
    figure = plots.figure(script)
    written = pictures.read(figure)
    assert written["y2[11, 3] number"] == style.number(script.ledger(Cell(11, 3)).output, 3)
    assert "y2[10, 3]" not in figure.marks
    assert {"y1[15, 0] number", "y1[4, 0] number"} <= set(written)
    assert figure.marks["y2[:, 3] gap 0"].x < figure.marks["y2[11, 3]"].x


def test_every_sign_has_room_between_its_numbers():
    for story, case in (("channel_summation", "notebook"), ("kernel_flip", "notebook")):
        marks = plots.figure(pictures.write(story, case)).marks
        signs = [name for name in marks if name.startswith("sign ") or (" sign " in name and "written" not in name)]
        assert len(signs) > 8
        for name in signs:
            sign = marks[name]
            edges = [
                edge
                for other, mark in marks.items()
                if "product" in other and abs(mark.y - sign.y) < 1
                for edge in (mark.x - mark.width / 2, mark.x + mark.width / 2)
            ]
            assert min(abs(edge - sign.x) for edge in edges) > sign.width / 2 + 0.2 * sign.size


def test_every_cell_of_the_small_sum_is_there_once():
    marks = plots.figure(pictures.write("channel_summation", "small")).marks
    count = {prefix: sum(name.startswith(prefix) and name.endswith("]") for name in marks) for prefix in ("x[", "w1[")}
    # The labels of rows carry a colon.
    assert count["x["] - 2 == 12
    assert sum(name.startswith("w1[") and ":" not in name and name.endswith("]") for name in marks) == 6
    assert sum(name.startswith("Σ channel") and name.endswith("]") for name in marks) == 8


def test_the_flips_numbers_are_keras_and_convolve():
    written = pictures.read(plots.figure(pictures.write("kernel_flip", "flip")))
    rows = {call.name: [written[f"answer {call.name}[{t}] number"] for t in range(4)] for call in CALLS}
    assert rows == {
        "keras": ["7", "5", "−2", "4"],
        "convolve": ["5", "−1", "2", "8"],
        "reversed": ["7", "5", "−2", "4"],
    }
    coda = {call.name: [written[f"coda {call.name}[{t}] number"] for t in range(4)] for call in CALLS}
    assert coda == {
        "keras": ["−1", "2", "1", "0"],
        "convolve": ["1", "2", "−1", "0"],
        "reversed": ["−1", "2", "1", "0"],
    }
    assert [written[f"answer reversed and convolve[{t}]"] for t in range(4)] == ["≠"] * 4
    assert [written[f"answer keras and reversed[{t}]"] for t in range(4)] == ["="] * 4
    assert [written[f"coda reversed and convolve[{t}]"] for t in range(4)] == ["≠", "=", "≠", "="]


def test_numpy_and_scipy_agree_with_the_flips_rows():
    import numpy as np
    from scipy.signal import convolve

    script = pictures.write("kernel_flip", "flip")
    written = pictures.read(plots.figure(script))
    x, w = script.read[:, 0], script.kernel[:, 0, 0]
    for name, kernel in {"convolve": w, "reversed": w[::-1]}.items():
        answer = convolve(x, kernel, mode="valid", method="direct")
        assert [written[f"answer {name}[{t}] number"] for t in range(4)] == [
            style.number(Fraction(float(value)), 0) for value in answer
        ]
    assert np.array_equal(convolve(x, w[::-1], mode="valid"), np.correlate(x, w, "valid"))


def test_the_turned_kernel_carries_its_indices_along():
    marks = plots.figure(pictures.write("kernel_flip", "flip")).marks
    places = {call: [marks[f"{call} w[{tap}]"].x for tap in range(3)] for call in ("keras", "convolve", "reversed")}
    assert places["keras"] == sorted(places["keras"]) == places["reversed"]
    assert places["convolve"] == places["keras"][::-1]
    for call, xs in places.items():
        for tap, x in enumerate(xs):
            assert marks[f"{call} w[{tap}] index"].text == f"w[{tap}]"
            assert marks[f"{call} w[{tap}] index"].x == x


def test_padding_is_dashed_and_has_no_place_on_the_ruler():
    figure = plots.figure(pictures.write("channel_summation", "strides same"))
    marks = figure.marks
    assert marks["x[-1, 0]"].dashed
    assert not marks["x[0, 0]"].dashed
    assert "t = -1" not in marks
    assert "t = 0" in marks


def test_what_is_left_out_keeps_a_row_of_its_own():
    script = pictures.write("channel_summation", "64 channels, 500 steps")
    written = pictures.read(plots.figure(script))
    assert written["channels 2 to 62 text"].startswith("⋯  61 more channels: x[:, 2] to x[:, 62]")
    ledger = script.ledger(script.story.cell)
    hidden = sum(partial.total for partial in ledger.partial_sums if 2 <= partial.channel <= 62)
    assert written["Σ 61 more[250] number"] == style.number(hidden, 2)
    assert "t = 250" in written
    assert "t = 499" in written


def test_a_relation_is_only_exact_when_what_is_shown_adds_up():
    for case in ("notebook", "groups"):
        script = pictures.write("channel_summation", case)
        written = pictures.read(plots.figure(script))
        relations = [text for name, text in written.items() if name.startswith("equals")]
        assert set(relations) <= {"=", "≈"}
        assert "≈" in relations


def test_the_corner_says_what_was_checked():
    script = pictures.write("channel_summation", "notebook")
    written = pictures.read(plots.figure(script))
    said = " ".join(text for name, text in sorted(written.items()) if name.startswith("check"))
    assert said == str(script.check)


@pytest.mark.parametrize("story", pictures.STORIES)
def test_the_corner_says_that_real_numbers_are_rounded(story):
    said = "numbers are rounded for display; sums use exact values"
    for case, rounded in {"notebook": True, "flip": False}.items():
        written = pictures.read(plots.figure(pictures.write(story, case)))
        note = " ".join(text for name, text in sorted(written.items()) if name.startswith("note"))
        assert note.endswith(said) == rounded


@pytest.mark.parametrize("width", [0, -1, 1, float("nan"), float("inf"), 100])
def test_a_width_is_a_number_of_inches(width):
    with pytest.raises(ValueError, match="width must be a number of inches from 2 to 40"):
        plots.figure(pictures.write("kernel_flip", "flip"), width=width)


def test_a_theme_is_light_or_dark():
    script = pictures.write("kernel_flip", "flip")
    assert plots.figure(script, theme="dark").get_facecolor()[:3] < (0.2, 0.2, 0.2)
    with pytest.raises(ValueError, match=r"theme must be one of 'light', 'dark'. Received: theme='blue'"):
        plots.figure(script, theme="blue")


def test_a_users_settings_change_nothing(tmp_path):
    import matplotlib

    script = pictures.write("kernel_flip", "flip")
    plain = tmp_path / "plain.png"
    plots.save(plots.figure(script), plain)
    own = tmp_path / "own.png"
    settings = {"text.usetex": True, "font.size": 30, "lines.linewidth": 9, "savefig.dpi": 10, "font.family": "cursive"}
    with matplotlib.rc_context({**settings, "axes.facecolor": "red", "figure.dpi": 33, "savefig.bbox": "tight"}):
        plots.save(plots.figure(script), own)
    assert plain.read_bytes() == own.read_bytes()


def test_a_figure_shows_itself_without_pyplot():
    import subprocess
    import sys

    code = (
        "import sys, convexplain as cx\n"
        "figure = cx.example('kernel_flip').figure('kernel_flip')\n"
        "picture, size = figure._repr_png_()\n"
        "assert picture.startswith(b'\\x89PNG') and size['width'] == 716, size\n"
        "assert 'matplotlib.pyplot' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
