"""The work process: networks stay warm in it, tasks come in as lines of JSON and their answers go out the same way.

It knows nothing of databases, keys or cases: it reads the files that a task names and writes into the folder that the
task names. It can be killed at any moment; whoever started it starts another one.
"""

from typing import Final

__all__ = ["CALLED"]

CALLED: Final = "report"
"""What the folder of a report is called, wherever somebody unpacks it."""
