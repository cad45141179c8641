"""How countries write their plates, as data.

A template is written as the plate is read: ``L`` is a letter of ``letters``, ``D`` a digit, ``@``
one of ``areas``, ``[ABC]`` one of these characters; ``{1,3}`` and ``{2}`` repeat the slot before,
``?`` makes it optional; space, hyphen and dot are separators that only the formatted text shows.
"""

from dataclasses import dataclass
from string import ascii_uppercase


@dataclass(frozen=True, slots=True)
class PlatePattern:
    """One way in which a country writes its plates.

    Attributes:
        country: ISO 3166-1 alpha-2 code.
        template: The shape, in the language of this module.
        source: Where the rule is written down.
        letters: What ``L`` stands for.
        areas: What ``@`` stands for: area codes, or the years of a British plate.
        weight: How common it is among plates that look like it, (0, 1].
        mends: Whether the shape is strict enough to put confusable characters right.
    """

    country: str
    template: str
    source: str
    letters: str = ascii_uppercase
    areas: frozenset[str] = frozenset()
    weight: float = 1.0
    mends: bool = True


def _numbers(first: int, last: int, without: str = "") -> frozenset[str]:
    return frozenset(f"{number:02d}" for number in range(first, last + 1)) - _codes(without)


def _codes(codes: str) -> frozenset[str]:
    return frozenset(codes.split())


_VN_AREAS = _numbers(11, 99, without="13 42 44 45 46 87 91 96")
_VN_LETTERS = "ABCDEFGHKLMNPRSTUVXYZ"
_VN = "Wikipedia: Vehicle registration plates of Vietnam (Circular 58/2020/TT-BCA)"
_RU_LETTERS = "ABEKMHOPCTYX"
_RU = "Wikipedia: Vehicle registration plates of Russia (GOST R 50577-2018)"
_BR = "Wikipedia: Vehicle registration plates of Brazil (CONTRAN resolution 780/2019)"
_DE = "Wikipedia: Vehicle registration plates of Germany (FZV, Anlage 2)"
_UK = "Wikipedia: Vehicle registration plates of the United Kingdom (DVLA INF104)"
_FR = "Wikipedia: Vehicle registration plates of France (arrêté du 9 février 2009)"
_ES = "Wikipedia: Vehicle registration plates of Spain (Real Decreto 2822/1998, anexo XVIII)"
_IT = "Wikipedia: Vehicle registration plates of Italy"
_PL = "Wikipedia: Vehicle registration plates of Poland (Dz.U. 2017 poz. 2355)"
_NL = "Wikipedia: Vehicle registration plates of the Netherlands (RDW sidecodes)"
_BE = "Wikipedia: Vehicle registration plates of Belgium"
_PT = "Wikipedia: Vehicle registration plates of Portugal (Decreto-Lei 54/2005)"
_AT = "Wikipedia: Vehicle registration plates of Austria (KFG 1967 section 48)"
_CZ = "Wikipedia: Vehicle registration plates of the Czech Republic (vyhláška 343/2014)"
_SE = "Wikipedia: Vehicle registration plates of Sweden (TSFS 2015:63)"
_NO = "Wikipedia: Vehicle registration plates of Norway"
_UA = "Wikipedia: Vehicle registration plates of Ukraine (DSTU 4278:2019)"
_RO = "Wikipedia: Vehicle registration plates of Romania"
_TR = "Wikipedia: Vehicle registration plates of Turkey"
_IN = "Wikipedia: Vehicle registration plates of India (Central Motor Vehicles Rules 1989, 50-51)"
_ID = "Wikipedia: Vehicle registration plates of Indonesia (Perpol 7/2021)"

