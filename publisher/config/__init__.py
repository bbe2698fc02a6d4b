"""config.yaml and the environment as frozen settings, read once; every problem at once."""
