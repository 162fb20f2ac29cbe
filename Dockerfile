# Two images from the hashed locks: `api` answers (no model code's libraries in it), `training`
# makes editions and runs the MLflow server. No secret, edition or fitted model is in a layer:
# editions and state are mounted. Both run with a read-only root and a tmpfs on /tmp.
ARG PYTHON_IMAGE=python:3.11-slim-bookworm

FROM ${PYTHON_IMAGE} AS base
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 \
    PIP_NO_CACHE_DIR=1 \
    PIP_ROOT_USER_ACTION=ignore

FROM base AS wheel
WORKDIR /src
COPY requirements/build.txt requirements/build.txt
RUN python -m venv /build && \
    /build/bin/pip install --require-hashes --requirement requirements/build.txt
COPY pyproject.toml README.md LICENSE ./
COPY models models
COPY training training
COPY service service
RUN /build/bin/pip wheel --no-deps --no-build-isolation --wheel-dir /wheels .

FROM base AS api-packages
COPY requirements/api.txt /locks/api.txt
RUN python -m venv /opt/zorgraming && \
    /opt/zorgraming/bin/pip install --require-hashes --requirement /locks/api.txt
COPY --from=wheel /wheels /wheels
RUN /opt/zorgraming/bin/pip install --no-deps --no-index /wheels/*.whl && \
    /opt/zorgraming/bin/pip check

FROM base AS training-packages
COPY requirements/training.txt /locks/training.txt
RUN python -m venv /opt/zorgraming && \
    /opt/zorgraming/bin/pip install --require-hashes --requirement /locks/training.txt
COPY --from=wheel /wheels /wheels
RUN /opt/zorgraming/bin/pip install --no-deps --no-index /wheels/*.whl && \
    /opt/zorgraming/bin/pip check

FROM ${PYTHON_IMAGE} AS runtime
ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="Zorgraming" \
      org.opencontainers.image.description="Forecasts of the use and the cost of Wmo support and youth care" \
      org.opencontainers.image.licenses="EUPL-1.2" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
# The folders that are mounted exist and belong to the user who runs, whose number is fixed so that
# a mounted folder can be given to it.
RUN groupadd --gid 10001 zorgraming && \
    useradd --uid 10001 --gid 10001 --no-create-home --home-dir /srv/zorgraming --shell /usr/sbin/nologin zorgraming && \
    install --directory --owner=10001 --group=10001 /srv/zorgraming /srv/zorgraming/artifacts /srv/zorgraming/editions /srv/zorgraming/state
ENV PATH=/opt/zorgraming/bin:${PATH} \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    HOME=/tmp \
    MPLCONFIGDIR=/tmp \
    MLFLOW_DISABLE_TELEMETRY=true \
    DO_NOT_TRACK=true \
    GIT_PYTHON_REFRESH=quiet
WORKDIR /srv/zorgraming
USER 10001:10001
ENTRYPOINT ["zorgraming"]

FROM runtime AS training
COPY --from=training-packages /opt/zorgraming /opt/zorgraming
# A training runs and ends; there is nothing to probe.
HEALTHCHECK NONE
CMD ["--help"]

FROM runtime AS api
COPY --from=api-packages /opt/zorgraming /opt/zorgraming
ENV ZORGRAMING_HOST=0.0.0.0 \
    ZORGRAMING_PORT=8000
# The port of the metrics is not exposed: `docker run -P` would publish it.
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s --retries=3 \
    CMD ["python", "-c", "import os, urllib.request as u; u.urlopen('http://127.0.0.1:' + os.environ['ZORGRAMING_PORT'] + '/v1/health/live', timeout=4).read()"]
CMD ["serve"]
