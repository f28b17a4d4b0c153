"""A figure for a paper: how one output of the notebook's second layer is made, two columns wide."""

import sys
from pathlib import Path

import convexplain as cx

folder = Path(sys.argv[1] if len(sys.argv) > 1 else ".")
folder.mkdir(parents=True, exist_ok=True)
figure = cx.notebook().figure("channel_summation", cell=(10, 1), level=2, width="ieee-wide")
for suffix in (".pdf", ".svg", ".png"):
    print(cx.save(figure, folder / f"paper{suffix}"))
