"""The resources of wc/v3, one module each."""
