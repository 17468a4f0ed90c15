"""What people are told: the README and the pages it leads to."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGES = {
    file.relative_to(ROOT).as_posix(): file.read_text(encoding="utf-8")
    for file in [ROOT / "README.md", *sorted((ROOT / ".github" / "docs").glob("*.md"))]
}
DOCUMENTATION = "\n".join(PAGES.values())


def blocks(language: str) -> list[str]:
    """What stands in fences of that language, the README's first, without the indent of a list they are in."""
    fenced = re.findall(rf"^( *)```{language}\n(.*?)^ *```", DOCUMENTATION, flags=re.DOTALL | re.MULTILINE)
    return [re.sub(rf"^{indent}", "", text, flags=re.MULTILINE) for indent, text in fenced]
