"""Forms: the usual ways to write a value, and the one that the contract wants.

Each is a SQL expression over a text, null where the text is of none of the forms, or
the text itself where the contract's own list or pattern says what is wrong with it.
"""

from __future__ import annotations

from ml.ingest.contract import Column

NULL_WORDS = ("", "nan", "NaN", "None", "NULL", "null", "NaT", "<NA>", "\\N")
"""How programs write that there is no value."""

NO_NUMBER_WORDS = ("-", "--", "–", "—", "N/A", "n/a", "NA", "#N/A", "TBD", "TBA", "tbd")
"""What people write in place of a number or a moment that is not known."""

_INCH_CM = 2.54
_POUNDS_PER_KG = 2.20462

_OUT = (
    "out",
    "o",
    "ofs",
    "out for season",
    "out indefinitely",
    "suspended",
    "suspension",
    "inactive",
    "not with team",
    "ir",
    "injured reserve",
    "not playing",
    "will not play",
)
_QUESTIONABLE = (
    *("questionable", "game time decision", "game-time decision", "gtd"),
    *("day to day", "day-to-day", "dtd", "q", "ques"),
)
_STATUSES: dict[str, tuple[str, ...]] = {
    "Out": _OUT,
    "Doubtful": ("doubtful", "d"),
    "Questionable": _QUESTIONABLE,
    "Probable": ("probable", "p", "prob"),
    "Available": ("available", "active", "healthy", "playing", "will play"),
}
# G and F alone are told apart by height, once it is known.
_POSITIONS = {
    "PG": ("pg", "point guard"),
    "SG": ("sg", "shooting guard", "g-f", "guard-forward"),
    "SF": ("sf", "small forward", "f-g", "forward-guard"),
    "PF": ("pf", "power forward", "f-c", "forward-center"),
    "C": ("c", "center", "centre", "c-f", "center-forward"),
    "G": ("g", "guard"),
    "F": ("f", "forward"),
}
_RESULTS: dict[str, tuple[str, ...]] = {
    "W": ("w", "win", "won"),
    "L": ("l", "loss", "lost"),
}
_HOME = {
    1: ("1", "true", "t", "yes", "y", "home", "h", "vs", "vs."),
    0: ("0", "false", "f", "no", "n", "away", "a", "@", "visitor", "road"),
}
_EVEN = ("pk", "pick", "pickem", "pick''em", "even", "ev", "evens")
_ODDS = "American odds: -110, +150 or EVEN"

WANTED = {
    "game_id": "ten digits; a number is filled up with zeros",
    "season": "2023-24; also 2023-2024, 22023, 2023 (or 2024, where the dates say so)",
    "min": "minutes: 34, 34.2, 34:12, 34.000000:12 or PT34M12.00S",
    "height": "6-9; also 6'9\", 81 (inches), 206 cm or 2.06 m",
    "home_spread": "points: -3.5, -3½ or PK",
    "total": "points: 215.5, 215½ or o215.5",
    "line": "a number: 24.5, 24½ or o24.5",
    "moneyline_home": _ODDS,
    "moneyline_away": _ODDS,
    "over_price": _ODDS,
    "under_price": _ODDS,
    "weight": "pounds; also 215 lbs or 98 kg",
    "position": "PG, SG, SF, PF or C; also G, F, G-F, F-C, Guard …",
    "status": "Out, Doubtful, Questionable, Probable or Available; also OUT, GTD …",
    "is_home": "1 or 0; also true, false, home, away",
    "wl": "W or L",
    "date": "2024-01-15; also 20240115, 01/15/2024, Jan 15, 2024",
    "timestamp": "2024-01-15 19:30:00 or 01/15/2024 7:30 PM; with Z or an offset that "
    "is honoured: 2024-01-16T00:30:00Z, 2024-01-15T19:30:00-05:00; or seconds since "
    "1970",
}
"""The forms that are understood, by column or type, in words."""


