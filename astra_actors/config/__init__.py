"""One frozen tree of settings, strict on the way in, hashed on the way out."""
