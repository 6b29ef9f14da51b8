"""What a person sees: one line a step, and errors that end with a remedy."""

from __future__ import annotations

import atexit
import functools
import gc
import inspect
import logging
import os
import signal
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer
from rich.console import Console
from rich.text import Text
from typer import rich_utils

from ml.errors import TipoffError
from ml.storage.exchange import finish_exchange, require_openable
from ml.storage.lock import exclusive
from ml.system.faults import denied, gone
from ml.system.plain_text import plain
from ml.system.redaction import redact, remember
from ml.system.stopping import stoppable, stopped_by

if TYPE_CHECKING:
    from ml.settings import Settings


def shown(text: object, *, keep_lines: bool = True) -> str:
    """Return a text as a terminal may show it: no secret, no escape code."""
    return plain(redact(str(text)), keep_lines=keep_lines)


class Terminal(Console):
    """A console on which text is text: no markup, no escape codes, no secrets.

    Whatever is printed, cells of tables too, may hold names and paths that somebody
    else chose; colours are given beside the text, never in it.
    """

    def __init__(self) -> None:
        super().__init__(stderr=True, highlight=False, markup=False, emoji=False)

    def render_str(self, text: str, **options: Any) -> Text:
        """Render a string, which every string on its way out goes through."""
        return super().render_str(shown(text), **options)

    def done(self, text: object, *, after: str = "", tail: str = "") -> None:
        """Print one line of what was done, with what it took and what came of it."""
        line = Text.assemble(("✓", "green"), f" {shown(text, keep_lines=False)}")
        line.append(after, style="dim")
        line.append(f"  {shown(tail, keep_lines=False)}" if tail else "")
        self.print(line)

    def failed(self, text: object) -> None:
        """Print one line of what was not done."""
        self.print(Text.assemble(("✗", "red"), f" {shown(text, keep_lines=False)}"))

    def warning(self, text: object) -> None:
        """Print what somebody should know."""
        self._say("warning:", "yellow", text)

    def error(self, text: object) -> None:
        """Print what went wrong; lines after the first are set in."""
        self._say("error:", "red", text)

    def _say(self, word: str, style: str, text: object) -> None:
        lines = shown(text).replace("\n", "\n  ").replace("\n    remedy", "\n  remedy")
        self.print(Text.assemble((word, style), f" {lines}"))


