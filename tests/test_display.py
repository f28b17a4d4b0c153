"""How objects show themselves: what they hold, drawn to scale, with all that is foreign escaped."""

import pickle
import re
import sys
import time
from fractions import Fraction
from html.parser import HTMLParser
from itertools import product

import numpy as np
import pytest
import sympy
from layer_table import IDS, TABLE

import convexplain as cx
from convexplain.algebra import printing
from convexplain.display import card, forms, markup, notebook, terminal
from convexplain.display.asks import asks
from convexplain.display.ledger import MOST_LINES, lines
from convexplain.display.mathml import mathml
from convexplain.display.network import HEADS, SHORT, level_rows, summarize
from convexplain.layers.statement import Read, walk


def two_inputs():
    shared = cx.Conv1D(4, 3, padding="same", name="shared")
    calls = [(shared, 0), (shared, 1), (cx.Concatenate(), (2, 3)), (cx.GlobalMaxPooling1D(), 4), (cx.Dense(2), 5)]
    return cx.Graph([(8, 2), (8, 2)], calls, outputs=[6, 4], names=["left", "right"])


def test_a_row_for_every_level_inputs_first():
    rows = level_rows(two_inputs())
    assert [row.number for row in rows] == list(range(7))
    assert [row.name for row in rows[:3]] == ["left", "right", "shared"]
    assert [row.reads for row in rows] == [(), (), ("x1",), ("x2",), ("y2", "y3"), ("y4",), ("y5",)]
    assert [row.shape for row in rows] == [(8, 2), (8, 2), (8, 4), (8, 4), (8, 8), (8,), (2,)]
    assert [row.parameters for row in rows] == [0, 0, 28, 0, 0, 0, 18]
    assert [row.shared for row in rows] == [None, None, None, 2, None, None, None]
    assert [row.receptive_field for row in rows[2:]] == [3, 3, 3, 8, 8]
    assert [row.terms for row in rows[2:]] == [6, 6, 1, 8, 8]


def test_no_more_steps_are_seen_than_the_input_has():
    """Padding is not seen, of a level without a time axis nothing is said."""
    deep = [cx.Conv1D(1, 9, padding=padding) for padding in ("same", "causal", "same")]
    assert [row.receptive_field for row in level_rows(cx.Stack((20, 1), deep))[1:]] == [9, 17, 20]
    flat = cx.explain(cx.Stack((12,), [cx.Reshape((12, 1)), cx.Conv1D(2, 5), cx.Flatten(), cx.Dense(1)]))
    rows = level_rows(flat.stack)
    assert [row.receptive_field for row in rows[1:]] == [None] * 4
    assert [row.split()[-2] for row in summarize(flat.stack).splitlines()[2:6]] == ["–"] * 4
    assert "sees" not in repr(flat) + card._facts(flat)


def test_what_is_seen_stands_in_a_column():
    ex = cx.explain(cx.Stack((200, 1), [cx.Conv1D(1, size) for size in (5, 50, 100)]))
    places = {line.index("sees") for line in repr(ex).splitlines() if "sees" in line}
    assert len(places) == 1


def test_only_weights_are_shared():
    pool, shared = cx.MaxPooling1D(2), cx.Conv1D(1, 1)
    graph = cx.Graph([(8, 1)], [(shared, 0), (pool, 1), (shared, 2), (pool, 3)])
    assert [row.shared for row in level_rows(graph)] == [None, None, None, 1, None]


def test_the_text_says_how_levels_are_numbered_and_which_are_outputs():
    text = summarize(two_inputs())
    lines = text.splitlines()
    assert lines[0].split() == [head for head in HEADS if head]
    assert "those of 2" in lines[4]
    assert "46 parameters; levels are numbered in the model's own order of layers, inputs first" in text
    assert text.splitlines()[8].endswith("outputs are the levels 6, 4")
    assert "outputs" not in summarize(cx.notebook().stack)


def test_a_long_network_is_told_from_both_ends():
    rows = level_rows(cx.Stack((9, 1), [cx.ReLU() for _ in range(99)]), most=20)
    assert len(rows) == 21
    assert rows[15] is None
    assert [row.number for row in (*rows[:15], *rows[16:])] == [*range(15), *range(95, 100)]


