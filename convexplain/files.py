"""Writing files: whole or not at all, and never over something else.

This module knows paths and the first bytes of the formats that are written here; it knows nothing of what is in a file.
"""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from convexplain.layers import quoted
from convexplain.names import nearest

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


def check_target(path: str | os.PathLike[str], suffixes: tuple[str, ...]) -> Path:
    """The path as one that may be written: of a supported kind, in a folder that exists, and not over a file of another
    kind.

    ``ValueError`` when it is not; nothing is touched.
    """
    target = Path(path)
    if len(target.name) > 255 or len(str(target)) > 4000 or "\0" in str(target):
        raise ValueError(f"the file must have a name that can be written. Received: {quoted(target.name)}")
    if target.suffix.lower() not in suffixes:
        near = nearest(target.suffix, suffixes) if target.suffix else ""
        raise ValueError(f"the file must end in one of {', '.join(suffixes)}. Received: {quoted(target.name)}{near}")
    if not target.parent.is_dir():
        raise ValueError(f"the file must go into a folder that exists. Received: {quoted(target.parent, 80)}")
    if target.is_dir():
        raise ValueError(f"the file must not be a folder. Received: {quoted(target, 80)}")
    if target.exists() and target.stat().st_size and not _is_of_its_kind(target):
        raise ValueError(
            f"an existing file is replaced only when it is a {target.suffix.lower()} file; choose another name or "
            "remove it. "
            f"Received: {quoted(target, 80)}"
        )
    return target


@contextmanager
def replacing(target: str | os.PathLike[str]) -> Iterator[Path]:
    """A temporary path beside ``target``; moved into place when the block succeeds, removed when it fails."""
    target = Path(target)
    draft = target.with_name(f".{target.stem}.{secrets.token_hex(4)}{target.suffix}")
    _passing.add(draft)
    try:
        yield draft
        os.replace(draft, target)
    finally:
        draft.unlink(missing_ok=True)
        _passing.discard(draft)


@contextmanager
def scratch_folder() -> Iterator[Path]:
    """A temporary folder for a long piece of work; it is removed even when the process is told to end."""
    with _cleared_when_told_to_end(), tempfile.TemporaryDirectory(prefix="convexplain-") as name:
        folder = Path(name)
        _passing.add(folder)
        try:
            yield folder
        finally:
            _passing.discard(folder)


_passing: set[Path] = set()
"""What must not outlive the process."""


@contextmanager
def _cleared_when_told_to_end() -> Iterator[None]:
    """Unlike Ctrl-C, SIGTERM and SIGHUP end a process where it stands. Inside the block they first remove what must not
    outlive it. (To raise an exception instead is not safe: it is lost when a destructor runs at that moment.) A handler
    that somebody else has set is left alone.
    """

    def end(number: int, frame: object) -> None:
        for path in list(_passing):
            if path.is_dir():
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink(missing_ok=True)
        signal.signal(number, signal.SIG_DFL)
        signal.raise_signal(number)

    ending = [getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]
    is_main = threading.current_thread() is threading.main_thread()
    mine = [number for number in ending if is_main and signal.getsignal(number) is signal.SIG_DFL]
    for number in mine:
        signal.signal(number, end)
    try:
        yield
    finally:
        for number in mine:
            signal.signal(number, signal.SIG_DFL)


def write_text(target: str | os.PathLike[str], text: str) -> Path:
    """Write ``text`` whole or not at all."""
    with replacing(target) as draft:
        draft.write_text(text, encoding="utf-8")
    return Path(target)


def _is_of_its_kind(path: Path) -> bool:
    with path.open("rb") as file:
        head = file.read(16)
    return any(head[offset:].startswith(mark) for offset, mark in SIGNATURES[path.suffix.lower()])
