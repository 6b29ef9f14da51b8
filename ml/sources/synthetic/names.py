"""Neutral player names, with the accents and suffixes that real ones have."""

from __future__ import annotations

import unicodedata
from functools import cache

import numpy as np

_FIRST = """
Aaron Adam Adrian Alan Albert Alex Alvin Amir Andre Andrew Anthony Antonio Arthur
Ben Bernard Blake Bobby Brandon Brian Bruce Bryce Caleb Calvin Cameron Carl Cedric
Chad Charles Chris Clarence Cody Cole Colin Corey Curtis Dale Damon Daniel Darius
Darnell Darren David Dean Derek Devin Dominic Donovan Douglas Drew Dwayne Dylan Earl
Eddie Edgar Elijah Emmett Eric Ethan Eugene Evan Felix Frank Franklin Gabriel Garrett
Gary George Gerald Glen Gordon Grant Greg Hakim Harold Harris Harvey Henry Howard Hugo
Ian Isaac Isaiah Ivan Jack Jacob Jalen Jamal James Jared Jason Javier Jaylen Jeff
Jeremy Jerome Jesse Joel John Jonah Jordan Joseph Joshua Julian Justin Kareem Karl
Keith Kelvin Kendrick Kenneth Kevin Kurt Kyle Lamar Lance Larry Lawrence Leon Leroy
Lewis Logan Louis Lucas Luke Malcolm Malik Marco Marcus Mario Mark Marshall Martin
Mason Matthew Maurice Max Michael Miles Mitchell Monte Morris Nate Nathan Neil
Nicholas Noah Norman Oliver Omar Oscar Otis Owen Patrick Paul Perry Peter Philip
Quentin Quincy Ralph Randall Rashad Raymond Reggie Reid Ricky Robert Rodney Roger
Roland Roman Ronald Ross Roy Ruben Russell Ryan Sam Scott Sean Sebastian Seth Shane
Shawn Simon Solomon Spencer Stanley Stephen Sterling Terrell Terry Theo Thomas Tim
Tobias Todd Travis Trevor Tristan Troy Tyler Tyrone Victor Vincent Wallace Walter
Warren Wayne Wendell Wesley William Xavier Zachary Zane D.J. C.J. J.T. K.J.
Álvaro André Božidar Çağlar Dāvis Édouard Filip Goran Ignacio Jānis José Jérôme Kristaps
León Luís Marko Matías Miloš Nicolò Nikola Óscar Raúl René Saša Sékou Théo Tomáš Vítor
Žiga
"""
_LAST = """
Abbott Adams Alexander Allen Anderson Archer Arnold Bailey Baker Banks Barnes Barrett
Bates Beckett Bell Bennett Benson Bishop Blackwell Booth Bowman Boyd Bradford Brooks
Brown Bryant Burke Burns Butler Byrd Caldwell Campbell Carlson Carr Carson Carter Casey
Chambers Chandler Chapman Chase Clarke Coleman Collins Conley Cooper Cox Crawford Cross
Cummings Curry Dalton Daniels Davis Dawson Dean Dixon Dorsey Douglas Drake Duncan Dunn
Edwards Ellis Emerson Evans Farmer Ferguson Fields Fisher Fleming Fletcher Ford Foster
Fowler Fox Francis Freeman Fuller Gardner Garner Gibson Gilbert Glover Goodwin Gordon
Graham Grant Graves Gray Green Greer Griffin Hale Hall Hamilton Hampton Hardy Harmon
Harper Harris Harrison Hart Hayes Henderson Henry Hicks Hill Hines Hodges Holland
Holloway Holmes Hopkins Horton Howell Hubbard Hudson Hughes Hunt Hunter Ingram Jackson
Jacobs James Jefferson Jenkins Jennings Johnson Jones Jordan Joyner Keller Kennedy King
Kirby Knight Lambert Lawson Lee Lewis Lindsey Little Lloyd Logan Long Lowe Lucas Lynch
Lyons Malone Marsh Marshall Martin Mason Matthews Maxwell McBride McCarthy McDaniel
McKinney Miles Miller Mitchell Monroe Montgomery Moore Morgan Morris Morrison Morton
Moss Murphy Murray Nash Neal Nelson Newman Newton Nichols Nolan Norris Norwood Oliver
Osborne Owens Page Palmer Parker Parks Patterson Payne Pearson Perkins Perry Peters
Phillips Pierce Porter Powell Powers Pratt Price Quinn Ramsey Randolph Reed Reeves
Reynolds Rhodes Rice Richards Riley Rivers Roberts Robinson Rodgers Rogers Ross Rowe
Russell Sanders Saunders Sawyer Schneider Scott Sharp Shaw Shelton Sheppard Simmons
Simpson Sims Singleton Sloan Smith Snyder Spencer Stafford Stanton Steele Stephens
Stewart Stokes Stone Strickland Summers Sutton Tate Taylor Terry Thomas Thompson
Thornton Tucker Turner Tyler Underwood Vance Vaughn Wade Wagner Walker Wallace Walls
Walton Ward Warner Warren Washington Watkins Watson Watts Weaver Webb Weber Webster
Wells West Wheeler White Wiggins Wilcox Wilkins Williams Willis Wilson Winters Wood
Wright Wyatt York Young Zimmerman O'Brien O'Connor O'Neal St.-Clair Hayes-Monroe
Grant-Ellis Walker-Price Cole-Bishop
Ångström Bogdanovský Çelik Doğan Dragić Fernández Gómez Hernández Jokubaitis Kovačević
Kurucs Lukšić Müller Núñez Pašalić Petrušev Pérez Rodríguez Sánchez Schröder Šarić
Šimůnek Tomić Vesely Vučić Živković
"""
_SUFFIXES = ("Jr.", "II", "III", "IV")
_SUFFIX_SHARES = (0.62, 0.10, 0.20, 0.08)
SUFFIX_RATE = 0.06
_SHORT = {
    "Nicholas": "Nic",
    "Robert": "Rob",
    "Matthew": "Matt",
    "Cameron": "Cam",
    "Joshua": "Josh",
    "Zachary": "Zach",
}