def test_names_from_outside_are_escaped():
    assert "\x1b" not in summarize(cx.Stack((9, 1), [cx.ReLU(name="\x1b[2J")]))


@pytest.mark.parametrize(
    ("layer", "shapes"), [pytest.param(*row, id=name) for row, name in zip(TABLE, IDS, strict=True)]
)
def test_terms_are_the_cells_that_the_statement_reads(layer, shapes):
    """Counted one by one, over every value of the ranges that stand in the indices of a read."""
    graph = cx.Graph(shapes, [(layer, tuple(range(len(shapes))))])
    level = len(shapes)
    whole = graph.stated(level)
    point = {r.name: r.size // 2 for r in whole.axes}
    cells = set()
    for read in (part for part in walk(whole.value) if isinstance(part, Read)):
        free = sorted({r for index in read.indices for r in index.ranges()} - set(whole.axes), key=lambda r: r.name)
        for values in product(*(range(r.size) for r in free)):
            at = point | {r.name: value for r, value in zip(free, values, strict=True)}
            cells.add((read.source, *(index.at(at) for index in read.indices)))
    if isinstance(layer, cx.Concatenate):
        cells = {min(cells)}  # which of the levels is read, the place decides
    assert graph.term_count(level) == len(cells)


def test_parameters_are_those_of_the_weights():
    for layer, shapes in TABLE:
        graph = cx.Graph(shapes, [(layer, tuple(range(len(shapes))))])
        counts = [int(np.prod(array.shape)) for array in layer.arrays(*shapes)]
        assert graph.parameter_count(len(shapes)) == sum(counts)


class Page(HTMLParser):
    """The elements of a card, each with its attributes, the words in it and how deep it stands; all must be closed."""

    VOID = frozenset({"img", "br", "rect", "line", "circle", "input"})

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.found, self._open = [], []
        self.feed(text)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag, attributes):
        self.found.append([tag, dict(attributes), ""])
        if tag not in self.VOID:
            self._open.append((tag, self.found[-1]))

    def handle_startendtag(self, tag, attributes):
        self.found.append([tag, dict(attributes), ""])

    def handle_endtag(self, tag):
        assert self._open.pop()[0] == tag

    def handle_data(self, words):
        for _, element in self._open:
            element[2] += words

    def all(self, tag):
        return [element for element in self.found if element[0] == tag]


HOSTILE = "<script>alert('a')</script>\"&\x1b[2J"


def hostile():
    stack = cx.Stack((9, 2), [cx.Conv1D(3, 2, name=HOSTILE), cx.Conv1D(1, 3, padding="same", name="a|b")])
    rng = np.random.default_rng(0)
    weights = [[rng.normal(size=(2, 2, 3)), np.ones(3)], [rng.normal(size=(3, 3, 1)), np.ones(1)]]
    return cx.explain(stack, weights=weights)


def operator_cards():
    """Polynomials, small and large, and affine forms of both kinds."""
    yield hostile().polynomial()._repr_html_()
    yield cx.explain(cx.Stack((9, 8), [cx.SeparableConv1D(8, 5, strides=2)])).polynomial()._repr_html_()
    for activation in ("linear", "relu"):
        stack = cx.Stack((9, 2), [cx.Conv1D(4, 5, activation=activation), cx.Conv1D(1, 3)])
        weights = [[np.ones((5, 2, 4)), np.arange(-2, 2)], [np.ones((3, 4, 1)), [0.5]]]
        yield cx.explain(stack, np.full((9, 2), 0.125), weights=weights).active_form(0, 0)._repr_html_()
    layers = [cx.MaxPooling1D(2), cx.ReLU(max_value=6), cx.Flatten(), cx.Dense(1)]
    weights = [[], [], [], [np.ones((30, 1)), [1]]]
    yield cx.explain(cx.Stack((20, 3), layers), weights=weights).active_form(0)._repr_html_()


