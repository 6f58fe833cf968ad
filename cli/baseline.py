"""``assay baseline``: what a site calls normal."""

import typer

app = typer.Typer(help="Baselines: counts fitted on logs that a site calls normal.", no_args_is_help=True)


@app.callback()
def _root() -> None:
    """Baselines: counts fitted on logs that a site calls normal."""
