"""Make the fonts of reports out of Noto Sans and Noto Sans CJK, which are under the SIL Open Font License.

Needs fontTools and brotli, and the fonts, of which nothing is used but the Regular and Bold of both families:

    apt-get download fonts-noto-core fonts-noto-cjk && for each in *.deb; do dpkg -x $each noto; done
    python -m assay.evidence.report.pdf.fontmaking noto/usr/share/fonts evidence/report/pdf/fonts [letters|words]

``AssaySans-*.ttf`` hold Latin, Greek and Cyrillic letters. ``AssaySansTC-Regular.otf`` holds signs, kana, bopomofo and
the 5,401 common characters of Big5; ``AssaySansTC-Bold.otf`` the characters of the Chinese catalogue, and is a family
of its own, so that what it lacks is taken from the other. ``AssaySansTC-words.woff2`` holds the characters of the
catalogue and is put into pages of HTML. ``coverage.txt`` lists what print has letters for. The names are others than
Noto's, so that nobody takes a subset for the whole. ``letters`` makes the first two alone
again, ``words`` those that hold the characters of the catalogue.
"""

import sys
from pathlib import Path
from typing import Final

__all__ = ["held", "made", "ranges", "written"]

CJK: Final = "opentype/noto/NotoSansCJK-{}.ttc"
LATIN: Final = "truetype/noto/NotoSans-{}.ttf"
FACE: Final = "Noto Sans CJK TC"
WORDS: Final = Path(__file__).parents[1] / "words"

RANGES: Final = (
    (0x20, 0x7E), (0xA0, 0x17F), (0x218, 0x21B), (0x2C6, 0x2DD), (0x370, 0x3FF), (0x400, 0x45F), (0x490, 0x491),
    (0x1E80, 0x1E85), (0x1EA0, 0x1EF9), (0x2010, 0x205E), (0x2070, 0x2094), (0x20A0, 0x20BF), (0x2100, 0x214F),
    (0x2150, 0x218B), (0x2190, 0x21FF), (0x2200, 0x222B), (0x2248, 0x2265), (0x2460, 0x2473), (0x2500, 0x25FF),
    (0x3000, 0x303F), (0x3041, 0x30FF), (0x3105, 0x312F), (0xFE30, 0xFE4F), (0xFF01, 0xFF9F), (0xFFE0, 0xFFE6),
)  # fmt: skip


def common() -> set[int]:
    """Code points of the signs and of the common characters of Big5: lead bytes A1 to C6."""
    found = set()
    for lead in range(0xA1, 0xC7):
        for trail in (*range(0x40, 0x7F), *range(0xA1, 0xFF)):
            try:
                found.add(ord(bytes((lead, trail)).decode("big5")))
            except (UnicodeDecodeError, TypeError):
                continue
    return found


def written() -> set[int]:
    """Code points of the Chinese sentences of reports."""
    return {ord(mark) for file in WORDS.glob("zh-Hant*.yaml") for mark in file.read_text(encoding="utf-8")}


def made(source: Path, wanted: set[int], family: str, target: Path, flavour: str | None) -> None:
    """Take some characters of a font and write them under another name."""
    from fontTools import subset
    from fontTools.ttLib import TTCollection, TTFont

    number = -1
    if source.suffix == ".ttc":
        faces = TTCollection(str(source)).fonts
        number = next(n for n, font in enumerate(faces) if font["name"].getDebugName(1).startswith(FACE))
    font = TTFont(str(source), fontNumber=number, recalcTimestamp=False)
    options = subset.Options(
        layout_features=["kern", "locl", "ccmp", "mark"],
        hinting=False,
        name_IDs=[0, 1, 2, 4, 6, 13, 14],
        notdef_outline=True,
        drop_tables=["DSIG", "vhea", "vmtx", "VORG", "BASE", "GDEF", "fpgm", "prep", "cvt ", "gasp"],
        flavor=flavour,
    )
    task = subset.Subsetter(options)
    task.populate(unicodes=wanted | {0x20})
    task.subset(font)
    style = font["name"].getDebugName(2)
    plain = f"{family.replace(' ', '')}-{style}"
    named = {1: family, 2: style, 4: f"{family} {style}", 6: plain}
    for record in list(font["name"].names):
        if record.nameID in named:
            place = (record.platformID, record.platEncID, record.langID)
            font["name"].setName(named[record.nameID], record.nameID, *place)
    if "CFF " in font:
        top = font["CFF "].cff
        top.fontNames = [plain]
        top.topDictIndex[0].FullName, top.topDictIndex[0].FamilyName = f"{family} {style}", family
    font.flavor = flavour
    font.save(str(target))


def held(font: Path) -> set[int]:
    """Code points that a font has letters for."""
    from fontTools.ttLib import TTFont

    return set(TTFont(str(font)).getBestCmap())


def ranges(points: set[int]) -> str:
    """Code points as lines such as ``4e00-4e03``."""
    lines: list[str] = []
    ordered = sorted(points)
    begin = 0
    for place in range(1, len(ordered) + 1):
        if place == len(ordered) or ordered[place] != ordered[place - 1] + 1:
            first, last = ordered[begin], ordered[place - 1]
            lines.append(f"{first:x}" if first == last else f"{first:x}-{last:x}")
            begin = place
    return "\n".join(lines) + "\n"


def main(source: Path, target: Path, only: str = "") -> None:
    """Make them, or one kind of them."""
    letters = {code for first, last in RANGES for code in range(first, last + 1)}
    regular, bold = source / CJK.format("Regular"), source / CJK.format("Bold")
    if only in ("", "words"):
        wanted = written() | set(range(0x20, 0x7F))
        made(regular, wanted, "Assay Sans TC", target / "AssaySansTC-words.woff2", "woff2")
        made(bold, letters | written(), "Assay Sans TC Strong", target / "AssaySansTC-Bold.otf", None)
    if only in ("", "letters"):
        for style, family in (("Regular", "Assay Sans"), ("Bold", "Assay Sans Strong")):
            made(source / LATIN.format(style), letters, family, target / f"AssaySans-{style}.ttf", None)
    if only == "":
        made(
            regular, letters | written() | common(), "Assay Sans TC", target / "AssaySansTC-Regular.otf", None
        )
    print_has = held(target / "AssaySansTC-Regular.otf") | held(target / "AssaySans-Regular.ttf")
    (target / "coverage.txt").write_text(ranges(print_has), encoding="ascii")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), *sys.argv[3:4])