def test_cards_of_operators_say_what_they_hold_and_count_what_they_leave_out():
    small, large, linear, bent, chosen = map(Page, operator_cards())
    assert "2 channels to 1 filter as polynomials in z" in small.all("p")[0][2]
    assert len(small.all("math")) == 2
    assert "8 channels to 8 filters as polynomials in z, strides 2" in large.all("p")[0][2]
    assert "52 more polynomials" in large.all("table")[0][2]
    assert "No relu unit" in linear.all("p")[1][2]
    assert "= 11.75 at this input" in bent.all("p")[0][2]
    assert "9 of 12 relu units behind it are active" in bent.all("p")[1][2]
    assert "more choices" in chosen.all("table")[0][2]
    assert all(len(text) < 60_000 for text in operator_cards())


def test_the_numbers_of_an_affine_form_are_read():
    """Products of float32 numbers have more digits than anybody reads."""
    rng = np.random.default_rng(0)
    stack = cx.Stack((6, 1), [cx.Conv1D(2, 2, activation="relu"), cx.Conv1D(1, 2), cx.Conv1D(1, 2)])
    weights = [
        [rng.normal(size=shape).astype("float32") for shape in array]
        for array in ([(2, 1, 2), (2,)], [(2, 2, 1), (1,)], [(2, 1, 1), (1,)])
    ]
    form = cx.explain(stack, rng.normal(size=(6, 1)), weights=weights).active_form(0, 0)
    for digits in (element[2] for element in Page(form._repr_html_()).all("mn")):
        assert len(digits) < 14
    assert max(map(len, re.findall(r"\d+", str(form.expression)))) > 14  # exact


def every_card():
    def refuted(layer, weights, x):
        return cx.oracles.scipy(layer, [weights[0][::-1], *weights[1:]], x)

    refuted.__name__ = HOSTILE
    for ex in (hostile(), cx.notebook(), cx.explain(two_inputs()), cx.explain(cx.Stack((4,), [cx.Dense(3)]))):
        yield ex._repr_html_()
    yield hostile().ledger(0, 0)._repr_html_()
    yield hostile().ledger(8 - 1, 0, level=2)._repr_html_()
    yield hostile().verify(cx.oracles.scipy)._repr_html_()
    yield hostile().verify(refuted)._repr_html_()
    pooled = cx.explain(cx.Stack((9, 2), [cx.MaxPooling1D(2), cx.Activation("tanh")]), weights=[[], []])
    yield pooled.ledger(0, 1, level=1)._repr_html_()
    yield pooled.ledger(0, 1)._repr_html_()
    yield from operator_cards()


def test_a_card_is_whole_by_itself():
    for text in every_card():
        page = Page(text)
        tags = {tag for tag, _, _ in page.found}
        assert tags.isdisjoint({"script", "link", "iframe", "object", "embed", "form"})
        assert not re.search(r"https?:|url\(|@import|\x1b", text)
        assert all(not name.startswith("on") for _, attributes, _ in page.found for name in attributes)
        for _, attributes, _ in page.all("svg"):
            assert attributes["role"] == "img"
            assert attributes["aria-label"].strip()
        for _, attributes, _ in page.all("th"):
            assert attributes["scope"] in ("col", "row")
        style = page.all("style")[0][2]
        assert "background:none" in style
        assert not re.search(r"background(?:-color)?:(?!none)", style)  # reads on a light and on a dark page
        assert all(part.startswith(".cx.cx.cx") for part in re.findall(r"(?:^|\})([^{}]+)\{", style))


def test_a_card_has_the_same_bytes_each_time():
    assert list(every_card()) == list(every_card())


def test_hostile_names_are_words():
    text = hostile()._repr_html_()
    assert "<script" not in text
    assert "&lt;script&gt;alert" in text


def test_the_drawing_of_a_level_is_to_scale():
    ex = cx.notebook()
    drawings = [element[1] for element in Page(ex._repr_html_()).all("svg")]
    assert [attributes["aria-label"] for attributes in drawings] == [
        "20 steps × 1 channel, 9 steps seen by one output",
        "16 steps × 4 channels, 5 steps seen by one output",
        "12 steps × 8 channels, one output",
    ]
    sketch = card.Sketch(ex.stack)
    sizes = []
    for row in level_rows(ex.stack):
        whole, seen = (element[1] for element in Page(sketch.draw(row)).all("rect"))
        width, height = float(whole["width"]), float(whole["height"])
        sizes.append((width / row.shape[0], height / row.shape[1]))
        first, last = ex.stack.sight(2)[row.number]
        assert float(seen["width"]) == pytest.approx(width * (last - first + 1) / row.shape[0], abs=0.02)
        assert float(seen["x"]) - float(whole["x"]) == pytest.approx(width * first / row.shape[0], abs=0.02)
    assert sizes == pytest.approx(np.array([sizes[0]] * 3), abs=0.01)