def wanted(column: Column) -> str:
    """Say in words which values a column wants.

    Parameters
    ----------
    column : Column
        A column of the contract.

    Returns
    -------
    str
    """
    if column.name in WANTED and not column.coded:
        return WANTED[column.name]
    if column.kind in WANTED:
        return WANTED[column.kind]
    if column.values:
        return f"one of {', '.join(column.values)}"
    if column.pattern is not None:
        return f"{column.description} ({column.pattern})"
    if column.can_be.has_range:
        return f"{column.kind}, {column.can_be}"
    return column.kind


def text_of(column: Column, text: str) -> str:
    """Write a text column's value in the contract's form.

    Parameters
    ----------
    column : Column
        A column of type text.
    text : str
        SQL: the text found.

    Returns
    -------
    str
        SQL.
    """
    if column.name == "team_abbreviation":
        return f"upper({text})"
    if column.coded:
        return text
    write = _WRITERS.get(column.name)
    if write is not None:
        return write(text)
    words = _SYNONYMS.get(column.name)
    return text if words is None else _words(text, words)


def number_of(column: Column, text: str) -> str:
    """Read a text in a column of numbers, where it is no plain number.

    Parameters
    ----------
    column : Column
        A column of type integer or real.
    text : str
        SQL: the text found.

    Returns
    -------
    str
        SQL: a double.
    """
    number = f"try_cast({text} as double)"
    match column.name:
        case "min":
            return f"coalesce({number}, {_minutes(text)})"
        case "is_home" | "is_neutral_site":
            cases = _cases(f"lower({text})", {str(k): v for k, v in _HOME.items()})
            return f"coalesce({number}, try_cast(case {cases} end as double))"
        case "weight":
            return f"coalesce({number}, {_weight(text)})"
        case "home_spread" | "total" | "line":
            return f"coalesce({number}, {_line(text, even=0)})"
        case "moneyline_home" | "moneyline_away" | "over_price" | "under_price":
            return f"coalesce({number}, {_line(text, even=100)})"
    return number


def did_not_play(text: str) -> str:
    """Say in SQL whether a text in place of minutes says that he did not play."""
    return f"regexp_matches({text}, '^(?i)(dnp|dnd|nwt|did not|inactive)')"


def date_of(text: str, *, day_first: str) -> str:
    """Read a date that is not in the form of ISO 8601.

    Parameters
    ----------
    text : str
        SQL: the text found.
    day_first : str
        SQL: whether the column writes the day before the month.

    Returns
    -------
    str
        SQL: a timestamp.
    """
    month = f"try_strptime({text}, ['%m/%d/%y', '%m/%d/%Y', '%m-%d-%Y'])"
    day = f"try_strptime({text}, ['%d/%m/%y', '%d/%m/%Y', '%d-%m-%Y'])"
    named = (
        f"try_strptime({text}, ['%b %d, %Y', '%B %d, %Y', '%d %b %Y', '%d %B %Y', "
        "'%a, %b %d, %Y', '%A, %B %d, %Y', '%d-%b-%Y', '%d.%m.%Y', "
        "'%b %d %Y', '%B %d %Y', '%a %b %d %Y'])"
    )
    return (
        f"case when regexp_full_match({text}, '(19|20)\\d{{6}}(\\.0+)?') "
        f"then try_strptime(left({text}, 8), '%Y%m%d') "
        f"when regexp_full_match({text}, '{NUMBERED_DATE}') "
        f"then if({day_first}, {day}, {month}) else {named} end"
    )


def has_zone(text: str) -> str:
    """Say in SQL whether a moment says which clock it is of.

    By ``Z`` or an offset, or as a number of seconds (or milliseconds) since 1970.
    """
    return f"regexp_matches({text}, '{_CLOCK}{_ZONE}$|{_EPOCH}')"


