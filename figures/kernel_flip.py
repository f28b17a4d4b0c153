"""Keras slides the kernel, convolve turns it over first: PDF, SVG and PNG into the folder given."""

import sys
from pathlib import Path

import convexplain as cx
from convexplain import plots

folder = Path(sys.argv[1] if len(sys.argv) > 1 else ".")
figure = cx.example("kernel_flip").figure("kernel_flip")
for suffix in plots.STILL:
    print(plots.save(figure, folder / f"kernel_flip{suffix}"))
