"""The project's Python functions, run locally: triggers, schedules and HTTP."""
