"""Pictures as files: the same bytes each time, whole or not at all, with their subject."""

import pictures
import pytest
from PIL import Image, ImageSequence

from convexplain import plots


@pytest.mark.parametrize("suffix", plots.STILL)
def test_the_same_bytes_twice(tmp_path, suffix):
    script = pictures.write("channel_summation", "small")
    first, second = (tmp_path / f"{name}{suffix}" for name in ("first", "second"))
    assert plots.save(plots.figure(script), first) == str(first)
    plots.save(plots.figure(script), second)
    assert first.read_bytes() == second.read_bytes()
    assert sorted(tmp_path.iterdir()) == [first, second]


def test_the_file_says_what_it_shows(tmp_path):
    script = pictures.write("channel_summation", "small")
    for suffix in (".png", ".svg", ".pdf"):
        plots.save(plots.figure(script), tmp_path / f"a{suffix}")
    with Image.open(tmp_path / "a.png") as image:
        said = image.text["Title"]
    assert said == plots.subject(script)
    assert "w1 of shape (3, 2, 2)" in said
    assert "channel_summation: how one output" in (tmp_path / "a.svg").read_text()
    assert b"channel_summation: how one output" in (tmp_path / "a.pdf").read_bytes()


@pytest.mark.parametrize("name", ["a.jpg", "a", "a.gif", ".pdf"])
def test_a_figure_is_pdf_svg_or_png(tmp_path, name):
    figure = plots.figure(pictures.write("kernel_flip", "flip"))
    with pytest.raises(ValueError, match=r"one of \.pdf, \.svg, \.png"):
        plots.save(figure, tmp_path / name)
    assert list(tmp_path.iterdir()) == []


def test_nothing_is_left_of_an_animation_that_failed(tmp_path):
    script = pictures.write("channel_summation", "small")

    def fail(frame):
        raise RuntimeError(frame.name)

    with pytest.raises(RuntimeError, match="input"):
        plots.animate(script, tmp_path / "a.gif", on_frame=fail)
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(ValueError, match="pacing must be one of 'teach', 'normal', 'fast'"):
        plots.animate(script, tmp_path / "a.gif", pacing="slow")
    with pytest.raises(ValueError, match=r"one of \.gif, \.webp"):
        plots.animate(script, tmp_path / "a.pdf")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.long
@pytest.mark.parametrize("story", pictures.STORIES)
def test_an_animation_is_small_and_the_same_each_time(tmp_path, story):
    script = pictures.write(story, "small" if story == "channel_summation" else "flip")
    told = []
    for name in ("first", "second"):
        plots.animate(script, tmp_path / f"{name}.gif", on_frame=told.append)
    assert (tmp_path / "first.gif").read_bytes() == (tmp_path / "second.gif").read_bytes()
    assert (tmp_path / "first.gif").stat().st_size < 1_200_000
    assert [frame.name for frame in told] == 2 * [frame.name for frame in script.story.frames]
    with Image.open(tmp_path / "first.gif") as image:
        durations = [frame.info["duration"] for frame in ImageSequence.Iterator(image)]
    assert durations[-1] == 2500
    assert min(durations) >= 50


@pytest.mark.long
def test_webp_and_gif_show_the_same(tmp_path):
    script = pictures.write("channel_summation", "small")
    lengths = []
    for suffix in plots.ANIMATED:
        plots.animate(script, tmp_path / f"a{suffix}", pacing="fast")
        with Image.open(tmp_path / f"a{suffix}") as image:
            pictures_shown = [frame.convert("RGB").tobytes() for frame in ImageSequence.Iterator(image)]
        lengths.append((len(pictures_shown), pictures_shown[-1]))
    assert lengths[0] == lengths[1]