def make_names(n: int, taken: set[str], rng: np.random.Generator) -> list[str]:
    """Draw names that differ from each other and from those taken.

    Parameters
    ----------
    n : int
        Number of names.
    taken : set of str
        Keys (:func:`plain` without suffix) in use; grows by the new ones.
    rng : numpy.random.Generator

    Returns
    -------
    list of str
        ``First Last`` or ``First Last Jr.``
    """
    first, last = _FIRST.split(), _LAST.split()
    names: list[str] = []
    while len(names) < n:
        name = f"{first[rng.integers(len(first))]} {last[rng.integers(len(last))]}"
        suffix = rng.random() < SUFFIX_RATE
        which = rng.choice(_SUFFIXES, p=_SUFFIX_SHARES)
        key = plain(name).lower()
        if key in taken:
            continue
        taken.add(key)
        names.append(f"{name} {which}" if suffix else name)
    return names


def plain(name: str) -> str:
    """Write a name without accents, as injury reports and bookmakers do.

    Parameters
    ----------
    name : str

    Returns
    -------
    str
    """
    decomposed = unicodedata.normalize("NFKD", name)
    return "".join(sign for sign in decomposed if not unicodedata.combining(sign))


def last_first(name: str) -> str:
    """Write a name as in an injury report.

    Parameters
    ----------
    name : str
        ``Trey Murphy III``.

    Returns
    -------
    str
        ``Murphy III, Trey``.
    """
    first, _, rest = plain(name).partition(" ")
    return f"{rest}, {first}"


@cache
def report_name(name: str, player: int) -> str:
    """Name of a player in injury reports; some go by a shorter first name there.

    Parameters
    ----------
    name : str
    player : int
        Index of the player; decides whether a short form is used, for good.

    Returns
    -------
    str
        ``Last, First``.
    """
    first, _, rest = name.partition(" ")
    if player % 3 == 0:
        first = _SHORT.get(first, first)
    return last_first(f"{first} {rest}")
