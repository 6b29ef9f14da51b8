"""Settings: where state lives, and the few choices that change a run."""

from __future__ import annotations

import os
import re
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import AfterValidator, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from ml.errors import SettingsError

_SCHEDULER = re.compile(r"tcp://([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\]):([1-9]\d{0,4})")
_WEB = r"^https?://[^\s/?#]+[^\s?#]*$"
# Where the package lies, and the dbt project: a checkout's, or what the wheel carries.
CODE_DIR = Path(__file__).resolve().parents[1]
PROJECT_DIR = (
    CODE_DIR if (CODE_DIR / "dbt_project.yml").exists() else CODE_DIR / "ml" / "project"
)
_LONGEST_SHOWN = 12
# Of a process that draws players; more where a month has more games.
WORKER_GB = 1.5


def _project() -> Path:
    """Return the dbt project one works in, else the one that came with the package."""
    here = Path.cwd()
    if here.name == "feature_repo":
        here = here.parent
    try:
        text = (here / "dbt_project.yml").read_text("utf-8")
    except (OSError, UnicodeDecodeError):
        return PROJECT_DIR
    return here if text.startswith("name: tipoff\n") else PROJECT_DIR


def project_variable(name: str) -> Any:
    """Return a variable of the dbt project, which its SQL reads too.

    Parameters
    ----------
    name : str
        One of ``vars`` in ``dbt_project.yml``.

    Raises
    ------
    SettingsError
        If the project cannot be read, or has no such variable.
    """
    path = _project_file()
    try:
        return _variables(path)[name]
    except (OSError, ValueError, KeyError, TypeError, yaml.YAMLError) as error:
        raise SettingsError(
            f"{path} says nothing of the variable {name}: {error}",
            "compare it with the one that `tipoff init` lays out",
        ) from error


def project_variables() -> dict[str, Any]:
    """Return all variables of the dbt project; none where it cannot be read."""
    try:
        return dict(_variables(_project_file()))
    except (OSError, ValueError, KeyError, TypeError, yaml.YAMLError):
        return {}


def _project_file() -> Path:
    project = Path(os.environ.get("TIPOFF_PROJECT_DIR") or _project())
    return project / "dbt_project.yml"


@cache
def _variables(path: Path) -> dict[str, Any]:
    variables: dict[str, Any] = yaml.safe_load(path.read_text("utf-8"))["vars"]
    return variables


def scheduler_address(text: str) -> str:
    """Return the address of a dask scheduler, or nothing, as it was given.

    Raises
    ------
    ValueError
        If it is no such address.
    """
    found = _SCHEDULER.fullmatch(text)
    if text and (found is None or int(found.group(2)) >= 2**16):
        raise ValueError(
            "it is no address as `dask scheduler` prints it, tcp://host:port"
        )
    return text


