# SPDX-License-Identifier: Apache-2.0
"""The one list of checks: format, lint, types, import rules, the standard's tables, the vocabulary, documents, tests.

::

    python Testing/check.py                   all of them
    python Testing/check.py lint types        only these
    python Testing/check.py --except tests    all but these

Runs with the Python it is started by (``Testing/setup.py test`` makes one that has everything). Every check runs, also
after one failed; the exit code is 1 when any failed.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

from setup import ALL_TESTS

REPOSITORY = Path(__file__).resolve().parents[1]
LIBRARY = REPOSITORY / "SlicerDeid"
TABLES = (
    REPOSITORY.parent / "shared" / "data" / "standard"
)  # published tables, as Testing/build_standard_tables.py reads

PYTHON = [sys.executable, "-m"]
CHECKS = {  # name -> command; README's table, size limits and the like are tests (Testing/Python/test_*.py)
    "format": [*PYTHON, "ruff", "format", "--check", "."],
    "lint": [*PYTHON, "ruff", "check", "."],
    "types": [*PYTHON, "mypy"],
    "imports": [shutil.which("lint-imports", path=str(Path(sys.executable).parent)) or "lint-imports"],
    "tables": [sys.executable, str(REPOSITORY / "Testing" / "build_standard_tables.py"), "--check"],
    "vocabulary": [sys.executable, str(REPOSITORY / "Testing" / "build_vocabulary.py"), "--check"],
    "documents": [sys.executable, str(REPOSITORY / "Testing" / "build_documents.py"), "--check"],
    "tests": [*PYTHON, "pytest", *ALL_TESTS],
}


def main() -> int:
    """Run the checks that were asked for and list how they went."""
    parser = argparse.ArgumentParser(
        description=__doc__.replace("::\n\n", ""), formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("names", nargs="*", metavar="CHECK", help=f"{', '.join(CHECKS)} (default: all)")
    parser.add_argument("--except", dest="without", nargs="+", default=[], choices=CHECKS, help="leave these out")
    options = parser.parse_args()
    unknown = [name for name in options.names if name not in CHECKS]
    if unknown:
        parser.error(f"no such check: {', '.join(unknown)} (there are {', '.join(CHECKS)})")
    names = [name for name in options.names or CHECKS if name not in options.without]
    results = {name: run(name) for name in names}
    for name, (word, seconds) in results.items():
        print(f"check: {name:8} {word} ({seconds:.0f} s)")
    return 1 if any(word == "FAILED" for word, _ in results.values()) else 0


def run(name: str) -> tuple[str, float]:
    """Run one check from the top of the checkout; return how it went and how long it took."""
    if name == "tables" and not TABLES.is_dir():
        return "not run: the published tables (shared/data/standard beside the checkout) are not there", 0.0
    print(f"check: {name}", flush=True)
    begin = time.monotonic()
    environment = {**os.environ, "PYTHONPATH": str(LIBRARY)}
    try:
        code = subprocess.run(CHECKS[name], cwd=REPOSITORY, env=environment, stdin=subprocess.DEVNULL).returncode
    except FileNotFoundError:
        print(f"check: {CHECKS[name][0]} is not installed: python3 Testing/setup.py --only-setup test", file=sys.stderr)
        code = 1
    return ("FAILED" if code else "passed"), time.monotonic() - begin


if __name__ == "__main__":
    sys.exit(main())
