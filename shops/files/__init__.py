"""Files that staff look into: what stands in them (rows), how they are written (writers), how they are kept (export)."""
