"""The command people try first, as a process of its own."""

import os
import signal
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
DEMO = [sys.executable, "-m", "smart_charging", "demo"]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What people get who install a wheel: the package's files and nothing of the checkout."""
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", str(folder), str(ROOT)]
    subprocess.run(build, check=True, capture_output=True, timeout=120)  # noqa: S603  # our own words
    (built,) = folder.glob("smart_charging-*.whl")
    with zipfile.ZipFile(built) as archive:
        archive.extractall(folder / "site")
    return folder / "site"


def environment(site: Path) -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(site)}


def test_a_night_from_a_wheel_has_the_car_ready_and_says_what_it_cost(wheel: Path, tmp_path: Path) -> None:
    played = subprocess.run(  # noqa: S603  # our own words
        [*DEMO, "--quarter", "2", "--kwh", "5.5", "--verbose"],
        env=environment(wheel),
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )

    assert played.returncode == 0, played.stdout + played.stderr
    lines = played.stdout.splitlines()
    for entity_id in ("binary_sensor.monta_garage_cable", "sensor.monta_garage_plan", "switch.monta_garage_charging"):
        assert any(entity_id in line for line in lines), entity_id
    summary = {line.split()[0]: line for line in lines[-5:] if line}
    assert set(summary) == {"Charged", "Cost", "Saved", "Ready", "Cloud"}
    assert " of 5.5 kWh" in summary["Charged"]
    assert "charged at 11 kW" in played.stdout
    assert not {"\x1b", "\r"} & set(played.stdout)


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_a_signal_stops_all_it_started(number: signal.Signals, code: int, tmp_path: Path) -> None:
    with started(tmp_path) as demo:
        children = children_of(demo.pid)
        demo.send_signal(number)
        rest = demo.stdout.read() if demo.stdout else ""

    assert demo.returncode == code
    assert "nothing is left running" in rest
    assert not any(is_alive(pid) for pid in children)
    assert list(tmp_path.iterdir()) == []


def test_who_has_read_enough_ends_it(tmp_path: Path) -> None:
    with started(tmp_path) as demo:
        children = children_of(demo.pid)
        assert demo.stdout
        demo.stdout.close()  # as `head` does

    assert demo.returncode == 1
    assert demo.stderr is None
    assert not any(is_alive(pid) for pid in children)
    assert list(tmp_path.iterdir()) == []


def started(folder: Path) -> subprocess.Popen[str]:
    """A demo whose AppDaemon has been started; what it writes is in the folder."""
    demo = subprocess.Popen(  # noqa: S603  # our own words
        DEMO,
        stdout=subprocess.PIPE,
        text=True,
        cwd=folder,
        env={**environment(ROOT / "lib"), "TMPDIR": str(folder)},
    )
    deadline = time.monotonic() + 60
    while not children_of(demo.pid) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert children_of(demo.pid), "nothing was started"
    return demo


def children_of(pid: int) -> list[int]:
    listed = subprocess.run(["ps", "-o", "pid=", "--ppid", str(pid)], capture_output=True, text=True, check=False)  # noqa: S603, S607  # a tool every system has
    return [int(line) for line in listed.stdout.split()]


def is_alive(pid: int) -> bool:
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return False
        time.sleep(0.1)
    return True


@pytest.mark.parametrize(("quarter", "complaint"), [("0", "between 1 and 900 seconds"), ("long", "a number")])
def test_a_quarter_that_makes_no_sense_is_refused(quarter: str, complaint: str) -> None:
    refused = subprocess.run(  # noqa: S603  # our own words
        [*DEMO, "--quarter", quarter],
        env=environment(ROOT / "lib"),
        capture_output=True,
        text=True,
        check=False,
    )

    assert refused.returncode == 2
    assert f"{quarter} is not {complaint}" in refused.stderr
