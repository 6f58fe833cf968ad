"""The process that sets one PDF: typst keeps what it has made, and gives it back only when its process ends.

python -m assay.evidence.report.pdf.typesetting ROOT TIME < page.json > page.pdf
"""

import sys
from datetime import datetime
from pathlib import Path

__all__ = ["pdf"]

_HERE = Path(__file__).parent
FONTS = _HERE / "fonts"


def pdf(page: str, root: str, time: str) -> bytes:
    """A page as PDF/A-2a: tagged, for archives, nothing in it that is fetched or run.

    Parameters
    ----------
    page : str
        Blocks as JSON.
    root : str
        Folder of the report; nothing outside of it is read.
    time : str
        When the report was made, ISO 8601.
    """
    import typst

    fonts = typst.Fonts(include_system_fonts=False, include_embedded_fonts=True, font_paths=[str(FONTS)])
    # The stubs want text and root to be of one type; a template in bytes needs no file below the root.
    made: bytes = typst.compile(  # type: ignore[call-overload]
        (_HERE / "report.typ").read_bytes(),
        root=root,
        font_paths=fonts,
        format="pdf",
        sys_inputs={"page": page},
        pdf_standards="a-2a",
        timestamp=datetime.fromisoformat(time),
    )
    return made


if __name__ == "__main__":
    sys.stdout.buffer.write(pdf(sys.stdin.read(), *sys.argv[1:3]))
