# The product without tools: what requirements/run.lock pins and the five rooms, run by a user without rights.
# Behind a mirror: docker compose build --build-arg PIP_INDEX_URL=… --build-arg PYTHON_IMAGE=…
ARG PYTHON_IMAGE=python:3.11-slim-bookworm

FROM ${PYTHON_IMAGE} AS build
ARG PIP_INDEX_URL
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore
RUN python -m venv /opt/casework
WORKDIR /build
# The packages change less often than the code, so they are a layer of their own.
COPY requirements/run.lock requirements/
RUN /opt/casework/bin/pip install --require-hashes -r requirements/run.lock
COPY pyproject.toml README.md ./
COPY casework casework
COPY workflows workflows
COPY tasks tasks
COPY web web
COPY cli cli
RUN /opt/casework/bin/pip install --no-deps --no-build-isolation --no-index .

FROM ${PYTHON_IMAGE}
ENV PATH=/opt/casework/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 CASEWORK_HOME=/var/lib/casework
RUN useradd --system --uid 10001 --user-group --no-create-home --home-dir /var/lib/casework casework \
    && install -d -o casework -g casework -m 0700 /var/lib/casework
COPY --from=build /opt/casework /opt/casework
USER 10001:10001
WORKDIR /var/lib/casework
VOLUME /var/lib/casework
EXPOSE 8311
CMD ["casework", "serve"]
