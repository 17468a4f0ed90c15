"""A real browser that looks at Home Assistant as its owner does."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest

from smart_charging.demo.home_assistant import HomeAssistant

if TYPE_CHECKING:
    from playwright.async_api import Page

PROGRAMS = ("chromium", "chromium-browser", "google-chrome")
QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
"""Nothing that calls home."""
PHONE, SCREEN = (390, 844), (1400, 900)


def browser_or_skip() -> str:
    """The browser's program; skips the test where it cannot be had, and on CI fails."""
    program = next((found for name in PROGRAMS if (found := shutil.which(name))), None)
    try:
        import playwright  # noqa: F401, PLC0415  # it need not be there
    except ImportError:
        missing = "Playwright is missing; pip install playwright"
    else:
        missing = "" if program else "there is no browser; on Debian, apt-get install chromium"
    if missing and os.environ.get("CI") == "true":
        pytest.fail(missing)
    if missing or program is None:
        pytest.skip(missing)
    return program


@asynccontextmanager
async def browsing(program: str, home: HomeAssistant, size: tuple[int, int]) -> AsyncIterator[Page]:
    """An empty page, logged in."""
    from playwright.async_api import async_playwright  # noqa: PLC0415  # it need not be there

    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=program, args=QUIET)
        width, height = size
        page = await browser.new_page(viewport={"width": width, "height": height})
        page.set_default_timeout(20_000)
        await page.add_init_script(f"localStorage.setItem('hassTokens', {json.dumps(_login(home))})")
        yield page
        await browser.close()


def _login(home: HomeAssistant) -> str:
    """As Home Assistant's frontend keeps it; it ends in the far future, so that nothing is renewed."""
    ends = {"expires": 2_000_000_000_000, "expires_in": 1_000_000_000, "refresh_token": ""}
    return json.dumps({"hassUrl": home.url, "clientId": f"{home.url}/", "access_token": home.token, **ends})
