"""``python -m convexplain``: the same as the command."""

from convexplain.cli import main

main(prog_name="convexplain")
