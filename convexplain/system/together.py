"""Work that is done side by side: the sections of a film, the gallery, a folder of models.

Through joblib: processes of this machine by default, and whatever a user's own ``joblib.parallel_config`` names
instead, such as a Dask cluster for who renders a whole course. This module knows neither pictures nor networks.
"""

from __future__ import annotations

import os
import tempfile
import warnings
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from convexplain.system import files

T = TypeVar("T")


def each(
    function: Callable[..., T], tasks: Iterable[tuple[Any, ...]], workers: int | None = None
) -> Generator[T, None, None]:
    """``function(*task)`` for every task, in processes side by side; results in the tasks' order, as they come. Work
    begins at once, also when nobody has asked for a result yet; ``close()`` on what is returned ends it.

    ``workers`` is how many processes; None for one a core, or as many as the cluster of the user's own backend has. A
    single task, and any with one worker, is done in this process when its result is asked for.

    >>> list(each(pow, [(2, 3), (3, 2)]))
    [8, 9]
    """
    todo = list(tasks)
    if len(todo) < 2 or workers == 1:
        return (function(*task) for task in todo)
    from joblib import Parallel, delayed

    settings: dict[str, Any] = {} if workers is None else {"n_jobs": workers}
    parallel = Parallel(return_as="generator", **settings)
    if parallel.n_jobs == 1 and workers is None:  # joblib's own default, when the user has chosen no backend
        parallel = Parallel(return_as="generator", n_jobs=-1)
    results = _cleared(parallel, lambda folder: (delayed(_within)(folder, function, *task) for task in todo))
    next(results)  # the work begins
    return results


def _cleared(parallel: Any, tasks: Callable[[Path], Iterator[Any]]) -> Generator[Any, None, None]:
    """Nothing first, then the results. Where these end or are given up nothing is left of the work: who gives up kills
    the other processes, which then cannot remove what they have begun.
    """
    with tempfile.TemporaryDirectory(prefix="convexplain-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        with _no_word_of_semaphores():
            # A process that ends after a large model, or after a while without work, is replaced by itself.
            warnings.filterwarnings("ignore", "A worker stopped while some jobs", UserWarning, module="joblib")
            results = parallel(tasks(folder))
        try:
            yield None
            yield from results
        finally:
            with warnings.catch_warnings(action="ignore"):  # that not all results are wanted is known
                results.close()
            files.clear(folder)


@contextmanager
def _no_word_of_semaphores() -> Iterator[None]:
    """Processes of Python's own remove the semaphores of those that are killed. They begin in this block, and are not
    to write a warning each time.
    """
    name = "PYTHONWARNINGS"
    before = os.environ.get(name)
    os.environ[name] = ",".join(filter(None, [before, "ignore:resource_tracker:UserWarning"]))
    try:
        yield
    finally:
        if before is None:
            del os.environ[name]
        else:
            os.environ[name] = before


def _within(folder: Path, function: Callable[..., T], *task: Any) -> T:
    with files.within(folder):
        return function(*task)
