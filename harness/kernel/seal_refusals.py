"""What a simulated step may not do at all, and what to do instead.

Each refusal names the places where the call can be stopped before anything real has happened: a
module's function, or `__init__` and `start` of a class that Python code defines, which also catches
`from socket import socket` done long before.

Files: a step may read and may not write. What one run writes, the next one would find, and then runs
are no longer independent and a replay elsewhere diverges; what is meant to outlive a process belongs
in a simulated resource. Directories named in `Seal(writable=...)` are exempt. Reading stays allowed
because code loads templates, certificates and modules lazily; a file that changes between two runs
is found as a divergence.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable  # attrs reads it
from typing import TYPE_CHECKING, Any, NoReturn

import attrs

if TYPE_CHECKING:
    import threading
    from collections.abc import Sequence
    from types import FrameType

    from harness.kernel.seal import Seal


_SEAL = "harness.kernel.seal"


@attrs.frozen(kw_only=True)
class Refusal:
    """One call that is refused inside a step.

    Attributes:
      call: what the error names, such as "time.sleep".
      instead: what to do instead, an imperative sentence without a full stop.
      group: which refusals are lifted together; see `refusals_without`.
      at: the dotted paths of the functions or methods to stop; by default just `call`. Those that
        this platform lacks are passed over.
      allows: (seal, *args, **kwargs) -> whether this very call may reach the real thing after all.
      import_first: whether its module is worth importing only to be sealed.
    """

    call: str
    instead: str
    group: str
    at: tuple[str, ...] = attrs.field(default=attrs.Factory(lambda self: (self.call,), True))
    allows: Callable[..., bool] | None = None
    import_first: bool = True

    def reachable(self) -> tuple[str, ...]:
        """The paths to stop now: those in a module that is not to be imported may be left."""
        return tuple(path for path in self.at if self.import_first or _module(path) in sys.modules)

    def answer(self, seal: Seal, real: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """The rule for these entry points."""
        if self.allows is not None and self.allows(seal, *args, **kwargs):
            return real(*args, **kwargs)
        return self._refuse(seal)

    def _refuse(self, seal: Seal) -> NoReturn:
        seal.refuse(self.call, self.instead)


def _module(path: str) -> str:
    """The module of a path to a method."""
    return path.rpartition(".")[0].rpartition(".")[0]


# ---- exceptions to the rules ----------------------------------------------------------------------


def _is_kernel_thread(seal: Seal, thread: threading.Thread) -> bool:
    return seal.thread_allowed(thread)


def _selects_nothing(_seal: Seal, loop: Any, selector: object = None) -> bool:
    """An event loop that brings its own selector, such as trio-asyncio's, is somebody's bridge."""
    if selector is None:
        loop._closed = True  # or its `__del__` would complain of what was never opened
    return selector is not None


def _is_debugger(_seal: Seal, *_args: object) -> bool:
    """`breakpoint()` in a step: pdb reads its commands through `cmd`, with `input`."""
    frame: FrameType | None = sys._getframe()
    while frame is not None and str(frame.f_globals.get("__name__")).startswith(_SEAL):
        frame = frame.f_back
    return frame is not None and frame.f_globals.get("__name__") == "cmd"


def _is_writable(seal: Seal, path: Any) -> bool:
    if isinstance(path, int):
        return True  # somebody opened it; that was judged then
    real_path = os.path.realpath(os.fsdecode(path))
    if real_path == os.devnull:
        return True
    return any(real_path == root or real_path.startswith(root + os.sep) for root in seal.writable)


def _open_allowed(
    seal: Seal, file: Any, mode: str = "r", *_args: object, **_kwargs: object
) -> bool:
    return not set(mode) & set("wax+") or _is_writable(seal, file)


_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND


def _os_open_allowed(seal: Seal, path: Any, flags: int, *_args: object, **kwargs: object) -> bool:
    return not flags & _WRITING or ("dir_fd" not in kwargs and _is_writable(seal, path))


def _paths_writable(count: int) -> Callable[..., bool]:
    def allowed(seal: Seal, *args: Any, **kwargs: object) -> bool:
        paths = args[:count]
        relative = any(key.endswith("dir_fd") for key in kwargs)
        return len(paths) == count and not relative and all(_is_writable(seal, p) for p in paths)

    return allowed


# ---- the table ------------------------------------------------------------------------------------

_NETWORK = "talk to a simulated resource of the world, or over `trio.testing.memory_stream_pair()`"
_CHILD = "start a simulated process with `world.start(...)`"
_SIGNAL = "end or restart a simulated process with the methods of what `world.start(...)` returns"
_ASYNCIO = (
    "await Trio's equivalent, because this step runs under Trio; trio-asyncio bridges the two "
    "(docs/explanation/asyncio.md)"
)
_THREAD = "use `await trio.to_thread.run_sync(...)`, which runs in lockstep with the simulation"
_POLL = "wait with Trio: `await trio.sleep(...)`, an Event, or a memory channel"
_FILE = "keep what must outlive a process in a simulated resource such as `world.database(...)`"


def _group(group: str, instead: str, *calls: str) -> tuple[Refusal, ...]:
    return tuple(Refusal(call=call, instead=instead, group=group) for call in calls)


def _changing_files(count: int, *calls: str) -> tuple[Refusal, ...]:
    allows = _paths_writable(count)
    return tuple(Refusal(call=call, instead=_FILE, group="files", allows=allows) for call in calls)


_ENDING = "let the main function return, or kill the simulated process from outside"

#: Everything that is refused unless a Seal is told otherwise.
REFUSALS: tuple[Refusal, ...] = (
    Refusal(call="time.sleep", instead="use `await trio.sleep(seconds)`", group="sleep"),
    Refusal(
        call="socket.socket", instead=_NETWORK, group="network", at=("socket.socket.__init__",)
    ),
    *_group(
        "network",
        _NETWORK,
        "socket.socketpair",
        "socket.create_connection",
        "socket.getaddrinfo",
        "socket.gethostbyname",
        "socket.gethostbyname_ex",
        "socket.gethostbyaddr",
        "socket.getnameinfo",
    ),
    Refusal(
        call="subprocess.Popen",
        instead=_CHILD,
        group="processes",
        at=("subprocess.Popen.__init__",),
    ),
    Refusal(
        call="multiprocessing.Process.start",
        instead=_CHILD,
        group="processes",
        at=("multiprocessing.process.BaseProcess.start",),
        import_first=False,  # heavy, and its children are stopped at os.fork and fork_exec as well
    ),
    *_group(
        "processes",
        _CHILD,
        "os.system",
        "os.fork",
        "os.forkpty",
        "os.posix_spawn",
        "os.posix_spawnp",
        "_posixsubprocess.fork_exec",
        "trio.run_process",
        "trio.lowlevel.open_process",
    ),
    *_group("processes", _ENDING, "os.execv", "os.execve", "os._exit", "os.abort"),
    *_group(
        "signals",
        _SIGNAL,
        "signal.signal",
        "signal.setitimer",
        "signal.alarm",
        "signal.raise_signal",
        "signal.pthread_kill",
        "signal.set_wakeup_fd",
        "signal.pause",
        "signal.sigwait",
        "signal.sigtimedwait",
        "os.kill",
        "os.killpg",
        "trio.open_signal_receiver",
    ),
    Refusal(
        call="asyncio.run",
        instead=_ASYNCIO,
        group="asyncio",
        at=("asyncio.run", "asyncio.runners.run", "asyncio.Runner.run"),
    ),
    Refusal(
        call="asyncio.new_event_loop",
        instead=_ASYNCIO,
        group="asyncio",
        at=("asyncio.new_event_loop", "asyncio.events.new_event_loop"),
    ),
    Refusal(
        call="run_forever of an asyncio event loop",
        instead=_ASYNCIO,
        group="asyncio",
        at=("asyncio.base_events.BaseEventLoop.run_forever",),
    ),
    Refusal(
        call="an asyncio event loop",
        instead=_ASYNCIO,
        group="asyncio",
        at=("asyncio.selector_events.BaseSelectorEventLoop.__init__",),
        allows=_selects_nothing,
    ),
    Refusal(
        call="threading.Thread.start",
        instead=_THREAD,
        group="threads",
        at=("threading.Thread.start",),
        allows=_is_kernel_thread,
    ),
    *_group("threads", _THREAD, "_thread.start_new_thread"),
    Refusal(
        call="concurrent.futures.ThreadPoolExecutor",
        instead=_THREAD,
        group="threads",
        at=(
            "concurrent.futures.thread.ThreadPoolExecutor.__init__",
            "concurrent.futures.thread.ThreadPoolExecutor.submit",
        ),
    ),
    Refusal(
        call="concurrent.futures.ProcessPoolExecutor",
        instead=_CHILD,
        group="processes",
        at=(
            "concurrent.futures.process.ProcessPoolExecutor.__init__",
            "concurrent.futures.process.ProcessPoolExecutor.submit",
        ),
        import_first=False,
    ),
    Refusal(
        call="input",
        instead="pass the value as a parameter of the scenario",
        group="console",
        at=("builtins.input",),
        allows=_is_debugger,
    ),
    *_group("polling", _POLL, "select.select", "select.poll", "select.epoll", "select.kqueue"),
    Refusal(
        call="a selector of the `selectors` module",
        instead=_POLL,
        group="polling",
        # Not the base class: trio-asyncio's selector, which selects nothing, derives from it.
        at=(
            "selectors._PollLikeSelector.__init__",
            "selectors.SelectSelector.__init__",
            "selectors.KqueueSelector.__init__",
        ),
    ),
    Refusal(
        call="open for writing",
        instead=_FILE,
        group="files",
        at=("builtins.open", "io.open"),
        allows=_open_allowed,
    ),
    Refusal(
        call="os.open for writing",
        instead=_FILE,
        group="files",
        at=("os.open",),
        allows=_os_open_allowed,
    ),
    *_changing_files(
        1,
        "os.remove",
        "os.unlink",
        "os.mkdir",
        "os.rmdir",
        "os.truncate",
        "os.chmod",
        "os.utime",
        "os.mkfifo",
    ),
    *_changing_files(2, "os.rename", "os.replace", "os.link", "os.symlink"),
)


def refusals_without(*groups: str, refusals: Sequence[Refusal] = REFUSALS) -> tuple[Refusal, ...]:
    """The default refusals less some groups, for a bridge that simulates what they guard.

    Raises:
      ValueError: for a group that none of the refusals belongs to.
    """
    known = sorted({refusal.group for refusal in refusals})
    for group in groups:
        if group not in known:
            raise ValueError(
                f"there is no group of refusals {group!r}; there are: {', '.join(known)}"
            )
    return tuple(refusal for refusal in refusals if refusal.group not in groups)
