# SPDX-License-Identifier: Apache-2.0
"""Examination, FaceProtocol and FaceProtocols: what a header says was examined, and when that is the face itself."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Examined:
    """What one level of a header says of the part of the body that was examined.

    Attributes
    ----------
    texts : frozenset of str
        Descriptions, names of protocols and meanings of codes, as they are written.
    codes : frozenset of str
        ``"SCT:363654007"``: scheme and value, upper case.
    """

    texts: frozenset[str] = field(default=frozenset(), repr=False)
    codes: frozenset[str] = field(default=frozenset(), repr=False)


@dataclass(frozen=True, slots=True)
class Examination:
    """What a header says was examined: of the series, and of the whole study."""

    series: Examined = field(default_factory=Examined)
    study: Examined = field(default_factory=Examined)


@dataclass(frozen=True, slots=True)
class FaceProtocol:
    """One kind of examination of the face itself.

    Attributes
    ----------
    name : str
        What it is of, in words: ``"the sinuses"``.
    phrases : tuple of str
        Words that name it, of any language; ``*`` stands for letters, words of a phrase are parted by spaces.
    codes : frozenset of str
        Codes of regions and procedures, as in ``Examined``.
    """

    name: str
    phrases: tuple[str, ...]
    codes: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class FaceProtocols:
    """By which words and codes examinations of the face itself are told.

    Attributes
    ----------
    not_meant : tuple of str
        Phrases in which such a word means something else: "sagittal sinus".
    elsewhere : tuple of str
        Phrases by which a series says that it is of another part of the body, whatever its study is of.
    source : str
        Where they are from.
    """

    kinds: tuple[FaceProtocol, ...] = ()
    not_meant: tuple[str, ...] = ()
    elsewhere: tuple[str, ...] = ()
    source: str = ""


FACE_ANSWERS = ("withhold", "keep", "deface", "leave-out")
"""What can be done with series that were made for the face itself: ask, release undefaced, deface, leave out."""
