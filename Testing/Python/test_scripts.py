# SPDX-License-Identifier: Apache-2.0
"""Scripts beside the tests: each says what it does when asked, and does nothing then."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

TESTING = Path(__file__).resolve().parents[1]
SCRIPTS = [path for path in sorted(TESTING.glob("*.py")) if "sys.exit(main(" in path.read_text("utf-8")]


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.stem)
def test_a_script_that_is_asked_for_help_gives_it_and_does_nothing_else(script: Path) -> None:
    done = subprocess.run([sys.executable, script, "--help"], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(f"usage: {script.name}")
    assert "wrote" not in done.stdout


def test_every_script_that_draws_or_builds_something_is_asked() -> None:
    stems = {path.stem for path in SCRIPTS}
    assert {path.stem for kind in ("make_*", "build_*") for path in TESTING.glob(f"{kind}.py")} <= stems
