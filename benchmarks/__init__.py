"""What is measured, against what; each module says its command."""
