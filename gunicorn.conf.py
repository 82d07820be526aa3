"""What every start of `gunicorn backoffice.wsgi` in this folder takes over: gunicorn reads this file by itself."""

logger_class = "backoffice.lib.web_log.MaskingLogger"
