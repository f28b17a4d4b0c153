"""Files are written whole or not at all, and never over something else."""

from contextlib import contextmanager

import pytest

from convexplain.board.marks import FILM, Draft, dot
from convexplain.system.files import NotWritten, check_target, replacing, scratch_folder, write_text


def test_a_failed_write_leaves_the_old_file_and_nothing_else(tmp_path):
    target = tmp_path / "a.svg"
    write_text(target, "<svg/>")

    def fail_halfway():
        with replacing(target) as draft:
            draft.write_text("<svg")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail_halfway()
    assert target.read_text() == "<svg/>"
    assert [path.name for path in tmp_path.iterdir()] == ["a.svg"]


def test_a_folder_that_cannot_be_written_is_told_before_anything_takes_long():
    with pytest.raises(NotWritten, match="a folder that can be written to: choose another. Received: '/proc', "):
        check_target("/proc/a.png", (".png",))  # not even by root


def test_targets(tmp_path):
    (tmp_path / "mine.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    (tmp_path / "letter.png").write_text("Dear reader")
    (tmp_path / "folder.png").mkdir()
    assert check_target(tmp_path / "new.png", (".png",)).name == "new.png"
    assert check_target(tmp_path / "mine.png", (".png",)).name == "mine.png"
    with pytest.raises(ValueError, match="replaced only when it is a .png file"):
        check_target(tmp_path / "letter.png", (".png",))
    with pytest.raises(ValueError, match="must end in one of .png, .svg. Received: 'a.doc'"):
        check_target(tmp_path / "a.doc", (".png", ".svg"))
    with pytest.raises(ValueError, match="folder that exists"):
        check_target(tmp_path / "no" / "a.png", (".png",))
    with pytest.raises(ValueError, match="must not be a folder"):
        check_target(tmp_path / "folder.png", (".png",))


@contextmanager
def room_for(size):
    """No file may have more bytes than this: what a process meets on a disk that is full."""
    resource = pytest.importorskip("resource")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_without_room_for_a_file_it_is_said_what_to_do_and_nothing_is_left(tmp_path):
    with room_for(1000), pytest.raises(NotWritten, match="make room, or choose another folder. Received: '.*a.svg'"):
        write_text(tmp_path / "a.svg", "<svg" + 10_000 * " ")
    assert list(tmp_path.iterdir()) == []


def test_without_room_for_temporary_files_it_is_said_what_to_do_and_nothing_is_left(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setenv("TMPDIR", str(tmp_path))

    def work():
        with scratch_folder(), scratch_folder() as folder:  # as the whole film has the films of its sections
            (folder / "a").write_bytes(bytes(10_000))

    with room_for(1000), pytest.raises(NotWritten, match="name another folder with TMPDIR") as told:
        work()
    assert str(told.value).count("Received") == 1
    assert list(tmp_path.iterdir()) == []


@pytest.mark.films
def test_a_film_without_room_for_its_parts_is_told_so_and_leaves_nothing(tmp_path, monkeypatch):
    film = pytest.importorskip("convexplain.render.film")
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    told = []
    for place in (600.0, 700.0):
        draft = Draft(FILM)
        draft.put("test", ("dot",), dot("ink", place, 540.0))
        told.append(draft.board(f"at {place:g}", "", hold=0.1))
    with room_for(100), pytest.raises(NotWritten, match="room for temporary files"):
        film.render(told, tmp_path / "a.mp4", quality="low", pacing="fast")
    assert list(tmp_path.iterdir()) == []
