"""Child processes that end at the latest when we do."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import Self

from smart_charging.errors import ChargingError

POLL_S = 0.05
"""How often to check for log lines and for the end of a child."""

DIE_WITH_PARENT = """\
import ctypes, os, sys
ctypes.CDLL(None).prctl(1, 15)
if os.getppid() == int(sys.argv[1]):
    os.execvp(sys.argv[2], sys.argv[2:])
"""
"""Makes Linux send SIGTERM to the child when its parent dies in any way (PR_SET_PDEATHSIG), also after exec.

If the parent died before that, the child no longer has it as its parent and does not run the command.
"""


class ProcessError(ChargingError):
    """A child process did not start, ended early or took too long; the message contains the end of its log."""


class Process:
    """One command in a session of its own, so that Ctrl-C reaches it only through us.

    Start it from the main thread: Linux treats the end of the starting thread as the parent's death.
    Each start appends to the log; lines of earlier runs are ignored.
    """

    def __init__(
        self,
        name: str,
        command: Sequence[str | Path],
        *,
        log: Path,
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
        patience_s: float = 10,
    ) -> None:
        """Prepare, start nothing.

        Args:
            name: Its name in messages.
            command: Program and arguments, no shell.
            log: The file for standard output and errors; its folder is created.
            env: The whole environment; None passes ours on.
            cwd: None keeps ours.
            patience_s: From SIGTERM to SIGKILL.
        """
        self.name = name
        self.log = log
        self._command = [str(word) for word in command]
        self._env = None if env is None else dict(env)
        self._cwd = cwd
        self._patience_s = patience_s
        self._child: subprocess.Popen[bytes] | None = None
        self._group_id: int | None = None
        self._log_start = 0

    async def __aenter__(self) -> Self:
        self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    @property
    def pid(self) -> int | None:
        """The command's process id, also after its end; None before the first start."""
        return self._child.pid if self._child else None

    @property
    def returncode(self) -> int | None:
        """None while it runs; negative when a signal ended it."""
        return self._child.poll() if self._child else None

    @property
    def is_running(self) -> bool:
        """Whether the command itself runs; processes that it started do not count."""
        return self._child is not None and self._child.poll() is None

    def start(self) -> None:
        """Start the command, again if it has ended.

        Raises:
            ProcessError: It runs already, or there is no such program or folder.
        """
        if self.is_running:
            raise ProcessError(f"{self.name} is running already")
        if not shutil.which(self._command[0], path=(self._env or os.environ).get("PATH")):
            raise ProcessError(f"{self.name} cannot be started: there is no program {self._command[0]}")
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as log:
            self._log_start = log.tell()
            try:
                self._child = subprocess.Popen(  # noqa: S603 - the command is ours, and no shell reads it
                    _tied_to_us(self._command),
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                    env=self._env,
                    cwd=self._cwd,
                    start_new_session=True,
                )
            except OSError as err:
                raise ProcessError(f"{self.name} cannot be started: {err}") from err
        self._group_id = self._child.pid

    def output(self) -> str:
        """What it has written since its last start."""
        with self.log.open("rb") as log:
            log.seek(self._log_start)
            return log.read().decode(errors="replace")

    async def wait_for(self, sign: str | Callable[[], Awaitable[bool]], timeout_s: float) -> None:
        """Wait until the log contains a text, or a function returns True.

        Raises:
            ProcessError: It ended before that, or the timeout is over.
        """
        deadline = time.monotonic() + timeout_s
        while True:
            ended = not self.is_running  # checked first, so that the last lines of a child that ends count
            if sign in self.output() if isinstance(sign, str) else await sign():
                return
            if ended:
                raise self._error(f"ended with code {self.returncode} before it was ready")
            if time.monotonic() > deadline:
                raise self._error(f"was not ready after {timeout_s:g} s")
            await asyncio.sleep(POLL_S)

    async def wait(self) -> int:
        """Wait for its end; returns the exit code, negative for a signal."""
        while (code := self.returncode) is None:  # noqa: ASYNC110 - the system sets no event of asyncio
            await asyncio.sleep(POLL_S)
        return code

    async def stop(self) -> None:
        """End it and its own children: SIGTERM, wait, SIGKILL. Does nothing if it has ended.

        If cancelled while waiting, it sends SIGKILL at once.
        """
        try:
            self._signal(signal.SIGTERM)
            async with asyncio.timeout(self._patience_s):
                await self.wait()
        except TimeoutError:
            pass
        finally:
            self.kill()

    def kill(self) -> None:
        """Kill it and its own children at once."""
        self._signal(signal.SIGKILL)
        self._group_id = None  # the id may be reused
        if self._child:
            self._child.wait()

    def _signal(self, number: signal.Signals) -> None:
        """Send a signal to the process group; once all have ended, Linux says it is missing and macOS denies it."""
        if self._group_id:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self._group_id, number)

    def _error(self, what: str) -> ProcessError:
        last_lines = self.output().splitlines()[-15:]
        return ProcessError("\n    ".join([f"{self.name} {what}; the end of {self.log}:", *last_lines]))


def free_port() -> int:
    """A TCP port that is free on the loopback address now; it is not reserved."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _tied_to_us(command: list[str]) -> list[str]:
    if sys.platform != "linux":
        return command
    return [sys.executable, "-I", "-S", "-c", DIE_WITH_PARENT, str(os.getpid()), *command]
