"""Writing files: whole or not at all, and never over something else.

This module knows paths and the first bytes of the formats that are written here; it knows nothing of what is in a file.
"""

from __future__ import annotations

import errno
import os
import secrets
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from convexplain.names import nearest, quoted
from convexplain.system.stopping import stoppable

SIGNATURES = {
    ".pdf": ((0, b"%PDF"),),
    ".png": ((0, b"\x89PNG"),),
    ".svg": ((0, b"<?xml"), (0, b"<svg")),
    ".gif": ((0, b"GIF8"),),
    ".webp": ((8, b"WEBP"),),
    ".mp4": ((4, b"ftyp"),),
    ".webm": ((0, b"\x1aE\xdf\xa3"),),
    ".html": ((0, b"<!doctype html"), (0, b"<!DOCTYPE html")),
}
"""How a file of each kind begins: (offset, bytes), any one of them."""


WRITER = {
    **dict.fromkeys((".pdf", ".svg", ".png"), "figure"),
    **dict.fromkeys((".gif", ".webp"), "animate (figure on the command line)"),
    **dict.fromkeys((".mp4", ".webm"), "film"),
    ".html": "page",
}
"""Which call writes each kind."""


def check_target(path: str | os.PathLike[str], suffixes: tuple[str, ...]) -> Path:
    """The path as one that may be written: of a supported kind, in a folder that exists, and not over a file of another
    kind.

    ``ValueError`` when it is not, ``NotWritten`` when nothing can be written into the folder; nothing is left there.
    """
    target = Path(os.path.expanduser(path))
    if len(target.name) > 255 or len(str(target)) > 4000 or "\0" in str(target):
        raise ValueError(f"the file must have a name that can be written. Received: {quoted(target.name)}")
    if target.suffix.lower() not in suffixes:
        writer = WRITER.get(target.suffix.lower())
        near = (
            f", which is written by {writer}" if writer else nearest(target.suffix, suffixes) if target.suffix else ""
        )
        raise ValueError(f"the file must end in one of {', '.join(suffixes)}. Received: {quoted(target.name)}{near}")
    if not target.parent.is_dir():
        raise ValueError(f"the file must go into a folder that exists. Received: {quoted(target.parent, 80)}")
    try_folder(target.parent, "the file must go into a folder that can be written to: choose another")
    if target.is_dir():
        raise ValueError(f"the file must not be a folder. Received: {quoted(target, 80)}")
    if target.exists() and target.stat().st_size and not _is_of_its_kind(target):
        raise ValueError(
            f"an existing file is replaced only when it is a {target.suffix.lower()} file; choose another name or "
            "remove it. "
            f"Received: {quoted(target, 80)}"
        )
    return target


def try_folder(folder: Path, required: str) -> None:
    """Write into a folder, and leave nothing there. ``NotWritten`` says what is ``required`` where that fails: at once,
    not when all is drawn; and root has every permission, so that asking for permissions says little.
    """
    with writable(folder, required):
        tempfile.TemporaryFile(dir=folder).close()


class NotWritten(OSError):
    """What keeps a file from being written, and what can be done about it."""


@contextmanager
def replacing(target: str | os.PathLike[str]) -> Iterator[Path]:
    """A temporary path beside ``target``; moved into place when the block succeeds, removed when it fails or is
    stopped. ``NotWritten`` says what keeps ``target`` from it.
    """
    target = Path(target)
    draft = target.with_name(f".{target.stem}.{secrets.token_hex(4)}{target.suffix}")
    with stoppable(), _noted(draft), writable(target, "the file must be writable: make room, or choose another folder"):
        try:
            yield draft
            os.replace(draft, target)
        finally:
            draft.unlink(missing_ok=True)


@contextmanager
def scratch_folder() -> Iterator[Path]:
    """A temporary folder for a long piece of work; it is removed when the block ends, fails or is stopped.
    ``NotWritten`` says what keeps the work from going on there.
    """
    required = "there must be room for temporary files: make some, or name another folder with TMPDIR"
    with (
        stoppable(),
        writable(os.environ.get("TMPDIR", "/tmp"), required),
        tempfile.TemporaryDirectory(prefix="convexplain-", ignore_cleanup_errors=True) as name,
    ):
        yield Path(name)


@contextmanager
def writable(where: str | os.PathLike[str], required: str) -> Iterator[None]:
    """What the system says of a place that cannot be written, as a sentence; unless one is told already."""
    try:
        yield
    except (NotWritten, ConnectionError):  # told already; not of a file, but of a pipe
        raise
    except OSError as error:
        said = error.strerror or str(error)
        raise NotWritten(error.errno or errno.EIO, f"{required}. Received: {quoted(where, 80)}, {said}") from error


_notes: Path | None = None
"""Where another process reads which drafts are on their way here."""


@contextmanager
def within(folder: Path) -> Iterator[None]:
    """What is begun in this block is cleared by another process that may kill this one, with ``clear(folder)``:
    temporary files stand in the ``folder``, and notes of drafts that stand elsewhere.
    """
    global _notes
    before = _notes, tempfile.tempdir
    if folder.is_dir():  # else this is another machine
        _notes, tempfile.tempdir = folder, str(folder)
    try:
        yield
    finally:
        _notes, tempfile.tempdir = before


def clear(folder: Path) -> None:
    """Remove the drafts that a killed process has left, by its notes in the ``folder``."""
    for note in folder.glob("*.note"):
        Path(os.readlink(note)).unlink(missing_ok=True)


@contextmanager
def _noted(draft: Path) -> Iterator[None]:
    note = None if _notes is None else _notes / f"{secrets.token_hex(8)}.note"
    if note is None:
        yield
        return
    with suppress(OSError):  # a link is made at once and needs no room; but not everywhere may everybody make one
        note.symlink_to(draft.absolute())
    try:
        yield
    finally:
        note.unlink(missing_ok=True)


def write_text(target: str | os.PathLike[str], text: str) -> Path:
    """Write ``text`` whole or not at all."""
    with replacing(target) as draft:
        draft.write_text(text, encoding="utf-8")
    return Path(target)


def _is_of_its_kind(path: Path) -> bool:
    with path.open("rb") as file:
        head = file.read(16)
    return any(head[offset:].startswith(mark) for offset, mark in SIGNATURES[path.suffix.lower()])
