"""The kernel flip as an animated WebP, for a page that plays no film."""

import sys
from pathlib import Path

import convexplain as cx

folder = Path(sys.argv[1] if len(sys.argv) > 1 else ".")
folder.mkdir(parents=True, exist_ok=True)
print(cx.example("kernel_flip").animate("kernel_flip", folder / "animated.webp", pacing="fast"))
