# SPDX-License-Identifier: Apache-2.0
"""Build the policy ``keep-list``: what stays is named, everything else goes. Or check it.

    python Testing/build_keep_list.py            writes policies/data/keep-list.toml anew
    python Testing/build_keep_list.py --check    writes nothing; exit 1 when it differs

Named are the numbers, codes and sequences of the modules of PS3.3 that say how an image was made and lies in space, of
all SOP classes that are released, and a few words by hand. What Table E.1-1 or our supplement names is not among them:
those attributes follow their rows there.
"""

from __future__ import annotations

import argparse
import json
import sys
import textwrap
from pathlib import Path

from pydicom.datadict import dictionary_has_tag, dictionary_VR, keyword_for_tag

REPOSITORY = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(REPOSITORY / "SlicerDeid"))

from SlicerDeidLib.policies.dispositions import dispositions  # noqa: E402
from SlicerDeidLib.policies.ps315 import profile  # noqa: E402
from SlicerDeidLib.standard import tables  # noqa: E402

TARGET = REPOSITORY / "SlicerDeid" / "SlicerDeidLib" / "policies" / "data" / "keep-list.toml"
TYPES = Path(tables.__file__).parent / "data" / "attribute_types.json"
VRS = frozenset({"AT", "CS", "DS", "FD", "FL", "IS", "SL", "SQ", "SS", "SV", "UL", "US", "UV"})
OTHER_MODULES = """
    acquisition-context authenticity clinical-trial-series clinical-trial-study clinical-trial-subject
    common-instance-reference device enhanced-general-equipment general-equipment general-reference general-series
    general-study icc-profile intervention multi-frame-overlay overlay-plane patient patient-study sop-common specimen
    synchronization waveform
"""
"""Modules about persons, places, machines, references and drawings."""
BY_HAND = """
    SOPClassUID Modality Laterality BodyPartExamined SeriesNumber SmallestPixelValueInSeries LargestPixelValueInSeries
    PixelPaddingValue RescaleType Manufacturer ManufacturerModelName ConvolutionKernel SequenceName CodeValue
    CodingSchemeDesignator CodingSchemeVersion
"""
HEAD = """# SPDX-License-Identifier: Apache-2.0
# Made by Testing/build_keep_list.py: change that.
name = "keep-list"
title = "Only what is named stays: how the image was made and lies in space; everything else goes"
extends = "basic"
statement = "Of each header only the attributes of a list stay: geometry, acquisition, display and coded anatomy, sex, \
age (90 years and more are one), and the cleaned descriptions of study and series. What no rule names goes."
options = ["retain-modified-dates"]
keep = [
"""
TAIL = """]

[partial]
retain-patient-characteristics = ["PatientSex", "PatientAge"]
clean-descriptors = ["StudyDescription", "SeriesDescription", "ProtocolName"]

[rules]
PatientAge = "age"
standard = "X/Z/D"
"vr:DA" = "X/Z/D"
"vr:DT" = "X/Z/D"
"vr:TM" = "X/Z/D"
"vr:UI" = "X/Z/D"
"vr:LT" = "X/Z/D"
"vr:ST" = "X/Z/D"
"vr:UC" = "X/Z/D"
"vr:UT" = "X/Z/D"
"""


def keywords() -> list[str]:
    """Return the attributes that stay, by tag."""
    data = json.loads(TYPES.read_text("utf-8"))["data"]
    released = [uid for uid, one in dispositions().items() if one.verdict in ("release", "by name")]
    iods = {data["sop_classes"][uid] for uid in released if uid in data["sop_classes"]}
    found: dict[int, str] = {}

    def add(level: int) -> None:
        for entry in data["nodes"][level].split():
            tag = int(entry[:8], 16)
            vr = dictionary_VR(tag).split(" ")[0] if dictionary_has_tag(tag) else ""
            if vr in VRS and f"{tag:08x}" not in profile() and tag >> 24 != 0x60:
                found[tag] = keyword_for_tag(tag)
                if len(entry) > 9:
                    add(int(entry[9:]))

    for module in {module for iod in iods for module in data["iods"][iod]} - set(OTHER_MODULES.split()):
        add(data["modules"][module])
    return [found[tag] for tag in sorted(found)]


def text() -> str:
    """Return the policy file."""
    named = [*BY_HAND.split(), *(keyword for keyword in keywords() if keyword not in BY_HAND.split())]
    wrapped = textwrap.wrap(", ".join(f'"{keyword}"' for keyword in named), 116, break_long_words=False)
    return HEAD + "".join(f"  {line}\n" for line in wrapped) + TAIL


def main() -> int:
    """Write or check the file."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="compare only; exit 1 when the file differs")
    is_check = parser.parse_args().check
    if not is_check:
        TARGET.write_text(text(), "utf-8", newline="\n")
        print(f"{TARGET.name}: {len(text())} bytes")
        return 0
    if TARGET.is_file() and TARGET.read_text("utf-8") == text():
        return 0
    print(f"{TARGET.name} is not what the tables give: run {Path(__file__).name}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
