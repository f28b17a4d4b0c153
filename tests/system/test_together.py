"""Work side by side: in processes of this machine, and on a small cluster."""

import os
import signal
import subprocess
import sys
import time
import warnings
from pathlib import Path

import pytest

from convexplain.gallery import Picture, draw
from convexplain.system.files import replacing, scratch_folder
from convexplain.system.together import each


def squared(value):
    """A task that another process can import."""
    return value * value


def failing(value):
    raise ValueError(f"task {value}")


def beginning(folder, number):
    """A task that begins a file and a folder, and is not done before anybody stops it."""
    with scratch_folder(), replacing(Path(folder) / f"{number}.svg") as draft:
        draft.write_text("<svg")
        time.sleep(600)


def test_results_come_in_the_order_of_the_tasks():
    assert list(each(squared, [(value,) for value in range(6)], workers=2)) == [0, 1, 4, 9, 16, 25]
    assert list(each(squared, [])) == []


def test_what_a_task_raises_is_raised_here():
    with pytest.raises(ValueError, match="task"):
        list(each(failing, [(1,), (2,)], workers=2))


def test_that_a_process_is_replaced_is_not_said():
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        list(each(squared, [(1,), (2,)], workers=2))
        for words in ("A worker stopped while some jobs were given to the executor.", "something else"):
            warnings.warn_explicit(words, UserWarning, "a.py", 1, module="joblib.externals.loky.process_executor")
    assert [str(one.message) for one in said] == ["something else"]


@pytest.mark.long
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_nothing_is_left_of_work_that_is_stopped(tmp_path, number):
    code = (
        "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)\n"  # a shell's background ignores it
        "from convexplain.system.stopping import stoppable; from convexplain.system.together import each\n"
        "import test_together\n"
        f"tasks = [({str(tmp_path)!r}, number) for number in range(5)]\n"
        "with stoppable():\n"
        "    list(each(test_together.beginning, tasks, 2))\n"
    )
    tests = Path(__file__).parent
    places = {"TMPDIR": str(tmp_path), "PYTHONPATH": os.pathsep.join([str(tests), str(tests.parent)])}
    command = [sys.executable, "-c", code]
    with subprocess.Popen(command, env=os.environ | places, stderr=subprocess.PIPE, text=True) as process:
        while len(list(tmp_path.glob(".*.svg"))) < 2:
            assert process.poll() is None
            time.sleep(0.05)
        process.send_signal(number)
        _, said = process.communicate(timeout=60)  # until no process holds its standard error any more
    assert process.returncode == -number
    assert "resource_tracker" not in said
    assert list(tmp_path.iterdir()) == []


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
