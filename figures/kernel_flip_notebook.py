"""Keras slides the kernel, convolve turns it over first, in the notebook's second layer."""

import sys
from pathlib import Path

import convexplain as cx
from convexplain import plots

folder = Path(sys.argv[1] if len(sys.argv) > 1 else ".")
figure = cx.notebook().figure("kernel_flip", cell=(0, 3))
for suffix in plots.STILL:
    print(plots.save(figure, folder / f"kernel_flip_notebook{suffix}"))