_UK_AGES = _numbers(2, 29) | _numbers(51, 79)
_NL_LETTERS = "BDFGHJKLMNPRSTVXZ"
_PL_AREAS = frozenset("BCDEFGKLNOPRSTWZ")
_UA_LETTERS = "ABCEHIKMOPTX"
_UA_AREAS = _codes(
    "AA AB AC AE AH AI AK AM AO AP AT AX BA BB BC BE BH BI BK BM BO BT BX CA CB CE CH "
    "KA KB KC KE KH KI KK KM KO KP KT KX HA HB HC HE HH HI HK HM HO HT HX IA IB IC IE IH IK"
)
_RO_AREAS = _codes(
    "AB AG AR BC BH BN BR BT BV BZ CJ CL CS CT CV DB DJ GJ GL GR HD HR IF IL IS MH MM MS NT OT "
    "PH SB SJ SM SV TL TM TR VL VN VS"
)
_CZ_REGIONS = "ABCEHJKLMPSTUZ"
_AT_AREAS = _codes(
    "AM B BA BL BM BN BR BZ DL DO E EF EU FB FE FF FK FR G GB GD GF GM GR GS GU HA HB HE HF HL HO "
    "IL IM JE JO JU K KB KF KI KL KO KR KS KU L LA LB LE LF LI LL LN LZ MA MD ME MI MT MU ND NK "
    "OP OW P PE PL RA RE RI RO S SB SD SE SK SL SO SP SR SV SW SZ TA TK TU UU VB VI VK VL VO W WB "
    "WE WL WN WO WT WU WY WZ ZE ZT ZW"
)
_IN_AREAS = _codes(
    "AN AP AR AS BR CG CH DD DL DN GA GJ HP HR JH JK KA KL LA LD MH ML MN MP MZ NL OD OR PB PY RJ "
    "SK TN TG TR TS UA UK UP WB"
)
_ID_AREAS = _codes(
    "A AA AB AD AE AG B BA BB BD BE BG BH BK BL BM BN BP D DA DB DC DD DE DG DH DK DL DM DN DP DR "
    "DS DT DW E EA EB ED F G H K KB KH KT KU L M N P PA PB PG PS PT PY R S T W Z"
)

