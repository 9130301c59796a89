# SPDX-License-Identifier: Apache-2.0
"""Series and instances that are not released, and why: by the policy's dispositions, never by words that exempt."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from SlicerDeidLib.formats.dicom.terms import UNKNOWN
from SlicerDeidLib.model.instance import Instance, Series
from SlicerDeidLib.model.methods import FACELESS
from SlicerDeidLib.model.plan import Verdict
from SlicerDeidLib.model.policy import OBJECTS, DefacePolicy, Disposition, Policy
from SlicerDeidLib.model.regions import rules_of
from SlicerDeidLib.model.stripping import OWN, STRIP_ENGINES
from SlicerDeidLib.planning.faceprotocols import WITHHELD, face_kinds
from SlicerDeidLib.planning.places import repetitions

SHARING = frozenset({"auto", "surface", "face", "surface+face"})
"""Methods whose masks are joined; what lies inside the skull is found in every series by itself."""
_AXIAL_COSINE = 0.7  # of the angle between slice normal and the body's long axis: 45 degrees, beyond any gantry tilt

_FACE_GOES_WITH = (
    "orbits with eyes and the front of the optic nerves, nose and sinuses, teeth, mandible, tongue and the front of "
    "the neck's soft tissue go with the face"
)
_LOSES = f"loses its face and outer surface ({_FACE_GOES_WITH}, ears with the surface)"

_SCOUTS = frozenset({"LOCALIZER", "SCOUT", "TOPOGRAM"})
_REFORMATS = frozenset({"MPR", "REFORMATTED"})
NO_REFORMAT = "a reformatted series cannot be defaced"
FLAT_IMAGE_TYPES = {
    **dict.fromkeys(_SCOUTS, "a localizer shows the outline of the face"),
    **dict.fromkeys(_REFORMATS, NO_REFORMAT),
    **dict.fromkeys(("PROJECTION IMAGE", "MIP", "MAX_IP", "MIN_IP"), "a projection or rendering can show the face"),
}
"""Values of Image Type -> why such an image is released only by name, as a picture whose text is read."""

REFUSED_IMAGE_TYPES = {
    **dict.fromkeys(("VOLUME_RENDER", "VRT", "3D"), "a projection or rendering can show the face"),
    **dict.fromkeys(("SCREEN SAVE", "SCREENSHOT"), "a screen save can show names and faces"),
    "DOSE": "a dose page is made of text",
}
"""Values of Image Type -> why such an image is released only with all objects, by name; both from PS3.3 C.8.2.1.1.1,
C.8.16.1.3 and what scanners write."""

NO_DEFACING, SKULL_STRIP = "none", "skullstrip"
BY_NAME = "--deface none releases it as it is, its text masked"
ALL_OBJECTS = "--objects all"
HIDDEN_PIXELS = "it holds pixels, which no object of its kind does"
UNEXAMINED = "nobody looks at its content: its header alone is de-identified"


@dataclass
class Judgement:
    """What will happen to one series, before any pixel is read."""

    verdict: Verdict
    reason: str = ""
    deface: str = "none"
    text: str = "off"
    instances: list[Instance] = field(default_factory=list)
    left_out: list[tuple[Instance, str]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    frames: bool = False
    is_unexamined: bool = False


def judge(series: Series, policy: Policy, duplicates: frozenset[str]) -> Judgement:
    """Judge one series; what was made for the face itself is not defaced unless that is asked for.

    Parameters
    ----------
    duplicates : frozenset of str
        SOP Instance UIDs that stand in several files with different content.
    """
    kinds = face_kinds(_of_heads(series, policy), policy.face_words) if policy.deface.method != NO_DEFACING else ()
    if not kinds:
        return _judged(series, policy, duplicates)
    what = ", ".join(kinds)
    if policy.face_protocols in ("deface", "leave-out"):
        judgement = _judged(series, policy, duplicates)
        if judgement.verdict is Verdict.RELEASE and policy.face_protocols == "leave-out":
            return Judgement(Verdict.LEAVE_OUT, f"it was made for the face itself ({what}), which stays out")
        if judgement.verdict is Verdict.RELEASE:
            judgement.notes.append(f"it was made for the face itself ({what}) and is defaced all the same")
        return judgement
    judgement = _undefaced(series, policy, duplicates)
    if policy.face_protocols == "keep" and judgement.verdict is Verdict.RELEASE:
        judgement.notes.append(f"it was made for the face itself ({what}) and is kept undefaced: share it with care")
    elif judgement.verdict is Verdict.RELEASE:
        return Judgement(Verdict.REFUSE, _question(what, policy), left_out=judgement.left_out)
    return judgement


def _of_heads(series: Series, policy: Policy) -> list[Instance]:
    """Return the images of a series that are released and may show a head."""
    return [i for i in series.instances if (one := policy.dispositions.get(i.sop_class_uid)) and _shows_head(one)]


def _shows_head(one: Disposition) -> bool:
    return one.verdict == "release" and bool(one.deface) and not one.faceless and one.objects == "images"


def _undefaced(series: Series, policy: Policy, duplicates: frozenset[str]) -> Judgement:
    """Judge a series as if no defacing were asked for; what is released only by that name, or is a scout, is not."""
    scouts = [instance for instance in series.instances if not _SCOUTS.isdisjoint(instance.image_type)]
    left_out = [(instance, f"{FLAT_IMAGE_TYPES['SCOUT']}; {BY_NAME}") for instance in scouts]
    others = tuple(instance for instance in series.instances if _SCOUTS.isdisjoint(instance.image_type))
    if not others:
        return Judgement(Verdict.REFUSE, left_out[0][1], left_out=left_out)
    kept = {
        uid: replace(one, verdict="leave out") if one.verdict == "by name" else one
        for uid, one in policy.dispositions.items()
    }
    undefaced = replace(policy, deface=DefacePolicy(NO_DEFACING), dispositions=kept, objects=OBJECTS[0])
    judgement = _judged(replace(series, instances=others), undefaced, duplicates)
    judgement.left_out += left_out
    return judgement


_BOXES_LOST = (
    "regions of single images are not filled in it, for it holds none of these images any more; boxes that were drawn "
    "in a preview are drawn again there"
)


def _question(what: str, policy: Policy) -> str:
    """Say why a series is withheld, and what can be done with it."""
    undefaced = "" if policy.deface.is_required else "keep (undefaced, for controlled access), "
    return (
        f"{WITHHELD} ({what}), which defacing takes away: choose with --face-protocols {undefaced}deface (all the "
        "same) or leave-out"
    )


def _judged(series: Series, policy: Policy, duplicates: frozenset[str]) -> Judgement:
    """Judge one series by classes and geometry."""
    if any(instance.sop_instance_uid in duplicates for instance in series.instances):
        return Judgement(Verdict.REFUSE, "one SOP Instance UID stands in several files")
    judgement = Judgement(Verdict.RELEASE)
    refusals = []
    for instance in series.instances:
        verdict, reason = _judge_instance(instance, policy)
        if verdict is Verdict.RELEASE:
            judgement.instances.append(instance)
        else:
            judgement.left_out.append((instance, reason))
            if verdict is Verdict.REFUSE:
                refusals.append(reason)
    if not judgement.instances:
        verdict = Verdict.REFUSE if refusals else Verdict.LEAVE_OUT
        return Judgement(verdict, refusals[0] if refusals else judgement.left_out[0][1], left_out=judgement.left_out)
    disposition = policy.disposition_of(judgement.instances)
    judgement.frames = not disposition.makes_volume(policy.deface.method) or any(
        _is_flat(instance, policy) for instance in judgement.instances
    )
    reason = _whole_series_reason(judgement.instances, policy, has_volume=not judgement.frames)
    if reason:
        return Judgement(Verdict.REFUSE, reason)
    if disposition.text:
        judgement.text = policy.text.mode
    if disposition.deface:
        judgement.deface = policy.deface.method
    if disposition.deface or disposition.is_unexamined:
        judgement.notes += _notes(judgement, disposition, policy.deface)
    if judgement.deface != NO_DEFACING and not judgement.frames and (count := repetitions(judgement.instances)) > 1:
        judgement.notes.append(f"{count} images at each place (time points, kernels, echoes) share one mask")
    if _are_boxes_lost(judgement.instances, policy):
        judgement.notes.append(_BOXES_LOST)
    judgement.is_unexamined = disposition.is_unexamined
    return judgement


def _are_boxes_lost(instances: Sequence[Instance], policy: Policy) -> bool:
    """Tell whether regions are asked for of single images of this series, and it has none of them."""
    rules = rules_of(policy.text.regions, instances[0].series_instance_uid)
    asked = [rule.images for rule in rules if rule.series and rule.images]
    known = {instance.sop_instance_uid.lower() for instance in instances} if asked else set()
    return not all(known & uids for uids in asked)


def _judge_instance(instance: Instance, policy: Policy) -> tuple[Verdict, str]:
    """Judge one instance by its SOP class and image type."""
    disposition = policy.dispositions.get(instance.sop_class_uid)
    if disposition is None:
        return Verdict.LEAVE_OUT, "its SOP class is not in the policy's list"
    if policy.releases_object(disposition):
        return Verdict.RELEASE, ""
    if disposition.verdict in ("refuse", "leave out"):
        return Verdict.REFUSE if disposition.verdict == "refuse" else Verdict.LEAVE_OUT, _with_a_way(disposition)
    is_named = policy.deface.method == NO_DEFACING
    refused = next((REFUSED_IMAGE_TYPES[v] for v in instance.image_type if v in REFUSED_IMAGE_TYPES), "")
    if refused and not (is_named and policy.text.is_read and policy.objects == OBJECTS[-1]):
        return Verdict.REFUSE, f"{refused}; {ALL_OBJECTS} {BY_NAME}"
    if disposition.verdict == "by name" and not is_named:
        return Verdict.LEAVE_OUT, f"{disposition.reason}; {BY_NAME}"
    if (
        _is_flat(instance, policy)
        and disposition.makes_volume(policy.deface.method)
        and not (is_named and policy.text.is_read)
    ):
        reason = next(FLAT_IMAGE_TYPES[value] for value in instance.image_type if value in FLAT_IMAGE_TYPES)
        return Verdict.REFUSE, f"{reason}; {BY_NAME}"
    return Verdict.RELEASE, ""


def _with_a_way(disposition: Disposition) -> str:
    """Return why instances of a kind are not released, and what is to be asked for so that they are."""
    if disposition.objects != OBJECTS[-1]:
        return disposition.reason
    way = "releases it as it is, its header cleaned" if disposition.is_unexamined else "releases it, its text masked"
    return f"{disposition.reason}; {ALL_OBJECTS} {'with --deface none ' if disposition.deface else ''}{way}"


def _is_flat(instance: Instance, policy: Policy) -> bool:
    """Tell whether an image is no slice of a volume: a localizer, a projection, a rendering, a reformat alone."""
    flat = (FLAT_IMAGE_TYPES | REFUSED_IMAGE_TYPES).keys() & instance.image_type
    return bool(flat - _REFORMATS if may_borrow(instance, policy) else flat)


def may_borrow(instance: Instance, policy: Policy) -> bool:
    """Tell whether an image can take its mask from other series of its head, whatever its plane."""
    disposition = policy.dispositions.get(instance.sop_class_uid)
    is_placed = instance.position is not None and None not in (instance.row_cosines, instance.column_cosines)
    return is_placed and disposition is not None and not disposition.frames and policy.deface.method in SHARING


def is_reformat(instance: Instance) -> bool:
    """Tell whether an image of a CT was computed from slices: by its type, or since it is not axial."""
    return not _REFORMATS.isdisjoint(instance.image_type) or not _is_axial(instance)


def _is_axial(instance: Instance) -> bool:
    if instance.row_cosines is None or instance.column_cosines is None:
        return True
    (a, b, _), (d, e, _) = instance.row_cosines, instance.column_cosines
    return abs(a * e - b * d) >= _AXIAL_COSINE


def _whole_series_reason(instances: Sequence[Instance], policy: Policy, *, has_volume: bool) -> str:
    """Say why a series cannot be released as it is asked for; empty when it can."""
    if any(not (i.sop_instance_uid and i.series_instance_uid and i.study_instance_uid) for i in instances):
        return "an image has no Study, Series or SOP Instance UID"
    dispositions = [policy.dispositions[instance.sop_class_uid] for instance in instances]
    if len({(one.objects, bool(one.text)) for one in dispositions}) > 1:
        return "it holds images and other objects in one series"
    if reason := _pixels_reason(instances, policy):
        return reason
    if not dispositions[0].text:
        return ""
    if any(not instance.has_pixel_data for instance in instances):
        return "an image has no pixel data"
    disposition = policy.dispositions[instances[0].sop_class_uid]
    if reason := _method_reason(disposition, policy.deface):
        return reason
    if policy.text.mode not in disposition.text:
        return f"text mode '{policy.text.mode}' is not available for this kind of image"
    if not policy.text.is_read:
        if any(instance.burned_in_annotation == "YES" for instance in instances):
            return f"Burned In Annotation is YES, and text mode '{policy.text.mode}' reads no text"
        if any(instance.samples_per_pixel != 1 for instance in instances):
            return f"colour images can show text, and text mode '{policy.text.mode}' reads none"
    has_pixel_steps = policy.deface.method != "none" or policy.text.mode != "off"
    if has_pixel_steps and has_volume and not disposition.stacks:
        may_turn = disposition.frames or all(may_borrow(instance, policy) for instance in instances)
        return _geometry_reason(instances, is_axial=not may_turn)
    return ""


def _pixels_reason(instances: Sequence[Instance], policy: Policy) -> str:
    """Say why pixels can be released in no way, whether or not anybody looks at them; empty when they can."""
    with_pixels = [instance for instance in instances if instance.has_pixel_data]
    if any(not policy.dispositions[i.sop_class_uid].may_hold_pixels for i in with_pixels):
        return HIDDEN_PIXELS
    if any(i.photometric_interpretation == UNKNOWN for i in with_pixels):
        return "Photometric Interpretation is no term of the standard, so that nothing can decode the pixels"
    return ""


def _method_reason(disposition: Disposition, deface: DefacePolicy) -> str:
    """Say why heads in this kind of image cannot be defaced as it is asked for; empty when they can."""
    if deface.method not in disposition.deface:
        others = " or ".join(disposition.deface)
        return f"defacing with '{deface.method}' is not available for this kind of image; --deface {others} is"
    if deface.method == "auto" and deface.is_required and disposition.automatic not in FACELESS:
        return (
            f"this policy releases no head with its outer surface, and 'auto' is '{disposition.automatic}' for this "
            f"kind of image; --deface {SKULL_STRIP} with an installed engine removes both"
        )
    if deface.method != SKULL_STRIP:
        return ""
    if deface.engine not in disposition.engines:
        others = " or ".join(disposition.engines)
        return (
            f"the skull-strip engine '{deface.engine}' is not available for this kind of image; --skullstrip-engine "
            f"{others} is"
        )
    if deface.no_csf and OWN in disposition.engines:
        return "in CT all that lies inside the skull stays, so --no-csf is not available"
    return ""


def _geometry_reason(instances: Sequence[Instance], *, is_axial: bool) -> str:
    """Say why the slices make no volume; empty when they may. A head is found in axial slices of a CT, in any of MR."""
    if any(instance.number_of_frames > 1 for instance in instances):
        return "several frames in one image of this kind cannot be defaced"
    if any(i.position is None or i.row_cosines is None or i.column_cosines is None for i in instances):
        return "an image has no position or orientation, so the head cannot be built"
    if len({(i.rows, i.columns) for i in instances}) > 1:
        return "the images differ in size, so they make no volume"
    if is_axial and not all(_is_axial(instance) for instance in instances):
        return f"the images are not axial; {NO_REFORMAT}"
    return ""


def _notes(judgement: Judgement, disposition: Disposition, deface: DefacePolicy) -> list[str]:
    """Say what a user should know although the series is released."""
    unseen = [UNEXAMINED] if disposition.is_unexamined else []
    if disposition.faceless or (disposition.is_unexamined and not disposition.deface):
        return unseen
    unless = "without a head it is released only when no face can be in view"
    loses = _LOSES if disposition.automatic == "surface+face" else f"loses its face ({_FACE_GOES_WITH})"
    notes = {
        "auto": f"a head {loses}; {unless}",
        "none": "no defacing: a head in this series stays recognisable",
        "surface": "the peel of skin and fat, with which the ears go, may leave a recognisable face",
        "face": f"the face goes, scalp and the roots of the ears stay; {_FACE_GOES_WITH}",
        "surface+face": f"the head {_LOSES}",
        SKULL_STRIP: f"only {_what_stays(disposition, deface)}: skull, scalp, ears, face and neck go",
    }
    return unseen + ([notes[judgement.deface]] if judgement.deface in notes else [])


def _what_stays(disposition: Disposition, deface: DefacePolicy) -> str:
    """Say what the skull strip leaves, and who finds it."""
    title = STRIP_ENGINES[deface.engine].title
    if deface.engine == OWN:
        return "what lies inside the skull stays"
    if OWN in disposition.engines:
        return f"what lies inside the skull and the brain that {title} finds stay"
    return f"the brain that {title} finds stays, {'without' if deface.no_csf else 'with'} the fluid around it"
