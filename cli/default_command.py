"""A command that is also a group: its first word is one of its commands, or else belongs to the command itself."""

from collections.abc import Sequence
from typing import Any

import typer
from typer.core import TyperGroup

__all__ = ["DEFAULT", "DefaultGroup"]

DEFAULT = "PATHS"
"""Name of the command that the group itself is; nobody types it."""


class DefaultGroup(TyperGroup):
    """Runs the command `DEFAULT` when the first word names no other.

    Only the first word is looked at: a file that is called like a command is reached as ``./feedback``.
    """

    def parse_args(self, ctx: Any, args: Sequence[str]) -> list[str]:
        """Put the default command's name before what is meant for it."""
        words = list(args)
        if words and words[0] not in self.commands and words[0] not in ctx.help_option_names:
            words.insert(0, DEFAULT)
        parsed: list[str] = super().parse_args(ctx, words)
        return parsed

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Let the default command bear the group's name in messages."""
        name, command, rest = super().resolve_command(ctx, args)
        return ("" if name == DEFAULT else name), command, rest

    def format_options(self, ctx: Any, formatter: Any) -> None:
        """Describe the default command's own options, then the commands."""
        own = self.commands[DEFAULT]
        # A hidden command of its own would not be listed; its options are this group's help.
        own.format_options(typer.Context(own, info_name=ctx.info_name, parent=ctx.parent), formatter)
        self.format_commands(ctx, formatter)

    def collect_usage_pieces(self, ctx: Any) -> list[str]:
        """The default command's usage."""
        own = self.commands[DEFAULT]
        pieces: list[str] = own.collect_usage_pieces(typer.Context(own, info_name=ctx.info_name))
        return pieces
