"""What the venue's wire is signed with: hashes of orders, wallet signatures and request codes, for both ends of the wire."""
