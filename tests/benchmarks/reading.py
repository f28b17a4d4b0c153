"""How long reading a ``.keras`` file takes, and how much memory, in a fresh process that then writes a formula.

``python tests/benchmarks/reading.py`` prints a table and fails when a figure is beyond its limit. Every figure is the
best of several processes, from the interpreter's start to its end, sympy's import included; the peak of memory is the
whole process's. Files come from ``tests/reader/handmade.py``, so Keras is not needed.
"""

import subprocess
import sys
import tempfile
import time
from pathlib import Path

from figures import Figure, environment, show, status

sys.path.insert(0, str(Path(__file__).parents[1] / "reader"))
import handmade

SCRIPT = """
import re, sys
import convexplain
explanation = convexplain.explain(sys.argv[1])
if sys.argv[2] == "table":
    from convexplain.display.network import summarize
    summarize(explanation.stack)
if sys.argv[2] == "formula":
    explanation.equation(explanation.stack.depth)
    explanation[0, 0]
print(re.search(r"VmHWM:\\s+(\\d+)", open("/proc/self/status").read())[1])
"""


def fresh_process(path, then, runs=5):
    """The shortest time in seconds and the least memory in MB of some processes that read ``path``."""
    seconds, megabytes = [], []
    for _ in range(runs):
        started = time.perf_counter()
        command = [sys.executable, "-c", SCRIPT, path, then]
        answer = subprocess.run(command, env=environment(), capture_output=True, text=True, check=True)
        seconds.append(time.perf_counter() - started)
        megabytes.append(int(answer.stdout) / 1024)
    return min(seconds), min(megabytes)


def wide():
    """A model with nine million weights, 36 MB."""
    shapes = [(3, 64, 1024), (3, 1024, 2048), (3, 2048, 384)]
    channels = [64, 1024, 2048]
    layers = [
        handmade.conv1d(f"conv_{number}", shape[2], 3, before, use_bias=False)
        for number, (shape, before) in enumerate(zip(shapes, channels, strict=True), 1)
    ]
    groups = {
        f"layers/conv1d{f'_{number}' * (number > 0)}": ("", handmade.arrays(shape))
        for number, shape in enumerate(shapes)
    }
    return handmade.Model(handmade.sequential([handmade.input_layer((100, 64)), *layers]), groups)


def deep(blocks=10):
    """Residual blocks on 5,000 steps, each a convolution, a normalisation, an activation and a sum: 40 layers."""
    steps = [None, 5000, 16]
    layers, groups, below = [(handmade.input_layer((5000, 16), "x"), [])], {}, "x"
    for number in range(blocks):
        conv, norm, relu, both = (f"{name}_{number}" for name in ("conv", "norm", "relu", "sum"))
        layers += [
            (handmade.conv1d(conv, 16, 9, 16, padding="same"), [[handmade.read(below)]]),
            (handmade.layer("BatchNormalization", norm, steps), [[handmade.read(conv)]]),
            (handmade.layer("ReLU", relu), [[handmade.read(norm)]]),
            (handmade.layer("Add", both, steps, steps), [[[handmade.read(relu), handmade.read(below)]]]),
        ]
        count = f"_{number}" * (number > 0)
        *gains, variance = handmade.arrays(*[(16,)] * 4, seed=number)
        groups[f"layers/conv1d{count}"] = (conv, handmade.arrays((9, 16, 16), (16,), seed=number))
        groups[f"layers/batch_normalization{count}"] = (norm, [*gains, variance**2])
        below = both
    return handmade.Model(handmade.graph(layers, ["x", 0, 0], [below, 0, 0]), groups)


def measure():
    """All figures."""
    with tempfile.TemporaryDirectory() as folder:
        notebook = handmade.write(Path(folder, "notebook.keras"), handmade.notebook().members())
        large = handmade.write(Path(folder, "large.keras"), wide().members())
        graph = handmade.write(Path(folder, "deep.keras"), deep().members())
        read_seconds, read_memory = fresh_process(notebook, "nothing")
        seconds, memory = fresh_process(notebook, "formula")
        large_seconds, large_memory = fresh_process(large, "nothing", runs=2)
        deep_seconds, deep_memory = fresh_process(graph, "table")
    return [
        Figure("the notebook's file read", read_seconds, 1, "s"),
        Figure("the notebook's file read", read_memory, 100, "MB"),
        Figure("the notebook's file read, formulas written", seconds, 1, "s"),
        Figure("the notebook's file read, formulas written", memory, 100, "MB"),
        Figure("a file of 40 layers on 5,000 steps read, its table printed", deep_seconds, 1, "s"),
        Figure("a file of 40 layers on 5,000 steps read, its table printed", deep_memory, 100, "MB"),
        Figure("a file of nine million weights read", large_seconds, 2, "s"),
        Figure("a file of nine million weights read", large_memory, 300, "MB"),
    ]


if __name__ == "__main__":
    sys.exit(status(show(measure)))
