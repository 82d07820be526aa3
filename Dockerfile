# Kontor's web server and workers, in one image: `web` is the default, compose.yaml runs the workers from the same one.
FROM python:3.11-slim-bookworm

# postgresql-client: pg_dump, pg_restore and psql, for `manage.py backup`.
RUN apt-get update \
    && apt-get install -y --no-install-recommends postgresql-client \
    && rm -rf /var/lib/apt/lists/*

RUN useradd --create-home --uid 10001 kontor
WORKDIR /srv/kontor

# The packages first: they change less often than the code.
COPY requirements.txt ./
RUN pip install --no-cache-dir --require-hashes -r requirements.txt

COPY --chown=kontor:kontor . .
# Before a volume is laid over them: it takes over their owner.
RUN mkdir -p media staticfiles var/exchange && chown kontor:kontor media staticfiles var var/exchange

USER kontor
ENV PYTHONUNBUFFERED=1 LOG_FORMAT=json
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/healthz', timeout=4)"]
CMD ["gunicorn", "backoffice.wsgi", "--bind", "0.0.0.0:8000", "--worker-class", "gthread", "--workers", "2", "--threads", "4", "--access-logfile", "-"]
