"""Files are written whole or not at all, and never over something else."""

import pytest

from convexplain.files import check_target, replacing, write_text


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
