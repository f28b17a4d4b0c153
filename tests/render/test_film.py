"""Films as files: whole, the same each time, with their colours and title, and nothing left of one that is stopped."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from board.boards import boards

from convexplain.render import film
from convexplain.render.settings import course
from convexplain.system import parts

films = [
    pytest.mark.films,
    pytest.mark.skipif(not parts.is_installed("manim"), reason='needs pip install "convexplain[films]"'),
]


def test_what_cannot_be_rendered_is_refused_before_anything_is_loaded(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "manim", None)
    for options, message in (
        ({"quality": "best"}, r"quality must be one of 'low', 'medium', 'full', 'high'. Received: 'best'"),
        ({"pacing": "slow"}, "pacing must be one of 'teach', 'normal', 'fast'. Received: 'slow'"),
        ({"theme": "blue"}, "theme must be one of 'dark', 'light'. Received: 'blue'"),
    ):
        with pytest.raises(ValueError, match=message):
            film.render(boards(), tmp_path / "a.mp4", **options)
    with pytest.raises(ValueError, match=r"one of \.mp4, \.webm"):
        film.render(boards(), tmp_path / "a.gif")
    with pytest.raises(parts.MissingPart, match=r"pip install .manim>="):
        film.render(boards(), tmp_path / "a.mp4")
    assert list(tmp_path.iterdir()) == []


class TestFilms:
    pytestmark = films

    @pytest.mark.parametrize("suffix", film.SUFFIXES)
    def test_a_film_has_its_title_its_length_and_its_colours(self, tmp_path, suffix):
        import av

        first = tmp_path / f"first{suffix}"
        options = {"quality": "low", "pacing": "fast", "theme": "light", "title": "Three boards"}
        assert film.render(boards(), first, **options) == str(first)
        assert sorted(tmp_path.iterdir()) == [first]
        with av.open(str(first)) as container:
            shown = [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]
            assert container.metadata["title"] == "Three boards"
            assert container.streams.video[0].codec_context.color_range == 1  # limited, and said
        steps = course(boards(), "fast")
        seconds = sum(step.hold + (step.way.duration if step.way else 0) for step in steps)
        assert len(shown) == int(15 * seconds + 1e-6)
        assert shown[0].shape == (480, 854, 3)
        assert np.abs(shown[-1][:5].astype(int) - 255).max() <= 2

    def test_nothing_is_left_of_a_film_that_failed(self, tmp_path, monkeypatch):
        monkeypatch.setattr("tempfile.tempdir", str(tmp_path))

        def fail(board):
            raise RuntimeError(board.name)

        with pytest.raises(RuntimeError, match="stage"):
            film.render(boards(), tmp_path / "a.mp4", quality="low", on_board=fail)
        assert list(tmp_path.iterdir()) == []

    @pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
    def test_nothing_is_left_of_a_film_that_was_stopped(self, tmp_path, number):
        code = (
            "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)\n"  # a background ignores it
            "from board.boards import boards; from convexplain.render import film\n"
            f"film.render(boards(), {str(tmp_path / 'a.mp4')!r}, on_board=lambda board: print(board.name, flush=True))"
        )
        tests = Path(__file__).parents[1]
        places = {"TMPDIR": str(tmp_path), "PYTHONPATH": os.pathsep.join([str(tests), str(tests.parent)])}
        command = [sys.executable, "-c", code]
        with subprocess.Popen(
            command, env=os.environ | places, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        ) as process:
            assert process.stdout.readline() == b"stage\n"
            assert [path for path in tmp_path.iterdir() if path.name.startswith("convexplain-")]
            process.send_signal(number)
            assert process.wait(timeout=60) == -number
        assert list(tmp_path.iterdir()) == []
