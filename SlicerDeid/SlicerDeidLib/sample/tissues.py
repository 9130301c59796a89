# SPDX-License-Identifier: Apache-2.0
"""What each tissue of the sample head looks like: CT numbers, or the signal of an MR sequence."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Tissues:
    """One value per tissue: HU for CT; for MR the signal, white matter (grey matter for T2) being about 1000."""

    air: float
    skin: float
    fat: float
    muscle: float
    csf: float
    grey: float
    white: float
    stem: float
    deep_grey: float
    cerebellar_leaves: float
    leaves_swing: float
    cerebellar_core: float
    dura: float
    plexus: float
    cortical: float
    diploe: float
    petrous: float
    enamel: float
    nerve: float
    sclera: float
    vitreous: float
    lens: float


CT = Tissues(
    air=-1000.0,  # HU; Schneider et al., Phys Med Biol 41 (1996) 111, and usual readings at 120 kV
    skin=45.0,
    fat=-95.0,
    muscle=55.0,
    csf=7.0,  # unenhanced, of an adult
    grey=39.0,
    white=28.0,
    stem=31.0,
    deep_grey=37.0,
    cerebellar_leaves=36.0,
    leaves_swing=4.0,
    cerebellar_core=30.0,
    dura=58.0,
    plexus=140.0,  # calcified choroid plexus and pineal gland
    cortical=1350.0,
    diploe=560.0,
    petrous=1900.0,
    enamel=2500.0,
    nerve=42.0,
    sclera=55.0,
    vitreous=8.0,
    lens=85.0,
)
T1 = Tissues(
    air=0.0,  # MR: usual readings of clinical sequences at 1.5 T, relative to the brain
    skin=600.0,
    fat=1500.0,
    muscle=520.0,
    csf=200.0,
    grey=680.0,
    white=1000.0,
    stem=900.0,
    deep_grey=760.0,
    cerebellar_leaves=680.0,
    leaves_swing=60.0,
    cerebellar_core=960.0,
    dura=350.0,
    plexus=400.0,
    cortical=40.0,  # no mobile protons
    diploe=900.0,  # fatty marrow
    petrous=60.0,
    enamel=20.0,
    nerve=650.0,
    sclera=350.0,
    vitreous=220.0,
    lens=450.0,
)
T2 = Tissues(
    air=0.0,
    skin=350.0,
    fat=1250.0,  # fast spin echo: fat is bright
    muscle=300.0,
    csf=2000.0,
    grey=1000.0,
    white=760.0,
    stem=800.0,
    deep_grey=860.0,
    cerebellar_leaves=960.0,
    leaves_swing=80.0,
    cerebellar_core=790.0,
    dura=300.0,
    plexus=700.0,
    cortical=30.0,
    diploe=800.0,
    petrous=50.0,
    enamel=20.0,
    nerve=600.0,
    sclera=250.0,
    vitreous=2000.0,
    lens=250.0,
)
FLAIR = Tissues(
    air=0.0,
    skin=350.0,
    fat=1100.0,
    muscle=380.0,
    csf=90.0,  # nulled
    grey=1000.0,
    white=800.0,
    stem=830.0,
    deep_grey=920.0,
    cerebellar_leaves=980.0,
    leaves_swing=50.0,
    cerebellar_core=830.0,
    dura=350.0,
    plexus=700.0,
    cortical=30.0,
    diploe=700.0,
    petrous=50.0,
    enamel=20.0,
    nerve=700.0,
    sclera=300.0,
    vitreous=100.0,
    lens=300.0,
)
PD = Tissues(
    air=0.0,
    skin=700.0,
    fat=1000.0,
    muscle=750.0,
    csf=950.0,
    grey=1000.0,
    white=830.0,
    stem=850.0,
    deep_grey=920.0,
    cerebellar_leaves=980.0,
    leaves_swing=30.0,
    cerebellar_core=850.0,
    dura=500.0,
    plexus=850.0,
    cortical=80.0,
    diploe=750.0,
    petrous=90.0,
    enamel=40.0,
    nerve=800.0,
    sclera=500.0,
    vitreous=950.0,
    lens=500.0,
)
