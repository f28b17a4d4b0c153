"""Work side by side: in processes of this machine, and on a small cluster."""

import pytest

from convexplain.gallery import Picture, draw
from convexplain.together import each


def squared(value):
    """A task that another process can import."""
    return value * value


def failing(value):
    raise ValueError(f"task {value}")


def test_results_come_in_the_order_of_the_tasks():
    assert list(each(squared, [(value,) for value in range(6)], workers=2)) == [0, 1, 4, 9, 16, 25]
    assert list(each(squared, [])) == []


def test_what_a_task_raises_is_raised_here():
    with pytest.raises(ValueError, match="task"):
        list(each(failing, [(1,), (2,)], workers=2))


@pytest.mark.long
def test_a_cluster_of_two_workers_draws(tmp_path):
    distributed = pytest.importorskip("distributed")
    import joblib

    tasks = [(Picture(name, name, "figure"), str(tmp_path)) for name in ("kernel_flip", "channel_summation")]
    with (
        distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster,
        distributed.Client(cluster),
        joblib.parallel_config(backend="dask"),
    ):
        drawn = list(each(draw, tasks))
    assert drawn == [str(tmp_path / f"{picture.file}") for picture, _ in tasks]
    assert all((tmp_path / picture.file).stat().st_size > 10_000 for picture, _ in tasks)
