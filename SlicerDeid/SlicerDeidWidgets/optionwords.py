# SPDX-License-Identifier: Apache-2.0
"""Options in words: how the panel names what can be chosen, and with what a series was made."""

from __future__ import annotations

import re

from slicer.i18n import tr as _

REGIONS = "--regions"
_PARAMETERS = {
    "--policy": "policy",
    "--deface": "deface",
    "--text": "text",
    "--text-keep": "textKeep",
    "--face-protocols": "faceProtocols",
    "--skullstrip-engine": "skullstripEngine",
    "--private-attributes": "privateAttributes",
    "--match": "match",
}
_OWN_FILE = re.compile(r"(.*) \(own file (\w+)\)")  # how the library tells a policy of the user's own
_DECIDED = re.compile(r"decided values: (\d+) \((\w+)\)")  # and how many values of 'Values' were decided on


def controls() -> dict[str, str]:
    """Return how the panel names what the command line's options choose, by option."""
    return {
        "--deface": _("Heads"),
        "--text": _("Burned-in text"),
        "--policy": _("Headers"),
        "--depth": _("Depth"),
        "--air-value": _("Air value"),
        "--map": _("List of patients"),
        "--private": _("Private folder"),
        "--release": _("Release name"),
        "--workers": _("Processes"),
        "--key": _("Key file"),
        "--map-columns": _("Columns of the list"),
        "--match": _("The list names"),
        "--option": _("Options of PS3.15"),
        "--rules": _("Site rules"),
        REGIONS: _("Own regions"),
        "--private-attributes": _("Private attributes"),
        "--keep-free-text": _("Keep cleaned free text"),
        "--text-keep": _("Text that stays"),
        "--face-protocols": _("Images of the face itself"),
        "--skullstrip-engine": _("Skull strip by"),
        "--no-csf": _("Skull strip without the fluid"),
        "--overwrite": _("Start anew"),
        "--redo": _("Do again with"),
        "--mask-seg": _("Release masks as DICOM Segmentation"),
        "--hold": _("Let finished series wait until they are accepted"),
        "--keep-time-of-day": _("Keep the time of day"),
        "--keep-imagetype": _("Keep ORIGINAL in Image Type"),
    }


def choices() -> dict[str, str]:
    """Return how the panel names what can be chosen for ``--deface`` and ``--text``, by value."""
    found = choicesByParameter()
    return {value: _name(text) for parameter in ("deface", "text") for value, text in found[parameter].items()}


def choicesByParameter() -> dict[str, dict[str, str]]:
    """Return what can be chosen, in words, by parameter and value: what stands before a colon is its name."""
    return {
        "policy": {
            "research": _("Research: dates shifted"),
            "basic": _("Basic Profile: dates removed"),
            "safe-harbor": _("Safe Harbor: no dates, places, devices"),
            "low": _("Low: for internal use"),
            "high": _("High: no descriptions, ages in bins"),
            "open-science": _("Open science: for anybody to load"),
            "keep-list": _("Keep-list: only what is named stays"),
        },
        "deface": {
            "auto": _("Automatic: remove face, of CT the surface too"),
            "surface+face": _("Surface and face: remove both"),
            "face": _("Face: ears and scalp stay"),
            "surface": _("Surface: peel skin and fat"),
            "skullstrip": _("Skull strip: keep what lies inside the skull"),
            "none": _("None: leave heads as they are"),
        },
        "text": {
            "mask": _("Mask: read the images, fill every word"),
            "thorough": _("Thorough: read every slice in more views"),
            "report": _("Report: find text, leave it"),
            "drop": _("Drop: leave images with text out"),
            "morph": _("Small bright objects outside the head"),
            "off": _("Off: leave text as it is"),
        },
        "faceProtocols": {
            "withhold": _("Withhold: ask first"),
            "keep": _("Keep undefaced, for controlled access"),
            "deface": _("Deface all the same"),
            "leave-out": _("Leave out"),
        },
        "skullstripEngine": {
            "own": _("SlicerDeid's own, for CT"),
            "synthstrip": _("SynthStrip, for CT and MR"),
            "hd-bet": _("HD-BET, for MR"),
        },
        "privateAttributes": {
            "": _("As the header rules say"),
            "remove": _("Remove all"),
            "safe": _("Keep the safe ones of PS3.15"),
            "keep": _("Keep all: weaker than the Basic Profile"),
        },
        "match": {
            "folder": _("Folders of patients"),
            "accession": _("Accession numbers of the headers"),
            "patient-id": _("Patient IDs of the headers"),
        },
        "textKeep": {
            "": _("What the kind of image asks for"),
            "nothing": _("Nothing: all text goes"),
            "harmless": _("Measurements, L and R, window values"),
        },
    }


