"""A page to look into the local Firebase: documents, objects, billed operations, denials and functions."""
