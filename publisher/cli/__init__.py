"""The command line: one module a group of commands. Parse, call one use case, print, exit code."""
