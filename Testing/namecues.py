# SPDX-License-Identifier: Apache-2.0
"""Name cues: the ways in which requests and reports say who somebody is, for words that are surnames as well.

``{who}`` is where the surname stands. The ways are made of cues and of what is written between a cue and a name; the
texts of ``USEFUL`` look alike and name nobody.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

_BEFORE = {  # what is written before a name -> what may be written between
    ("d/w", "s/w", "disc w/", "spoke w/", "discussed with", "case discussed by phone with", "results reviewed with"): (
        " ", ": ", " (", "/", " - ", "\r\n", " J ", " j. ",
    ),
    ("report by", "read by", "dictated and signed by", "rpt by", "ref by", "interpreted by", "prelim by", "req by"): (
        " ", ": ", " - ", "/", " (", "\r\n", "\t", " J. ",
    ),
    ("results called to", "findings communicated to", "relayed to", "report phoned to", "paged to"): (
        " ", ": ", " J ", " - ",
    ),
    ("dr", "dr.", "prof", "mrs", "mr.", "miss", "herr", "frau", "dott.", "dra."): (" ", "/", ": ", " (", "-", " J. "),
    ("attending", "resident", "radiologist", "nurse", "neurosurgeon", "sonographer", "technologist", "consultant"): (
        " ", ": ", "/", " - ", " (", "=", " J ", ", ",
    ),
    ("att", "res", "fel", "rad", "tech", "ref", "req", "attn", "cc", "np", "pa"): (": ", "/", "=", " # ", " ("),
    ("patient", "pt", "mother", "wife", "son", "guardian"): (": ", "=", "/", " ("),
    ("under the care of", "at the request of", "clinic of", "call from", "referred from", "as per", "signed", "/s/"): (
        " ", ": ", " J. ",
    ),
}  # fmt: skip
_AFTER = {  # what is written after a name
    (" (attending)", ", attending", " - resident", "/fellow", " [radiologist]", ", consultant neurologist"): ("", " J"),
    (" md", ", md", ", M.D.", " (md)", "/md", " RN", ", PA-C", ", FRCR", " RT(R)", ", PhD"): ("", " J", ", J."),
    (" informed", " notified", " was paged", " aware", " reviewed the images", "'s patient"): ("",),
}
_AROUND = ("{}", "Head ct, no acute findings. {}", "{}; follow-up as needed", "Mild edema, {}.")


def ways() -> Iterator[str]:
    """Yield the texts that say a name: cues on both sides, what stands between, what stands around."""
    for cues, between in _BEFORE.items():
        for number, (cue, joint) in enumerate(product(cues, between)):
            closing = ")" if "(" in joint else ""
            yield _AROUND[number % len(_AROUND)].format(f"{cue}{joint}{{who}}{closing}")
    for cues, initials in _AFTER.items():
        for number, (cue, initial) in enumerate(product(cues, initials)):
            yield _AROUND[number % len(_AROUND)].format(f"{{who}}{initial}{cue}")
    yield from ("d/w {who} and {who}", "d/w {who}/{who}", "Drs. {who} & {who}", "read by {who}, {who}.")
    yield from ("d/w J.{who}", "d/w {who}, J", "read by {who} J.", "attending: {who}, J. and {who}")


USEFUL = (
    "D/W contrast", "d/w contrast, 5 mm", "attending to lesion", "DR/CHEST", "DR CHEST PA", "PA/LATERAL",
    "RT: KNEE", "RT LINE PLACEMENT", "MR/MRA HEAD", "MR (3T) BRAIN", "read: mass in the left lung", "WET READ: MASS",
    "patient falls daily", "patient: supine", "Report: mass of the lung", "seen with falls",
    "records reviewed", "KEY IMAGES REVIEWED", "VISUAL FIELDS CHECKED", "LINE CHECKED", "risk discussed",
    "followed by contrast", "guided by needle", "HIT BY CAR", "caused by fall", "signed consent", "reported with pain",
    "resident in nursing home", "nurse wants", "CARE PROVIDER",
    "findings discussed with surgeon", "DISCUSSED WITH PATIENT", "results to follow",
    "3 times per week", "slices per level", "view per frame", "call for results",
    "service informed", "TEAM NOTIFIED", "under the needle", "plan: drain", "ref. fall",
    "doctor wants plain film", "MS: plaque", "HR: 80 bpm",
    "discussed with patient, line in place", "mother with breast cancer", "wife found him", "son: asthma",
    "circle of Willis", "range of motion", "field of view", "loss of signal", "point of care", "care of wound",
)  # fmt: skip
"""Texts that look like a way and say nothing of a person."""
