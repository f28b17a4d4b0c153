"""Partial sums of the channels, and the bias, make one output: PDF, SVG and PNG into the folder given."""

import sys
from pathlib import Path

import convexplain as cx
from convexplain import plots

folder = Path(sys.argv[1] if len(sys.argv) > 1 else ".")
figure = cx.example("channel_summation").figure("channel_summation")
for suffix in plots.STILL:
    print(plots.save(figure, folder / f"channel_summation{suffix}"))
