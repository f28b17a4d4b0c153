"""Run every benchmark module, or those named on the command line, and print one table.

``python tests/benchmarks/run.py`` takes all of them, ``python tests/benchmarks/run.py algebra`` runs
``bench_algebra.py`` alone.
"""

import importlib
import sys
from pathlib import Path

from timing import Ratio

HERE = Path(__file__).parent


def main(names):
    """Print a line per measurement, as it is made."""
    known = sorted(path.stem.removeprefix("bench_") for path in HERE.glob("bench_*.py"))
    unknown = [name for name in names if name not in known]
    if unknown:
        print(f"the benchmarks are {', '.join(known)}. Received: {', '.join(unknown)}", file=sys.stderr)
        return 2
    print(f"{'what':<64} {'time':>10} {'compared with':<26} {'time':>10} {'ratio':>8} {'goal':>8}")
    for name in names or known:
        for measured in importlib.import_module(f"bench_{name}").measure():
            if isinstance(measured, Ratio):
                tail = (
                    f"{measured.other:<26} {shown(measured.other_seconds)} {measured.ratio:>7.1f}x {measured.goal:>7g}x"
                )
            else:
                tail = f"{'':<26} {'':>10} {'':>8} {shown(measured.goal)[2:]}"
            print(f"{measured.what:<64} {shown(measured.seconds)} {tail}", flush=True)
    return 0


def shown(seconds):
    """A duration with three digits."""
    return f"{seconds:>8.3g} s" if seconds >= 1 else f"{seconds * 1e3:>7.3g} ms"


if __name__ == "__main__":
    sys.path.insert(0, str(HERE.parents[1]))
    sys.exit(main(sys.argv[1:]))