class Settings(BaseSettings):
    """Every setting of a run; ``TIPOFF_<NAME>`` in the environment sets one.

    Attributes
    ----------
    home : Path
        The folder under which everything generated lives; it can be deleted.
    project_dir : Path
        The folder of ``dbt_project.yml``.
    online_store : {"sqlite", "redis"}
        Where tonight's features are served from.
    redis_url : str
        ``host:port`` of the Redis server, used when `online_store` is redis; options
        of Feast's may follow, each after a comma.
    horizon_minutes : int
        How long before tip-off a forecast is made (minutes).
    mapping : str
        What the source's tables and columns are called: a YAML file or the name of a
        shipped mapping; where it is empty, as in the contract.
    max_bad_share : float
        The largest share of an optional table's rows that may be bad (0-1); with more
        of them it is left out for the night.
    training_seasons : int
        How many seasons before the forecast a model learns from.
    retrain_days : int
        How many days after a model's last game the next one is fitted.
    keep_days : int
        How many days before the newest one its files, the records of nights and models
        that nothing needs are kept.
    publish_to : str
        Where a night's files are delivered (an fsspec URL); nowhere where empty.
    s3_endpoint : str
        The URL of an S3 server that is not Amazon's, such as MinIO.
    stats_url, cdn_url, reports_url : str
        Where the league's statistics, files and injury reports are fetched from; a
        mirror may stand in.
    random_state : int
        The seed of every random act.
    threads : int
        Threads for DuckDB, dbt and LightGBM.
    scheduler : str
        The address of a dask scheduler, ``tcp://host:port``, whose workers do backtests
        and sweeps; this machine alone does them where empty.
    serve_token : SecretStr
        What callers of `tipoff serve` must send; needed beyond this machine.
    memory_gb : float
        What a command may use of memory (GB). DuckDB takes half of it and spills to
        disk beyond; a backtest draws players in as many processes as fit.
    """

    model_config = SettingsConfigDict(
        env_prefix="TIPOFF_", frozen=True, extra="ignore", env_ignore_empty=True
    )

    home: Path = Path("data")
    project_dir: Path = Field(default_factory=_project)
    online_store: Literal["sqlite", "redis"] = "sqlite"
    redis_url: str = Field(
        default="localhost:6379", pattern=r"^[^\s:/@,=]+:\d{1,5}(,[^\s,]+)*$"
    )
    horizon_minutes: int = Field(default=60, ge=1, le=24 * 60)
    mapping: str = ""
    max_bad_share: float = Field(default=0.02, ge=0, le=1)
    training_seasons: int = Field(default=6, ge=1, le=100)
    retrain_days: int = Field(default=14, ge=1, le=3650)
    keep_days: int = Field(default=400, ge=31, le=36500)
    publish_to: str = ""
    s3_endpoint: str = ""
    stats_url: str = Field(default="https://stats.nba.com", pattern=_WEB)
    cdn_url: str = Field(default="https://cdn.nba.com", pattern=_WEB)
    reports_url: str = Field(default="https://ak-static.cms.nba.com", pattern=_WEB)
    scheduler: Annotated[str, AfterValidator(scheduler_address)] = ""
    serve_token: SecretStr = SecretStr("")
    # LightGBM's seeds have 31 bits.
    random_state: int = Field(default=0, ge=0, le=2**31 - 1)
    threads: int = Field(default_factory=lambda: os.cpu_count() or 1, ge=1, le=1024)
    memory_gb: float = Field(
        default_factory=lambda: min(8.0, _machine_gb()), ge=0.5, le=100_000
    )

    @property
    def duckdb_memory(self) -> str:
        """DuckDB's ``memory_limit``, as ``profiles.yml`` sets it for dbt."""
        return f"{int(self.memory_gb * 500)}MB"

    @property
    def workers(self) -> int:
        """How many processes may draw at once."""
        return max(1, min(self.threads, int(self.memory_gb / WORKER_GB)))

    @property
    def simulated_league(self) -> Path:
        """The league that is simulated where there is no source."""
        return self.home / "simulated_league.sqlite"

    @property
    def live_dir(self) -> Path:
        """What was fetched: the answers, their ledger, and the league made of them."""
        return self.home / "live"

    @property
    def live_league(self) -> Path:
        """The league database that `tipoff fetch` writes."""
        return self.live_dir / "league.sqlite"

    @property
    def warehouse(self) -> Path:
        """The DuckDB file that dbt builds in."""
        return self.home / "warehouse.duckdb"

    @property
    def features_dir(self) -> Path:
        """Feature tables as Parquet, one file a view."""
        return self.home / "features"

    @property
    def feast_dir(self) -> Path:
        """Feast's registry and its online store."""
        return self.home / "feast"

    @property
    def model_dir(self) -> Path:
        """Training sets."""
        return self.home / "model"

    @property
    def registry_dir(self) -> Path:
        """Trained models."""
        return self.home / "registry"

    @property
    def exports_dir(self) -> Path:
        """Files for people and other programs."""
        return self.home / "exports"

    @property
    def reports_dir(self) -> Path:
        """Reports of gates, backtests and runs."""
        return self.home / "reports"

    @property
    def performance_page(self) -> Path:
        """How good the forecasts were, for people."""
        return self.reports_dir / "performance.html"

    @property
    def forecasts_dir(self) -> Path:
        """Every forecast that was made, one file a day of games."""
        return self.home / "forecasts"

    @property
    def nights_dir(self) -> Path:
        """What each night did, and what the next one has to know."""
        return self.home / "nights"

    @property
    def last_run(self) -> Path:
        """What the last forecast wrote, and when it stood."""
        return self.reports_dir / "run.json"

    @property
    def manifest(self) -> Path:
        """The dbt manifest of the last build."""
        return self.home / "dbt" / "target" / "manifest.json"


def _machine_gb() -> float:
    """Return the machine's memory; 8 where it does not say."""
    try:
        return max(0.5, os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9)
    except (AttributeError, OSError, ValueError):
        return 8.0


def load_settings(home: Path | None = None) -> Settings:
    """Read the settings from the environment.

    Parameters
    ----------
    home : Path, optional
        Takes the place of ``TIPOFF_HOME``.

    Returns
    -------
    Settings
        With an absolute `home`.

    Raises
    ------
    SettingsError
        If a ``TIPOFF_*`` variable has a value that cannot be used.
    """
    try:
        settings = Settings() if home is None else Settings(home=home)
    except ValidationError as error:
        first = error.errors()[0]
        reason = first["msg"].removeprefix("Value error, ")
        name = "TIPOFF_" + "_".join(str(part) for part in first["loc"]).upper()
        # What is longer than any right value may be something else, such as a key.
        given = str(first["input"])
        shown = repr(given) if len(given) <= _LONGEST_SHOWN else "…"
        raise SettingsError(
            f"{name}={shown} cannot be used: {reason}",
            f"unset {name} or give it another value",
        ) from error
    home = _resolved(settings.home)
    # DuckDB reads what follows as options, and would spill to another folder.
    if "?" in str(home):
        raise SettingsError(
            f"the home {home} has a question mark in its path", "give another --home"
        )
    return settings.model_copy(update={"home": home})


def _resolved(home: Path) -> Path:
    try:
        return home.expanduser().resolve()
    except (OSError, RuntimeError) as error:  # no $HOME, or links in a circle
        raise SettingsError(
            f"the home {home} cannot be found: {error}", "give another --home"
        ) from error