console = Terminal()
# Python would look for cycles once more when it ends, through all that was imported.
atexit.register(gc.freeze)
HomeOption = Annotated[
    Path | None,
    typer.Option("--home", help="Folder of everything generated [env: TIPOFF_HOME]."),
]
MappingOption = Annotated[
    str,
    typer.Option(
        "--mapping",
        help="What the source's tables are called: a YAML file, or the name of a "
        "shipped mapping [env: TIPOFF_MAPPING].",
    ),
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
        busy = Text(f"{shown(name, keep_lines=False)} …")
        with console.status(busy), _uncollected():
            yield say
    except BaseException:
        console.failed(name)
        raise
    seconds = time.perf_counter() - began
    console.done(name, after=f" {seconds:.1f} s", tail=outcome)


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

    The job's first parameter, ``settings``, becomes the option ``--home``; a job with
    a ``source`` (or ``past_lines``, one too) has the option ``--mapping``, which
    becomes a setting. A `TipoffError`, and whatever the machine denies
    (`ml.system.faults`), becomes a message on standard error and its exit code. A
    signal ends the job, its workers and its hold on the home, with 128 + its number.

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
    def run(home: Path | None = None, mapping: str = "", **options: Any) -> None:
        # A tenth of a second, which who only asks for help need not wait for.
        from ml.settings import load_settings

        settings: Settings | None = None
        place = None
        try:
            with stoppable():
                settings = load_settings(home)
                if mapping:
                    settings = settings.model_copy(update={"mapping": mapping})
                require_openable(settings.home)
                with exclusive(settings, name) if writes else nullcontext():
                    if writes:
                        finish_exchange(settings.home)
                    place = _opened(settings.home)
                    function(settings, **options)
                    if writes and _is_gone(settings.home, place):
                        raise gone(settings.home)
        except BaseException as error:
            if settings is not None and _is_gone(settings.home, place):
                _end(error, gone(settings.home))
            _end(error, denied(error))
        finally:
            if place is not None:
                os.close(place)

    signature = inspect.signature(function, eval_str=True)
    settings, *options = signature.parameters.values()
    home = settings.replace(
        name="home",
        annotation=HomeOption,
        default=None,
        kind=inspect.Parameter.KEYWORD_ONLY,
    )
    parameters = [*options, home]
    if any(option.name in {"source", "past_lines"} for option in options):
        mapping = home.replace(name="mapping", annotation=MappingOption, default="")
        parameters.append(mapping)
    run.__signature__ = signature.replace(parameters=parameters)  # type: ignore[attr-defined]
    run.__annotations__ = {item.name: item.annotation for item in parameters}
    return run


def _opened(home: Path) -> int | None:
    """Hold on to a folder, so that no other one is taken for it; None without one."""
    try:
        return os.open(home, os.O_RDONLY)
    except OSError:
        return None


def _is_gone(home: Path, place: int | None) -> bool:
    """Say whether a folder that was opened has not its name any more."""
    if place is None:
        return False
    try:
        return not os.path.samestat(os.fstat(place), home.stat())
    except OSError:
        return True


def _end(error: BaseException, known: TipoffError | None) -> NoReturn:
    """Say what ended a command, and end the process with the code of it."""
    if (number := stopped_by()) is not None:
        what = f"stopped by {number.name}; run it again to go on"
        told: tuple[str, int] = (what, 128 + number)
    elif isinstance(error, BrokenPipeError):
        # Whoever read our output has gone; nor does Python's own last flush matter.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise SystemExit(128 + 13) from None
    elif known is not None and isinstance(error, Exception):
        told = (str(known), known.exit_code)
    elif isinstance(error, TipoffError):
        told = (str(error), error.exit_code)
    else:
        raise error
    with suppress(OSError):
        console.error(told[0])
    raise SystemExit(told[1]) from error


class Redacted:
    """A stream that lets no secret pass, whoever writes to it.

    Parameters
    ----------
    stream : text file
        What is written to.
    """

    def __init__(self, stream: Any) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        """Write a text, redacted; say how much of it was taken."""
        self._stream.write(redact(text))
        return len(text)

    def writelines(self, lines: Iterable[str]) -> None:
        """Write lines, redacted."""
        for line in lines:
            self.write(line)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


class _Highlighter(rich_utils.OptionHighlighter):
    """Typer's colours of usage errors, which repeat what was typed."""

    def __call__(self, text: str | Text) -> Text:
        return super().__call__(shown(text))


APP_OPTIONS: dict[str, Any] = {
    "pretty_exceptions_enable": False,
    "add_completion": False,
    # Text in brackets, such as a default, would be taken for a style.
    "rich_markup_mode": "markdown",
}
"""How every Typer of the package is set up."""


class Command(typer.Typer):
    """Commands as a process runs them: nothing secret leaves it by its streams."""

    def __call__(self, *args: Any, **options: Any) -> Any:
        """Run what the command line says."""
        # A full disk would be told by the log of dbt with a traceback for every line.
        logging.raiseExceptions = False
        for argument in sys.argv[1:]:
            remember(argument)
        sys.stdout, sys.stderr = Redacted(sys.stdout), Redacted(sys.stderr)
        # Before usage errors are broken into lines.
        rich_utils.highlighter = _Highlighter()
        try:
            return super().__call__(*args, **options)
        except KeyboardInterrupt:
            # Before a command could begin: nothing was done, nothing is to be undone.
            sys.exit(128 + signal.SIGINT)


def run_job(function: Callable[..., Any], *, writes: bool = True) -> None:
    """Run a job as ``python -m ml.jobs.<name>`` does."""
    app = Command(**APP_OPTIONS)
    app.command(name=function.__name__)(command(function, writes=writes))
    app(prog_name=f"python -m {Path(sys.argv[0]).stem}")
