"""The command: what it prints, where, and with which exit status."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from convexplain.cli import main


def run(*arguments):
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


def test_help_names_every_part():
    text = run("--help").output
    for command in ("explain", "equation", "ledger", "verify", "figure", "film", "doctor"):
        assert command in text


@pytest.mark.long
def test_a_maximum_over_a_long_input_is_cut_where_it_is_printed():
    source = "5000x2 globalmax"
    for form in ("text", "latex", "typst"):
        printed = run("equation", source, "--format", form).output
        assert len(printed) < 1_000
        assert "4,968" in printed
    assert "x[2500, f]" in run("equation", source, "--json").output
    assert "..." not in run("equation", "40x2 maxpool:30").output


def test_equations_of_the_notebook():
    assert run("equation").output.splitlines() == [
        "y1[t, f] = sum(k=0..4) w1[k, 0, f]*x[t + k, 0]",
        "y2[t, f] = sum(k=0..4) sum(c=0..3) w2[k, c, f]*y1[t + k, c]",
    ]
    latex = run("equation", "notebook", "--layer", 2, "--format", "latex").output
    assert latex.startswith("y^{(2)}_{t,f} = ")
    assert run("equation", "--format", "sympy", "--layer", 2).output.startswith("Eq(y2[t, f], Sum(")


def test_the_ledger_of_a_cell():
    done = run("ledger", "channel_summation", "--cell", "1,0")
    assert done.exit_code == 0
    assert re.search(r"total += +1\n", done.output)
    assert done.stderr == ""


def test_the_ledger_is_of_the_output_that_is_easiest_to_follow():
    padded = run("ledger", "8x1 conv:1,k5,causal,nobias").stdout
    assert "(padding)" not in padded
    assert run("ledger").stdout.startswith("y2[7, 5], ")
    assert run("ledger", "--level", 1).exit_code == 0


def test_nothing_is_said_where_nobody_reads_on():
    code = "import sys; from convexplain.cli import main; main(['equation'])"
    reads, writes = os.pipe()
    os.close(reads)
    done = subprocess.run([sys.executable, "-c", code], stdout=writes, stderr=subprocess.PIPE)
    os.close(writes)
    assert (done.returncode, done.stderr) == (141, b"")


def test_every_width_is_in_the_help():
    assert "elsevier-wide,orinches" in "".join(run("figure", "--help").output.split())


def test_scipy_and_exact_integers_agree():
    for oracle in ("scipy", "exact"):
        done = run("verify", "--oracle", oracle, "--json")
        assert done.exit_code == 0
        assert json.loads(done.stdout)["models"]["notebook"]["ok"] is True
    assert "Holds" in run("verify", "--oracle", "scipy").stdout


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["ledger", "--cell", "12,0"], "level 2 has steps 0 to 11 and channels 0 to 7. Received: [12, 0]"),
        (["ledger", "--cell", "1"], "a cell of level 2 is addressed by [step, channel]"),
        (["ledger", "--cell", "1,2,3"], "a cell must be two numbers, step,channel, or one. Received: '1,2,3'"),
        (["ledger", "--until", "nowhere"], "name of one layer, or the number of its level. Received: 'nowhere'"),
        (["ledger", "--steps", "9"], "leaves the number of steps open"),
        (["ledger", "--level", "3"], "the layer must be from 1 to 2. Received: layer 3"),
        (["equation", "--layer", "0"], "the layer must be from 1 to 2"),
        (["equation", "nowhere.keras"], "nowhere.keras"),
        (["equation", ""], "the path must lead to a .keras file. Received: ''"),
        (["equation", "20x1", "conv:4,k5", "relu"], 'must be in quotes: "20x1 conv:4,k5 relu". Received: 3 words'),
        (["verify", "20x1", "conv:4,k5", "--json"], 'must be in quotes: "20x1 conv:4,k5". Received: 2 words'),
        (["figure", "kernel_flip", "20X1", "conv:4,k5", "-o", "a.pdf"], 'in quotes: "20x1 conv:4,k5"'),
        (["equation", "20 conv:4,k5"], "begins with its input, steps x channels, as in 20x1 conv:4,k5. Received: '20'"),
        (["ledger", "--x", "nowhere.npy"], "a .npy or .npz file of numbers. Received: 'nowhere.npy', No such file"),
        (["ledger", "--x", "."], "a .npy or .npz file of numbers. Received: '.', Is a directory"),
        (["figure", "no_story", "-o", "a.pdf"], "the story must be one of 'sliding_window', 'kernel_flip'"),
        (["figure", "kernel_flip", "-o", "a.docx"], "must end in one of"),
        (["figure", "kernel_flip", "-o", "no/where/a.pdf"], "folder that exists"),
        (["film", "kernel_flip", "-o", "a.txt"], "must end in"),
        (["figure", "kernel_flip", "-o", "a" * 100_000 + ".png"], "must have a name that can be written"),
        (["explain", "-o", "a" * 100_000], "must have a name that can be written"),
        (["verify", "--oracle", "oracle"], "Invalid value"),
        (["explain"], "Missing option"),
        (["gallery", "--workers", "0"], "0 is not in the range x>=1"),
        (["gallery", "-o", __file__], "must be a folder that can be written: choose another one. Received: "),
    ],
    ids=str,
)
def test_bad_input_is_one_sentence_and_status_2(arguments, says, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    done = run(*arguments)
    assert done.exit_code == 2
    assert says in done.stderr
    assert done.stdout == ""
    assert "Traceback" not in done.stderr
    assert len(done.stderr) < 600
    assert list(tmp_path.iterdir()) == []


def test_a_network_of_any_layers_is_read_up_to_a_layer_on_inputs_by_name(tmp_path):
    path = Path(__file__).with_name("networks") / "data" / "keras-3.15.1-siamese.keras"
    done = run("ledger", path)
    assert "sigmoid(total)" in done.stdout
    x = {name: np.full((30, 2), value, np.float32) for name, value in (("left", 1), ("right", 2))}
    np.savez(tmp_path / "x.npz", **x)
    done = run("ledger", path, "--x", tmp_path / "x.npz", "--until", 7, "--cell", "3,1")
    assert "x2[3, 0] =" in done.stdout
    assert "2.0000000" in done.stdout
    assert run("equation", path, "--until", 3, "--format", "sympy").stdout.count("Eq(") == 2
    refused = run("equation", path, "--until", "encoder")
    assert refused.exit_code == 2
    assert "'encoder', which 2 have" in refused.stderr


@pytest.mark.parametrize("holds", [b"not an array", b"PK\x03\x04 and no archive", b"\x93NUMPY", b""])
def test_a_file_that_is_no_array_is_refused(tmp_path, holds):
    path = tmp_path / "x.npy"
    path.write_bytes(holds)
    done = run("ledger", "--x", path)
    assert done.exit_code == 2
    assert "must be a .npy or .npz file of numbers" in done.stderr


def test_a_path_without_its_ending_is_answered_with_the_file(tmp_path):
    (tmp_path / "good.keras").touch()
    done = run("equation", tmp_path / "good")
    assert done.exit_code == 2
    assert "where nothing is. Did you mean 'good.keras'?" in done.stderr


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write everywhere")
@pytest.mark.parametrize("output", ["out", "no/out"])
def test_a_folder_that_may_not_be_written_is_told(tmp_path, output):
    tmp_path.chmod(0o500)
    done = run("explain", "--no-films", "-o", tmp_path / output)
    assert done.exit_code == 2
    assert "the folder must be writable: choose another one" in done.stderr


def test_a_missing_part_is_status_3_and_says_the_command(monkeypatch):
    from convexplain.system import parts

    def missing(part):
        raise parts.MissingPart(f"this needs {part}, which is not installed: {parts.INSTALL[part]}")

    monkeypatch.setattr(parts, "require", missing)
    done = run("verify")
    assert done.exit_code == 3
    assert 'pip install "tensorflow>=2.18" "keras>=3.5"' in done.stderr


def test_a_refuted_network_is_status_1(monkeypatch):
    from convexplain.check import oracles

    right = oracles.exact
    monkeypatch.setattr(oracles, "exact", lambda layer, weights, x: right(layer, [weights[0][::-1], *weights[1:]], x))
    done = run("verify", "--oracle", "exact")
    assert done.exit_code == 1
    assert "the kernel is flipped along the taps" in done.stdout


def test_the_doctor_lists_the_parts():
    text = run("doctor").output
    for part in ("sympy", "keras", "manim"):
        assert part in text


def test_the_doctor_imports_what_it_lists_and_knows_the_lowest_versions(monkeypatch):
    from convexplain import doctor
    from convexplain.system import parts

    known = doctor.version
    monkeypatch.setattr(doctor, "version", lambda name: "2.17.1" if name == "tensorflow" else known(name))
    monkeypatch.setattr(parts, "require", lambda part: None)
    assert doctor._library("tensorflow") == doctor.Finding(
        "tensorflow",
        False,
        '2.17.1 is too old, 2.18 is the lowest: pip install --upgrade "tensorflow>=2.18" "keras>=3.5"',
    )

    def broken(part):
        raise parts.MissingPart(f"{part} cannot be imported")

    monkeypatch.setattr(parts, "require", broken)
    assert doctor._library("numpy") == doctor.Finding("numpy", False, "numpy cannot be imported")


def test_an_array_is_taken_as_input(tmp_path):
    import numpy as np

    np.save(tmp_path / "x.npy", np.ones((1, 5, 1)))
    done = run("ledger", "kernel_flip", "--x", tmp_path / "x.npy")
    assert re.search(r"total += +2\n", done.output)


def test_several_models_are_verified_side_by_side(tmp_path):
    done = run("verify", "kernel_flip", "channel_summation", "--oracle", "scipy")
    assert [line.split() for line in done.stdout.splitlines()] == [
        ["kernel_flip", "holds,", "1", "layer"],
        ["channel_summation", "holds,", "1", "layer"],
    ]
    done = CliRunner().invoke(main, ["verify", "kernel_flip", str(tmp_path / "no.keras"), "--oracle", "scipy"])
    assert done.exit_code == 2
    assert "not read: the path must lead to a .keras file" in done.output


def test_what_machines_read():
    told = json.loads(run("ledger", "channel_summation", "--cell", "0,0", "--json").stdout)
    assert told["output"] == {"value": 6.0, "exact": "6"}
    assert len(told["rows"]) == 6
    told = json.loads(run("equation", "--json").stdout)
    assert [layer["level"] for layer in told] == [1, 2]
    assert told[1]["sympy"].startswith("Eq(y2[t, f]")
    told = json.loads(run("verify", "kernel_flip", "channel_summation", "--oracle", "scipy", "--json").stdout)
    assert told["models"]["kernel_flip"]["ok"]


@pytest.mark.parametrize("beside", [(), ("kernel_flip",)], ids=["alone", "beside another"])
def test_machines_read_the_same_shape_of_one_model_and_of_several(tmp_path, monkeypatch, beside):
    from convexplain.system import parts

    monkeypatch.setattr("convexplain.system.together.each", lambda function, tasks: (function(*task) for task in tasks))
    absent = str(tmp_path / "no.keras")
    done = run("verify", *beside, absent, "--oracle", "scipy", "--json")
    told = json.loads(done.stdout)
    assert (done.exit_code, told["ok"], list(told["models"])) == (2, False, [*beside, absent])
    assert "where nothing is" in told["models"][absent]["error"]

    def missing(part):
        raise parts.MissingPart(f"this needs {part}, which is not installed: {parts.INSTALL[part]}")

    monkeypatch.setattr(parts, "require", missing)
    done = run("verify", *beside, "notebook", "--json")
    assert done.exit_code == 3
    assert "this needs keras" in json.loads(done.stdout)["models"]["notebook"]["error"]
    assert run("verify", *beside, "notebook").exit_code == 3


def test_a_stack_is_written_on_the_line():
    assert run("equation", "20x1 conv:4,k5,nobias").output == "y1[t, f] = sum(k=0..4) w1[k, 0, f]*x[t + k, 0]\n"
    done = CliRunner().invoke(main, ["equation", "20x1 conv:4,k5,smae"])
    assert done.exit_code == 2
    assert "word 2, 'conv:4,k5,smae'" in done.output


@pytest.mark.parametrize(
    ("arguments", "meant"),
    [
        (["fgure", "kernel_flip"], "figure"),
        (["figure", "kernelflip", "-o", "a.pdf"], "kernel_flip"),
        (["ledger", "notbook"], "notebook"),
        (["page", "kernl_flip", "-o", "a.html"], "kernel_flip"),
        (["film", "kernel_flip", "--quality", "hihg", "-o", "a.mp4"], "high"),
        (["figure", "kernel_flip", "--theme", "drak", "-o", "a.pdf"], "dark"),
        (["equation", "--format", "latx"], "latex"),
        (["ledger", "--until", "conv1"], "conv_1"),
        (["verify", "--oracle", "sciypy"], "scipy"),
        (["gallery", "--media", "figur"], "figure"),
    ],
    ids=" ".join,
)
def test_a_mistyped_name_is_answered_with_the_nearest_right_one(arguments, meant, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    done = run(*arguments)
    assert done.exit_code == 2
    assert f"Did you mean '{meant}'?" in " ".join(done.stderr.split())
    assert list(tmp_path.iterdir()) == []


def test_a_shell_completes_stories_examples_and_files():
    from click.shell_completion import ShellComplete

    complete = ShellComplete(main, {}, "convexplain", "_CONVEXPLAIN_COMPLETE").get_completions
    assert [item.value for item in complete(["figure"], "kern")] == ["kernel_flip"]
    assert [item.value for item in complete(["ledger"], "note")] == ["notebook"]
    assert [item.type for item in complete(["ledger"], "model.k")] == ["file"]


@pytest.mark.parametrize(
    ("typed", "begun", "offered"),
    [
        (["ledger", "two_layers", "--level"], "", ["1", "2"]),
        (["figure", "kernel_flip", "kernel_flip", "--level"], "", ["1"]),
        (["verify", "--until"], "conv_", ["conv_1", "conv_2"]),
        (["page", "9x1 conv:1,k2 relu relu", "--level"], "", ["1", "2", "3"]),
        (["ledger", "no.keras", "--until"], "", []),
        (["figure", "kernel_flip", "--width"], "els", ["elsevier", "elsevier-wide"]),
        (["gallery", "--media"], "figure,s", ["figure,strip"]),
    ],
)
def test_a_shell_completes_levels_layers_widths_and_media(typed, begun, offered):
    from click.shell_completion import ShellComplete

    complete = ShellComplete(main, {}, "convexplain", "_CONVEXPLAIN_COMPLETE").get_completions
    assert [item.value for item in complete(typed, begun)] == offered


def test_a_shell_completes_the_boards_of_a_story():
    from click.shell_completion import ShellComplete

    import convexplain as cx

    first, second, *_ = (board.name for board in cx.example("kernel_flip").story("kernel_flip").boards)
    complete = ShellComplete(main, {}, "convexplain", "_CONVEXPLAIN_COMPLETE").get_completions
    typed = ["figure", "kernel_flip", "kernel_flip", "--frames"]
    assert f"0,{second}" in [item.value for item in complete(typed, "0,")]
    assert first in [item.value for item in complete(typed, first[:2])]


def test_the_whole_film_is_asked_for_by_all(monkeypatch, tmp_path):
    asked = []

    def render(told, path, *, on_section, **options):
        on_section(1, 1)
        asked.append((told, Path(path).name, options["quality"]))
        return str(path)

    monkeypatch.setattr("convexplain.whole.render", render)
    assert run("film", "all", "-o", tmp_path / "film.mp4", "--quality", "low").output.endswith("film.mp4\n")
    assert asked == [(None, "film.mp4", "low")]
