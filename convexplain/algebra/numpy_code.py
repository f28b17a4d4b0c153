"""A layer as a short NumPy program, to be read, run and changed.

This module knows a layer's index rule, which it writes down for arrays of steps and taps instead of numbers, and prints
in Python. It knows no weights. Nothing that came from outside enters the text: functions and arguments are named by
position.
"""

from __future__ import annotations

from convexplain.algebra import symbols
from convexplain.algebra.equation import layer_equation
from convexplain.algebra.printing import text
from convexplain.layers import Conv1D
from convexplain.stack import Stack


def code(stack: Stack, layer: int | None = None) -> str:
    """Layer ``layer`` of ``stack`` as a NumPy function ``layer<l>(x, w, b)``; all layers and ``network`` when None.

    The functions take x (steps, channels), the kernel and the bias as Keras gives them, and return (steps, filters).
    """
    numbers = range(1, stack.depth + 1) if layer is None else [stack.check_level(layer, lowest=1)]
    functions = [_function(stack.layers[number - 1], number, stack.shapes[number - 1]) for number in numbers]
    if layer is None:
        functions.append(_network(stack))
    return "\n\n\n".join(["import numpy as np", *functions]) + "\n"


def _function(layer: Conv1D, number: int, shape: tuple[int, int]) -> str:
    steps, channels = shape
    outputs = layer.output_steps(steps)
    left = layer.left_pad(steps)
    right = max(0, layer.source_step(steps, outputs - 1, layer.kernel_size - 1) - (steps - 1))
    # In the padded array every step stands left_pad later.
    source = text(layer.source_step(steps, symbols.t, symbols.k) + left)
    lines = [f"def layer{number}(x, w{', b' if layer.use_bias else ''}):"]
    lines.append(f'    """{text(layer_equation(layer, number, steps, channels))}"""')
    lines.append(f"    t, k = np.ogrid[:{outputs}, :{layer.kernel_size}]  # output steps, taps")
    if left or right:
        lines.append(f"    x = np.pad(x, (({left}, {right}), (0, 0)))  # steps, channels")
    if layer.groups == 1:
        lines.append(f"    windows = x[{source}]  # output steps, taps, channels")
        lines.append('    y = np.einsum("tkc,kcf->tf", windows, w)')
    else:
        own, filters = channels // layer.groups, layer.filters // layer.groups
        lines.append(f"    windows = x[{source}].reshape({outputs}, {layer.kernel_size}, {layer.groups}, {own})")
        lines.append(f"    w = w.reshape({layer.kernel_size}, {own}, {layer.groups}, {filters})  # g: groups")
        lines.append(f'    y = np.einsum("tkgc,kcgf->tgf", windows, w).reshape({outputs}, {layer.filters})')
    result = "y + b" if layer.use_bias else "y"
    lines.append(f"    return {result if layer.is_linear else f'np.maximum({result}, 0)'}")
    return "\n".join(lines)


def _network(stack: Stack) -> str:
    weights = [[f"w{n}", f"b{n}"] if layer.use_bias else [f"w{n}"] for n, layer in enumerate(stack.layers, 1)]
    lines = [f"def network({', '.join(['x', *(name for names in weights for name in names)])}):"]
    for number, names in enumerate(weights, 1):
        below = f"y{number - 1}" if number > 1 else "x"
        lines.append(f"    y{number} = layer{number}({', '.join([below, *names])})")
    return "\n".join([*lines, f"    return y{stack.depth}"])
