"""What runs in the cloud beside the listeners: Cloud Functions, and what they decide."""
