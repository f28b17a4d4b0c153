"""Keras slides the kernel, convolve turns it over first: an animated GIF and WebP into the folder given."""

import sys
from pathlib import Path

import convexplain as cx

folder = Path(sys.argv[1] if len(sys.argv) > 1 else ".")
for suffix in (".gif", ".webp"):
    print(cx.example("kernel_flip").animate("kernel_flip", folder / f"kernel_flip{suffix}"))
