# SPDX-License-Identifier: Apache-2.0
"""Measure how long ``slicerdeid --help`` takes against a bare start of Python with json and argparse."""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
from pathlib import Path
from time import perf_counter

REPOSITORY = Path(__file__).resolve().parents[2]
GOAL = 3.0  # starts of the bare Python
OURS = (sys.executable, "-m", "SlicerDeidLib", "--help")
BARE = (sys.executable, "-c", "import json, argparse")


def start(line: tuple[str, ...]) -> float:
    """Return the seconds that a command takes."""
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY / "SlicerDeid")}
    before = perf_counter()
    subprocess.run(line, env=environment, check=True, stdout=subprocess.DEVNULL)
    return perf_counter() - before


def measure(repetitions: int) -> tuple[list[float], list[float]]:
    """Return the seconds of both commands, alternating, after one unmeasured start of each."""
    start(OURS)
    start(BARE)
    pairs = [(start(OURS), start(BARE)) for _ in range(repetitions)]
    return [ours for ours, _ in pairs], [bare for _, bare in pairs]


def main() -> None:
    """Measure and print; exit 1 when the goal is missed."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--repetitions", type=int, default=21)
    ours, bare = measure(parser.parse_args().repetitions)
    ratio = statistics.median(a / b for a, b in zip(ours, bare, strict=True))
    for name, values in (("slicerdeid --help", ours), ("python -c 'import json, argparse'", bare)):
        print(f"{name:36}{1000 * statistics.median(values):8.1f} ms median{1000 * min(values):8.1f} ms fastest")
    print(f"ratio: {ratio:.2f} (median of {len(ours)} pairs; goal: at most {GOAL})")
    sys.exit(ratio > GOAL)


if __name__ == "__main__":
    main()