@pytest.mark.parametrize("depth", [1, 40, 500])
def test_a_card_of_a_deep_network_stays_short(depth):
    ex = cx.explain(cx.Stack((64, 4), [cx.Conv1D(4, 3, padding="same") for _ in range(depth)]))
    text = ex._repr_html_()
    assert len(text) < 60_000
    rows = [element for element in Page(text).all("tr") if "Conv1D" in element[2] and "layers" not in element[2]]
    assert len(rows) == min(depth, card.MOST_LEVELS - 1)
    if depth > card.MOST_LEVELS:
        assert f"{depth + 1 - card.MOST_LEVELS} more levels" in text
    assert len(repr(ex).splitlines()) <= SHORT + 4


def test_the_bars_of_a_ledger_are_its_products():
    ledger = hostile().ledger(3, 0)
    told = lines(ledger)
    running = Fraction(0)
    for line, row in zip([line for line in told if line.kind == "product"], ledger.rows, strict=True):
        assert (line.begin, line.end) == (running, running + row.product)
        running = line.end
    assert [line.end - line.begin for line in told if line.kind == "channel"] == [
        partial.total for partial in ledger.partial_sums
    ]
    bars = [element[1] for element in Page(ledger._repr_html_()).all("rect")]
    units = [
        float(bar["width"]) / float(abs(line.end - line.begin))
        for bar, line in zip(bars, told, strict=False)
        if abs(line.end - line.begin) > ledger.total / 100
    ]
    assert units == pytest.approx([units[0]] * len(units), rel=0.01)
    lefts = {line.kind: bar["x"] for bar, line in zip(bars, told, strict=False)}
    assert lefts.keys() == {"product", "channel", "bias", "total"}


def test_a_long_ledger_is_cut_in_the_middle_and_printed_whole():
    stack = cx.Stack((9, 100), [cx.Conv1D(1, 3, use_bias=False)])
    ledger = cx.explain(stack, weights=[[np.ones((3, 100, 1))]]).ledger(0, 0)
    assert str(ledger).count(" * ") == 2 * 300
    short = repr(ledger).splitlines()
    assert len(short) < MOST_LINES + 6
    assert "print(ledger) shows all products" in short[-1]
    left = next(line for line in lines(ledger, MOST_LINES) if line.kind == "left out")
    assert left.end - left.begin == ledger.total - sum(
        line.end - line.begin for line in lines(ledger, MOST_LINES) if line.kind == "product"
    )
    assert len(ledger._repr_html_()) < 120_000


@pytest.mark.parametrize(
    ("error", "bound", "share"), [("0", "1", 0), ("1/4", "1", 0.25), ("1", "1", 1), ("3", "1", 1.15), ("0", "0", 0)]
)
def test_an_error_is_a_mark_inside_its_bound(error, bound, share):
    page = Page(markup.gauge(Fraction(error), Fraction(bound)))
    ((_, mark, _),) = page.all("circle")
    ((_, room, _),) = page.all("rect")
    left, width = float(room["x"]), float(room["width"])
    assert float(mark["cx"]) == pytest.approx(left + share * width)
    assert (float(mark["cx"]) <= left + width) == (Fraction(error) <= Fraction(bound))


def test_a_verdict_says_what_its_table_says():
    verdict = cx.notebook().verify(cx.oracles.scipy)
    page = Page(verdict._repr_html_())
    text = page.all("div")[0][2]
    for level in verdict.levels:
        assert f"all {level.cells}" in text
    assert len(page.all("circle")) == len(verdict.levels)
    assert "✓ Every layer holds" in text
    ex = cx.notebook()
    assert "holds" not in ex._repr_html_()
    ex.verify(cx.oracles.scipy)
    assert "✓ Every layer holds, compared with SciPy" in ex._repr_html_()


