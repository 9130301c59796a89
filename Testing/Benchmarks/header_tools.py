# SPDX-License-Identifier: Apache-2.0
"""Judge what other programs make of the header corpus, beside ours, on the same files in one run.

``python Testing/Benchmarks/header_tools.py [--seed S] [--tools VENV]`` installs ``dicom-anonymizer``, ``dicognito`` and
``deid`` from PyPI into a virtual environment of their own, runs each as its documentation says, with its defaults, and
prints the share of passed checks by category, and the time as a ratio to reading and writing the files with pydicom.
"""

from __future__ import annotations

import argparse
import os
import random
import subprocess
import sys
import tempfile
import venv
from collections.abc import Callable
from pathlib import Path
from time import perf_counter

REPOSITORY = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(REPOSITORY / "SlicerDeid"), str(REPOSITORY / "Testing")]

import pydicom  # noqa: E402
from headercorpus import CATEGORIES, Corpus, write_corpus  # noqa: E402
from headerjudge import Score, judge  # noqa: E402

PACKAGES = ("dicom-anonymizer", "dicognito", "deid")
DEID = """
import sys
from pathlib import Path
from deid.config import DeidRecipe
from deid.dicom import get_identifiers, replace_identifiers
for folder in sorted({path.parent for path in Path(sys.argv[1]).rglob("*.dcm")}):
    target = Path(sys.argv[2]) / folder.relative_to(sys.argv[1])
    target.mkdir(parents=True)
    files = [str(path) for path in sorted(folder.iterdir())]
    replace_identifiers(
        dicom_files=files, deid=DeidRecipe(), ids=get_identifiers(files), save=True, output_folder=str(target)
    )
"""
ANONYMIZER = """
import sys
from pathlib import Path
from dicomanonymizer import anonymize
for folder in sorted({path.parent for path in Path(sys.argv[1]).rglob("*.dcm")}):
    target = Path(sys.argv[2]) / folder.relative_to(sys.argv[1])
    target.mkdir(parents=True)
    anonymize(str(folder), str(target), {}, True)
"""
Tool = Callable[[Path, Path], list[str]]


def tools_of(python: Path, work: Path) -> dict[str, Tool]:
    """Return how each program is started: its name, and the words for an input and an output folder."""
    key = work / "key"
    key.write_bytes(bytes(range(32)))
    key.chmod(0o600)
    ours = [sys.executable, "-m", "SlicerDeidLib", "run", "--deface", "none", "--text", "off", "--progress", "none"]
    ours += ["--workers", "1", "--key", str(key), "--private", str(work / "private")]
    return {
        "SlicerDeid": lambda source, out: [*ours, str(source), str(out)],
        "dicom-anonymizer": lambda source, out: [str(python), "-c", ANONYMIZER, str(source), str(out)],
        "dicognito": lambda source, out: [str(python), "-m", "dicognito", "--quiet", "-o", str(out), str(source)],
        "deid": lambda source, out: [str(python), "-c", DEID, str(source), str(out)],
    }


def main() -> None:
    """Make the corpus, run every program over it, and print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--seed", type=int, default=random.randrange(10**6))
    parser.add_argument("--tools", type=Path, help="virtual environment that holds the other programs, or shall")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        python = _environment(arguments.tools or work / "tools")
        corpus = write_corpus(work / "in", arguments.seed)
        (work / "empty").mkdir()
        begin = perf_counter()
        for path in corpus.sources.values():
            pydicom.dcmread(path).save_as(work / "copy.dcm")
        plain = perf_counter() - begin
        scores = {"unchanged copy": judge(corpus, work / "in"), "empty output": judge(corpus, work / "empty")}
        ratios = {}
        for program, words in tools_of(python, work).items():
            ratios[program] = _run(words(work / "in", work / program)) / plain
            scores[program] = judge(corpus, work / program)
        _print(corpus, arguments.seed, scores, ratios)


def _environment(folder: Path) -> Path:
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    if not python.exists():
        venv.create(folder, with_pip=True)
        subprocess.run([str(python), "-m", "pip", "install", "-q", *PACKAGES], check=True)
    return python


def _run(words: list[str]) -> float:
    """Run a program, and return its seconds; what it says may hold values and is not shown."""
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY / "SlicerDeid")} if words[1:2] == ["-m"] else None
    begin = perf_counter()
    ended = subprocess.run(words, capture_output=True, check=False, env=environment)
    seconds = perf_counter() - begin
    if ended.returncode:
        print(f"{words[0]}: exit code {ended.returncode}")
    return seconds


def _print(corpus: Corpus, seed: int, scores: dict[str, Score], ratios: dict[str, float]) -> None:
    print(f"seed {seed}, {len(corpus.sources)} images, {len(corpus.checks)} checks; share that passed, in %\n")
    print(" | ".join(["category        ", *(f"{name:>16}" for name in scores)]))
    for category in CATEGORIES:
        print(" | ".join([f"{category:16}", *(f"{100 * s.share(category):16.1f}" for s in scores.values())]))
    print(" | ".join([f"{'mean':16}", *(f"{100 * score.share():16.1f}" for score in scores.values())]))
    print(f"\ntime of the whole program, start-up included, as times reading and writing with pydicom: {_said(ratios)}")


def _said(ratios: dict[str, float]) -> str:
    return ", ".join(f"{name} {ratio:.0f}" for name, ratio in ratios.items())


if __name__ == "__main__":
    main()
