"""What the league's endpoints answer, made from tables of the contract."""
