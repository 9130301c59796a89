# SPDX-License-Identifier: Apache-2.0
"""Romanised: names in Cyrillic and Greek letters as passports and consoles write them in Latin ones.

Sources: ICAO Doc 9303 part 3, 8th edition, section 6, Table B (Cyrillic, as in passports); BGN/PCGN 1947 and 2019 for
Russian and Ukrainian; Duden, *Die deutsche Rechtschreibung*, on transcription; French as the passports of the Soviet
Union had it; ELOT 743, which is ISO 843:1997 type 2 (Greek). Accents are taken off before.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

_CYRILLIC_LETTERS = "абвгґдеєжзиіїйклмнопрстуўфхцчшщъыьэюяђјљњћџ"
_ICAO = "a b v g g d e ie zh z i i i i k l m n o p r s t u u f kh ts ch sh shch ie y - e iu ia d j lj nj c dz"
_BGN = "a b v g g d e ye zh z i i yi y k l m n o p r s t u w f kh ts ch sh shch - y - e yu ya dj j lj nj c dz"
_UKRAINIAN = "a b v h g d e ie zh z y i i i k l m n o p r s t u w f kh ts ch sh shch - y - e iu ia d j lj nj c dz"
_GERMAN = "a b w g g d e je sch s i i ji i k l m n o p r s t u u f ch z tsch sch schtsch - y - e ju ja dj j lj nj c dz"
_FRENCH = "a b v g g d e ie j z i i i i k l m n o p r s t ou ou f kh ts tch ch chtch - y - e iou ia dj j lj nj c dz"
_GREEK_LETTERS = "αβγδεζηθικλμνξοπρσςτυφχψω"
_ELOT = "a v g d e z i th i k l m n x o p r s s t y f ch ps o"
_OLDER = "a v g d e z i th i k l m n x o p r s s t i ph h ps o"  # Chatzis is Hatzis, Philippos
_PAIRS = {"ου": "ou", "γγ": "ng", "γξ": "nx", "γχ": "nch"}
_VOICED = "βγδζλμνραεηιουω"  # before which υ of αυ, ευ, ηυ is v, before others f
_DIPHTHONG = re.compile(r"([αεη])υ(.?)")
_IOTATED = re.compile(r"(?<![жчшщ])ё|(?:(?<=[аеёиіоуыэюяьъ])|(?<![^\W\d_]))е")
_VOWELS = "аеёиіїоуыэюя"
_BETWEEN_VOWELS = re.compile(rf"(?<=[{_VOWELS}])с(?=[{_VOWELS}])")  # which German and French double
_LONG_I = re.compile(r"ий(?![^\W\d_])")
_ENDINGS = {"ий": "и", "ин": "ине", "ия": "иа", "ндр": "ндер"}  # Dmitri, Nikitine, Xenia, Alexander
_ENDING = re.compile(rf"(?:{'|'.join(_ENDINGS)})(?![^\W\d_])")
_OTHER = re.compile(r"[Ͱ-Ͽἀ-῿Ѐ-ӿ]")


def _table(letters: str, written: str) -> dict[int, str]:
    return {ord(a): "" if b == "-" else b for a, b in zip(letters, written.split(), strict=True)}


_TABLES = (
    *(_table(_CYRILLIC_LETTERS, written) for written in (_ICAO, _BGN, _UKRAINIAN, _GERMAN, _FRENCH)),
    _table(_CYRILLIC_LETTERS, _GERMAN) | {ord("й"): "j"},
    *(_table(_GREEK_LETTERS, written) for written in (_ELOT, _OLDER)),
)


def romanised(name: str) -> Iterator[str]:
    """Yield a name in Latin letters, once for each usual way that gives another spelling; nothing of a Latin one.

    Examples
    --------
    >>> list(romanised("Ковальчук"))[0], list(romanised("Παπαδόπουλος"))[0]
    ('kovalchuk', 'papadopoulos')
    """
    if _OTHER.search(name) is None:
        return
    composed = unicodedata.normalize("NFC", name.casefold())
    plain = "".join(c if c in "йїё" else _bare(c) for c in composed)
    plain = _DIPHTHONG.sub(lambda m: m[1] + ("v" if m[2] and m[2] in _VOICED else "f") + m[2], plain)
    for pair, written in _PAIRS.items():
        plain = plain.replace(pair, written)
    plain = re.sub(r"(?<![^\W\d_])μπ", "b", plain)
    found = (one.translate(table) for one in _written(plain) for table in _TABLES)
    yield from dict.fromkeys(one for one in found if _OTHER.search(one) is None)


def _bare(letter: str) -> str:
    """Return a letter without its accents."""
    return "".join(c for c in unicodedata.normalize("NFD", letter) if not unicodedata.combining(c))


def _written(plain: str) -> Iterator[str]:
    """Yield a Cyrillic name by its letters, and by its sounds: Егоров as Йегоров, Алексей with x, Гусев as Гуссев."""
    heard = _IOTATED.sub(lambda m: "йо" if m[0] == "ё" else "йе", plain)
    spelled = (plain.replace("ё", "е"), *(heard.replace("ё", one) for one in ("о", "йо")), _soft(plain))
    for one in dict.fromkeys(spelled):
        for ending in dict.fromkeys((one, _LONG_I.sub("ы", one), _ENDING.sub(lambda m: _ENDINGS[m[0]], one))):
            for doubled in dict.fromkeys((ending, _BETWEEN_VOWELS.sub("сс", ending))):
                yield doubled
                yield doubled.replace("кс", "x")


def _soft(plain: str) -> str:
    """Return a name with each ё heard and written as е: Журавльев."""
    return _IOTATED.sub("йе", plain).replace("ё", "йе")
