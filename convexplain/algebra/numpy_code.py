"""A layer as a short NumPy program, to be read, run and changed.

This module knows how a program is put together of functions, one for each layer; what stands in them is the business of
:mod:`convexplain.algebra.python_text`. It knows no kind of layer and no weights. Nothing that came from outside enters
the text: functions and arguments are named by position.
"""

from __future__ import annotations

from math import prod

from convexplain.algebra.equation import level_equation
from convexplain.algebra.printing import text
from convexplain.algebra.python_text import Program
from convexplain.graph import Graph
from convexplain.layers import Array
from convexplain.layers import statement as st
from convexplain.numbers import walk

MOST_TERMS = 6
"""A docstring shows so many terms of a sum, or candidates of a maximum."""


def code(network: Graph, layer: int | None = None) -> str:
    """The layer of level ``layer`` as a NumPy function ``layer<l>(x, w, b)``; all layers and ``network`` when None.

    The functions take what the layer reads, (steps, channels) or (features,), and its weights as Keras gives them.
    """
    first = network.input_count
    if layer is not None:
        functions = [_function(network, network.check_level(layer, lowest=first))]
    else:
        made = range(first, network.depth + 1)
        functions = [_function(network, level) for level in made if _function_of(network, level) == level]
        functions.append(_network(network))
    imports = "import numpy as np"
    if any("math." in function for function in functions):
        imports = f"import math\n\n{imports}"
    return "\n\n\n".join([imports, *functions]) + "\n"


def _function_of(network: Graph, level: int) -> int:
    """The level whose function makes a level: its own, or that of the same layer called before on the same shapes."""
    owner = network.owner(level)
    return owner if network.source_shapes(level) == network.source_shapes(owner) else level


def _arrays(network: Graph, level: int) -> tuple[Array, ...]:
    return tuple(network.layer(level).arrays(*network.source_shapes(level)))


def _function(network: Graph, level: int) -> str:
    stated, arrays = network.stated(level), _arrays(network, level)
    sources = [f"x{n}" for n, _ in enumerate(stated.sizes.reads, 1)] if len(stated.sizes.reads) > 1 else ["x"]
    value = walk.stable(stated.value)
    splits = {r.name: split for r in stated.axes if (split := walk.divided(r, value))}
    value = st.substitute(value, {name: split.joined for name, split in splits.items()})
    parts = {r.name: splits[r.name].parts if r.name in splits else (r,) for r in stated.axes}
    program = Program(stated.sizes, sources, [part for r in stated.axes for part in parts[r.name]])
    joined = [prod(part.size for part in parts[r.name]) for r in stated.axes]
    result = program.result(value, joined)
    if joined != [r.size for r in stated.axes]:
        starts = [splits[r.name].start if r.name in splits else 0 for r in stated.axes]
        whole = zip(starts, stated.axes, joined, strict=True)
        cuts = [f"{start}:{start + r.size}" if r.size < size else ":" for start, r, size in whole]
        result += f"[{', '.join(cuts).removesuffix(', :')}]"
    lines = [f'"""{text(level_equation(network, level), most=MOST_TERMS)}"""']
    for array in arrays:
        if array.shape != array.indexed:
            lines.append(f"{array.letter} = {array.letter}.reshape{array.indexed}")
    lines += [*program.lines, f"return {result}"]
    arguments = ", ".join([*sources, *(array.letter for array in arrays)])
    return "\n    ".join([f"def layer{level}({arguments}):", *lines])


def _network(network: Graph) -> str:
    first = network.input_count
    made = range(first, network.depth + 1)
    weights = {level: [f"{array.letter}{network.owner(level)}" for array in _arrays(network, level)] for level in made}
    inputs = [network.symbol(level) for level in range(first)]
    given = [name for level in made if network.owner(level) == level for name in weights[level]]
    lines = [f"def network({', '.join([*inputs, *given])}):"]
    for level in made:
        arguments = [*map(network.symbol, network.sources(level)), *weights[level]]
        lines.append(f"    {network.symbol(level)} = layer{_function_of(network, level)}({', '.join(arguments)})")
    return "\n".join([*lines, f"    return {', '.join(map(network.symbol, network.outputs))}"])
