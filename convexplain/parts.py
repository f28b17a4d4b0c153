"""The parts that are not always installed: how each is imported, and what to type when it is missing.

This module knows the names of packages and nothing else of them. It must not import any before it is asked.
"""

from __future__ import annotations

import importlib
import importlib.util
import os
from types import ModuleType

INSTALL = {
    "keras": 'pip install "convexplain[keras]"',
    "manim": 'pip install "convexplain[films]"',
    "torch": "pip install torch",
    "jax": "pip install jax",
}
"""What installs each part. PyTorch and JAX are other opinions on a layer; no extra of this package asks for them."""


class MissingPart(ImportError):
    """A part of the package that is not installed; the message says which command installs it."""


def require(part: str) -> ModuleType:
    """The module of an optional part, imported quietly, or :class:`MissingPart` with the command that installs it."""
    if part == "keras":
        _quieten_tensorflow()
    try:
        return importlib.import_module(part)
    except ImportError as error:
        missing = error.name or part
        raise MissingPart(
            f"this needs {part}, which is not installed: {INSTALL[part]}"
            if missing.split(".")[0] == part
            else f"this needs {part}, which could not be imported because {missing} is missing: {INSTALL[part]}"
        ) from error


def is_installed(part: str) -> bool:
    """Whether an optional part can be imported, without importing it."""
    backend = os.environ.get("KERAS_BACKEND", "tensorflow") if part == "keras" else part
    return all(importlib.util.find_spec(name) is not None for name in (part, backend))


def _quieten_tensorflow() -> None:
    """TensorFlow reads these when it is imported; left alone it writes a page of notices to standard error."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")
