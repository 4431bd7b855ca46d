"""Cloud Firestore v1, kept in SQLite, for unmodified gRPC, REST and WebChannel clients."""

import os

# With gRPC's older listener the thread that ends calls also reads the sockets: one change of threads fewer
# for each call, and a tenth of the processor's time. gRPC reads this when it is first imported.
os.environ.setdefault("GRPC_EXPERIMENTS", "-event_engine_listener")
