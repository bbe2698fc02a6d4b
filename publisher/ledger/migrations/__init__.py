"""How the schema came to be, one revision a file. Run by ``publisher.ledger.migrate`` alone."""
