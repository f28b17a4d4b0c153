"""The tutorial notebook holds no results and nothing of a machine; run, it shows what its sentences say."""

import json
from pathlib import Path

import pytest

NOTEBOOK = Path(__file__).parent.parent / "figures" / "tutorial.ipynb"
TOLD = json.loads(NOTEBOOK.read_text(encoding="utf-8"))
CHECKS = """
from fractions import Fraction

exact = ex.ledger(t, f, level=1)
assert np.abs(tried - y1).max() > 0.1                      # convolve alone is something else
assert not np.array_equal(hand1, y1)                       # the exact assertion fails
assert {y1[t, f], hand1[t, f]} <= sums and len(sums) > 2   # both are sums of these products, in some order
assert Fraction(float(y1[t, f])) == exact.keras
assert exact.total not in {Fraction(float(value)) for value in sums}
assert np.abs(Fraction(float(hand1[t, f])) - exact.total) <= exact.bound
assert not np.array_equal(hand2, y2) and np.abs(hand2 - y2).max() < 1e-6
assert ex.verify().ok and own.verify().ok and not verdict.ok
"""
"""What the sentences claim, asked in the notebook's own kernel."""


def test_it_is_kept_without_results():
    code = [cell for cell in TOLD["cells"] if cell["cell_type"] == "code"]
    assert all(cell["outputs"] == [] and cell["execution_count"] is None for cell in code)
    assert all(cell["metadata"] == {} for cell in TOLD["cells"])
    assert TOLD["metadata"].keys() == {"kernelspec", "language_info"}
    assert TOLD["metadata"]["language_info"] == {"name": "python"}  # no version of a machine


def test_it_is_short_and_its_cells_have_names():
    names = [cell["id"] for cell in TOLD["cells"]]
    assert len(names) <= 30
    assert len(set(names)) == len(names)
    assert all(name.replace("-", "").isalnum() for name in names)


def test_it_is_written_as_jupyter_writes_it():
    assert json.dumps(TOLD, indent=1, ensure_ascii=False) + "\n" == NOTEBOOK.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def outputs(tmp_path_factory):
    """What each cell shows, by name: its text, and the kinds of pictures."""
    nbformat = pytest.importorskip("nbformat", reason="nbclient is not installed")
    nbclient = pytest.importorskip("nbclient", reason="nbclient is not installed")
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    notebook.cells.append(nbformat.v4.new_code_cell(CHECKS, id="checks"))
    folder = tmp_path_factory.mktemp("tutorial")
    nbclient.NotebookClient(notebook, timeout=600, resources={"metadata": {"path": str(folder)}}).execute()
    return {cell.id: cell.outputs for cell in notebook.cells if cell.cell_type == "code"}


def text(outputs):
    """What is printed, and what the last line of a cell is as text."""
    said = [output.text for output in outputs if output.output_type == "stream" and output.name == "stdout"]
    shown = [output.data.get("text/plain", "") for output in outputs if output.output_type != "stream"]
    return "\n".join([*said, *shown])


def kinds(outputs):
    return {kind for output in outputs if output.output_type != "stream" for kind in output.data}


@pytest.mark.keras
@pytest.mark.long
def test_it_runs_and_shows_what_it_says(outputs):
    assert text(outputs["model"]).splitlines()[:2] == [
        "steps, channels: (20, 1) (16, 4) (12, 8)",
        "taps, channels, filters: (5, 1, 4) (5, 4, 8)",
    ]
    assert "equal: False" in text(outputs["layer1"])
    assert "different sums of the same 5 products" in text(outputs["order"])
    assert "bound" in text(outputs["ledger"])
    assert text(outputs["tolerance"]).strip() == "the wrong one passes: True"
    assert "y2[t, f] = sum(k=0..4) sum(c=0..3) w2[k, c, f]*y1[t + k, c]" in text(outputs["formula"])
    assert "100 products" in text(outputs["formula"])
    assert text(outputs["refuted"]).splitlines() == ["holds: False", "found: the kernel is flipped along the taps"]


@pytest.mark.keras
@pytest.mark.long
@pytest.mark.parametrize("name", ["picture", "flip", "layer2", "own"])
def test_its_pictures_stand_in_it(outputs, name):
    assert "image/png" in kinds(outputs[name])


@pytest.mark.keras
@pytest.mark.long
@pytest.mark.parametrize("name", ["proof", "page"])
def test_its_cards_stand_in_it(outputs, name):
    assert "text/html" in kinds(outputs[name])
