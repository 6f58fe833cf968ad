"""Run the notebooks and write their pairs: python notebooks/run.py [--small] [NAME...]

The percent script is what is edited; the `.ipynb` beside it is the same with its outputs. `--small` takes the sizes that the
tests take.
"""

import argparse
import os
from pathlib import Path

import jupytext
import nbclient

HERE = Path(__file__).resolve().parent


def scripts() -> list[Path]:
    """All of them, in order."""
    return sorted(path for path in HERE.glob("*.py") if path.stem[:2].isdecimal())


def executed(script: Path, *, small: bool, seconds: int = 3600):
    """The notebook of a script with its outputs."""
    book = jupytext.read(script)
    os.environ["ASSAY_NOTEBOOKS"] = "small" if small else ""
    os.environ["MPLBACKEND"] = "module://matplotlib_inline.backend_inline"
    client = nbclient.NotebookClient(
        book, timeout=seconds, kernel_name="python3", resources={"metadata": {"path": str(HERE)}}
    )
    client.execute()
    for cell in book.cells:
        # When it ran, and on whose machine, is nobody's business.
        cell.metadata.pop("execution", None)
    book.metadata.pop("language_info", None)
    return book


def main() -> None:
    """Run what was asked for."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--small", action="store_true")
    asked.add_argument("names", nargs="*")
    given = asked.parse_args()
    for script in scripts():
        if not given.names or script.stem in given.names:
            jupytext.write(executed(script, small=given.small), script.with_suffix(".ipynb"))
            print(script.stem)


if __name__ == "__main__":
    main()
