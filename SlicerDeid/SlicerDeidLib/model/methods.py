# SPDX-License-Identifier: Apache-2.0
"""Ways of defacing, by what they do to a head."""

from __future__ import annotations

PEELING = frozenset({"surface", "surface+face"})
"""They peel the surface, to the depth that is asked for."""
CUTTING = frozenset({"face", "surface+face"})
"""They cut off the face."""
FACELESS = frozenset({"auto", "surface+face", "skullstrip"})
"""They remove face and surface of every head; ``auto`` where it means one of the others."""
