"""The ways to ask others for something: over HTTP, and by a command of the operator's own."""
