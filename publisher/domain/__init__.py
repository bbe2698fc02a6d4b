"""Values and rules. The standard library only; no I/O, no clock, no chance: those are arguments."""
