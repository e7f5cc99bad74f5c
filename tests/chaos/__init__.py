"""Runs in which everything fails at random, with a ledger at the end. `make chaos` makes them long."""
