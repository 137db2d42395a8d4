# One image for every part of Pantau; the command says which: worker, exporter, topics, simulate.
# Not built in CI, which has no container engine: what it copies and runs is tested without one.
FROM python:3.11.14-slim-bookworm AS build

ENV PIP_NO_CACHE_DIR=1 \
    PIP_DISABLE_PIP_VERSION_CHECK=1

WORKDIR /src
# What makes the wheel and what runs it, each from its lock. Where it runs, nothing can install.
COPY locks/ locks/
RUN python -m venv /opt/build \
    && python -m venv --without-pip /opt/pantau \
    && /opt/build/bin/pip install --require-hashes --no-deps -r locks/build.txt \
    && /opt/build/bin/pip --python /opt/pantau/bin/python install --require-hashes --no-deps -r locks/run.txt
COPY pyproject.toml README.md LICENSE ./
COPY alerts/ alerts/
COPY examples/ examples/
COPY grafana/ grafana/
COPY stream/ stream/
RUN /opt/build/bin/pip wheel --no-deps --no-build-isolation --no-index --wheel-dir /dist . \
    && /opt/build/bin/pip --python /opt/pantau/bin/python install --no-deps --no-index /dist/*.whl \
    && /opt/build/bin/pip --python /opt/pantau/bin/python check


FROM python:3.11.14-slim-bookworm

LABEL org.opencontainers.image.title="pantau" \
      org.opencontainers.image.description="Live contact-centre numbers that equal a recomputation from the raw log." \
      org.opencontainers.image.licenses="Apache-2.0"

ENV PATH=/opt/pantau/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1

RUN groupadd --system --gid 10001 pantau \
    && useradd --system --uid 10001 --gid pantau --home-dir /tmp --no-create-home --shell /usr/sbin/nologin pantau
COPY --from=build /opt/pantau /opt/pantau

# The file system is read-only when composed: whatever a library wants to write goes to /tmp.
WORKDIR /tmp
USER 10001:10001

# 9464 exporter (metrics, health, wallboard); 9465 worker metrics; 9466 audit metrics.
EXPOSE 9464 9465 9466

ENTRYPOINT ["pantau"]
CMD ["--help"]
