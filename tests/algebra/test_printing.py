"""Formulas on paper: what a person would write, in three media, escaped and no longer than asked."""

import math
import re
import zlib

import numpy as np
import pytest
import sympy
from layer_table import IDS, TABLE
from stacks import random_stack
from sympy import Indexed, IndexedBase, Max, Mod, Rational, Symbol, floor
from sympy.abc import C, F, K, n

import convexplain as cx
from convexplain.algebra.printing import aligned, aligned_typst, latex, text, typst

x, w1 = IndexedBase("x"), IndexedBase("w1")
t, k, z = sympy.symbols("t k z")


def test_an_equation_in_every_medium():
    equation = cx.equation(cx.Conv1D(8, 5, padding="same", activation="relu"), 20, 4)
    assert latex(equation) == (
        r"y^{(1)}_{t,f} = \max\left(0, \sum_{k=\max\left(0, 2-t\right)}^{\min\left(4, 21-t\right)} \sum_{c=0}^{3} "
        r"w^{(1)}_{k,c,f} \, x_{t+k-2,c} + b^{(1)}_{f}\right)"
    )
    assert typst(equation) == (
        "y^((1))_(t, f) = max(0, sum_(k = max(0, 2-t))^(min(4, 21-t)) sum_(c = 0)^(3) "
        "w^((1))_(k, c, f) x_(t+k-2, c) + b^((1))_(f))"
    )
    assert text(equation) == (
        "y1[t, f] = max(0, sum(k=max(0, 2 - t)..min(4, 21 - t)) sum(c=0..3) w1[k, c, f]*x[t + k - 2, c] + b1[f])"
    )


def test_sums_over_a_single_value_have_no_sum_sign():
    assert text(cx.equation(cx.Conv1D(8, 5, use_bias=False), 20, 1)) == "y1[t, f] = sum(k=0..4) w1[k, 0, f]*x[t + k, 0]"
    assert text(cx.equation(cx.Conv1D(8, 1, use_bias=False), 20, 1)) == "y1[t, f] = w1[0, 0, f]*x[t, 0]"


def test_symbols_as_sizes():
    written = latex(cx.equation(cx.Conv1D(F, K), n, C))
    assert r"\sum_{k=0}^{K-1} \sum_{c=0}^{C-1}" in written


def test_closed_forms_follow_the_ledger():
    ex = cx.explain(cx.Stack((3, 2), [cx.Conv1D(1, 2)]))
    rows = [f"w1[{k}, {c}, 0]*x[{k}, {c}]" for c in range(2) for k in range(2)]
    assert text(ex[0, 0]) == " + ".join([*rows, "b1[0]"])
    nested = cx.explain(cx.Stack((3, 1), [cx.Conv1D(1, 2), cx.Conv1D(1, 1)]))
    assert text(nested[0, 0]) == "w2[0, 0, 0]*(w1[0, 0, 0]*x[0, 0] + w1[1, 0, 0]*x[1, 0] + b1[0]) + b2[0]"
    assert text(nested.expanded(0, 0)) == (
        "w2[0, 0, 0]*w1[0, 0, 0]*x[0, 0] + w2[0, 0, 0]*w1[1, 0, 0]*x[1, 0] + w2[0, 0, 0]*b1[0] + b2[0]"
    )


