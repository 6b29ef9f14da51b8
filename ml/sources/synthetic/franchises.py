"""The thirty franchises: public identities, places and groups."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Franchise:
    """A team.

    Attributes
    ----------
    team_id : int
        As in the league's statistics.
    abbreviation, name : str
    conference : int
        0 East, 1 West.
    division : int
        0 to 5; the first three are in the East.
    latitude, longitude : float
        Of the city (degrees).
    hours_from_eastern : int
        Local time minus Eastern time (hours, in the season).
    """

    team_id: int
    abbreviation: str
    name: str
    conference: int
    division: int
    latitude: float
    longitude: float
    hours_from_eastern: int


_ROWS = (
    (1610612737, "ATL", "Atlanta Hawks", 2, 33.76, -84.40, 0),
    (1610612738, "BOS", "Boston Celtics", 0, 42.37, -71.06, 0),
    (1610612739, "CLE", "Cleveland Cavaliers", 1, 41.50, -81.69, 0),
    (1610612740, "NOP", "New Orleans Pelicans", 5, 29.95, -90.08, -1),
    (1610612741, "CHI", "Chicago Bulls", 1, 41.88, -87.67, -1),
    (1610612742, "DAL", "Dallas Mavericks", 5, 32.79, -96.81, -1),
    (1610612743, "DEN", "Denver Nuggets", 3, 39.75, -105.01, -2),
    (1610612744, "GSW", "Golden State Warriors", 4, 37.77, -122.39, -3),
    (1610612745, "HOU", "Houston Rockets", 5, 29.75, -95.36, -1),
    (1610612746, "LAC", "LA Clippers", 4, 34.04, -118.27, -3),
    (1610612747, "LAL", "Los Angeles Lakers", 4, 34.04, -118.27, -3),
    (1610612748, "MIA", "Miami Heat", 2, 25.78, -80.19, 0),
    (1610612749, "MIL", "Milwaukee Bucks", 1, 43.05, -87.92, -1),
    (1610612750, "MIN", "Minnesota Timberwolves", 3, 44.98, -93.28, -1),
    (1610612751, "BKN", "Brooklyn Nets", 0, 40.68, -73.97, 0),
    (1610612752, "NYK", "New York Knicks", 0, 40.75, -73.99, 0),
    (1610612753, "ORL", "Orlando Magic", 2, 28.54, -81.38, 0),
    (1610612754, "IND", "Indiana Pacers", 1, 39.76, -86.16, 0),
    (1610612755, "PHI", "Philadelphia 76ers", 0, 39.90, -75.17, 0),
    (1610612756, "PHX", "Phoenix Suns", 4, 33.45, -112.07, -2),
    (1610612757, "POR", "Portland Trail Blazers", 3, 45.53, -122.67, -3),
    (1610612758, "SAC", "Sacramento Kings", 4, 38.58, -121.50, -3),
    (1610612759, "SAS", "San Antonio Spurs", 5, 29.43, -98.44, -1),
    (1610612760, "OKC", "Oklahoma City Thunder", 3, 35.46, -97.52, -1),
    (1610612761, "TOR", "Toronto Raptors", 0, 43.64, -79.38, 0),
    (1610612762, "UTA", "Utah Jazz", 3, 40.77, -111.90, -2),
    (1610612763, "MEM", "Memphis Grizzlies", 5, 35.14, -90.05, -1),
    (1610612764, "WAS", "Washington Wizards", 2, 38.90, -77.02, 0),
    (1610612765, "DET", "Detroit Pistons", 1, 42.34, -83.06, 0),
    (1610612766, "CHA", "Charlotte Hornets", 2, 35.23, -80.84, 0),
)

FRANCHISES = tuple(
    Franchise(team_id, abbreviation, name, division // 3, division, north, east, hours)
    for team_id, abbreviation, name, division, north, east, hours in _ROWS
)
N_TEAMS = len(FRANCHISES)