def clock_of(text: str) -> str:
    """Read a time of the day that has no date beside it.

    Parameters
    ----------
    text : str
        SQL: the text found; from 1 to 11 o'clock it must say AM or PM.

    Returns
    -------
    str
        SQL: a time.
    """
    half = r"\d{1,2}:\d{2}(:\d{2})?\s*([ap])\.?(m\.?)?"
    bare = rf"regexp_replace({text}, '{_EASTERN_WORD}', '', 'i')"
    plain = rf"regexp_replace({bare}, '\s*([ap])\.?(m\.?)?$', ' \1m', 'i')"
    return (
        f"case when regexp_full_match({bare}, '{half}', 'i') "
        f"then try_strptime({plain}, ['%I:%M %p', '%I:%M:%S %p'])::time "
        rf"when regexp_full_match({bare}, '(1[2-9]|2[0-3]):\d{{2}}(:\d{{2}})?') "
        f"then try_strptime({bare}, ['%H:%M', '%H:%M:%S'])::time end"
    )


def moment_of(column: Column, text: str) -> str:
    """Read a moment on its column's clock, whichever one it is written on.

    Parameters
    ----------
    column : Column
        A column of type timestamp; by its name of UTC, else of US/Eastern.
    text : str
        SQL: the text found. Unless it says which clock it is of, it is the column's.

    Returns
    -------
    str
        SQL: a timestamp.
    """
    clock = "UTC" if column.name.endswith("_utc") else "America/New_York"
    # DuckDB wants seconds before an offset, and a colon in it.
    offset = rf"regexp_replace({text}, '\s*([zZ]|UTC|GMT)$', '+00:00')"
    offset = rf"regexp_replace({offset}, '([+-]\d\d)(\d\d)?$', '\1:\2')"
    offset = rf"regexp_replace({offset}, '([+-]\d\d):$', '\1:00')"
    offset = rf"regexp_replace({offset}, '([ T]\d{{1,2}}:\d\d)\s*([+-])', '\1:00\2')"
    named = rf"regexp_replace({text}, '{_EASTERN_WORD}', '', 'i')"
    number = f"try_cast({text} as double)"
    seconds = f"if({number} > {_MOST_SECONDS}, {number} / 1000, {number})"
    forms = ", ".join(f"'{day} {time}'" for day in _DAYS for time in _TIMES)
    return (
        f"case when regexp_matches({text}, '{_EPOCH}') "
        f"then to_timestamp({seconds}) at time zone '{clock}' "
        f"when {has_zone(text)} "
        f"then try_cast({offset} as timestamptz) at time zone '{clock}' "
        f"else coalesce(try_cast({named} as timestamp), "
        f"try_strptime({named}, [{forms}])) end"
    )


def day_of(column: Column, text: str) -> str:
    """Read a day that is written as its midnight, with ``Z`` or an offset or without.

    Parameters
    ----------
    column : Column
        A column of type date.
    text : str
        SQL: the text found.

    Returns
    -------
    str
        SQL: a timestamp.
    """
    written = f"try_cast(regexp_replace({text}, '{_ZONE}$', '') as timestamp)"
    return (
        f"case when {has_zone(text)} and {written} = date_trunc('day', {written}) "
        f"then {written} else {moment_of(column, text)} end"
    )


_CLOCK = r"\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?"
_ZONE = r"\s*([zZ]|UTC|GMT|[+-]\d{2}(:?\d{2})?)"
_EASTERN_WORD = r"\s*(ET|EST|EDT|\[?(America/New_York|US/Eastern)\]?)$"
# Seconds or milliseconds since 1970, of the years 2001 to 2033.
_EPOCH = r"^1\d{9}(\d{3})?(\.\d+)?$"
_MOST_SECONDS = 1e10
_DAYS = (
    *("%Y-%m-%d", "%m/%d/%y", "%m/%d/%Y", "%b %d, %Y", "%B %d, %Y", "%d %b %Y"),
    *("%a, %b %d, %Y", "%A, %B %d, %Y", "%a, %d %b %Y"),
)
_TIMES = ("%I:%M %p", "%I:%M%p", "%I:%M:%S %p", "%H:%M", "%H:%M:%S")

