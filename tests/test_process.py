import asyncio
import os
import signal
import sys
import time
from pathlib import Path

import pytest

from smart_charging.demo.process import Process, ProcessError, free_port


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "logs" / "child.log"


def python(script: str, log: Path, patience_s: float = 10) -> Process:
    return Process("The child", [sys.executable, "-I", "-S", "-c", script], log=log, patience_s=patience_s)


def is_alive(pid: int) -> bool:
    """A child that ended counts as gone even while nobody has asked for its exit code."""
    try:
        status = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return status != "Z"


async def test_it_is_ready_when_its_log_says_so_and_gone_after_the_block(log: Path) -> None:
    async with python("import time; print('ready', flush=True); time.sleep(60)", log) as child:
        await child.wait_for("ready", 10)
        assert child.is_running

    assert child.returncode == -signal.SIGTERM


async def test_it_is_ready_when_a_question_is_answered_with_yes(log: Path) -> None:
    answers = iter([False, False, True])

    async def ready() -> bool:
        return next(answers)

    async with python("import time; time.sleep(60)", log) as child:
        await child.wait_for(ready, 10)

    assert list(answers) == []


async def test_an_early_end_is_an_error_with_the_last_words(log: Path) -> None:
    async with python("print('no such option'); raise SystemExit(3)", log) as child:
        with pytest.raises(ProcessError, match=r"(?s)The child ended with code 3 .*no such option"):
            await child.wait_for("ready", 10)


async def test_silence_is_an_error_once_the_time_is_up(log: Path) -> None:
    async with python("import time; time.sleep(60)", log) as child:
        with pytest.raises(ProcessError, match=r"was not ready after 0\.1 s"):
            await child.wait_for("ready", 0.1)


async def test_what_an_earlier_run_wrote_is_no_sign(log: Path) -> None:
    async with python("print('ready')", log) as child:
        await child.wait()

    async with python("raise SystemExit(1)", log) as child:
        with pytest.raises(ProcessError):
            await child.wait_for("ready", 10)


async def test_a_program_that_does_not_exist_is_named(log: Path) -> None:
    with pytest.raises(ProcessError, match="there is no program no-such-program"):
        Process("The child", ["no-such-program"], log=log).start()


STUBBORN = "import signal, time; signal.signal(15, signal.SIG_IGN); print('ready', flush=True); time.sleep(60)"


async def test_a_child_that_will_not_end_is_killed(log: Path) -> None:
    async with python(STUBBORN, log, patience_s=0.1) as child:
        await child.wait_for("ready", 10)

    assert child.returncode == -signal.SIGKILL


async def test_what_the_child_started_ends_with_it(log: Path) -> None:
    script = f"import subprocess, sys; print(subprocess.Popen([sys.executable, '-c', {STUBBORN!r}]).pid, flush=True)"
    async with python(f"{script}; import time; time.sleep(60)", log) as child:
        await child.wait_for("ready", 10)
        grandchild = int(child.output().split()[0])

    await gone(grandchild)


async def test_a_cancelled_run_leaves_nothing_behind(log: Path) -> None:
    child = python(STUBBORN, log)
    ready = asyncio.Event()

    async def run() -> None:
        async with child:
            await child.wait_for("ready", 10)
            ready.set()
            await child.wait_for("never", 60)

    task = asyncio.create_task(run())
    await ready.wait()
    task.cancel()
    await asyncio.sleep(0.05)
    task.cancel()  # somebody presses Ctrl-C again: no more patience

    with pytest.raises(asyncio.CancelledError):
        await task
    assert child.returncode == -signal.SIGKILL


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells children of their parent's death")
async def test_a_child_ends_when_its_parent_is_killed(log: Path, tmp_path: Path) -> None:
    script = """
import asyncio, sys
from pathlib import Path
from smart_charging.demo.process import Process
child = Process("The grandchild", ["sleep", "60"], log=Path(sys.argv[1]))
child.start()
print(child.pid, flush=True)
asyncio.run(asyncio.sleep(60))
"""
    env = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1] / "lib")}
    command = [sys.executable, "-c", script, str(tmp_path / "grandchild.log")]
    async with Process("The parent", command, log=log, env=env) as parent:
        await parent.wait_for("\n", 10)
        grandchild = int(parent.output())
        assert is_alive(grandchild)
        assert parent.pid is not None
        os.kill(parent.pid, signal.SIGKILL)

        await gone(grandchild)


@pytest.mark.enable_socket
def test_a_free_port_is_one_that_a_server_may_have() -> None:
    assert 1024 <= free_port() <= 65535


async def gone(pid: int) -> None:
    deadline = time.monotonic() + 10
    while is_alive(pid):
        assert time.monotonic() < deadline
        await asyncio.sleep(0.01)