PATTERNS: tuple[PlatePattern, ...] = (
    PlatePattern("VN", "@L-DDD.DD", _VN, letters=_VN_LETTERS, areas=_VN_AREAS),
    PlatePattern("VN", "@L-DDDD", _VN, letters=_VN_LETTERS, areas=_VN_AREAS),
    PlatePattern("VN", "@-LL DDD.DD", _VN, letters=_VN_LETTERS, areas=_VN_AREAS, weight=0.05),
    PlatePattern("VN", "@-LL DDDD", _VN, letters=_VN_LETTERS, areas=_VN_AREAS, weight=0.02),
    PlatePattern("VN", "@-LD DDD.DD", _VN, letters=_VN_LETTERS, areas=_VN_AREAS),
    PlatePattern("VN", "@-LD DDDD", _VN, letters=_VN_LETTERS, areas=_VN_AREAS, weight=0.1),
    PlatePattern("RU", "LDDDLLDD", _RU, letters=_RU_LETTERS),
    PlatePattern("RU", "LDDDLL[12379]DD", _RU, letters=_RU_LETTERS),
    PlatePattern("RU", "LLDDDDD", _RU, letters=_RU_LETTERS, weight=0.05, mends=False),
    PlatePattern("RU", "LLDDD[179]DD", _RU, letters=_RU_LETTERS, weight=0.05, mends=False),
    PlatePattern("RU", "LLDDDDDD", _RU, letters=_RU_LETTERS, weight=0.02, mends=False),
    PlatePattern("RU", "DDDDLLDD", _RU, letters=_RU_LETTERS, weight=0.2),
    PlatePattern("BR", "LLLDLDD", _BR),
    PlatePattern("BR", "LLL-DDDD", _BR),
    PlatePattern("DE", "L{1,3}-L{1,2} [123456789]D{0,3}[EH]?", _DE, mends=False),
    PlatePattern("GB", "LL@ LLL", _UK, letters="ABCDEFGHJKLMNOPRSTUVWXYZ", areas=_UK_AGES),
    PlatePattern("GB", "LD{1,3} LLL", _UK, weight=0.05, mends=False),
    PlatePattern("GB", "LLL D{1,3}L", _UK, weight=0.05, mends=False),
    PlatePattern("FR", "LL-DDD-LL", _FR, letters="ABCDEFGHJKLMNPQRSTVWXYZ"),
    PlatePattern("ES", "DDDD LLL", _ES, letters="BCDFGHJKLMNPRSTVWXYZ"),
    PlatePattern("IT", "LL DDDLL", _IT, letters="ABCDEFGHJKLMNPRSTVWXYZ"),
    PlatePattern("PL", "@LL DDDDD", _PL, areas=_PL_AREAS, weight=0.3, mends=False),
    PlatePattern("PL", "@L DDDDD", _PL, areas=_PL_AREAS, mends=False),
    PlatePattern("PL", "@L DDDDL", _PL, areas=_PL_AREAS, mends=False),
    PlatePattern("PL", "@L DDDLL", _PL, areas=_PL_AREAS, weight=0.2, mends=False),
    PlatePattern("PL", "@LL LDDD", _PL, areas=_PL_AREAS, weight=0.2, mends=False),
    PlatePattern("PL", "@LL DDLL", _PL, areas=_PL_AREAS, weight=0.2, mends=False),
    PlatePattern("NL", "DD-LL-LL", _NL, letters=_NL_LETTERS),
    PlatePattern("NL", "LL-LL-DD", _NL, letters=_NL_LETTERS),
    PlatePattern("NL", "LL-DD-LL", _NL, letters=_NL_LETTERS),
    PlatePattern("NL", "DD-LLL-D", _NL, letters=_NL_LETTERS),
    PlatePattern("NL", "D-LLL-DD", _NL, letters=_NL_LETTERS),
    PlatePattern("NL", "LL-DDD-L", _NL, letters=_NL_LETTERS),
    PlatePattern("NL", "L-DDD-LL", _NL, letters=_NL_LETTERS),
    PlatePattern("BE", "[12]-LLL-DDD", _BE),
    PlatePattern("PT", "LL-DD-LL", _PT),
    PlatePattern("PT", "DD-LL-DD", _PT),
    PlatePattern("PT", "DD-DD-LL", _PT),
    PlatePattern("PT", "LL-DD-DD", _PT, weight=0.2),
    PlatePattern("AT", "@-D{3,5}L{1,2}", _AT, areas=_AT_AREAS, weight=0.1, mends=False),
    PlatePattern("CZ", f"D[{_CZ_REGIONS}]D DDDD", _CZ),
    PlatePattern("CZ", f"D[{_CZ_REGIONS}]L DDDD", _CZ, letters="ABCDEFHIJKLMNPRSTUVXYZ"),
    PlatePattern("SE", "LLL DDD", _SE, letters="ABCDEFGHJKLMNOPRSTUWXYZ", mends=False),
    PlatePattern("SE", "LLL DDL", _SE, letters="ABCDEFGHJKLMNPRSTUWXYZ", mends=False),
    PlatePattern("NO", "LL DDDDD", _NO, letters="ABCDEFHJKLNPRSTUVXYZ", weight=0.5, mends=False),
    PlatePattern("UA", "@ DDDD LL", _UA, letters=_UA_LETTERS, areas=_UA_AREAS),
    PlatePattern("RO", "@ DD LLL", _RO, areas=_RO_AREAS, weight=0.05),
    PlatePattern("RO", "[B] D{2,3} LLL", _RO, mends=False),
    PlatePattern("TR", "@ L DDDD", _TR, areas=_numbers(1, 81), weight=0.1, mends=False),
    PlatePattern("TR", "@ L DDDDD", _TR, areas=_numbers(1, 81), weight=0.1, mends=False),
    PlatePattern("TR", "@ LL DDD", _TR, areas=_numbers(1, 81), mends=False),
    PlatePattern("TR", "@ LL DDDD", _TR, areas=_numbers(1, 81), mends=False),
    PlatePattern("TR", "@ LLL DD", _TR, areas=_numbers(1, 81), weight=0.5, mends=False),
    PlatePattern("TR", "@ LLL DDD", _TR, areas=_numbers(1, 81)),
    PlatePattern("IN", "@ DD L{1,3} DDDD", _IN, areas=_IN_AREAS),
    PlatePattern("IN", "@ D L{1,3} DDDD", _IN, areas=frozenset({"DL"})),
    PlatePattern("IN", "DD [B][H] DDDD L{1,2}", _IN),
    PlatePattern("ID", "@ D{1,4} L{1,3}", _ID, areas=_ID_AREAS, weight=0.1, mends=False),
    PlatePattern("ID", "@ DDDD L{2,3}", _ID, areas=_ID_AREAS),
)
