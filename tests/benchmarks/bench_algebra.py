"""The algebra: expansions against sympy's own, cells of wide layers, and the first formula of a new process."""

import os
import subprocess
import sys
from pathlib import Path

import sympy
from sympy import Add, IndexedBase, Mul
from timing import Duration, Ratio, best

import convexplain as cx
from convexplain.algebra import symbols

ROOT = Path(__file__).resolve().parents[2]


def measure():
    yield from expansions_of_the_notebooks_model()
    yield from one_expansion_of_three_layers()
    yield from wide_layers()
    yield from cold_start()


def nested(stack, level, cell):
    """A closed form as it is written by hand: sums of products of entries, built by sympy."""
    if level == 0:
        return IndexedBase("x")[cell]
    w = IndexedBase(f"w{level}")
    terms = [w[term.weight] * nested(stack, level - 1, term.source) for term in stack.terms(level, cell)]
    return Add(*terms)


def path_by_path(stack, cell):
    """An expansion from sympy's own constructors: one Mul a path, one Add of them all."""
    bases = [IndexedBase(f"w{number}") for number in range(1, stack.depth + 1)]
    x = IndexedBase("x")
    return Add(
        *[
            Mul(x[path.cells[0]], *(base[weight] for base, weight in zip(bases, path.weights, strict=True)))
            for path in stack.paths(stack.depth, cell)
        ]
    )


def forget():
    """Drop every cache, sympy's and ours."""
    sympy.core.cache.clear_cache()
    symbols.entries.cache_clear()


def expansions_of_the_notebooks_model():
    ex = cx.explain(cx.Stack((20, 1), [cx.Conv1D(4, 5, use_bias=False), cx.Conv1D(8, 5, use_bias=False)]))
    stack, cells = ex.stack, [cx.Cell(t, f) for t in range(12) for f in range(8)]
    ours, written = best(lambda: [ex.expanded(*cell) for cell in cells], prepare=forget)
    expand, expected = best(lambda: [sympy.expand(nested(stack, 2, cell)) for cell in cells], 1, forget)
    by_hand, same = best(lambda: [path_by_path(stack, cell) for cell in cells], 2, forget)
    assert written == expected == same
    what = "all 96 expanded outputs of the notebook's model"
    yield Ratio(what, ours, "nested, sympy.expand", expand, 30)
    yield Ratio(what, ours, "Add(*[Mul(...)])", by_hand, 8)


def one_expansion_of_three_layers():
    ex = cx.explain(cx.Stack((20, 3), [cx.Conv1D(16, 3, use_bias=False) for _ in range(3)]))
    ours, written = best(lambda: ex.expanded(5, 7), prepare=forget)
    expand, expected = best(lambda: sympy.expand(ex[5, 7]), 1, forget)
    assert written == expected
    yield Ratio(f"one expanded output, three layers, {ex.path_count(5, 7):,} paths", ours, "sympy.expand", expand, 10)


def wide_layers():
    stack = cx.Stack((20, 64), [cx.Conv1D(64, 3), cx.Conv1D(64, 3)])
    ours, _ = best(lambda: cx.explain(stack)[5, 7], prepare=forget)
    plain, _ = best(lambda: nested(stack, 2, cx.Cell(5, 7)), 1, forget)
    yield Ratio(
        f"ex[5, 7], 64 channels, {stack.product_count(2, cx.Cell(5, 7), 2):,} products",
        ours,
        "built by sympy",
        plain,
        3,
    )
    yield Duration(
        "ex.level(2).at(5, 7, depth=1), 64 channels", best(lambda: one_layer(stack), prepare=forget)[0], 0.01
    )
    yield Duration("ex.equation(2), 64 channels", best(lambda: cx.explain(stack).equation(2), prepare=forget)[0], 0.01)
    deep = cx.Stack((200, 64), [cx.Conv1D(64, 3) for _ in range(8)])
    yield Duration("ex.path_count(5, 7), 64 channels, 8 layers", best(lambda: count(deep), prepare=forget)[0], 0.01)


def one_layer(stack):
    return cx.explain(stack).level(2).at(5, 7, depth=1)


def count(stack):
    fresh = cx.Stack(stack.input_shape, stack.layers)
    return cx.explain(fresh).path_count(5, 7)


def cold_start():
    layers = "[cx.Conv1D(4, 5, use_bias=False), cx.Conv1D(8, 5, use_bias=False)]"
    first = cold(f"import convexplain as cx; cx.explain(cx.Stack((20, 1), {layers}))[0, 3]")
    yield Ratio(
        "import convexplain and the first closed form, new process", first, "import sympy", cold("import sympy"), 0.8
    )


def cold(source):
    """The duration of some statements in a new process, without the interpreter's own start."""
    program = f"import time; start = time.perf_counter(); {source}; print(time.perf_counter() - start)"
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return min(
        float(subprocess.run([sys.executable, "-c", program], env=environment, check=True, capture_output=True).stdout)
        for _ in range(5)
    )
