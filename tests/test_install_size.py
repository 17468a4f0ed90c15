import asyncio
import time
from pathlib import Path

import pytest

from smart_charging.demo.install_size import fetched_mb, folder_mb, size_shown


@pytest.mark.parametrize(
    ("log", "mb"),
    [
        pytest.param("", 0, id="nothing yet"),
        pytest.param(
            "Collecting frontend\n  Downloading frontend-1-py3-none-any.whl (43.2 MB)\n"
            "  Downloading frontend-1-py3-none-any.whl.metadata (800 kB)\n",
            44,
            id="pip",
        ),
        pytest.param("Downloading numpy (15.2MiB)\nDownloading lru (512.0KiB)\n Downloaded numpy\n", 15.712, id="uv"),
        pytest.param("  Using cached six-1.16.0-py2.py3-none-any.whl (11 kB)\n", 0, id="from the cache"),
    ],
)
def test_what_is_fetched_is_read_from_the_log(log: str, mb: float) -> None:
    assert fetched_mb(log) == pytest.approx(mb)


def test_the_size_of_a_folder_is_that_of_all_files_in_it(tmp_path: Path) -> None:
    (tmp_path / "lib").mkdir()
    (tmp_path / "lib/one").write_bytes(bytes(600_000))
    (tmp_path / "two").write_bytes(bytes(900_000))

    assert folder_mb(tmp_path) == pytest.approx(1.5)
    assert folder_mb(tmp_path / "none") == 0


async def test_it_is_told_until_the_end(tmp_path: Path) -> None:
    (tmp_path / "one").write_bytes(bytes(2_000_000))
    heard: list[str] = []
    first = asyncio.Event()

    def tell(text: str) -> None:
        heard.append(text)
        first.set()

    async with size_shown(tmp_path, lambda: "Downloading it (3 MB)", tell, time.monotonic() - 7):
        await first.wait()

    assert heard == ["   7 s: 3 of about 210 MB fetched, 2 of about 560 MB installed"]
