"""The HTTP API for programs, at `/api` of the site."""
