"""The verbs of `linkback-proxy` that need a configuration, a module each."""