@pytest.mark.parametrize(
    ("expression", "in_text", "in_latex"),
    [
        (-x[0, 0] - 2, "-x[0, 0] - 2", "-x_{0,0} - 2"),
        (Rational(-3, 4) * x[0, 0], "-3*x[0, 0]/4", r"-\frac{3 \, x_{0,0}}{4}"),
        (Rational(1, 4), "1/4", r"\frac{1}{4}"),
        (2 * (x[0, 0] - x[1, 0]), "2*x[0, 0] - 2*x[1, 0]", r"2 \, x_{0,0} - 2 \, x_{1,0}"),
        (w1[0, 0, 0] * (x[0, 0] - x[1, 0]), "w1[0, 0, 0]*(x[0, 0] - x[1, 0])", None),
        (w1[0, 0, 0] * z**-2 + z**3, "z**(-2)*w1[0, 0, 0] + z**3", None),
        (x[4 - t, floor(k / 2)], "x[4 - t, floor(k/2)]", r"x_{4-t,\left\lfloor k/2\right\rfloor}"),
        (x[t, Mod(k, 3)], "x[t, k mod 3]", r"x_{t,k \bmod 3}"),
        (Max(0, x[0, 0]), "max(0, x[0, 0])", r"\max\left(0, x_{0,0}\right)"),
        (sympy.Heaviside(x[0, 0], 0) * x[1, 0], "[x[0, 0] > 0]*x[1, 0]", r"\left[x_{0,0} > 0\right] \, x_{1,0}"),
        (sympy.exp(-sympy.I * Symbol("omega")), "exp(-i*omega)", r"e^{-i \omega}"),
        (sympy.ImmutableSparseMatrix([[1, 0], [0, x[0, 0]]]), "[1, 0; 0, x[0, 0]]", None),
        (IndexedBase("dw1")[k, 0, 0], "dL/dw1[k, 0, 0]", r"\frac{\partial L}{\partial w^{(1)}_{k,0,0}}"),
        (sympy.Integer(0), "0", "0"),
    ],
)
def test_signs_brackets_and_fractions(expression, in_text, in_latex):
    assert text(expression) == in_text
    assert in_latex is None or latex(expression) == in_latex
    assert typst(expression)


@pytest.mark.parametrize("seed", range(30))
def test_text_without_sums_is_python_and_reads_back_as_the_same_formula(seed):
    stack = random_stack(seed)
    ex = cx.explain(stack)
    names = {name: IndexedBase(name) for name in ["x", *(f"{a}{l}" for a in "wby" for l in range(1, 4))]}
    for number in range(1, stack.depth + 1):
        written = ex.level(number)[0, 0]
        read = eval(text(written), {"max": lambda *of: Max(*of, evaluate=False)}, names)
        assert sympy.expand(sympy.sympify(read) - written) == 0 or read == written


def explained(layer, shapes):
    """One layer on its inputs."""
    return cx.explain(cx.Graph(shapes, [(layer, tuple(range(len(shapes))))]))


class Numbers(dict):
    """A number for every index of a base."""

    def __init__(self, name):
        self.name = name

    def __missing__(self, index):
        index = index if isinstance(index, tuple) else (index,)
        return zlib.crc32(f"{self.name}{index}".encode()) / 2**32 + 0.25


def as_single(decimal):
    """A decimal with fewer digits than float64 needs is a float32 number."""
    return repr(float(np.float32(decimal[0]))) if len(decimal[0]) < 15 else decimal[0]


@pytest.mark.parametrize(("layer", "shapes"), TABLE, ids=IDS)
def test_the_text_of_every_layer_is_python_and_has_the_value_of_the_formula(layer, shapes):
    ex = explained(layer, shapes)
    level = ex.stack.depth
    for cell in [tuple(0 for _ in ex.level(level).shape), tuple(size - 1 for size in ex.level(level).shape)]:
        form = sympy.sympify(ex.level(level).at(*cell))
        entries = {entry: Numbers(str(entry.base))[tuple(map(int, entry.indices))] for entry in form.atoms(Indexed)}
        written = re.sub(r"\[([^][]*\[[^][]*\][^][]*) > 0\]", r"(\1 > 0)", text(form))  # [z > 0] is 1 or 0
        written = re.sub(r"\d+\.\d+", as_single, written)
        names = {str(entry.base): Numbers(str(entry.base)) for entry in entries}
        functions = {name: getattr(math, name) for name in ("exp", "log", "tanh", "erf", "sqrt", "pi")}
        assert eval(written, {"max": max, "min": min} | functions, names) == pytest.approx(
            float(form.subs(entries)), rel=1e-12, abs=1e-12
        )


@pytest.mark.parametrize("write", [latex, typst, text])
def test_brackets_are_balanced(write):
    for seed in range(20):
        ex = cx.explain(random_stack(seed))
        formulas = [ex[0, 0], *(ex.equation(number) for number in range(1, ex.stack.depth + 1))]
        formulas += ex.gradient("x").equations
        formulas += [explained(layer, shapes).equation(len(shapes)) for layer, shapes in TABLE[seed::20]]
        for written in map(write, formulas):
            for opening, closing in ("()", "[]", "{}"):
                assert written.count(opening) == written.count(closing)
            assert written.count(r"\left") == written.count(r"\right")


