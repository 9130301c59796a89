# SPDX-License-Identifier: Apache-2.0
"""Measure the cleaning of free text: what of invented persons goes, what of the texts around them stays, how fast.

``python Testing/Benchmarks/text_cleaning.py [--persons N] [--seed N]``. Every spelling of every person in one template
each; half of the persons are known to the cleaner from their headers, half are strangers to it. The names share no word
with the vocabulary. Lists of a reader's own texts and names can be given: one per line, ``{who}`` in a text.
"""

from __future__ import annotations

import argparse
import random
import re
import sys
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter

REPOSITORY = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(REPOSITORY / "SlicerDeid"), str(REPOSITORY / "Testing")]

from descriptions import DESCRIPTORS, OF_SPELLINGS, PROSE, Person, known, person, plant, spellings  # noqa: E402
from SlicerDeidLib.headers.freetext.cleaning import clean  # noqa: E402
from SlicerDeidLib.headers.search.identifiers import folded  # noqa: E402
from SlicerDeidLib.headers.search.ownwords import OwnWords  # noqa: E402

WORD, DIGITS = re.compile(r"[^\W\d_]+"), re.compile(r"[0-9]+")
GOAL_KEPT = 0.98  # share of useful words that stay


@dataclass(slots=True)
class Counts:
    """Words and numbers over all texts."""

    texts: int = 0
    identifying: int = 0
    survived: list[str] = field(default_factory=list)
    useful: int = 0
    kept: int = 0
    seconds: float = 0.0


def words(text: str) -> list[str]:
    """Return the folded words and the numbers of a text."""
    return [folded(word) for word in WORD.findall(text)] + DIGITS.findall(text)


def count(template: str, spelling: str, own: OwnWords, counts: Counts) -> None:
    """Clean one text, and count what stayed of the person and of the rest."""
    useful = words(template.replace("{who}", ""))
    identifying = [word for word in words(spelling) if word not in useful and word not in OF_SPELLINGS]
    begin = perf_counter()
    left = words(clean(plant(template, spelling), own))
    counts.seconds += perf_counter() - begin
    counts.texts += 1
    counts.identifying += len(identifying)
    counts.survived += [spelling for word in identifying if word in left]
    counts.useful += len(useful)
    counts.kept += sum(min(useful.count(word), left.count(word)) for word in set(useful))


def main() -> None:
    """Measure and print a table; exit 1 when anything that identifies survived or too little stayed."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--persons", type=int, default=500)
    parser.add_argument("--seed", type=int, default=random.randrange(10**6))
    parser.add_argument("--texts", type=Path, help="texts of your own, one per line, with {who}")
    arguments = parser.parse_args()
    templates = (
        [t for t in arguments.texts.read_text(encoding="utf-8").splitlines() if t[:1] != "#"]
        if arguments.texts
        else [*DESCRIPTORS, *PROSE]
    )
    chance, counts = random.Random(arguments.seed), Counts()
    for number in range(arguments.persons):
        who: Person = person(chance)
        own = known(who) if number % 2 else OwnWords()
        for spelling in spellings(who, chance):
            count(chance.choice(templates), spelling, own, counts)
    share = counts.kept / counts.useful
    print(f"{arguments.persons} persons, {counts.texts} texts, seed {arguments.seed}")
    print(f"identifying words and numbers: {counts.identifying}, of which {len(counts.survived)} survived")
    print(f"useful words and numbers: {counts.useful}, of which {share:.2%} stayed (goal: {GOAL_KEPT:.0%})")
    print(f"{1e6 * counts.seconds / counts.texts:.0f} microseconds per text, none of them seen before")
    for spelling in sorted(set(counts.survived))[:20]:
        print(f"survived: {spelling}")
    sys.exit(bool(counts.survived) or share < GOAL_KEPT)


if __name__ == "__main__":
    main()
