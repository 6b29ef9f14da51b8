"""The league's public endpoints: their bodies read into tables of the contract."""