def test_what_can_be_asked_has_an_answer(monkeypatch):
    for ex in (cx.notebook(), cx.explain(two_inputs()), hostile(), cx.explain(cx.Stack((4,), [cx.Dense(3)]))):
        for group in asks(ex).values():
            for code, _ in group:
                name = re.match(r"ex\.?(\w*)", code)
                if "..." not in code and name[1] not in ("figure", "verify"):
                    assert eval(code, {"ex": ex}) is not None


def test_only_a_formula_that_is_written_out_is_offered():
    """Too many products, too many layers, and too many in the last layer alone."""
    wide = cx.Stack((90, 64), [cx.Conv1D(64, 9)] * 3)
    deep = cx.Stack((9, 1), [cx.Conv1D(1, 1)] * 70)
    broad = cx.Stack((60_000, 2), [cx.Flatten(), cx.Dense(1)])
    for stack, offered in (
        (wide, "ex.level(3).at(0, 0, depth=1)"),
        (deep, "ex.level(70).at(0, 0, depth=1)"),
        (broad, "ex.equation(2)"),
    ):
        ex = cx.explain(stack)
        assert asks(ex)["Formulas"][0].code == offered
        assert f"ask {offered}, ex.verify()" in repr(ex)
        assert f"<code>{offered}</code>" in ex._repr_html_()
        assert eval(offered, {"ex": ex}) is not None
        assert "<code>ex[0" not in ex._repr_html_()


def test_dir_lists_what_there_is_to_ask():
    ex = cx.notebook()
    assert {"equation", "ledger", "verify", "figure", "film", "page", "stories", "collapse"} <= set(dir(ex))
    assert not [name for name in dir(ex) if name.startswith("_")]


def test_a_terminal_is_coloured_only_where_somebody_reads(monkeypatch):
    ledger = cx.example("channel_summation").ledger(0, 0)
    verdict = cx.notebook().verify(cx.oracles.scipy)
    plain = repr(ledger), repr(verdict)
    assert "\x1b" not in "".join(plain)
    monkeypatch.setattr(terminal, "is_interactive", lambda: True)
    for told, seen in ((ledger, plain[0]), (verdict, plain[1])):
        assert "\x1b[" in repr(told)
        assert re.sub(r"\x1b\[[\d;]*m", "", repr(told)) == seen == str(told)
    assert "\x1b" not in str(ledger) + str(verdict)
    stream = type("Stream", (), {"isatty": lambda self: True})()
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    assert terminal.is_watched(stream)
    monkeypatch.setenv("NO_COLOR", "1")
    assert not terminal.is_watched(stream)


@pytest.mark.parametrize(
    ("layer", "shapes"), [pytest.param(*row, id=name) for row, name in zip(TABLE, IDS, strict=True)]
)
def test_every_layers_formula_is_set_as_mathematics(layer, shapes):
    ex = cx.explain(cx.Graph(shapes, [(layer, tuple(range(len(shapes))))]))
    page = Page(ex._repr_html_())
    formulas = page.all("math")
    assert "\\" not in "".join(element[2] for element in formulas)
    for element in page.all("msub") + page.all("msubsup"):
        assert element[2].strip()


def test_mathematics_of_the_printers_own_latex():
    assert mathml(r"\frac{a}{2}") == '<math displaystyle="true"><mfrac><mi>a</mi><mn>2</mn></mfrac></math>'
    assert "<munderover><mo>∑</mo><mrow><mi>k</mi><mo>=</mo><mn>0</mn></mrow><mn>4</mn></munderover>" in mathml(
        r"\sum_{k=0}^{4} w_{k}"
    )
    assert "<mi>max</mi><mo>(</mo><mn>0</mn><mo>,</mo>" in mathml(r"\max\left(0, x\right)")
    assert "<mi>a&lt;b</mi>" in mathml(r"\mathrm{a<b}")
    assert mathml(r"\begin{bmatrix}1 & 2 \\ 3 & 4\end{bmatrix}").count("<mtd>") == 4


def test_a_form_is_cut_to_what_is_read():
    ex = cx.explain(cx.Stack((300, 6), [cx.Conv1D(11, 5, padding="same") for _ in range(3)]))
    large = ex[100, 0]
    assert len(forms.latex_of(large)) < forms.MOST_LETTERS + 200
    assert forms.text_of(large).endswith("terms; str() writes all of it)")
    assert forms.latex_of(ex.equation(3)) == f"$\\displaystyle {ex.latex(3)}$"
    assert forms.text_of(ex.equation(3)) is None  # short ones stay as sympy writes them
    assert "64 \\times 20" in forms.latex_of(cx.notebook().matrix(1))
    assert "x 20; [row, column]" in forms.text_of(cx.notebook().matrix(1))
    assert forms.text_of(sympy.Matrix([large, 1])) == "<matrix, 2 x 1; [row, column] gives an entry>"


