"""A local Firebase in one Python process: Firestore, Auth, Storage and Hosting for unmodified clients."""