def test_long_sums_are_shortened():
    ex = cx.notebook()
    assert text(ex.level(1)[0, 0], most=3) == (
        "w1[0, 0, 0]*x[0, 0] + w1[1, 0, 0]*x[1, 0] + ... (2 more) + w1[4, 0, 0]*x[4, 0]"
    )
    assert text(ex.level(1)[0, 0], most=5) == text(ex.level(1)[0, 0])
    assert r"\cdots\,(95\ \mathrm{more})" in latex(ex.expanded(0, 0), most=5)
    assert '("95 more")' in typst(ex.expanded(0, 0), most=5)
    with pytest.raises(ValueError, match="most must be at least 2"):
        text(ex[0, 0], most=1)


@pytest.mark.parametrize(
    ("number", "in_text", "in_latex"),
    [
        (np.float32(1e-3), "0.001", "0.001"),
        (np.float32(1e-5), "1e-5", "10^{-5}"),
        (np.float32(2.5e-7), "2.5e-7", r"2.5 \cdot 10^{-7}"),
        (np.float32(0.044715), "0.044715", "0.044715"),
        (0.044715, "0.044715", "0.044715"),
        (0.1 + 0.2, "0.30000000000000004", "0.30000000000000004"),
        (1 / 64, "1/64", r"\frac{1}{64}"),
        (-1 / 8192, "-0.00012207031", "-0.00012207031"),
    ],
)
def test_a_setting_is_written_as_the_short_decimal_it_is(number, in_text, in_latex):
    exactly = Rational(*float(number).as_integer_ratio())
    assert text(exactly) == in_text
    assert latex(exactly) == in_latex
    assert text(exactly * x[0, 0] + 1) == ("x[0, 0]/64 + 1" if number == 1 / 64 else f"{in_text}*x[0, 0] + 1")
    assert text(Rational(1, 3)) == "1/3"


def test_a_layer_of_each_family_in_every_medium():
    norm = explained(cx.BatchNormalization(), [(5, 3)]).equation(1)
    assert text(norm) == "y1[t, f] = gamma1[f]*(x[t, f] - mean1[f])/sqrt(var1[f] + 0.001) + beta1[f]"
    assert latex(norm) == (
        r"y^{(1)}_{t,f} = \frac{\gamma^{(1)}_{f} \, \left(x_{t,f} - \mathrm{mean}^{(1)}_{f}\right)}"
        r"{\sqrt{\mathrm{var}^{(1)}_{f} + 0.001}} + \beta^{(1)}_{f}"
    )
    assert typst(norm) == (
        'y^((1))_(t, f) = frac(gamma^((1))_(f) (x_(t, f) - "mean"^((1))_(f)), sqrt("var"^((1))_(f) + 0.001)) '
        "+ beta^((1))_(f)"
    )
    softmax = explained(cx.Softmax(), [(3, 4)]).equation(1)
    assert text(softmax) == "y1[t, f] = exp(x[t, f])/(sum(j=0..3) exp(x[t, j]))"
    assert latex(softmax) == r"y^{(1)}_{t,f} = \frac{e^{x_{t,f}}}{\sum_{j=0}^{3} e^{x_{t,j}}}"
    padding = explained(cx.ZeroPadding1D((1, 3)), [(4, 2)]).equation(1)
    assert text(padding) == "y1[t, f] = (x[t - 1, f] if t >= 1 and t <= 4 else 0)"
    assert typst(padding) == 'y^((1))_(t, f) = cases(x_(t-1, f) & "if" t >= 1 "and" t <= 4, 0 & "otherwise")'
    joined = explained(cx.Concatenate(), [(3, 2), (3, 1)]).equation(2)
    assert latex(joined) == (
        r"y^{(2)}_{t,f} = \begin{cases} x^{(1)}_{t,f} & \text{if } f < 2 \\ "
        r"x^{(2)}_{t,f-2} & \text{otherwise} \end{cases}"
    )
    pool = explained(cx.MaxPooling1D(3, strides=1, padding="same"), [(8, 2)]).equation(1)
    assert text(pool) == "y1[t, f] = max(x[max(0, t - 1), f], x[t, f], x[min(7, t + 1), f])"
    average = explained(cx.GlobalMaxPooling1D(), [(500, 3)]).equation(1)
    assert text(average, most=4) == "y1[f] = max(x[0, f], x[1, f], x[2, f], ... (496 more), x[499, f])"


