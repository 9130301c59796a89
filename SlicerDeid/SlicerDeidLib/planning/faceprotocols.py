# SPDX-License-Identifier: Apache-2.0
"""Series that were made for the face itself: told by words and codes of their headers, never defaced without a word.

Words never exempt a head from being defaced: at most they withhold a series.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from functools import lru_cache

from SlicerDeidLib.model.examination import Examined, FaceProtocols
from SlicerDeidLib.model.instance import Instance
from SlicerDeidLib.model.plan import Problem, SeriesPlan, Verdict

WITHHELD = "withheld, for it was made for the face itself"
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")  # HeadSinus, CTSinus
_LETTERS = re.compile(r"[^\W\d_]+")
_REMEMBERED = 1 << 12  # texts


def face_kinds(instances: Iterable[Instance], table: FaceProtocols) -> tuple[str, ...]:
    """Return what of the face a series was made for; nothing where it was made for something else.

    What the study says counts where the series itself does not say that it is of another part of the body.
    """
    examinations = {instance.examination for instance in instances}
    own = frozenset(kind for one in examinations for kind in _named(one.series, table))
    of_study = frozenset(
        kind
        for one in examinations
        if not any(_holds(text, table.elsewhere) for text in one.series.texts)
        for kind in _named(one.study, table)
    )
    found = own or of_study
    return tuple(kind.name for kind in table.kinds if kind.name in found)


def face_problems(series_plans: Sequence[SeriesPlan]) -> list[Problem]:
    """Put the question of the withheld series before the user, once."""
    count = sum(planned.verdict is Verdict.REFUSE and planned.reason.startswith(WITHHELD) for planned in series_plans)
    message = (
        f"{count} series of the face itself {'are' if count > 1 else 'is'} withheld until you say what shall happen to "
        f"{'them' if count > 1 else 'it'}."
    )
    return [Problem("warning", "--face-protocols", message)] if count else []


def _named(examined: Examined, table: FaceProtocols) -> frozenset[str]:
    """Return the kinds that texts or codes of one level name."""
    by_code = {kind.name for kind in table.kinds if not kind.codes.isdisjoint(examined.codes)}
    by_word = {
        kind.name
        for text in examined.texts
        for kind in table.kinds
        if kind.name not in by_code and _holds(text, kind.phrases, table.not_meant)
    }
    return frozenset(by_code | by_word)


@lru_cache(maxsize=_REMEMBERED)
def _holds(text: str, phrases: tuple[str, ...], not_meant: tuple[str, ...] = ()) -> bool:
    """Tell whether one of the phrases stands in a text, elsewhere than in those that are not meant."""
    words = folded(text)
    rest = _pattern(not_meant).sub(" . ", words) if not_meant else words
    return bool(_pattern(phrases).search(rest))


@lru_cache(maxsize=64)
def _pattern(phrases: tuple[str, ...]) -> re.Pattern[str]:
    """Return what finds phrases between words: ``*`` is any letters."""
    either = "|".join(" ".join(map(_word, phrase.split())) for phrase in phrases)
    return re.compile(rf"(?<= )(?:{either})(?= )")


def _word(word: str) -> str:
    return r"\w*".join(re.escape(folded(part).strip()) for part in word.split("*"))


def folded(text: str) -> str:
    """Return the words of a text, without case, accents, digits and signs, a space around each."""
    parted = _CAMEL.sub(" ", unicodedata.normalize("NFKC", text))
    plain = "".join(c for c in unicodedata.normalize("NFKD", parted) if not unicodedata.combining(c))
    return f" {' '.join(_LETTERS.findall(plain.casefold()))} "
