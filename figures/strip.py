"""A strip of chosen boards: the kernel turned by you, and turned back by convolve."""

import sys
from pathlib import Path

import convexplain as cx

folder = Path(sys.argv[1] if len(sys.argv) > 1 else ".")
folder.mkdir(parents=True, exist_ok=True)
figure = cx.example("kernel_flip").figure("kernel_flip", frames=("output", "turn", "meets", "theirs"))
print(cx.save(figure, folder / "strip.pdf"))
