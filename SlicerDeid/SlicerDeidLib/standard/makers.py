# SPDX-License-Identifier: Apache-2.0
"""Makers: words of technical values that no dictionary of medicine has, and that name no person.

What is a surname as well is not among the words: a maker that is named after a person is known by its whole name. Each
list says where its words are from.
"""

from __future__ import annotations

import re

_MAKERS = """
    siemens philips ge medical systems healthineers healthcare toshiba canon hitachi picker marconi elscint shimadzu
    samsung neusoft united uih imatron analogic carestream agfa fuji fujifilm kodak konica minolta hologic varian
    elekta accuray brainlab neurologica
"""
MAKERS = frozenset(_MAKERS.split())
"""Words of the names of manufacturers, as they stand in Manufacturer; source: their DICOM conformance statements."""
_COMPANIES = "imaging international corporation corp company co inc ltd gmbh ag kk"

_CREATORS = """
    acuson adac agfa applicare brainlab camtronics cemax centricity dicomutils digiscan eclipse elscint emageon gdcm
    genpet hologic idexx infinitt intelerad kinetdx kodak lodox lorad magicview marotech mediface nordion numaris pmod
    polytron radstore radworks sectra selenia sienet statscan stentor toshiba vepro voxar xelprv
"""
CREATORS = frozenset(_CREATORS.split())
"""Words of private creators; source: pydicom's private dictionary (``_private_dict``)."""
_DEVICES = """
    achieva aplio aquilion artec autoqa azurion biograph bodytom carestream catphan celesteion ctmotion cyberknife
    digirad elekta endocam esaote fluoroscan fujifilm gadovist galan gyroscan hyperfine imris intera invivo konica kowa
    kyoto listem magnetom mediso medrad medtronic minolta misonix neusoft planmeca rayence samsung sedecal spectralis
    swoop symbia syngo tomtec valory vatech velacur vereos vieworks viewray vistasoft visucam xario xoran zonare
"""
"""Makers, devices, phantoms and contrast media; source: the makers' DICOM conformance statements and labels."""
_PROGRAMS = """
    adobe aidoc amide brainmask brainomix cadstream clearcanvas dcmqi dcmtk debian dicompyler dynacad efilm
    elastix fmriprep freesurfer highdicom horos icad icobrain imagej intellispace isite itksnap lunit matlab mevislab
    mimics mimvista mindways mipav mitk mricron mrtrix neologica neuroquant oncentra orthanc osiris osirix
    photoshop pinnacle plastimatch pydicom pynetdicom qmenta quantib quibim radiant rapidai raysearch raystation
    simpleware slicer solaris sparc synapse terarecon transpara ubuntu upgrade viewer viewforum vitrea volpara vuno
    weasis xeleris
"""
"""Programs and what they run on; source: their own documentation, and as papers that use them name them."""
_SEQUENCES = """
    caipirinha deepresolve fingerprinting ipat megapress semilaser slaser smartmdixon steam subtlepet wavecaipi
"""
"""Sequences and reconstructions; source: the papers that describe them, and their makers' conformance statements."""
_PANELS = """
    aerodr careray careview cxdi dexela drtech evo flashpad hamamatsu iray nano paxscan perkinelmer pixium rasterwand
    rayence skyplate trixell varex vivix xmaru xrpad
"""
DETECTORS = frozenset(
    f"{_PANELS} bucky definium detector flatpanel gadox gridline mobilett musica panel retrofit scintillator wallstand "
    "wireless xray ysio".split()
)
"""What stands behind DR for digital radiography: detectors and makers, as these call them, and parts of devices."""
COINED = CREATORS.union(_DEVICES.split(), _PROGRAMS.split(), _SEQUENCES.split())
"""All of these, in small letters."""

