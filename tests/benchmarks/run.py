"""Run every benchmark, or those named, and print one table; the exit status says whether all keep their limits.

``python tests/benchmarks/run.py`` runs all modules beside this one that measure something,
``python tests/benchmarks/run.py algebra reading`` those two. One that needs a part that is not installed is left out.
``python tests/benchmarks/run.py --readme`` runs all, and renews the table of README.md.
"""

import importlib
import sys
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parents[1]))

from convexplain import MissingPart  # noqa: E402
from figures import ROOT, show, status, table  # noqa: E402

BENCHMARKS = sorted(path.stem for path in HERE.glob("*.py") if path.stem not in ("run", "figures"))


def main(names):
    """Print the figures of each benchmark."""
    renews = names == ["--readme"]
    unknown = sorted(set(names) - set(BENCHMARKS)) if not renews else []
    if unknown:
        print(f"the benchmarks are {', '.join(BENCHMARKS)}. Received: {', '.join(unknown)}", file=sys.stderr)
        return 2
    figures = []
    for name in BENCHMARKS if renews or not names else names:
        print(f"{name}:", flush=True)
        try:
            with ProcessPoolExecutor(1, get_context("spawn")) as process:
                figures += process.submit(measured, name).result()
        except MissingPart as error:
            print(f"left out: {error}")
    if renews:
        renew(ROOT / "README.md", table(figures))
    return status(figures)


def measured(name):
    """The figures of one benchmark, printed: in a process of its own, for its memory is measured, too."""
    return show(importlib.import_module(name).measure)


def renew(readme, lines):
    """Put a table in the place of the one under the heading Speed."""
    before, heading, after = readme.read_text(encoding="utf-8").partition("## Speed\n")
    said, _, rest = after.partition("| what")
    _, _, further = rest.partition("\n\n")
    readme.write_text(f"{before}{heading}{said}" + "\n".join(lines) + f"\n\n{further}", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
