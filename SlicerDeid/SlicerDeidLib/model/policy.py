# SPDX-License-Identifier: Apache-2.0
"""Action, Rule, Policy and its parts: what is allowed, as data with a source."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

from .regions import RegionRule


class ActionCode(Enum):
    """The action codes of PS3.15 Table E.1-1a, the compound codes, and our own.

    A compound code is resolved by the attribute's Type in the instance's IOD before it acts.
    """

    X = "X"
    Z = "Z"
    D = "D"
    K = "K"
    C = "C"
    U = "U"
    X_OR_Z = "X/Z"
    X_OR_D = "X/D"
    Z_OR_D = "Z/D"
    X_OR_Z_OR_D = "X/Z/D"
    X_OR_Z_OR_U = "X/Z/U*"
    SHIFT = "shift"
    NEW_ID = "new-id"
    AGE = "age"


@dataclass(frozen=True, slots=True)
class Action:
    """What to do with an attribute.

    Attributes
    ----------
    code : ActionCode
        What is done.
    fallback : ActionCode or None
        What is done where the value does not allow ``code`` (a malformed date that cannot be shifted): the
        attribute's code in the Basic Profile. None where ``code`` always can.
    """

    code: ActionCode
    fallback: ActionCode | None = None


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule: for whom, what, and who says so.

    Attributes
    ----------
    selector : str
        ``"00100010"`` (a tag), ``"50xxxxxx"`` or ``"60xx4000"`` (a repeating group; x is any hex digit),
        ``"private"`` (odd groups), ``"unknown"`` (not in PS3.6), ``"vr:DA"`` (in PS3.6, of that VR, named by no
        narrower rule), ``"standard"`` (in PS3.6, named by no other rule).
        The narrowest fits: tag, repeating group (of two, the one with fewer x), private, unknown, VR, standard.
    source : str
        ``"PS3.15 2026a Table E.1-1"``, ``"research.toml: rules"``.
    """

    selector: str
    action: Action
    source: str


@dataclass(frozen=True, slots=True)
class DefacePolicy:
    """How heads are defaced.

    Attributes
    ----------
    method : str
        ``"auto"``, ``"none"`` or the name of a finder in ``pixels.registry``.
    depth_mm : float
        How deep ``surface`` and ``surface+face`` peel.
    air_value : float or None
        What removed voxels become: HU for CT, stored value otherwise; None is air.
    """

    method: str = "auto"
    depth_mm: float = 8.0  # mm, the contract's default: scalp with fat of an adult
    air_value: float | None = None


@dataclass(frozen=True, slots=True)
class TextPolicy:
    """What happens to burned-in text.

    Attributes
    ----------
    mode : str
        ``"mask"``, ``"thorough"``, ``"morph"``, ``"report"``, ``"drop"`` or ``"off"``.
    keep : str
        ``"nothing"``: all text is masked; ``"harmless"``: measurements, laterality markers and window values stay;
        empty: what the kind of image asks for.
    regions : tuple of RegionRule
        A site's own rules of what is filled whole.
    """

    mode: str = "mask"
    keep: str = ""
    regions: tuple[RegionRule, ...] = ()

    @property
    def is_filled(self) -> bool:
        """Whether pixels are changed."""
        return self.mode in ("mask", "thorough", "morph")

    @property
    def is_read(self) -> bool:
        """Whether an OCR engine is asked."""
        return self.mode in ("mask", "thorough", "report", "drop")


@dataclass(frozen=True, slots=True)
class Disposition:
    """What happens to the instances of one SOP class.

    Attributes
    ----------
    sop_class_uid : str
        The class.
    name : str
        Its name in PS3.6.
    verdict : str
        ``"release"``, ``"by name"`` (released only when no defacing is asked for by name, for it may show a face;
        otherwise left out), ``"leave out"`` or ``"refuse"``.
    deface, text : tuple of str
        The defacing methods and text modes that exist for this class; ``"none"`` and ``"off"`` are steps not asked.
    frames : bool
        Whether its images are worked on frame by frame; otherwise its slices make one volume.
    faceless : bool
        Whether an image of this kind cannot show a face.
    text_keep : str
        What of burned-in text stays by default, as in ``TextPolicy.keep``.
    regions : bool
        Whether images of this kind declare which of their parts are the picture.
    reason : str
        Why it is left out or refused, or asked for by name; empty for ``"release"``.
    source : str
        File of the disposition table.
    """

    sop_class_uid: str
    name: str
    verdict: str
    deface: tuple[str, ...] = ()
    text: tuple[str, ...] = ()
    frames: bool = False
    faceless: bool = False
    text_keep: str = "nothing"
    regions: bool = False
    reason: str = ""
    source: str = ""


@dataclass(frozen=True, slots=True)
class Policy:
    """A complete, resolved policy.

    Attributes
    ----------
    rules : tuple of Rule
        One per selector.
    codes : tuple of str
        CID 7050 code values that the header rules earn ("113100", "113107"...). Codes that depend on pixels are
        added by what was done, not here.
    weaker_than_basic : tuple of str
        Selectors whose rule is weaker than the Basic Profile and not covered by an option in ``codes``; when not
        empty, 113100 and Patient Identity Removed = YES are not claimed.
    dates : str
        ``"MODIFIED"``, ``"REMOVED"`` or ``"UNMODIFIED"``: the value of (0028,0303).
    statement : str
        What the policy says of itself, one or two sentences.
    dispositions : dict of str to Disposition
        By SOP Class UID; a class that is not in it is left out.
    keep_free_text : bool
        Whether prose (VR LT, ST, UC, UT) stays as far as it can be cleaned; otherwise it goes as a whole.
    """

    name: str
    title: str
    statement: str
    edition: str
    rules: tuple[Rule, ...]
    codes: tuple[str, ...]
    dates: str
    dispositions: dict[str, Disposition]
    weaker_than_basic: tuple[str, ...] = ()
    deface: DefacePolicy = field(default_factory=DefacePolicy)
    text: TextPolicy = field(default_factory=TextPolicy)
    keep_free_text: bool = True
    keep_time_of_day: bool = False
    keep_image_type: bool = False
