# SPDX-License-Identifier: Apache-2.0
"""Build what is said of the policies: two tables of README and Resources/attributes.md; or check them.

python Testing/build_documents.py            writes them anew
python Testing/build_documents.py --check    writes nothing; exit 1 when something differs
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(REPOSITORY / "SlicerDeid"))

from SlicerDeidLib.policies.describe import markdown_table  # noqa: E402
from SlicerDeidLib.policies.document import attribute_document  # noqa: E402
from SlicerDeidLib.policies.load import policy_names, read_policy  # noqa: E402

README, ATTRIBUTES = REPOSITORY / "README.md", REPOSITORY / "Resources" / "attributes.md"
RULES_HEAD, POLICIES_HEAD = "| What | With policy `research` |", "| policy | what it is |"


def policies_table() -> str:
    """Return the policies in a table."""
    rows = [f"| `{name}` | {read_policy(name).title} |" for name in policy_names()]
    return "\n".join((POLICIES_HEAD, "|---|---|", *rows))


def with_table(text: str, table: str) -> str:
    """Return a text with a table in place of the one that begins as it does."""
    head = table.split("\n", 1)[0]
    before, found, behind = text.partition(head + "\n")
    if not found:
        sys.exit(f"README.md has no table that begins with {head}")
    return before + table + behind[behind.index("\n\n") :]


def built() -> dict[Path, str]:
    """Return path -> text of all files."""
    readme = with_table(README.read_text("utf-8"), markdown_table(read_policy("research")).strip())
    return {
        README: with_table(readme, policies_table()),
        ATTRIBUTES: attribute_document([read_policy(name) for name in policy_names()]),
    }


def main() -> int:
    """Write or check the files."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="compare only; exit 1 when a file differs")
    is_check = parser.parse_args().check
    differing = [(p, text) for p, text in built().items() if not p.is_file() or p.read_text("utf-8") != text]
    for path, text in differing:
        if is_check:
            print(f"{path.name} is not what the policies say: run {Path(__file__).name}", file=sys.stderr)
        else:
            path.write_text(text, "utf-8", newline="\n")
            print(f"{path.name}: {len(text)} bytes")
    return 1 if differing and is_check else 0


if __name__ == "__main__":
    sys.exit(main())
