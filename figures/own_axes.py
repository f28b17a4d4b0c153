"""One board in axes of your own, beside a plot of your own."""

import sys
from pathlib import Path

from matplotlib.figure import Figure

import convexplain as cx

folder = Path(sys.argv[1] if len(sys.argv) > 1 else ".")
folder.mkdir(parents=True, exist_ok=True)
ex = cx.notebook()
figure = Figure((9, 3.2), layout="constrained")
left, right = figure.subplots(1, 2)
ex.figure("channel_summation", cell=(10, 1), frames="output", ax=left)
right.plot(ex.levels().values[2])
right.set_xlabel("step")
right.set_title("all eight outputs")
print(cx.save(figure, folder / "own_axes.png"))
