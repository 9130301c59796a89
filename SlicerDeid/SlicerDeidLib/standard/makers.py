# SPDX-License-Identifier: Apache-2.0
"""Makers: words of technical values that no dictionary of medicine has, and that name no person.

Sources: the private creators of pydicom's dictionary (``_private_dict``, names of makers and products); makers' DICOM
conformance statements (products, software, sequences) and the addresses and telephones of their labels; the tools that
images are commonly processed with, as their papers name them; *Terminologia Anatomica* (FIPAT 2019) for the Latin names
of vessels, nerves and muscles. What is a surname as well is not among the words: a maker that is named after a person
is known by its whole name.
"""

from __future__ import annotations

_COINED = """
    acuson adac agfa aidoc applicare aquilion artec autoqa azurion biograph bodytom brainlab brainmask brainomix
    brainseq cadstream camtronics carestream caresoft catphan cemax centricity clearcanvas cyberknife dcmtk
    deepresolve dicomutils digirad digiscan dynacad efilm elastix elekta elscint emageon esaote fluoroscan fmriprep
    freesurfer fujifilm gadovist gdcm genpet hologic horos icad icobrain idexx imagej imris infinitt intelerad
    intellispace invivo ipat isite itksnap kinetdx kodak konica lodox lorad lunit magicview magnetom marotech matlab
    mediface mediso medrad medtronic megapress mimics mimvista minolta mipav misonix mricron mrtrix neologica
    neuroquant neusoft nordion numaris oncentra osirix osiris photoshop pinnacle pmod polytron qmenta quibim quantib
    radiant radworks radstore rapidai raysearch raystation rayence samsung sectra sedecal selenia sienet simpleware
    slicer smartmdixon spectralis statscan stentor subtlepet swoop syngo synapse terarecon tomotec toshiba transpara
    tomtec trueview valory vatech velacur vepro vereos vieworks viewforum viewray vistasoft vitrea volpara voxar
    vuno wavecaipi xcad xelprv xeleris xoran zonare eclipse adobe mindways caipirinha semilaser slaser steam calib
    kyoto planmeca hyperfine fingerprinting
"""
COINED = frozenset(_COINED.split())
"""Names of makers, programs, products, sequences and phantoms, in small letters."""

SPELLED = frozenset(["FDA", "HCP", "hcp", "MEVIS", "MIM", "MWL", "MeVis", "PACS", "QRM", "RIS", "UIH", "VCT"])
"""Those that could be names or initials if they were spelled otherwise."""

_NAMED_AFTER_PERSONS = """
    j morita; dr mach; dr goebel; dr gems; dr wehr; dr sennewald; m schilling; a j schmidt; x ray
"""
NAMED_AFTER_PERSONS = frozenset(" ".join(name.split()) for name in _NAMED_AFTER_PERSONS.split(";"))
"""Whole names of makers that read like those of persons, without marks between their words."""

_HOMES = """
    malvern 19355; waukesha 53188; milwaukee 53201; andover 01810; bedford 01730; marlborough 01752; tustin 92780;
    rochester 14608; danbury 06810; newtown 06470; carlsbad 92011; knoxville 37932; iselin 08830; bothell 98021
"""
HOMES = frozenset(" ".join(home.split()) for home in _HOMES.split(";"))
"""Towns and postal codes on the labels of makers."""

_LATIN = """
    axillaris azygos basilaris biceps brachialis bronchialis carotis celiaca cerebri circumflexa coeliaca communis
    coronaria cutaneus deltoideus dorsalis externa facialis femoralis fibularis gastrica gastrocnemius glossopharyngeus
    gluteus hepatica hypoglossus iliaca iliacae interna intercostalis ischiadicus jugularis lienalis lingualis lumbalis
    maxillaris medianus meningea mesenterica obturatoria occipitalis opticus ophthalmica ovarica pectoralis pedis
    peronea phrenicus plantaris poplitea portae profunda psoas pudenda pulmonalis quadriceps radialis renalis sacralis
    saphena soleus splenica subclavia suprarenalis suralis temporalis testicularis thoracica thyreoidea
    thyroidea tibialis trapezius triceps trigeminus ulnaris umbilicalis uterina vagus vertebralis vestibulocochlearis
    willisi willisii
"""
LATIN = frozenset(_LATIN.split())
"""Latin names of vessels, nerves and muscles, which stand behind their initial: "A. vertebralis"."""

_COUNTED = "slice slices row rows channel channels ch tesla chamber v kv kvp ma mas hz mm cm ms"
COUNTED = frozenset(_COUNTED.split())
"""What technical values count: "64 Slice Road" is none."""
_TECHNICAL = """
    head fast ax axial cor coronal sag sagittal tra transverse obl oblique dwi adc haste tse fse epi flair tof swi vibe
    mprage spair stir t1 t2 pd ir se gre ct mr pet std
"""
TECHNICAL = COUNTED | frozenset(_TECHNICAL.split())
"""Planes, sequences and heads, which stand before "St" for standard and the like."""

_FIRST_DIGITS = (
    "CT MA ME NH NJ NY RI VT PR VI, DE NY PA, DC MD NC SC VA WV, AL FL GA MS TN, IN KY MI OH, IA MN MT ND SD WI, "
    "IL KS MO NE, AR LA OK TX, AZ CO ID NM NV TX UT WY, AK CA HI OR WA GU"
)
STATES = frozenset(
    (state, str(digit)) for digit, states in enumerate(_FIRST_DIGITS.split(",")) for state in states.split()
)
"""States with the first digits of their postal codes; source: the national areas of the U.S. Postal Service."""

TOLL_FREE = frozenset({"800", "833", "844", "855", "866", "877", "888"})
"""Area codes of companies' hotlines; source: 47 CFR 52.101, and the codes that the FCC has assigned since."""
