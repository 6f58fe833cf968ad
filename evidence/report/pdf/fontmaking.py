"""Make the fonts of reports out of Noto Sans CJK, which is under the SIL Open Font License; needs fontTools and brotli.

    apt-get download fonts-noto-cjk && dpkg -x fonts-noto-cjk_*.deb noto
    python -m assay.evidence.report.pdf.fontmaking noto/usr/share/fonts/opentype/noto evidence/report/pdf/fonts [words]

Three fonts come of it, and the list of characters that print has. For print, ``AssaySansTC-Regular.otf`` holds Latin,
Greek and Cyrillic letters, signs, kana, bopomofo and the 5,401 common characters of Big5; ``AssaySansTC-Bold.otf``
letters, signs and the characters of the Chinese catalogue, and is a family of its own, so that what it lacks is taken
from the other. ``AssaySansTC-words.woff2`` holds the characters of the catalogue and is put into pages of HTML. The
names are others than Noto's, so that nobody takes a subset for the whole.
"""

import sys
from pathlib import Path
from typing import Final

__all__ = ["held", "made", "ranges", "written"]

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

    faces = TTCollection(str(source)).fonts
    number = next(n for n, font in enumerate(faces) if font["name"].getDebugName(1).startswith(FACE))
    font = TTFont(str(source), fontNumber=number, recalcTimestamp=False)
    options = subset.Options(
        layout_features=["kern", "locl", "ccmp", "mark"],
        hinting=False,
        name_IDs=[0, 1, 2, 4, 6, 13, 14],
        notdef_outline=True,
        drop_tables=["DSIG", "vhea", "vmtx", "VORG", "BASE"],
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
    """Make all three, or, when sentences were added to the catalogue, ``words`` alone."""
    latin = set(range(0x20, 0x7F))
    web = target / "AssaySansTC-words.woff2"
    made(source / "NotoSansCJK-Regular.ttc", written() | latin, "Assay Sans TC", web, "woff2")
    if only == "words":
        return
    letters = {code for first, last in RANGES for code in range(first, last + 1)} | written()
    regular, bold = source / "NotoSansCJK-Regular.ttc", source / "NotoSansCJK-Bold.ttc"
    made(regular, letters | common(), "Assay Sans TC", target / "AssaySansTC-Regular.otf", None)
    made(bold, letters, "Assay Sans TC Strong", target / "AssaySansTC-Bold.otf", None)
    (target / "coverage.txt").write_text(ranges(held(target / "AssaySansTC-Regular.otf")), encoding="ascii")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), *sys.argv[3:4])
