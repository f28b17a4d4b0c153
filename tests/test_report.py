"""The main job: what it prints and which files it leaves."""

import json
import os

import pytest
from click.testing import CliRunner

import convexplain as cx
from convexplain import report
from convexplain.cli import main
from convexplain.stories import programme

pytestmark = pytest.mark.long


@pytest.fixture
def without_keras(monkeypatch):
    """As on a machine where Keras is not installed."""
    from convexplain.system import parts

    def missing(part):
        raise parts.MissingPart(f"this needs {part}, which is not installed: {parts.INSTALL[part]}")

    monkeypatch.setattr(parts, "require", missing)
    monkeypatch.setattr(parts, "is_installed", lambda *needed: False)


@pytest.mark.long
def test_everything_but_films_into_one_folder(tmp_path, without_keras):
    heard = []
    made = report.make(
        cx.notebook(),
        tmp_path / "out",
        films=False,
        progress=lambda what, done, total: heard.append((what, done, total)),
    )
    names = {path.name for path in made.files}
    expected = {"closed_forms.txt", "equations.tex", "equations.typ", "ledger.txt", "verdict.txt", "verdict.json"}
    told = programme.programme(cx.notebook().stack)
    expected |= {f"{story}.{kind}" for story in ("network", *told) for kind in ("pdf", "svg", "png")} | {"stories.html"}
    assert names == expected
    assert set(os.listdir(tmp_path / "out")) == expected | {report.MANIFEST}
    assert json.loads((tmp_path / "out" / "verdict.json").read_text())["ok"] is True
    forms = (tmp_path / "out" / "closed_forms.txt").read_text().splitlines()
    assert len(forms) == 16 * 4 + 12 * 8
    assert forms[0] == "y1[0, 0] = " + " + ".join(f"w1[{k}, 0, 0]*x[{k}, 0]" for k in range(5))
    assert made.missing
    assert 'pip install "tensorflow>=2.18" "keras>=3.5"' in made.missing[0]
    for what in {what for what, _, _ in heard}:
        done, total = [entry[1:] for entry in heard if entry[0] == what][-1]
        assert done == total
    assert max(map(len, made.text.partition("\nFiles\n")[0].splitlines())) <= 100


def test_a_second_run_replaces_its_own_files_only(tmp_path, without_keras, monkeypatch):
    folder = tmp_path / "out"
    report.make(cx.example("kernel_flip"), folder, films=False)
    report.make(cx.example("kernel_flip"), folder, films=False)
    (folder / "thesis.tex").write_text("years of work")
    before = sorted(os.listdir(folder))
    with pytest.raises(ValueError, match=r"must be new, empty, or hold an earlier report.*'thesis.tex'"):
        report.make(cx.example("kernel_flip"), folder, films=False)
    assert sorted(os.listdir(folder)) == before
    assert (folder / "thesis.tex").read_text() == "years of work"


def test_a_folder_must_be_a_folder(tmp_path):
    (tmp_path / "out").write_text("a file")
    with pytest.raises(ValueError, match="the output must be a folder"):
        report.make(cx.notebook(), tmp_path / "out")


def test_refuted_numbers_are_not_drawn(tmp_path, monkeypatch):
    from convexplain.check import oracles, verify

    def flipped(layer, weights, x):
        return oracles.exact(layer, [weights[0][::-1], *weights[1:]], x)

    judge = verify.verify
    monkeypatch.setattr(verify, "verify", lambda network, oracle=None, **options: judge(network, flipped))
    made = report.make(cx.example("two_layers"), tmp_path / "out")
    assert not made.ok
    assert "REFUTED" in made.text
    assert not [path for path in made.files if path.suffix in (".pdf", ".svg", ".png", ".gif", ".mp4")]
    assert {path.suffix for path in (tmp_path / "out").iterdir()} == {".tex", ".typ", ".txt", ".json"}


def test_a_report_that_is_broken_off_leaves_a_folder_that_is_its_own(tmp_path, monkeypatch):
    def broken_off(*_, **__):
        (tmp_path / "out" / "kernel_flip.pdf").write_text("drawn meanwhile")
        raise KeyboardInterrupt

    monkeypatch.setattr(report, "each", lambda *_: (none for none in ()))
    monkeypatch.setattr(report, "_verdict", broken_off)
    with pytest.raises(KeyboardInterrupt):
        report.make(cx.example("kernel_flip"), tmp_path / "out", films=False)
    told = json.loads((tmp_path / "out" / report.MANIFEST).read_text())["files"]
    assert told == ["closed_forms.txt", "equations.tex", "equations.typ", "kernel_flip.pdf"]


def test_bad_input_leaves_no_folder(tmp_path):
    done = CliRunner().invoke(main, ["explain", str(tmp_path / "no.keras"), "-o", str(tmp_path / "out")])
    assert done.exit_code == 2
    assert list(tmp_path.iterdir()) == []


def test_stories_are_told_where_they_have_something_to_tell():
    told = programme.programme(cx.notebook().stack)
    assert (told["kernel_flip"], told["channel_summation"], told["paths"]) == (1, 2, 2)
    depthwise = cx.Stack((9, 2), [cx.Conv1D(4, 3), cx.Conv1D(4, 3, groups=4)])
    assert programme.programme(depthwise)["channel_summation"] == 1


def test_long_sums_are_wrapped_between_their_terms():
    text = report.in_full(cx.notebook(), (0, 3)).splitlines()
    assert all(len(line) <= 100 for line in text)
    joined = " ".join(
        line.strip() for line in text[: text.index("  and down to the input a sum over 100 paths, one tap per layer")]
    )
    assert joined.count("w2[") == 20


def test_an_output_is_called_full_only_where_all_of_it_is_written():
    """As deep as there is room; what is left out is said."""
    small = cx.example("collapse")
    assert report.written_out(small, (0, 0)) == (2, "One output in full")
    assert "y1" not in report.in_full(small, (0, 0)).splitlines()[0]
    assert report.written_out(cx.notebook(), (0, 3)) == (2, "One output in full")
    thin = cx.explain(cx.Stack((64, 2), [cx.Conv1D(8, 9), cx.ReLU(), cx.UpSampling1D(2)]))
    assert report.written_out(thin, (5, 0)) == (3, "One output in full")
    wide = cx.explain(cx.Stack((64, 16), [cx.Conv1D(8, 9), cx.ReLU(), cx.UpSampling1D(2)]))
    assert report.written_out(wide, (5, 0)) == (2, "One output, its last 2 layers of 3 written out")


@pytest.mark.parametrize("content", ['{"my precious": 1}', '{"files": [1]}', "not JSON"])
def test_a_file_that_only_has_the_manifests_name_is_a_stranger(tmp_path, content):
    (tmp_path / report.MANIFEST).write_text(content)
    with pytest.raises(ValueError, match=r"must be new, empty, or hold an earlier report.*'report.json'"):
        report.make(cx.example("kernel_flip"), tmp_path, films=False)
    assert (tmp_path / report.MANIFEST).read_text() == content
