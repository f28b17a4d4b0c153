"""The same figure of a network of your own: here written on the line, else a Keras model or a .keras file."""

import sys
from pathlib import Path

import convexplain as cx

folder = Path(sys.argv[1] if len(sys.argv) > 1 else ".")
folder.mkdir(parents=True, exist_ok=True)
ex = cx.explain("24x2 conv:4,k3,same,relu conv:3,k3,s2")
print(cx.save(ex.figure("channel_summation", level=2), folder / "own_model.png"))
