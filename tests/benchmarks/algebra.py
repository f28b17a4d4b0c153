"""How long the algebra takes: expansions against sympy's own, cells of wide layers, the first formula of a new process.

``python tests/benchmarks/algebra.py`` prints a table. Ratios are ours over the other's, taken within one run, with
every cache dropped before.
"""

import subprocess
import sys
import time

import sympy
from sympy import Add, IndexedBase, Mul

import convexplain as cx
from convexplain.algebra import symbols
from figures import Figure, environment, show, status


def measure():
    """All figures."""
    return [*expansions_of_the_notebooks_model(), *one_expansion_of_three_layers(), *wide_layers(), cold_start()]


def best(action, runs=3):
    """The shortest of some runs in seconds, each with cold caches; and the last result."""
    shortest = float("inf")
    for _ in range(runs):
        sympy.core.cache.clear_cache()
        symbols.entries.cache_clear()
        started = time.perf_counter()
        result = action()
        shortest = min(shortest, time.perf_counter() - started)
    return shortest, result


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


def expansions_of_the_notebooks_model():
    ex = cx.explain(cx.Stack((20, 1), [cx.Conv1D(4, 5, use_bias=False), cx.Conv1D(8, 5, use_bias=False)]))
    stack, cells = ex.stack, [cx.Cell(t, f) for t in range(12) for f in range(8)]
    ours, written = best(lambda: [ex.expanded(*cell) for cell in cells])
    expand, expected = best(lambda: [sympy.expand(nested(stack, 2, cell)) for cell in cells], runs=1)
    by_hand, same = best(lambda: [path_by_path(stack, cell) for cell in cells], runs=2)
    assert written == expected == same
    return [
        Figure("96 expanded outputs of the notebook's model, against sympy.expand", ours / expand, 1 / 30, "times"),
        Figure("96 expanded outputs of the notebook's model, against Add(*[Mul(...)])", ours / by_hand, 1 / 8, "times"),
        Figure("96 expanded outputs of the notebook's model", ours, 0.1, "s"),
    ]


def one_expansion_of_three_layers():
    ex = cx.explain(cx.Stack((20, 1), [cx.Conv1D(16, 3, use_bias=False) for _ in range(3)]))
    ours, written = best(lambda: ex.expanded(5, 7))
    expand, expected = best(lambda: sympy.expand(ex[5, 7]), runs=1)
    assert written == expected
    what = f"one expanded output, three layers, {ex.path_count(5, 7):,} paths, against sympy.expand"
    return [Figure(what, ours / expand, 1 / 10, "times")]


def wide_layers():
    stack = cx.Stack((20, 64), [cx.Conv1D(64, 3), cx.Conv1D(64, 3)])
    ours, written = best(lambda: cx.explain(stack)[5, 7])
    plain, _ = best(lambda: nested(stack, 2, cx.Cell(5, 7)), runs=1)
    one_layer, _ = best(lambda: cx.explain(stack).level(2).at(5, 7, depth=1))
    equation, _ = best(lambda: cx.explain(stack).equation(2))
    deep = [cx.Conv1D(64, 3) for _ in range(8)]
    count, _ = best(lambda: cx.explain(cx.Stack((200, 64), deep)).path_count(5, 7))
    assert len(written.args) == 64 * 3 + 1
    return [
        Figure("ex[5, 7], 64 channels, 37,056 products, against sympy's constructors", ours / plain, 1 / 3, "times"),
        Figure("ex[5, 7], 64 channels, 37,056 products", ours * 1e3, 200, "ms"),
        Figure("ex.level(2).at(5, 7, depth=1), 64 channels", one_layer * 1e3, 10, "ms"),
        Figure("ex.equation(2), 64 channels", equation * 1e3, 10, "ms"),
        Figure("ex.path_count(5, 7), 64 channels, 8 layers", count * 1e3, 10, "ms"),
    ]


def cold_start():
    layers = "[cx.Conv1D(4, 5, use_bias=False), cx.Conv1D(8, 5, use_bias=False)]"
    first = f"import convexplain as cx; cx.explain(cx.Stack((20, 1), {layers}))[0, 3]"
    durations = [(in_a_new_process(first), in_a_new_process("import sympy")) for _ in range(7)]
    ours, plain = map(min, zip(*durations, strict=True))
    return Figure("first closed form of a new process, against importing sympy", ours / plain, 1.25, "times")


def in_a_new_process(source):
    """The duration of some statements, the interpreter's own start left out."""
    program = f"import time; start = time.perf_counter(); {source}; print(time.perf_counter() - start)"
    done = subprocess.run([sys.executable, "-c", program], env=environment(), check=True, capture_output=True)
    return float(done.stdout)


if __name__ == "__main__":
    sys.exit(status(show(measure)))
