"""How work is stopped: by Ctrl-C, and by SIGTERM and SIGHUP, which would end a process where it stands.

This module knows signals. What must not outlive the process is removed where it was made, in a ``finally`` or at the
end of a ``with``: here it is seen to that these are reached.
"""

from __future__ import annotations

import atexit
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

ENDING = tuple(getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name))


class _Told:
    """What a block does when a signal comes."""

    def __init__(self, between: bool) -> None:
        self.between = between
        self.asked: list[int] = []

    def __call__(self, number: int, frame: object) -> None:
        self.asked.append(number)
        if not self.between:
            raise KeyboardInterrupt

    def pause(self) -> None:
        if self.asked:
            raise KeyboardInterrupt


@contextmanager
def stoppable(between: bool = False) -> Iterator[Callable[[], None]]:
    """SIGTERM and SIGHUP do in this block what Ctrl-C does: they raise ``KeyboardInterrupt``, so that all that is open
    is closed; then, outside the outermost of such blocks, they end the process.

    What must not be left at any moment is stopped ``between`` two parts of its work: there all three only take note,
    and the block calls what it is given when it may be stopped. (An exception that a signal raises is lost when a
    destructor runs at that moment, and a thread of somebody else's may then be waited for without end.) A handler that
    somebody else has set is left alone, and so is every thread but the main one.
    """
    told, before = _Told(between), dict[int, Any]()
    if threading.current_thread() is threading.main_thread():
        for number in (*ENDING, *([signal.SIGINT] if between else [])):
            handler = signal.getsignal(number)
            if isinstance(handler, _Told) or handler in (signal.SIG_DFL, signal.default_int_handler):
                before[number] = signal.signal(number, told)
    try:
        yield told.pause
        told.pause()
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        for number in told.asked:
            if isinstance(before[number], _Told):
                before[number].asked.append(number)
            elif number != signal.SIGINT:
                atexit._run_exitfuncs()  # as when a program ends by itself: other processes of its own are ended, too
                signal.raise_signal(number)
