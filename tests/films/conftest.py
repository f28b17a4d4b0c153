"""Films are played without a file: few pixels, few frames, the same pictures."""

from collections.abc import Callable
from typing import Any

import pytest

from convexplain import examples, script


@pytest.fixture(scope="session")
def play(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Any]:
    """Play the film of a script and return its scene, which has recorded the extent of all it showed."""
    from manim import tempconfig

    from convexplain import films

    def played(told: script.Script, scene: Any = None, **options: Any) -> Any:
        settings = {
            "dry_run": True,
            "media_dir": str(tmp_path_factory.mktemp("media")),
            "pixel_width": 214,
            "pixel_height": 120,
            "frame_rate": 4,
            "disable_caching": True,
            "verbosity": "ERROR",
            "progress_bar": "none",
        }
        with tempconfig(settings):
            film = (scene or films.scene_of(told.story.name))(told, pacing="fast", measuring=True, **options)
            film.render()
        return film

    return played


@pytest.fixture(scope="session")
def told() -> Callable[..., script.Script]:
    """The script of a story told of an example."""

    def write(story: str, example: str, **options: Any) -> script.Script:
        return script.write(story, examples.network(example), **options)

    return write
