"""Work that is done side by side: the sections of a film, the gallery, a folder of models.

Through joblib: processes of this machine by default, and whatever a user's own ``joblib.parallel_config`` names
instead, such as a Dask cluster for who renders a whole course. This module knows neither pictures nor networks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, TypeVar

T = TypeVar("T")


def each(function: Callable[..., T], tasks: Iterable[tuple[Any, ...]], workers: int | None = None) -> Iterator[T]:
    """``function(*task)`` for every task, in processes side by side; results in the tasks' order, as they come. Work
    begins at once, also when nobody has asked for a result yet.

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
    return parallel(delayed(function)(*task) for task in todo)
