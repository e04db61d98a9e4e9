# Astra in a container: docker build -t astra . && docker run --shm-size=1g -v astra-data:/data astra
FROM python:3.11-slim

RUN apt-get update && apt-get install --yes --no-install-recommends make && rm -rf /var/lib/apt/lists/* \
    && useradd --create-home astra && mkdir -p /data /astra /tmp/ray && chown astra /data /astra /tmp/ray
USER astra
WORKDIR /astra

COPY --chown=astra . .
RUN make install

ENV PATH=/astra/.venv/bin:$PATH ASTRA_RUN__DATA_DIR=/data ASTRA_HEALTH_PATH=/data/health
VOLUME /data

# A run that said nothing for three beats is dead (supervision.heartbeat_dead_s).
HEALTHCHECK --interval=60s --start-period=120s --retries=1 \
    CMD test $(($(date +%s) - $(stat -c %Y "$ASTRA_HEALTH_PATH"))) -lt 180

# As Ctrl-C: every quote is cancelled, the last window is written, then the process ends.
STOPSIGNAL SIGINT
ENTRYPOINT ["astra"]
CMD ["paper", "--data-dir", "/data"]
