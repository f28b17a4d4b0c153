"""Each channel has its own kernel row; the partial sums and the bias add up to one output, told of the notebook's second layer. PDF, SVG and PNG into the folder given."""

import sys
from pathlib import Path

import convexplain as cx
from convexplain import plots

folder = Path(sys.argv[1] if len(sys.argv) > 1 else ".")
figure = cx.notebook().figure("channel_summation", cell=(0, 3))
for suffix in plots.STILL:
    print(plots.save(figure, folder / f"channel_summation_notebook{suffix}"))
