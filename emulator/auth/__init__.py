"""The local Firebase Authentication: accounts and tokens over the Identity Toolkit API."""