def headerOptions() -> dict[str, str]:
    """Return the options of PS3.15 that can be put over the header rules, in words."""
    return {
        "retain-safe-private": _("Keep safe private attributes"),
        "retain-uids": _("Keep UIDs"),
        "retain-device-identity": _("Keep the device"),
        "retain-institution-identity": _("Keep the institution"),
        "retain-patient-characteristics": _("Keep the patient's characteristics"),
        "retain-full-dates": _("Keep dates as they are"),
        "retain-modified-dates": _("Keep shifted dates"),
        "clean-descriptors": _("Keep cleaned descriptions"),
        "clean-structured-content": _("Keep cleaned structured content"),
        "clean-graphics": _("Keep cleaned graphics"),
    }


def valueOf(option: str, value: str) -> str:
    """Return what the panel calls a value of an option of the command line; empty where it has none."""
    if option == "--option":
        return headerOptions().get(value, "")
    return _name(choicesByParameter().get(_PARAMETERS.get(option, ""), {}).get(value, ""))


def settingsWords(settings: dict[str, str]) -> str:
    """Return what a series was made with, by option of the command line, as the panel calls it."""
    return ", ".join(settingWords(option, value) for option, value in settings.items())


def settingWords(option: str, value: str, now: str = "") -> str:
    """Return one setting with its value, and what it is now where that is other: ``Depth '8 mm' (now '4 mm')``."""
    sentence = _("{control} '{value}' (now '{now}')") if now else _("{control} '{value}'")
    more = {"--rules": _("Site rules and decisions on values"), REGIONS: _("Own regions and drawn boxes")}
    control = {**controls(), **_besides(), **more}.get(option, option)
    return sentence.format(control=control, value=_valueWords(option, value), now=_valueWords(option, now))


def _valueWords(option: str, value: str) -> str:
    """Return a value as the panel shows it."""
    if option == "--depth":
        return _("{value} mm").format(value=value)
    if option == "--option" and value != "none":
        return ", ".join(headerOptions().get(each, each) for each in value.split())
    if option == "--policy" and (own := _OWN_FILE.fullmatch(value)):
        return _("your own file, {name} ({digest})").format(name=own.group(1), digest=own.group(2))
    if option == "--rules" and _DECIDED.search(value):
        decided = _("values decided on: {count} ({digest})")
        return _DECIDED.sub(lambda each: decided.format(count=each.group(1), digest=each.group(2)), value)
    if option == REGIONS:
        for said, words in _ofSeries().items():
            value = value.replace(said, words)
    shown = choicesByParameter().get(_PARAMETERS.get(option, ""), {})
    return _name(shown.get("" if value == "usual" else value) or _answers().get(value, value))


def _name(text: str) -> str:
    """Return what a choice is called, without what it means."""
    return text.partition(":")[0]


def _answers() -> dict[str, str]:
    return {"yes": _("yes"), "no": _("no"), "none": _("none"), "air": _("air")}


def _ofSeries() -> dict[str, str]:
    """What the library says of regions of one series alone."""
    return {"others, or none": _("others, or none"), "filled": _("filled"), "of this series": _("of this series")}


def _besides() -> dict[str, str]:
    """What only the command line chooses."""
    return {"--objects": _("Objects"), "--nifti": _("NIfTI files")}
