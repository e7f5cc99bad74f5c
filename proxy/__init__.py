"""The service: a reverse proxy that judges linkbacks. Imports run one way; see ARCHITECTURE.md."""
