"""A notebook that is executed, exported and opened in a browser: every object shows itself, in light and in dark."""

import os
import re
from pathlib import Path

import browsing
import pytest

from convexplain.display.card import WIDE
from convexplain.style import PALETTES

pytestmark = [pytest.mark.browser, pytest.mark.long]

ROOT = Path(__file__).parent.parent
CELLS = {
    "card": "import convexplain as cx\nex = cx.notebook()\nex",
    "form": "ex[0, 3]",
    "wide": (
        "cx.explain(cx.Stack((128, 8), [cx.Conv1D(16, 5, strides=2, padding='same'), cx.BatchNormalization(), "
        "cx.SeparableConv1D(32, 3, activation='relu'), cx.LayerNormalization(), cx.GlobalAveragePooling1D(), "
        "cx.Dense(10)]))"
    ),
    "large": "cx.explain(cx.Stack((300, 6), [cx.Conv1D(11, 5, padding='same') for _ in range(3)]))[100, 0]",
    "equation": "ex.equation(2)",
    "gradient": "ex.gradient('x')",
    "ledger": "cx.example('channel_summation').ledger(0, 0)",
    "verdict": "ex.verify(cx.oracles.scipy)",
    "figure": "cx.example('kernel_flip').figure('kernel_flip')",
    "page": "cx.example('kernel_flip').page('kernel_flip')",
    "film": "cx.example('kernel_flip').film('kernel_flip')\n_ = 0",
    "animation": (
        "from dataclasses import replace\n"
        "from convexplain.display.inline import Animation\n"
        "story = cx.example('kernel_flip').story('kernel_flip')\n"
        "Animation(replace(story, boards=story.boards[:2]), pacing='fast', theme='light')"
    ),
    "pyplot": "import matplotlib.pyplot as plt\ncx.example('kernel_flip').figure('kernel_flip')",
    "mine": "import sympy\nsympy.Symbol('a') ** 2 / 3",
    "matrix": "sympy.Matrix([ex.level(1)[0, 0], ex.level(1)[0, 1]])",
    "complete": (
        "from IPython.core.completer import provisionalcompleter\n"
        "def complete(typed):\n"
        "    with provisionalcompleter():\n"
        "        return sorted(c.text for c in get_ipython().Completer.completions(typed, len(typed)))\n"
        "typed = 'ex.film(\"ker', 'cx.example(\"two', 'ex.stories[\"coll', 'ex.page(theme=\"au', 'ex.ledg'\n"
        "for typed in (*typed, 'ex.level('):\n"
        "    print(*complete(typed))"
    ),
}


@pytest.fixture(scope="module")
def executed():
    nbclient = pytest.importorskip("nbclient", reason="nbclient is not installed")
    pytest.importorskip("ipykernel", reason="ipykernel is not installed")
    import nbformat

    cells = [nbformat.v4.new_code_cell(code, id=name) for name, code in CELLS.items()]
    notebook = nbformat.v4.new_notebook(cells=cells)
    paths = os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])
    client = nbclient.NotebookClient(notebook, timeout=300, kernel_name="python3")
    client.execute(env={**os.environ, "PYTHONPATH": paths})
    return notebook


@pytest.fixture(scope="module")
def outputs(executed):
    """What each cell gives, by its kind of media."""
    found = {}
    for cell in executed.cells:
        data = [output.data for output in cell.outputs if "data" in output]
        printed = "".join(output.text for output in cell.outputs if "text" in output)
        found[cell.id] = data[-1] if data else {"text/plain": printed}
    return found


def test_every_object_shows_itself(outputs):
    assert outputs["card"]["text/html"].startswith('<div class="cx">')
    assert outputs["ledger"]["text/html"].count("<svg") == 11
    assert "✓ Every layer holds" in outputs["verdict"]["text/html"]
    assert "<iframe srcdoc=" in outputs["page"]["text/html"]
    assert "image/png" in outputs["figure"]
    assert outputs["film"] == {"text/plain": ""}
    for data in outputs.values():
        assert len(data.get("text/plain", "")) < 4_000


def test_a_figure_is_the_same_where_pyplot_shows_figures(outputs):
    assert outputs["pyplot"]["image/png"] == outputs["figure"]["image/png"]


