"""Partial sums of the channels, and the bias, make one output, in the notebook's second layer."""

import sys
from pathlib import Path

import convexplain as cx
from convexplain import plots

folder = Path(sys.argv[1] if len(sys.argv) > 1 else ".")
figure = cx.notebook().figure("channel_summation", cell=(0, 3))
for suffix in plots.STILL:
    print(plots.save(figure, folder / f"channel_summation_notebook{suffix}"))
