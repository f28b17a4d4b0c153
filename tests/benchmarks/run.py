"""Run every benchmark, or those named, and print one table; the exit status says whether all keep their limits.

``python tests/benchmarks/run.py`` runs all modules beside this one that measure something,
``python tests/benchmarks/run.py algebra reading`` those two. One that needs a part that is not installed is left out.
"""

import importlib
import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parents[1]))

from convexplain import MissingPart  # noqa: E402
from figures import show  # noqa: E402

BENCHMARKS = sorted(path.stem for path in HERE.glob("*.py") if path.stem not in ("run", "figures"))


def main(names):
    """Print the figures of each benchmark."""
    unknown = sorted(set(names) - set(BENCHMARKS))
    if unknown:
        print(f"the benchmarks are {', '.join(BENCHMARKS)}. Received: {', '.join(unknown)}", file=sys.stderr)
        return 2
    status = 0
    for name in names or BENCHMARKS:
        print(f"{name}:", flush=True)
        try:
            status |= show(importlib.import_module(name).measure)
        except MissingPart as error:
            print(f"left out: {error}")
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