def test_one_who_waits_for_a_picture_is_told_how_long(executed, outputs):
    told, shown = next(cell for cell in executed.cells if cell.id == "animation").outputs
    assert re.fullmatch(r"animation 'kernel_flip': [\d.]+ (s|min)", told.data["text/plain"])
    assert shown.data["text/html"].startswith('<img src="data:image/webp;base64,')


def test_closed_forms_are_mathematics_cut_to_what_is_read(outputs):
    assert r"w^{(2)}_{0,0,3} \, \left(" in outputs["form"]["text/latex"]
    assert outputs["equation"]["text/latex"].startswith(r"$\displaystyle y^{(2)}_{t,f} = \sum_{k=0}^{4}")
    assert r"\begin{aligned}" in outputs["gradient"]["text/latex"]
    assert len(outputs["large"]["text/latex"]) < 4_000
    assert "more" in outputs["large"]["text/plain"]
    assert outputs["matrix"]["text/latex"].startswith(r"$\displaystyle \begin{bmatrix}w^{(1)}_{0,0,0} \, x_{0,0} +")
    assert outputs["mine"]["text/latex"] == r"$\displaystyle \frac{a^{2}}{3}$"


def test_words_are_completed(outputs):
    found = ["kernel_flip", "two_layers", "collapse", "auto", "ledger", "1 2"]
    assert outputs["complete"]["text/plain"].splitlines() == found


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_it_is_read_in_a_browser(executed, theme, tmp_path):
    nbconvert = pytest.importorskip("nbconvert", reason="nbconvert is not installed")
    exporter = nbconvert.HTMLExporter(theme=theme)
    text, _ = exporter.from_notebook_node(executed)
    path = tmp_path / "notebook.html"
    path.write_text(text, encoding="utf-8")
    with browsing.browser() as browser:
        tab = browser.new_page(viewport={"width": 1200, "height": 900}, color_scheme=theme)
        tab.route(re.compile("^https?:"), lambda route: route.abort())
        tab.goto(f"file://{path}", wait_until="domcontentloaded")
        cards = tab.locator(".cx")
        assert cards.count() == 4
        for place in range(4):
            assert cards.nth(place).evaluate(CONTRAST) >= 4.5
            if place != 1:
                assert cards.nth(place).evaluate("card => card.scrollWidth - card.clientWidth") <= 0
        heights = cards.nth(2).locator("svg").evaluate_all("all => all.map(one => one.getBoundingClientRect().height)")
        assert min(heights[:-1]) == max(heights[:-1])
        tab.set_viewport_size({"width": 1000, "height": 900})  # a wide table scrolls, and no drawing yields to it
        sizes = cards.nth(1).locator("svg").evaluate_all("all => all.map(one => one.getBoundingClientRect().width)")
        assert sizes == [WIDE] * 7
        frame = tab.frame_locator("iframe")
        frame.locator("#forward").click()
        frame.locator("#count", has_text="2 /").wait_for()
        ground = frame.locator("html").evaluate("page => getComputedStyle(page).backgroundColor")
        assert ground == f"rgb{tuple(bytes.fromhex(PALETTES[theme].ground[1:]))}"
        if "NOTEBOOK_PICTURE" in os.environ:
            tab.screenshot(path=f"{os.environ['NOTEBOOK_PICTURE']}-{theme}.png", full_page=True)


CONTRAST = """card => {
  const canvas = document.createElement("canvas").getContext("2d", {willReadFrequently: true});
  const parts = colour => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = colour;
    canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data];
  };
  let ground = card;
  while (ground && parts(getComputedStyle(ground).backgroundColor)[3] < 255) ground = ground.parentElement;
  const below = ground ? parts(getComputedStyle(ground).backgroundColor) : [255, 255, 255, 255];
  const light = colour => colour.slice(0, 3)
    .map(part => part / 255)
    .map(part => part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4)
    .reduce((sum, part, place) => sum + part * [0.2126, 0.7152, 0.0722][place], 0);
  const ratios = [...card.querySelectorAll("td, th, p, code, summary, span")]
    .filter(one => one.innerText.trim())
    .map(one => {
      const [r, g, b, a] = parts(getComputedStyle(one).color);
      const mixed = [r, g, b].map((part, place) => part * a / 255 + below[place] * (1 - a / 255));
      const [high, low] = [light(mixed), light(below)].sort((x, y) => y - x);
      return (high + 0.05) / (low + 0.05);
    });
  return Math.min(...ratios);
}"""
"""The least contrast of any words of a card with the ground they stand on."""