@pytest.mark.long
@pytest.mark.parametrize("activation", ["relu", "relu6", "gelu", "softplus"])
def test_a_large_form_that_is_no_sum_is_shown_at_once_and_counts_the_sum_inside(activation):
    """Its thousands of products were walked for each maximum and each exponent; what is not written is not met."""
    form = cx.explain(cx.Stack((60, 16), [cx.Conv1D(16, 9, activation=activation)] * 2))[0, 0]
    begin = time.process_time()
    told, written = forms.text_of(form), forms.latex_of(form)
    assert time.process_time() - begin < 1  # it was 17 s and more
    assert told.endswith("(a sum of 145 terms inside; str() writes all of it)")
    assert len(written) < forms.MOST_LETTERS + 200


def test_candidates_of_a_maximum_stand_in_the_order_of_their_steps():
    form = cx.explain(cx.Stack((12, 2), [cx.Conv1D(2, 2), cx.MaxPooling1D(3)]))[1, 0]
    candidates = printing.text(form).split(", w1[0, 0, 0]*")
    assert [re.search(r"x\[(\d)", candidate)[1] for candidate in candidates] == ["3", "4", "5"]


@pytest.mark.parametrize("own", ["x", "y12", "w3", "b1", "g", "dx", "W"])
def test_only_the_packages_own_formulas_are_written_its_way(own):
    entry = sympy.IndexedBase(own)[sympy.Symbol("t")]
    assert forms.latex_of(entry + 1) is not None
    assert forms.latex_of(sympy.Symbol("x") ** 2) is None
    assert forms.latex_of(sympy.IndexedBase("mine")[0]) is None
    for matrix in (sympy.Matrix, sympy.ImmutableMatrix):
        assert forms.latex_of(matrix([[0, entry], [2, 1]])) is not None
        assert forms.latex_of(matrix([[0, sympy.Symbol("x")]])) is forms.text_of(matrix.zeros(30)) is None


def test_lines_of_a_long_sum_are_whole():
    written = cx.notebook().latex(2)
    assert forms.in_lines(written) == written
    text = forms.in_lines(printing.latex(cx.notebook()[0, 3]), width=200)
    for line in text.removeprefix("\\begin{aligned}").removesuffix("\\end{aligned}").split(" \\\\ "):
        assert line.count("{") == line.count("}")
        assert line.count("\\left") == line.count("\\right")
    joined = text.replace("\\begin{aligned}& ", "").replace("\\end{aligned}", "").replace(" \\\\ & ", " ")
    assert joined == printing.latex(cx.notebook()[0, 3])
    matrix = printing.latex(sympy.Matrix([cx.notebook().level(1)[0, f] for f in range(4)]))
    assert len(matrix) > 200
    assert forms.in_lines(matrix, width=200) == matrix  # no row is broken


class Session:
    """As much of IPython as is taught."""

    def __init__(self):
        class Formatter:
            def __init__(self):
                self.type_printers, self.deferred = {}, {}

            def for_type_by_name(self, module, name, printer):
                self.deferred[module, name] = printer

        kinds = {kind: Formatter() for kind in ("text/latex", "text/plain", "image/png")}
        self.display_formatter = type("Display", (), {"formatters": kinds, "active_types": ["text/plain"]})()
        self.Completer = type("Completer", (), {"custom_matchers": []})()
        self.user_ns = {}


def test_a_session_is_taught_once_and_others_formulas_stay_theirs(monkeypatch):
    session = Session()
    monkeypatch.setitem(sys.modules, "IPython", type("IPython", (), {"get_ipython": staticmethod(lambda: session)}))
    monkeypatch.setattr(notebook, "_taught", [])
    formatters = session.display_formatter.formatters
    formatters["text/latex"].type_printers[sympy.Basic] = lambda form: "theirs"
    ex = cx.notebook()
    (show,) = set(formatters["text/latex"].deferred.values())
    assert show(sympy.Symbol("a") ** 2) == "theirs"
    assert show(ex[0, 0]).startswith("$\\displaystyle")
    with notebook.told("film", 3) as step:  # nobody looks on in a terminal
        step("board")
    formatters["text/latex"].deferred.clear()
    cx.notebook()
    assert formatters["text/latex"].deferred == {}


