"""Partial sums of the channels, and the bias, make one output: an animated GIF into the folder given."""

import sys
from pathlib import Path

import convexplain as cx

folder = Path(sys.argv[1] if len(sys.argv) > 1 else ".")
print(cx.example("channel_summation").animate("channel_summation", folder / "channel_summation.gif"))
