"""How days and times are written, where Django's own way does not suit an office (settings.FORMAT_MODULE_PATH)."""
