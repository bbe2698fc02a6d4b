"""The ledger: the database of what was published and who got what. Open it with ``store``."""
