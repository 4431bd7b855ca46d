"""Cloud Firestore v1, kept in SQLite, for unmodified gRPC, REST and WebChannel clients."""