NUMBERED_DATE = r"\d{1,2}[/-]\d{1,2}[/-](\d{4}|\d{2})"
"""The form of a date whose day and month can be mistaken for each other."""


def _game_id(text: str) -> str:
    return (
        f"case when regexp_full_match({text}, '\\d{{10}}') then {text} "
        f"when regexp_full_match({text}, '\\d{{1,10}}(\\.0*)?') "
        f"then lpad(split_part({text}, '.', 1), 10, '0') else {text} end"
    )


def _season(text: str) -> str:
    def of_year(year: str) -> str:
        following = f"(({year}::integer + 1) % 100)::varchar"
        return f"{year} || '-' || lpad({following}, 2, '0')"

    first, digits = f"left({text}, 4)", rf"regexp_replace({text}, '\D', '', 'g')"
    follows = (
        f"(try_cast(right({digits}, 2) as integer) + 100 - try_cast(substr({digits}, "
        f"length({digits}) // 2 - 1, 2) as integer)) % 100 = 1"
    )
    century = f"if(left({digits}, 2) > '40', '19', '20')"
    between = r"\s*[-/–_]\s*"
    return (
        rf"case when regexp_full_match({text}, '\d{{4}}-\d{{2}}') then {text} "
        rf"when regexp_full_match({text}, '\d{{4}}(\.0+)?') then {of_year(first)} "
        rf"when regexp_full_match({text}, '[1-6]\d{{4}}(\.0+)?') "
        f"then {of_year(f'substr({text}, 2, 4)')} "
        rf"when regexp_full_match({text}, '\d{{4}}({between})?\d{{4}}') and {follows} "
        f"then {of_year(first)} "
        rf"when regexp_full_match({text}, '\d{{4}}{between}\d{{2}}') "
        f"then {first} || '-' || right({text}, 2) "
        rf"when regexp_full_match({text}, '\d{{2}}{between}\d{{2}}') and {follows} "
        f"then {century} || left({text}, 2) || '-' || right({text}, 2) else {text} end"
    )


def _minutes(text: str) -> str:
    def part(pattern: str) -> str:
        found = f"nullif(regexp_extract({text}, '{pattern}', 1), '')"
        return f"coalesce(try_cast({found} as double), 0)"

    clock = r"\d{1,3}(\.0*)?:[0-5]?\d(\.\d+)?"
    iso = r"PT(\d+H)?(\d+M)?(\d+(\.\d+)?S)?"
    # A spreadsheet takes 34:12 for hours, and may write the seconds behind.
    sheet = r"(\d{2,3}|[5-9]):[0-5]\d:00"
    hours = r"0?[0-4]:[0-5]\d:[0-5]\d(\.\d+)?"
    return (
        f"case when regexp_full_match({text}, '{hours}') "
        f"then epoch(try_cast(split_part({text}, '.', 1) as time)) / 60 "
        f"when regexp_full_match({text}, '{clock}|{sheet}') "
        f"then try_cast(split_part({text}, ':', 1) as double) "
        f"+ try_cast(split_part({text}, ':', 2) as double) / 60 "
        f"when {text} <> 'PT' and regexp_full_match({text}, '{iso}') "
        f"then 60 * {part('([0-9]+)H')} + {part('([0-9]+)M')} "
        f"+ {part('([0-9.]+)S')} / 60 end"
    )


