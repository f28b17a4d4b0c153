"""Writing files: whole or not at all, and never over something else.

This module knows paths and the first bytes of the formats that are written here; it knows nothing of what is in a file.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from convexplain.layers import quoted

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
        raise ValueError(f"the file must end in one of {', '.join(suffixes)}. Received: {quoted(target.name)}")
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
    try:
        yield draft
        os.replace(draft, target)
    finally:
        draft.unlink(missing_ok=True)


def write_text(target: str | os.PathLike[str], text: str) -> Path:
    """Write ``text`` whole or not at all."""
    with replacing(target) as draft:
        draft.write_text(text, encoding="utf-8")
    return Path(target)


def _is_of_its_kind(path: Path) -> bool:
    with path.open("rb") as file:
        head = file.read(16)
    return any(head[offset:].startswith(mark) for offset, mark in SIGNATURES[path.suffix.lower()])
