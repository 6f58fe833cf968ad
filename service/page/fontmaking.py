"""Make the font that pages bring for machines without a Chinese one: the characters of what the page and reports say.

    python -m assay.service.page.fontmaking

Taken from the font of reports, which stands under the SIL Open Font License; needs fontTools and brotli. A browser
fetches it only where no font of the machine has the characters.
"""

from pathlib import Path
from typing import Final

from ...evidence.report.pdf import fontmaking as reports
from .words.catalogue import own

__all__ = ["made", "written"]

FOLDER: Final = Path(__file__).parent / "static"
_SOURCE: Final = Path(reports.__file__).parent / "fonts" / "AssaySansTC-Regular.otf"
_CJK: Final = 0x2E80


def written() -> set[int]:
    """Code points of Chinese in the sentences of the page, and in what the language calls itself."""
    said = [*own("zh-Hant").values(), "繁體中文"]
    return {code for sentence in said for code in map(ord, sentence) if code >= _CJK}


def made(wanted: set[int], target: Path) -> None:
    """Take some characters of the font and write them down."""
    from fontTools import subset
    from fontTools.ttLib import TTFont

    font = TTFont(_SOURCE)
    options = subset.Options()
    options.hinting = False
    options.layout_features = []
    taken = subset.Subsetter(options)
    taken.populate(unicodes=wanted)
    taken.subset(font)
    font.flavor = "woff2"
    font.save(target)
    print(f"{target.name}: {len(wanted)} characters, {target.stat().st_size:,} bytes")  # noqa: T201


if __name__ == "__main__":
    made(written() | {code for code in reports.written() if code >= _CJK}, FOLDER / "assay-tc.woff2")
