"""The local Cloud Storage: the JSON API of Google's clients and the `/v0` API of the Firebase SDKs."""