def test_many_equations_are_shortened():
    ex = cx.explain(cx.Stack((40, 1), [cx.Conv1D(1, 1) for _ in range(30)]))
    written = aligned([ex.equation(number) for number in range(1, 31)], most=4)
    assert written.count("&=") == 4
    assert r"\vdots" in written
    assert "(30)" in written


def test_aligned():
    equations = [cx.notebook().equation(number) for number in (1, 2)]
    assert aligned(equations).splitlines()[0] == r"\begin{aligned}"
    assert aligned(equations).count(r" \\") == 1
    assert cx.notebook().latex() == aligned(equations)
    assert cx.notebook().latex(2) == latex(equations[1])
    assert cx.notebook().typst() == aligned_typst(equations)
    assert cx.notebook().typst(1) == typst(equations[0])
    assert cx.notebook().text() == "\n".join(map(text, equations))


NAMES = [
    "n_max",
    "x_",
    "$x$",
    "a b",
    "100%",
    "\\input",
    'q"',
    "{",
    "}",
    "^",
    "#&~",
    "line\nbreak",
    "\x1b[31m",
    "é",
    "1",
]


@pytest.mark.parametrize("name", NAMES)
def test_names_are_escaped(name):
    in_latex, in_typst = latex(Symbol(name)), typst(Symbol(name))
    assert not re.search(r"(?<!\\)[#$%&_~^]", re.sub(r"_\{\d+\}", "", in_latex.replace(r"\backslash{}", "")))
    bare = re.sub(r"\\[{}]", "", in_latex)
    assert bare.count("{") == bare.count("}")
    for written in (in_latex, in_typst, text(Symbol(name))):
        assert written.isprintable()
    if name != "é":
        assert in_typst[0] == in_typst[-1] == '"'
        assert '"' not in re.sub(r"\\.", "", in_typst[1:-1])


def test_greek_and_numbered_names():
    assert latex(Symbol("omega")) == r"\omega"
    assert latex(Symbol("n1")) == latex(Symbol("n_1")) == "n_{1}"
    assert latex(Symbol("max")) == r"\mathrm{max}"


def test_what_is_no_formula_is_refused():
    with pytest.raises(ValueError, match="a formula of the algebra is required"):
        latex(sympy.sin(t))


@pytest.mark.films
def test_typst_compiles():
    import typst as compiler

    formulas = [cx.notebook()[0, 3], *cx.notebook().gradient("x").equations]
    formulas += [cx.equation(cx.Conv1D(F, K, padding="same"), n, C), Symbol('q"\\'), x[t, Mod(k, 3)] / 2]
    lines = [f"$ {typst(formula, most=4)} $" for formula in formulas]
    lines += [f"$ {typst(explained(layer, shapes).equation(len(shapes)))} $" for layer, shapes in TABLE]
    lines += [f"$ {cx.flip_identity().typst()} $", f"$ {cx.notebook().typst()} $"]
    lines.append(f"$ {typst(cx.notebook().matrix(1)[:6, :6])} $")
    assert compiler.compile("\n\n".join(lines).encode(), format="svg")


def test_what_is_cut_for_a_reader_has_nine_digits_and_no_fraction_that_nobody_reads():
    huge, double = Rational(20465480168822071, 2**54), Rational(2719, 10**4) + Rational(1, 2**52)
    form = huge * x[0, 0] - Rational(0.27213421) * x[1, 0] + Rational(1, 3) * x[2, 0] + double * x[3, 0]
    written = "1.13606236*x[0, 0] - 0.27213421*x[1, 0] + x[2, 0]/3 + 0.2719*x[3, 0]"
    assert text(form, most=9) == written
    assert latex(form, most=9).startswith(r"1.13606236 \, x_{0,0} - 0.27213421 \, x_{1,0} + \frac{x_{2,0}}{3}")
    assert "/18014398509481984" in str(form)
    assert text(huge) == "20465480168822071/18014398509481984"
    single = Rational(float(np.float32(0.1)))
    assert text(single * x[0, 0], most=9) == text(single * x[0, 0]) == "0.1*x[0, 0]"
