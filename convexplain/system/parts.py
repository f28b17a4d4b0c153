"""The parts that are not always installed: how each is imported, and what to type when it is missing.

This module knows the names of packages and nothing else of them; it imports none before it is asked.
"""

from __future__ import annotations

import importlib
import importlib.util
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType

from convexplain.names import check_name, quoted

KERAS = 'pip install "tensorflow>=2.18" "keras>=3.5"'
MANIM = 'pip install "manim>=0.22"'
if sys.platform == "linux":  # where pip builds two parts of manim from source
    MANIM += ", after apt-get install --no-install-recommends python3-dev gcc pkg-config libcairo2-dev libpango1.0-dev"
INSTALL = {
    "numpy": "pip install numpy",
    "sympy": "pip install sympy",
    "scipy": "pip install scipy",
    "matplotlib": "pip install matplotlib",
    "keras": KERAS,
    "tensorflow": KERAS,
    "manim": MANIM,
    "torch": "pip install torch",
    "jax": "pip install jax",
}
"""What installs each part, by names that the package index has."""
BACKENDS = ("tensorflow", "jax", "torch", "numpy")
"""What Keras may compute with."""


class MissingPart(ImportError):
    """A part that is not installed, such as Keras or manim, or broken; the message says which command installs it.

    >>> issubclass(MissingPart, ImportError)
    True
    """


def require(part: str) -> ModuleType:
    """The module of an optional part, imported quietly, or :class:`MissingPart` with the command that installs it.

    ``ValueError`` where KERAS_BACKEND names what is none.
    """
    loaded = sys.modules.get(part)
    if loaded is not None:
        return loaded
    try:
        if part in ("keras", "tensorflow"):
            if backend := os.environ.get("KERAS_BACKEND"):
                check_name("KERAS_BACKEND", backend, (*BACKENDS, "openvino"))
            # TensorFlow reads this when it is imported; what it writes before that is kept from the terminal.
            os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
            with _standard_error_closed():
                return importlib.import_module(part)
        with _logging_kept():
            return importlib.import_module(part)
    except ModuleNotFoundError as error:
        missing = (error.name or part).split(".")[0]
        reason = "is not installed" if missing == part else f"cannot be imported without {missing}"
        raise MissingPart(f"this needs {part}, which {reason}: {INSTALL[part]}") from error
    except (ImportError, AttributeError, OSError, RuntimeError, SystemError, TypeError) as error:  # of a broken one
        anew = INSTALL[part].replace("install", "install --force-reinstall", 1)
        raise MissingPart(
            f"this needs {part}, which is there but cannot be imported; install it anew: {anew}. "
            f"Received: {type(error).__name__}: {quoted(error, 200)}"
        ) from error


def is_installed(*needed: str) -> bool:
    """Whether all of these parts can be found; nothing is imported."""
    return all(
        (sys.modules[part] if part in sys.modules else importlib.util.find_spec(part)) is not None for part in needed
    )


def keras_and_backend(backend: str | None = None) -> tuple[str, str]:
    """The parts that Keras needs on ``backend``, or on the one it would choose; on numpy it convolves with JAX."""
    chosen = backend or os.environ.get("KERAS_BACKEND") or "tensorflow"
    return "keras", {"numpy": "jax"}.get(chosen, chosen)


@contextmanager
def _logging_kept() -> Iterator[None]:
    """What is logged, and where, stays as it was: manim would have every library's notes written to the terminal."""
    import logging

    root = logging.getLogger()
    level, handlers = root.level, root.handlers[:]
    try:
        yield
    finally:
        root.setLevel(level)
        root.handlers[:] = handlers


@contextmanager
def _standard_error_closed() -> Iterator[None]:
    """Nothing reaches standard error, not even from C++ code that knows no ``sys.stderr``."""
    sys.stderr.flush()
    try:
        kept = os.dup(2)
    except OSError:
        yield
        return
    with open(os.devnull, "wb") as nowhere:
        os.dup2(nowhere.fileno(), 2)
        try:
            yield
        finally:
            os.dup2(kept, 2)
            os.close(kept)