def test_keys_are_completed():
    ex = cx.notebook()
    assert ex._ipython_key_completions_()[:2] == [(0, 0), (0, 1)]
    assert len(ex._ipython_key_completions_()) == 96
    assert cx.explain(cx.Stack((4,), [cx.Dense(3)]))._ipython_key_completions_() == [0, 1, 2]
    known = {"ex": ex, "cx": cx, "other": object()}
    for typed, first in (
        ('ex.figure("paths", (0, 3), theme="', "dark"),
        ("cx.save(ex.figure('", "sliding_window"),
        ('ex.stories["', "sliding_window"),
        ('ex.story("paths", format="', "film"),
    ):
        assert notebook.words_at(typed, known)[0] == first
    for typed in ('other.film("', 'print("', 'ex._secret("', "ex.film(quality", 'ex.nothing("', 'ex.film("a", b="'):
        assert notebook.words_at(typed, known) == []


def test_what_holds_formulas_shows_them_as_mathematics():
    linear, relu = cx.notebook(), cx.explain(cx.Stack((9, 2), [cx.Conv1D(3, 2, activation="relu"), cx.Conv1D(1, 2)]))
    normed = cx.explain(cx.Stack((9, 2), [cx.Conv1D(3, 2), cx.BatchNormalization()]))
    deep = cx.explain(cx.Stack((64, 4), [cx.Conv1D(4, 3, padding="same") for _ in range(200)]))
    for holder in (
        *(linear, linear.collapse(), linear.level(0), linear.level(2), linear.gradient("x"), relu.gradient("w1"), deep),
        *(deep.level(99), normed.fold(), normed.fold()[0], normed.fold()[0].bias),
    ):
        written = holder._repr_latex_()
        assert written.startswith("$\\displaystyle ")
        assert written.endswith("$")
        assert written.count("{") == written.count("}")
        assert len(written) < 4_000
    assert forms.latex_of(normed.fold()[0].bias[0]) is not None


def test_arrays_are_not_poured_out():
    assert repr(cx.notebook().network) == "<network of 2 layers: .stack, .weights, .x, .recorded>"
    assert repr(cx.explain(two_inputs()).network) == "<network of 5 layers: .stack>"
    assert repr(cx.notebook().levels()).startswith("<level 0: (20, 1), level 1: (16, 4), level 2: (12, 8); .values[")
    deep = cx.Stack((9, 1), [cx.Conv1D(1, 1, use_bias=False) for _ in range(50)])
    assert len(repr(cx.explain(deep, weights=[[np.ones((1, 1, 1))]] * 50).levels())) < 250


def test_what_is_written_is_read_in_a_repl_and_stays_a_string():
    ex = cx.example("two_layers")
    for written in (ex.code(1), ex.code(), ex.latex(), ex.typst(), ex.text(), cx.flip_identity().latex()):
        assert isinstance(written, str)
        assert repr(written) == str(written) == "".join(written)
        assert "\n" in repr(written)
        assert type(str(written)) is str
    assert pickle.loads(pickle.dumps(ex.latex())) == ex.latex()
    assert repr(cx.flip_identity).startswith("<function flip_identity")


def test_paths_say_how_many_they_are():
    for ex, count in (
        (cx.notebook(), 100),
        (cx.explain(cx.Stack((8, 1), [cx.Conv1D(1, 2), cx.AveragePooling1D(2)])), 4),
    ):
        paths = ex.paths(0, 0)
        assert repr(paths) == f"<{count} paths, each a tap per layer: list(...) gives them>"
        assert len(paths) == len(list(paths)) == len(set(paths)) == count
    many = cx.explain(cx.Stack((99, 64), [cx.Conv1D(64, 9)] * 8)).paths(0, 0)
    assert repr(many).startswith(f"<{9**8 * 64**8:,} paths")  # counted, not walked
