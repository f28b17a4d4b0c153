"""The second layer of the notebook's model, four channels added up to one output, as a GIF into the folder given."""

import sys
from pathlib import Path

import convexplain as cx

folder = Path(sys.argv[1] if len(sys.argv) > 1 else ".")
target = folder / "channel_summation_notebook.gif"
print(cx.notebook().animate("channel_summation", target, cell=(0, 3)))
