"""Crash tests: the program is ended at every one of its side effects, and at random moments, and
what is left is held to the promise of docs/explanation/once.md.

    effects   counts the side effects of a process, and ends it at one of them
    nest      a warm process that forks the program, so that a crash costs no start-up
    stage     a site that is about to publish, its relay, and what the relay has seen
    promise   what has to be true after every crash
    walk      a crash at each effect in turn
    random    kill -9 of a daemon at random times
    power     the ledger as a power cut would leave it

``make crash`` runs all of it (__main__); a short form of it is part of ``make test``.
"""
