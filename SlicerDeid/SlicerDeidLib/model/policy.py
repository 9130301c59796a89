# SPDX-License-Identifier: Apache-2.0
"""Action, Rule, Policy and its parts: what is allowed, as data with a source."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from enum import Enum

from SlicerDeidLib.errors import PolicyError
from SlicerDeidLib.model.examination import FACE_ANSWERS, FaceProtocols
from SlicerDeidLib.model.instance import Instance
from SlicerDeidLib.model.methods import FACELESS
from SlicerDeidLib.model.regions import RegionRule
from SlicerDeidLib.model.stripping import OWN, check_engine


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
    PSEUDO = "pseudo"
    HASH = "hash"
    BIN = "bin"
    ROUND = "round"
    TOP = "top"
    SET = "set"
    ADD = "add"


_WORDS = frozenset({"LO", "LT", "SH", "ST", "UC", "UT"})
_NAMES = _WORDS | {"PN"}
_NUMBERS = _NAMES | {"AE", "CS"}

PSEUDONYM_VRS = {
    "GIVEN_NAME": _NAMES,
    "SURNAME": _NAMES,
    "FULL_NAME": _NAMES,
    "LOCATION_CA": _WORDS,
    "LOCATION_BC": _WORDS,
    "HEALTH_INSTITUTION_CA": _WORDS,
    "DATE": frozenset({"DA", "DT"}),
    "TIME": frozenset({"TM"}),
    "DATETIME": frozenset({"DT"}),
    "ID_NUMERICAL": _NUMBERS | {"DS", "IS"},
    "ID_ALPHANUMERICAL": _NUMBERS,
    "UID": frozenset({"UI"}),
}
"""The classes of pseudonyms, and the VRs whose values they can be."""


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
    argument : str
        PSEUDO: the class (a key of ``PSEUDONYM_VRS``). HASH: the number of characters. BIN, ROUND: the width of
        a bin, and behind a space the highest value that is told, where there is one. TOP: the highest value that is
        told. SET, ADD: the value that is written; ADD writes it also where there was none. Otherwise empty.
    """

    code: ActionCode
    fallback: ActionCode | None = None
    argument: str = ""


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
        ``"PS3.15 2026a Table E.1-1"``, ``"research.toml:11"`` (file and line). Fingerprints, made of the repr, lack it.
    """

    selector: str
    action: Action
    source: str = field(repr=False)


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
    is_required : bool
        Whether nothing less than removing the face and the surface will do.
    engine : str
        Who finds the brain for ``skullstrip``: a name of ``STRIP_ENGINES``.
    no_csf : bool
        Whether the border of ``skullstrip`` follows the brain instead of the skull.

    Raises
    ------
    PolicyError
        If a method is chosen that leaves a head that must not be released, or as ``check_engine`` says.
    """

    method: str = "auto"
    depth_mm: float = 8.0  # mm, the contract's default: scalp with fat of an adult
    air_value: float | None = None
    is_required: bool = False
    engine: str = OWN
    no_csf: bool = False

    def __post_init__(self) -> None:
        check_engine(self.engine, no_csf=self.no_csf)
        if self.is_required and self.method not in FACELESS:
            raise PolicyError(
                f"This policy releases no recognisable head, which defacing with '{self.method}' can leave; "
                "choose auto, surface+face or skullstrip, or another policy."
            )


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
    is_required : bool
        Whether images with text in them must not be released.
    regions, stay, go : tuple
        A site's own rules of what is filled whole (RegionRule); its words that stay, and that go, as in ``Staying``.

    Raises
    ------
    PolicyError
        If a mode is chosen that leaves text that must not be released, or that fills no region.
    """

    mode: str = "mask"
    keep: str = ""
    is_required: bool = False
    regions: tuple[RegionRule, ...] = ()
    stay: tuple[str, ...] = ()
    go: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.is_required and self.mode not in ("mask", "thorough", "drop"):
            raise PolicyError(
                f"This policy releases no text in pictures, which text mode '{self.mode}' can leave; "
                "choose mask, thorough or drop, or another policy."
            )
        if self.regions and not self.is_filled:
            raise PolicyError(f"Text mode '{self.mode}' fills no regions of a site; choose mask or thorough.")

    @property
    def is_filled(self) -> bool:
        """Whether pixels are changed."""
        return self.mode in ("mask", "thorough", "morph")

    @property
    def is_read(self) -> bool:
        """Whether an OCR engine is asked."""
        return self.mode in ("mask", "thorough", "report", "drop")


OBJECTS = ("images", "clean", "all")
"""What is released, each with those before it: images that were acquired; objects whose content is cleaned; all others,
whose header alone is cleaned."""


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
    automatic : str
        What the method ``"auto"`` does to a head in it.
    frames : bool
        Whether its images are worked on frame by frame where no head is defaced; otherwise its slices make one volume.
    stacks : bool
        Whether each frame of its images says where it lies, so that frames make volumes.
    engines : tuple of str
        Who can find the brain in it for ``skullstrip``, as in ``DefacePolicy.engine``.
    faceless : bool
        Whether an image of this kind cannot show a face.
    text_keep : str
        What of burned-in text stays by default, as in ``TextPolicy.keep``.
    objects : str
        One of ``OBJECTS``, ``"images"`` for what was acquired: released when ``Policy.objects`` asks for it, and where
        it has defacing methods only with one of them.
    has_structures : bool
        Whether it holds outlines or distances, which may be those of the face.
    pixels : bool
        Whether it holds pixels though it is no image.
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
    automatic: str = "surface+face"
    frames: bool = False
    stacks: bool = False
    engines: tuple[str, ...] = ()
    faceless: bool = False
    text_keep: str = "nothing"
    objects: str = OBJECTS[0]
    has_structures: bool = False
    pixels: bool = False
    regions: bool = False
    reason: str = ""
    source: str = ""

    @property
    def is_unexamined(self) -> bool:
        """Whether nobody looks at its content, of which the header alone is cleaned."""
        return self.objects == OBJECTS[-1] and not self.text

    @property
    def may_hold_pixels(self) -> bool:
        """Whether there are pixels that a step looks at, or of which the user said that they may show anything."""
        return self.pixels or bool(self.text or self.deface)

    def makes_volume(self, deface: str) -> bool:
        """Tell whether the slices of a series are put together when it is defaced by the method ``deface``."""
        return not self.frames or (deface != "none" and not self.faceless)


@dataclass(frozen=True, slots=True)
class StructureWords:
    """Words of what regions and segments say of themselves when they lie inside the body.

    Attributes
    ----------
    names : frozenset of str
        Each names a structure, in lower case.
    beside : frozenset of str
        They may stand beside a name, and name nothing alone.
    """

    names: frozenset[str] = frozenset()
    beside: frozenset[str] = frozenset()


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
    content : tuple of Rule
        What happens to content items (Clean Structured Content Option): selectors ``"DCM:121071:TEXT"`` (scheme, code
        and value type of the concept name), ``"TEXT"`` for text of any other concept. Empty: no option, and
        ``rules`` alone decide.
    dispositions : dict of str to Disposition
        By SOP Class UID; a class that is not in it is left out.
    intervals : bool
        Whether each image says how many days after the subject's first study it was made.
    values : dict of str to dict of str to Action
        What a site decided about single values of what stays: attribute (``"00081090"``; a private one as
        ``"0019xx08 CREATOR"``) -> value -> K, X or SET.
    objects : str
        One of ``OBJECTS``: how much is released.
    unexamined : tuple of Rule
        What ``for_unexamined`` puts over ``rules``.
    inner_structures : StructureWords
        Words of names of structures that do not show the face.
    face_protocols : str
        What happens to series that were made for the face itself and would be defaced: one of ``FACE_ANSWERS``. What a
        series' output depends on is its method; so the answer is not in ``repr``, which stands for all other choices.
    face_words : FaceProtocols
        How such series are told.
    keep_free_text : bool
        Whether prose (VR LT, ST, UC, UT) stays as far as it can be cleaned; otherwise it goes as a whole.
    chosen : dict of str to str
        What was chosen for headers, by option of the command line, to be told to persons. ``"own policy"``, ``"own
        rules"``, ``"decisions"``: digests of what files of the user's own say; ``"decided"``: on how many values.
    """

    name: str
    title: str
    statement: str
    edition: str
    rules: tuple[Rule, ...]
    codes: tuple[str, ...]
    dates: str
    dispositions: dict[str, Disposition]
    content: tuple[Rule, ...] = ()
    weaker_than_basic: tuple[str, ...] = ()
    deface: DefacePolicy = field(default_factory=DefacePolicy)
    text: TextPolicy = field(default_factory=TextPolicy)
    intervals: bool = False
    values: dict[str, dict[str, Action]] = field(default_factory=dict, repr=False)
    objects: str = OBJECTS[0]
    unexamined: tuple[Rule, ...] = ()
    inner_structures: StructureWords = field(default_factory=StructureWords, repr=False)
    face_protocols: str = field(default="withhold", repr=False)
    face_words: FaceProtocols = field(default_factory=FaceProtocols, repr=False)
    keep_free_text: bool = True
    keep_time_of_day: bool = False
    keep_image_type: bool = False
    chosen: dict[str, str] = field(default_factory=dict, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Refuse an answer that there is not, or that releases what must not be released.

        Raises
        ------
        PolicyError
            As above.
        """
        if self.face_protocols not in FACE_ANSWERS:
            raise PolicyError(f"Series of the face can be asked to {', '.join(FACE_ANSWERS)}, not otherwise.")
        if self.face_protocols == "keep" and self.deface.is_required:
            raise PolicyError(
                "This policy releases no recognisable head, which series of the face that are kept undefaced are; "
                "choose withhold, deface or leave-out, or another policy."
            )

    def releases_object(self, disposition: Disposition) -> bool:
        """Say whether instances are released that are no acquired images, whatever their disposition's verdict is."""
        is_object = disposition.objects != OBJECTS[0]
        is_asked = OBJECTS.index(disposition.objects) <= OBJECTS.index(self.objects)
        return is_object and is_asked and (not disposition.deface or self.deface.method in disposition.deface)

    def for_unexamined(self) -> Policy:
        """Return the policy for objects whose content stays as it is, unseen: weaker than the Basic Profile."""
        rules = {rule.selector: rule for rule in (*self.rules, *self.unexamined)}
        weaker = dict.fromkeys((*self.weaker_than_basic, *(rule.selector for rule in self.unexamined)))
        return replace(
            self, rules=tuple(rules[selector] for selector in sorted(rules)), weaker_than_basic=tuple(weaker)
        )

    def disposition_of(self, instances: Sequence[Instance]) -> Disposition:
        """Return what decides for a series: that of its first instance, or of the first that can show a head."""
        found = [self.dispositions[instance.sop_class_uid] for instance in instances]
        return next((one for one in found if one.deface), found[0])