def _height(text: str) -> str:
    """Write feet and inches, from these, from inches, centimetres or metres."""
    foot, inch = r"-|''|’|′|ft\.?|feet|foot", r"\"|''''|”|″|in\.?|inches"
    feet = rf"([4-8])\s*(?:{foot})\s*(\d{{1,2}})\s*(?:{inch})?"
    value = f"try_cast(regexp_extract({text}, '^([0-9.]+)', 1) as double)"
    unit = f"lower(trim(regexp_extract({text}, '^[0-9.]+(.*)$', 1)))"
    inches = (
        f"case when {unit} in ('', 'in', 'in.', 'inches', '\"') "
        f"and {value} between 60 and 96 then {value} "
        f"when {unit} in ('', 'cm') and {value} between 150 and 250 "
        f"then {value} / {_INCH_CM} "
        f"when {unit} in ('', 'm') and {value} between 1.5 and 2.5 "
        f"then {value} * 100 / {_INCH_CM} end"
    )
    whole = f"round({inches})::integer"
    return (
        f"case when regexp_full_match({text}, '[4-8]-(\\d|1[01])') then {text} "
        f"when regexp_full_match({text}, '{feet}') "
        f"and regexp_extract({text}, '{feet}', 2)::integer <= 11 "
        f"then regexp_extract({text}, '{feet}', 1) || '-' "
        f"|| regexp_extract({text}, '{feet}', 2)::integer "
        f"else coalesce(({whole} // 12) || '-' || ({whole} % 12), {text}) end"
    )


def _weight(text: str) -> str:
    value = f"try_cast(regexp_extract({text}, '^([0-9.]+)', 1) as double)"
    unit = f"lower(trim(regexp_extract({text}, '^[0-9.]+(.*)$', 1)))"
    return (
        f"case when {unit} in ('lb', 'lbs', 'lb.', 'lbs.', 'pounds') then {value} "
        f"when {unit} in ('kg', 'kgs') then round({value} * {_POUNDS_PER_KG}) end"
    )


def _line(text: str, *, even: int) -> str:
    """Read a bookmaker's number: ``PK``, ``EVEN``, ``o215.5``, ``-3½``."""
    plain = f"replace(replace(lower({text}), '½', '.5'), '−', '-')"
    words = ", ".join(f"'{word}'" for word in _EVEN)
    number = rf"regexp_replace({plain}, '^(over|under|o|u)\s*', '')"
    return f"if({plain} in ({words}), {even}, try_cast({number} as double))"


def _position(text: str) -> str:
    """Take the first of several positions where they are the contract's own."""
    plain = f"regexp_replace(lower({text}), '\\s*[-/,]\\s*', '-', 'g')"
    own = r"(pg|sg|sf|pf|c)(-(pg|sg|sf|pf|c))+"
    return (
        f"case {_cases(plain, _POSITIONS)} when regexp_full_match({plain}, '{own}') "
        f"then upper(split_part({plain}, '-', 1)) else {text} end"
    )


def _matchup(text: str) -> str:
    at = f"regexp_replace(upper({text}), '\\s*@\\s*|\\s+AT\\s+', '@')"
    sides = r"([A-Z0-9]{2,4})\s+VS\.?\s+([A-Z0-9]{2,4})"
    return (
        f"case when {at} like '%@%' then {at} "
        f"when regexp_full_match(upper({text}), '{sides}') "
        f"then regexp_replace(upper({text}), '{sides}', '\\2@\\1') else {text} end"
    )


def _words(text: str, words: dict[str, tuple[str, ...]]) -> str:
    return f"case {_cases(f'lower({text})', words)} else {text} end"


def _status(text: str) -> str:
    """Read the whole text, or the word that a reason stands behind: ``Out (knee)``."""
    first = f"regexp_extract(lower({text}), '^([a-z]+)\\s*[^a-z ]', 1)"
    return (
        f"case {_cases(f'lower({text})', _STATUSES)} "
        f"{_cases(first, _STATUSES)} else {text} end"
    )


def _cases(text: str, words: dict[str, tuple[str, ...]]) -> str:
    def quoted(word: str) -> str:
        return "'" + word.replace("'", "''") + "'"

    return " ".join(
        f"when {text} in ({', '.join(map(quoted, synonyms))}) then {quoted(word)}"
        for word, synonyms in words.items()
    )


_WRITERS = {
    "game_id": _game_id,
    "season": _season,
    "height": _height,
    "matchup": _matchup,
    "position": _position,
    "status": _status,
}
_SYNONYMS: dict[str, dict[str, tuple[str, ...]]] = {"wl": _RESULTS}