_EFFECTS = """
    bloch butterworth compton ernst feldkamp fourier gauss gibbs hamming hann hanning hilbert kaiser katsevich larmor
    maxwell newton nyquist parzen radon shepp tukey wiener
"""
EFFECTS = frozenset(_EFFECTS.split())
"""Physicists whose angle, frequency, window or filter a value may tell; source: Haacke and others, *Magnetic Resonance
Imaging* (Wiley 2014), and Buzug, *Computed Tomography* (Springer 2008), by their indexes."""
_EFFECTS_OF_TWO = """
    bloch siegert; bloch torrey; carr purcell; feldkamp davis; frank starling; hagen poiseuille; hounsfield cormack;
    kramers kronig; klein nishina; meiboom gill; ram lak; shepp logan; stejskal tanner
"""
EFFECTS_OF_TWO = frozenset(" ".join(pair.split()) for pair in _EFFECTS_OF_TWO.split(";"))
"""Those of two, which no mark need join; same source, and the law of the heart."""
_PROJECTIONS = """
    arcelin beclere bertel broden cahoon causton chausse cleaves eraso fisk fleischner garth grandy grashey henschen
    hirtz holmblad hough hughston isherwood judet kandel kasabach kite kuchendorf kurzbauer lauenstein lilienfeld
    lysholm merchant neer nolke norgaard ottonello pawlow penner pirie rafert rhese settegast staunig stenvers stryker
    tarrant teufel titterington towne twining valdini zanelli
"""
PROJECTIONS = frozenset(_PROJECTIONS.split())
"""After whom a projection is called, whose side stands behind it: "Grashey, RT". Source: PS3.16 CID 4012 without the
2000 commonest surnames of the 1990 census of the United States, given names, and what Faker lists for other languages:
behind these RT is a technologist's degree ("Caldwell, RT")."""

_ACCOUNTS = "admin administrator default guest insite medcom meduser public root sdc shared sysadmin"
ACCOUNTS = frozenset(_ACCOUNTS.split())
"""Accounts that are no person's, in small letters; source: Windows, Linux and macOS, and the consoles of GE (insite,
sdc) and Siemens (medcom, meduser)."""

_SPELLED = """
    ABUS AFNI DBT DRF DRX FDA FSL HCP hcp IMPAX ITK MEVIS MIM MWL MOSAIQ MeVis NMR PACS QRM RIS SPM UIH VCT XNAT ceed
    pree zen
"""
SPELLED = frozenset(_SPELLED.split())
"""What could be names or initials if it were spelled otherwise: the FDA, Human Connectome Project, MeVis, MIM Software,
United Imaging Healthcare, programs of neuroimaging, archives and radiotherapy, phantoms of QRM, a scanner's VCT, PS3.4
and IHE for worklist, archive and ward system, kinds of devices in the FDA's product classification (DBT, ABUS, DRF),
and of models X.ceed, X.pree, Q.zen and DRX."""

_NAMED_AFTER_PERSONS = """
    j morita; dr mach; dr gems; x ray; carl zeiss; carl zeiss meditec; karl storz; richard wolf; tim dot;
    e cam; hugo ras
"""
NAMED_AFTER_PERSONS = frozenset(" ".join(name.split()) for name in _NAMED_AFTER_PERSONS.split(";"))
"""Whole names that read like those of persons, without marks between their words: of makers whose devices write DICOM,
as their conformance statements give them, digital radiography by GE, Siemens' Tim and Dot and E.CAM, Medtronic's Hugo
RAS, and X-ray itself."""

_HOMES = """
    malvern 19355; waukesha 53188; milwaukee 53201; andover 01810; bedford 01730; marlborough 01752; tustin 92780;
    rochester 14608; danbury 06810; knoxville 37932; iselin 08830; bothell 98021
"""
HOMES = frozenset(" ".join(home.split()) for home in _HOMES.split(";"))
"""Towns and postal codes on the labels of Siemens, GE, Philips, Hologic, Toshiba and Carestream."""

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
"""Latin names of vessels, nerves and muscles, which stand behind their initial: "A. vertebralis"; source: *Terminologia
Anatomica* (FIPAT 2019), with the spellings of its forerunners."""

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


def is_maker(text: str) -> bool:
    """Say whether a folded text is the name of a manufacturer and nothing else.

    >>> is_maker("siemens healthineers ag"), is_maker("dr siemens")
    (True, False)
    """
    words = re.findall(r"[^\W_]+", text)
    return bool(words) and MAKERS.union(_COMPANIES.split()).issuperset(words)
