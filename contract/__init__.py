"""The words that every part of Brushfire shares: documents, options, prompts, errors, events.

Only pydantic is imported here, so that a Cloud Function or a shell command can use it at once.
"""
