# One image for web, worker, beat and migrations; docker-compose.yml gives each its command.
FROM python:3.11-slim-bookworm AS packages
WORKDIR /console
COPY requirements-runtime.lock .
RUN python -m venv /venv \
 && /venv/bin/pip install --no-cache-dir --no-deps --require-hashes -r requirements-runtime.lock

FROM python:3.11-slim-bookworm
RUN useradd --system --create-home --uid 10001 console
COPY --from=packages /venv /venv
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 STATIC_MANIFEST=true
WORKDIR /console
COPY . .
# Collecting static files needs settings but no server; none of these values stays in the image.
RUN SECRET_KEY=only-while-building TOKEN_KEYS=MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE= \
    DATABASE_URL=sqlite:///:memory: REDIS_URL=memory:// python manage.py collectstatic --noinput --verbosity 0
USER console
EXPOSE 8000
CMD ["gunicorn", "procore_sync.wsgi", "--bind", "0.0.0.0:8000", "--worker-class", "gthread", "--workers", "2", "--threads", "8", "--no-control-socket"]
