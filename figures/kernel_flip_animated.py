"""Keras slides the kernel as it is, convolve turns it over first: three calls under one ruler, as a GIF into the folder given."""

import sys
from pathlib import Path

import convexplain as cx

folder = Path(sys.argv[1] if len(sys.argv) > 1 else ".")
print(cx.example("kernel_flip").animate("kernel_flip", folder / "kernel_flip.gif"))
