# SPDX-License-Identifier: Apache-2.0
"""Site rules: a rule file in any language that the field has, told by its content."""

from __future__ import annotations

from pathlib import Path

from SlicerDeidLib.errors import PolicyError
from SlicerDeidLib.policies.importers import deid_recipe, dicat_xml, keyword_list, rsna_script, site_toml
from SlicerDeidLib.policies.importers.rulefile import SiteRules
from SlicerDeidLib.policies.importers.xmlfile import parse_xml
from SlicerDeidLib.policies.tomlfile import read_text

_XML = {"script": rsna_script.read_script, "data": dicat_xml.read_fields_to_zap}


def read_rules(path: str | Path) -> SiteRules:
    """Read a rule file: our TOML, a recipe of pydicom/deid, a script of the RSNA, DICAT's XML, a list of keywords.

    Raises
    ------
    PolicyError
        If the file cannot be read, or holds a word that its language does not have, or an action that cannot be done;
        the sentence names file and line.
    """
    rules = read_with_faults(Path(path))
    if rules.faults:
        raise PolicyError(rules.faults[0])
    return rules


def read_with_faults(path: Path) -> SiteRules:
    """Read a rule file, actions that cannot be done among its faults.

    Raises
    ------
    PolicyError
        If the file cannot be read, or holds a word that its language does not have.
    """
    text, label = read_text(path), path.name
    if path.suffix.lower() == ".toml":
        return site_toml.read_site_toml(text, label)
    if text.lstrip().startswith("<"):
        reader = _XML.get(parse_xml(text, label).name)
        if reader is None:
            raise PolicyError(f"{label}, line 1: of XML, scripts (<script>) and DICAT's lists (<data>) can be read.")
        return reader(text, label)
    if deid_recipe.FIRST_LINE.search(text):
        return deid_recipe.read_recipe(text, label)
    if section := deid_recipe.ANY_SECTION.search(text):
        line = text[: section.start(1)].count("\n") + 1
        raise PolicyError(f"{label}, line {line}: '{section[1]}' is of a recipe, whose first line says FORMAT dicom.")
    return keyword_list.read_keyword_list(text, label)
