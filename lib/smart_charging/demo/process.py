"""A child process that is waited for, and never outlives the one who started it."""

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
"""How often a log and an exit are looked for; a child has no way to call us."""

DIE_WITH_PARENT = """\
import ctypes, os, sys
ctypes.CDLL(None).prctl(1, 15)
if os.getppid() == int(sys.argv[1]):
    os.execvp(sys.argv[2], sys.argv[2:])
"""
"""Linux tells the child of its parent's death (PR_SET_PDEATHSIG, SIGTERM), however hard; the wish survives exec.

A parent that died before the wish was made is no longer the parent.
"""


class ProcessError(ChargingError):
    """A child process did not start, ended early or was silent for too long; the message ends with its log."""


class Process:
    """One command in a session of its own, so that Ctrl-C reaches it only through us.

    Start it from the main thread: Linux takes the end of the starting thread for the parent's.
    Each start appends to the log; what earlier runs wrote is not looked at.
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
            name: What messages call it.
            command: Program and arguments, no shell.
            log: Takes standard output and errors; its folder is made.
            env: The whole environment; None passes ours on.
            cwd: None keeps ours.
            patience_s: From the polite request to end until the one that cannot be refused.
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
        """The command's own, also after its end; None before the first start."""
        return self._child.pid if self._child else None

    @property
    def returncode(self) -> int | None:
        """None while it runs; negative when a signal ended it."""
        return self._child.poll() if self._child else None

    @property
    def is_running(self) -> bool:
        """Whether the command itself runs; what it left behind does not count."""
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
        """Wait until the log holds a text, or a question is answered with yes.

        Raises:
            ProcessError: It ended before that, or the time is up.
        """
        deadline = time.monotonic() + timeout_s
        while True:
            ended = not self.is_running  # asked first: the last words of a child that ends count
            if sign in self.output() if isinstance(sign, str) else await sign():
                return
            if ended:
                raise self._error(f"ended with code {self.returncode} before it was ready")
            if time.monotonic() > deadline:
                raise self._error(f"was not ready after {timeout_s:g} s")
            await asyncio.sleep(POLL_S)

    async def wait(self) -> int:
        """Wait for its end; the exit code, negative for a signal."""
        while (code := self.returncode) is None:  # noqa: ASYNC110 - the system sets no event of asyncio
            await asyncio.sleep(POLL_S)
        return code

    async def stop(self) -> None:
        """End it and whatever it started: ask, wait, insist. Nothing happens when it has ended.

        Cancelled while it waits, it insists at once.
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
        """End it and whatever it started, at once."""
        self._signal(signal.SIGKILL)
        self._group_id = None  # the number may soon be somebody else's
        if self._child:
            self._child.wait()

    def _signal(self, number: signal.Signals) -> None:
        """Reach the whole group; macOS forbids what Linux calls missing once all have ended."""
        if self._group_id:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self._group_id, number)

    def _error(self, what: str) -> ProcessError:
        last_lines = self.output().splitlines()[-15:]
        return ProcessError("\n    ".join([f"{self.name} {what}; the end of {self.log}:", *last_lines]))


def free_port() -> int:
    """A TCP port nobody listens on at the loopback address now; nothing keeps it free."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _tied_to_us(command: list[str]) -> list[str]:
    if sys.platform != "linux":
        return command
    return [sys.executable, "-I", "-S", "-c", DIE_WITH_PARENT, str(os.getpid()), *command]
