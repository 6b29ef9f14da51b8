"""A target: where files are delivered, checked before work, never kept in clear.

A target is a place, nothing else. What opens it (keys, passwords, signatures) comes
from the storage's own chain: its environment, profile or role. A text that holds
anything of the kind is refused, and no part of it is repeated.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote, urlsplit

from ml.errors import SettingsError
from ml.settings import Settings
from ml.system.redaction import MASK, is_secret, redact, remember, remember_value

LOCAL = ("file", "local")
# What keeps a file until it is taken away, by fsspec's names.
BUCKETS = (
    "s3", "s3a", "gs", "gcs", "az", "abfs", "abfss", "adl", "oci", "ocilake", "oss",
    "tos",
)  # fmt: skip
_SERVERS = ("sftp", "ssh", "ftp", "smb", "hdfs", "arrow_hdfs", "webhdfs", "webdav")
_DRIVES = ("dbfs", "hf", "lakefs", "gdrive", "dropbox", "box")
# Azure's own way to write a container is container@account.
_AZURE = ("az", "abfs", "abfss")
KEEPING = frozenset((*LOCAL, *BUCKETS, *_SERVERS, *_DRIVES))
_LONGEST = 1000
_URL = re.compile(r"([A-Za-z][A-Za-z0-9+._-]*):(/*)(.*)", re.DOTALL)
_RUN = re.compile(r"[A-Za-z0-9+=~%]+")
_REMEDY = "leave them to the storage's own chain: environment, profile or role"


@dataclass(frozen=True)
class Target:
    """A place that was checked.

    Attributes
    ----------
    url : str
        As fsspec takes it.
    protocol : str
        fsspec's name of its kind.
    shown : str
        As it may be printed and stored.
    """

    url: str = field(repr=False)
    protocol: str
    shown: str


def check_target(settings: Settings, text: str) -> Target:
    """Check where files shall go; nothing is opened or asked for.

    Parameters
    ----------
    settings : Settings
        Says which S3 endpoint.
    text : str
        A folder of this machine, or one as fsspec names it: ``s3://bucket/prefix``,
        ``file:///srv/nba``, ``gs://bucket``.

    Returns
    -------
    Target

    Raises
    ------
    SettingsError
        If it holds credentials, names no place, or its kind keeps nothing or is not
        installed. The message repeats no more of it than its kind.
    """
    remember(text)
    if len(text) > _LONGEST or not text.isprintable() or not text.strip():
        raise _refused("the target", "is no place: it is empty, endless or not text")
    text = text.strip()
    plain = unquote(unquote(text))
    if "::" in plain:
        raise _refused("the target", "is a chain of several, which is not followed")
    match = _URL.match(text)
    if match is None:
        if "://" in unicodedata.normalize("NFKC", plain):
            raise _refused("the target", "is neither a folder nor a URL")
        return _local(text, text, "file")
    protocol, slashes, rest = match.group(1).lower(), match.group(2), match.group(3)
    kind = f"the target {protocol}://…"
    if protocol not in KEEPING:
        import fsspec

        raise _refused(
            kind if protocol in fsspec.available_protocols() else "the target",
            "cannot be used: it is no kind of place that keeps files",
        )
    if len(slashes) < 2:
        raise _refused(kind, f"begins with {protocol}:{slashes}, not {protocol}://")
    if protocol in LOCAL:
        path = f"{slashes[2:]}{rest}"
        if not path.startswith("/"):
            raise _refused(kind, "names a machine, not a folder: file:///folder")
        return _local(text, path, protocol)
    _check_endpoint(settings)
    _check_parts(kind, protocol, slashes, rest)
    if (is_secret(text) or is_secret(plain)) and not _is_container(protocol, rest):
        raise _refused(kind, "holds credentials", _REMEDY)
    _require_package(kind, protocol)
    url = text.rstrip("/")
    return Target(url, protocol, _shown(protocol, rest.rstrip("/")))


def _check_parts(kind: str, protocol: str, slashes: str, rest: str) -> None:
    plain = unquote(unquote(rest))
    authority = plain.partition("/")[0]
    if len(slashes) > 2 or not authority:
        raise _refused(kind, "names no bucket or server", f"{protocol}://name/folder")
    if "@" in plain and not _is_container(protocol, rest):
        raise _refused(kind, "holds credentials", _REMEDY)
    if "?" in plain or "#" in plain:
        raise _refused(kind, "holds a query, such as a signature", _REMEDY)
    _, colon, port = authority.partition(":")
    if colon and not (protocol in _SERVERS and port.isdecimal()):
        raise _refused(kind, "holds credentials", _REMEDY)
    if any(_is_key(part) for part in plain.split("/")):
        raise _refused(kind, "holds what looks like a key", _REMEDY)


def _is_container(protocol: str, rest: str) -> bool:
    authority, _, path = rest.partition("/")
    return (
        protocol in _AZURE
        and re.fullmatch(r"[\w$-]+@[\w.-]+", authority) is not None
        and "@" not in unquote(path)
        and not is_secret(path)
    )


def _is_key(part: str) -> bool:
    """Say whether a part of a path is made as keys are: long, of all kinds of signs."""
    return any(
        len(run) >= 20
        and any(char.islower() for char in run)
        and any(char.isupper() for char in run)
        and any(char.isdigit() for char in run)
        for run in _RUN.findall(part)
    )


def _local(text: str, path: str, protocol: str) -> Target:
    if is_secret(text) or is_secret(unquote(text)):
        raise _refused("the target", "holds credentials", _REMEDY)
    try:
        folder = Path(path).expanduser()
        lowest = next(each for each in (folder, *folder.parents) if each.exists())
        is_folder = lowest.is_dir()
    except OSError as error:
        raise _refused(
            "the target", f"cannot be looked at: {error.strerror}"
        ) from error
    except RuntimeError as error:  # ~ of nobody, or no $HOME
        raise _refused("the target", "is in the home directory of nobody") from error
    if not is_folder:
        raise _refused("the target", f"is no folder: {lowest} is a file")
    return Target(text.rstrip("/") or "/", protocol, redact(text.rstrip("/")))


def _check_endpoint(settings: Settings) -> None:
    endpoint = settings.s3_endpoint
    if not endpoint:
        return
    remember(endpoint)
    parts = urlsplit(endpoint)
    if parts.scheme not in ("http", "https") or not parts.netloc:
        raise SettingsError(
            "TIPOFF_S3_ENDPOINT is no URL of a server", "such as http://minio:9000"
        )
    if is_secret(endpoint) or "@" in unquote(endpoint) or parts.query:
        raise SettingsError("TIPOFF_S3_ENDPOINT holds credentials", _REMEDY)


def _require_package(kind: str, protocol: str) -> None:
    import fsspec

    try:
        fsspec.get_filesystem_class(protocol)
    except (ImportError, ValueError) as error:
        raise _refused(
            kind, f"cannot be used: {redact(str(error))}",
            "give file:///folder, or install the storage's package (S3: tipoff[s3])",
        ) from error  # fmt: skip


def _shown(protocol: str, rest: str) -> str:
    """Return a target without those parts of its path that could be a key."""
    parts = []
    for part in rest.split("/"):
        if any(_may_be_key(run) for run in _RUN.findall(unquote(part))):
            remember_value(part)
            parts.append(MASK)
        else:
            parts.append(part)
    return f"{protocol}://{'/'.join(parts)}"


def _may_be_key(run: str) -> bool:
    n_digits = sum(char.isdigit() for char in run)
    is_mixed = 0 < n_digits < len(run)
    return len(run) >= 12 and (is_mixed or len(run) >= 20 or run.isupper())


def digest_of(text: str) -> str:
    """Return a hash of a text, to tell whether it is the same later on."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _refused(what: str, problem: str, remedy: str = "") -> SettingsError:
    return SettingsError(
        f"{what} {problem}",
        remedy or "give a folder, s3://bucket/prefix or gs://bucket",
    )
