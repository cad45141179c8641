# Images of Gatehouse with the default models inside: a container downloads nothing and, with its
# root file system read-only, writes only to the folders that are mounted.
#   docker build --target cpu -t gatehouse:0.1.0-cpu .
#   docker build --target gpu -t gatehouse:0.1.0-gpu .
# OPERATIONS.md says how to run them.

FROM python:3.11.17-slim-bookworm AS python

FROM python AS builder
# No versions: Debian keeps no older one of a package.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install -y --no-install-recommends make \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /opt/gatehouse
COPY LICENSE Makefile README.md pyproject.toml ./
COPY configs/constraints.txt configs/
ENV PIP_NO_CACHE_DIR=1

FROM builder AS environment-cpu
ARG TORCH_INDEX=https://download.pytorch.org/whl/cpu
RUN make env VENV=/opt/venv EXTRAS=postgres,s3,tracing TORCH_INDEX="$TORCH_INDEX" \
    && /opt/venv/bin/python -m pip uninstall -qy pip

FROM builder AS environment-gpu
RUN make env VENV=/opt/venv EXTRAS=postgres,s3,tracing \
    && /opt/venv/bin/pip uninstall -qy onnxruntime \
    && /opt/venv/bin/pip install -q --no-deps \
        "onnxruntime-gpu==$(sed -n 's/^onnxruntime==//p' configs/constraints.txt)" \
    && /opt/venv/bin/python -m pip uninstall -qy pip

FROM environment-cpu AS prepared
COPY configs configs/
COPY deployments deployments/
COPY pipelines pipelines/
COPY serve_config.yaml ./
RUN /opt/venv/bin/python -m compileall -q configs deployments pipelines \
    && /opt/venv/bin/python -m deployments.prepare serve_config.yaml \
    && mv var /opt/var

FROM python AS cpu
# wget for health checks, KubeRay's own among them; tini reaps what Ray's processes leave.
# No versions: Debian keeps no older one of a package. What installs Python packages is not needed here.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get upgrade -y \
    && apt-get install -y --no-install-recommends tini wget \
    && rm -rf /var/lib/apt/lists/* \
    && python -m pip uninstall -qy --root-user-action=ignore setuptools wheel pip \
    && rm -rf /usr/local/lib/python3.11/ensurepip \
    && useradd --uid 10001 --user-group --create-home gatehouse
COPY --from=environment-cpu /opt/venv /opt/venv
COPY --from=prepared /opt/gatehouse /opt/gatehouse
COPY --from=prepared --chown=10001:10001 /opt/var /opt/gatehouse/var
LABEL org.opencontainers.image.title="Gatehouse" \
      org.opencontainers.image.description="Reads licence plates and recognises drivers" \
      org.opencontainers.image.version="0.1.0" \
      org.opencontainers.image.licenses="AGPL-3.0-only"
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONPATH=/opt/gatehouse/deployments/lean:/opt/gatehouse \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    RAY_USAGE_STATS_ENABLED=0
WORKDIR /opt/gatehouse
USER 10001:10001
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=10s --start-period=120s --retries=3 \
    CMD ["wget", "-q", "-T", "8", "-O", "/dev/null", "http://127.0.0.1:8000/healthz"]
ENTRYPOINT ["tini", "--"]
CMD ["python", "-m", "deployments.run", "serve_config.yaml"]

FROM nvidia/cuda:13.0.2-cudnn-runtime-ubuntu24.04 AS gpu
# The rest is what the copied Python is linked against. No upgrade: it would bring CUDA a second time.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install -y --no-install-recommends \
        ca-certificates libexpat1 libffi8 libreadline8t64 libsqlite3-0 tini wget \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --uid 10001 --user-group --create-home gatehouse
COPY --from=python /usr/local /usr/local
RUN ldconfig \
    && python -m pip uninstall -qy --root-user-action=ignore setuptools wheel pip \
    && rm -rf /usr/local/lib/python3.11/ensurepip
COPY --from=environment-gpu /opt/venv /opt/venv
COPY --from=prepared /opt/gatehouse /opt/gatehouse
COPY --from=prepared --chown=10001:10001 /opt/var /opt/gatehouse/var
LABEL org.opencontainers.image.title="Gatehouse" \
      org.opencontainers.image.description="Reads licence plates and recognises drivers" \
      org.opencontainers.image.version="0.1.0" \
      org.opencontainers.image.licenses="AGPL-3.0-only"
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONPATH=/opt/gatehouse/deployments/lean:/opt/gatehouse \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    RAY_USAGE_STATS_ENABLED=0
WORKDIR /opt/gatehouse
USER 10001:10001
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=10s --start-period=120s --retries=3 \
    CMD ["wget", "-q", "-T", "8", "-O", "/dev/null", "http://127.0.0.1:8000/healthz"]
ENTRYPOINT ["tini", "--"]
CMD ["python", "-m", "deployments.run", "serve_config.yaml"]
