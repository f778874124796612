# syntax=docker/dockerfile:1
# One image for web, worker and beat; the command says which. PostgreSQL and Redis come from outside.
FROM python:3.11-slim AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1
WORKDIR /srv/hitode
COPY requirements/base.txt requirements/base.txt
RUN python -m venv --without-pip /srv/venv \
    && pip --python /srv/venv/bin/python install --no-cache-dir --require-hashes -r requirements/base.txt

FROM python:3.11-slim
RUN useradd --create-home --uid 10001 hitode
ENV PATH=/srv/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 \
    HITODE_VAR=/srv/var HITODE_DEMONSTRATION=false
WORKDIR /srv/hitode
COPY --from=build /srv/venv /srv/venv
COPY . .
RUN mkdir -p /srv/var && chown hitode /srv/var && python manage.py compile_translations
USER hitode
EXPOSE 8000
CMD ["python", "manage.py", "serve_one", "web", "--host", "0.0.0.0"]
