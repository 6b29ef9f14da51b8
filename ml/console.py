"""What a person sees: one line a step, and errors that end with a remedy."""

from __future__ import annotations

import atexit
import functools
import gc
import inspect
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape

from ml.errors import TipoffError
from ml.lock import exclusive
from ml.settings import load_settings

console = Console(stderr=True, highlight=False)
# Python would look for cycles once more when it ends, through all that was imported.
atexit.register(gc.freeze)
HomeOption = Annotated[
    Path | None,
    typer.Option("--home", help="Folder of everything generated [env: TIPOFF_HOME]."),
]


@contextmanager
def step(name: str) -> Iterator[Callable[[str], None]]:
    """Show a spinner while a step runs, then one line with its time.

    Parameters
    ----------
    name : str
        What the step does, such as ``"build features"``.

    Yields
    ------
    Callable[[str], None]
        Call it with the outcome that the line should end with.
    """
    outcome = ""

    def say(text: str) -> None:
        nonlocal outcome
        outcome = text

    began = time.perf_counter()
    try:
        with console.status(f"{name} …"), _uncollected():
            yield say
    except BaseException:
        console.print(f"[red]✗[/] {name}")
        raise
    seconds = time.perf_counter() - began
    tail = f"  {escape(outcome)}" if outcome else ""
    console.print(f"[green]✓[/] {name} [dim]{seconds:.1f} s[/]{tail}")


@contextmanager
def _uncollected() -> Iterator[None]:
    """Do not look for cycles: reference counts free what is large.

    Looking for them is a sixth of the time that dbt and Feast take.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def command(
    function: Callable[..., Any], *, writes: bool = True
) -> Callable[..., None]:
    """Turn a job into a console command.

    The job's first parameter, ``settings``, becomes the option ``--home``; a
    `TipoffError` becomes a message on standard error and its exit code.

    Parameters
    ----------
    function : Callable
        A job: ``job(settings, *, option=…)``.
    writes : bool
        Whether the job changes the home, so that only one may run at a time.

    Returns
    -------
    Callable
        What Typer can register.
    """
    name = function.__name__.replace("_", " ")

    @functools.wraps(function)
    def run(home: Path | None = None, **options: Any) -> None:
        try:
            settings = load_settings(home)
            with exclusive(settings, name) if writes else nullcontext():
                function(settings, **options)
        except TipoffError as error:
            console.print(f"[red]error:[/] {escape(str(error))}")
            raise SystemExit(error.exit_code) from error

    signature = inspect.signature(function, eval_str=True)
    settings, *options = signature.parameters.values()
    home = settings.replace(
        name="home",
        annotation=HomeOption,
        default=None,
        kind=inspect.Parameter.KEYWORD_ONLY,
    )
    parameters = [*options, home]
    run.__signature__ = signature.replace(parameters=parameters)  # type: ignore[attr-defined]
    run.__annotations__ = {item.name: item.annotation for item in parameters}
    return run


def run_job(function: Callable[..., Any]) -> None:
    """Run a job as ``python -m ml.jobs.<name>`` does."""
    app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
    app.command(name=function.__name__)(command(function))
    app(prog_name=f"python -m {Path(sys.argv[0]).stem}")
