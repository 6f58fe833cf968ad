# The service in a container: docker build -t assay . ; see docs/deployment.md.
FROM python:3.12-slim-bookworm AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
RUN python -m venv /opt/assay
WORKDIR /src
COPY . .
RUN /opt/assay/bin/pip install '.[postgres,s3,sigma]'

FROM python:3.12-slim-bookworm
# The folder of evidence is made here, so that a volume on it belongs to the user.
RUN useradd --system --uid 10001 --create-home --home-dir /var/lib/assay assay \
    && install --directory --owner=assay --mode=0700 /var/lib/assay/evidence
COPY --from=build /opt/assay /opt/assay
ENV PATH=/opt/assay/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    ASSAY_HOME=/var/lib/assay/service \
    ASSAY_MODELS=/var/lib/assay/models \
    ASSAY_HOST=0.0.0.0 \
    ASSAY_PORT=8000
USER 10001
VOLUME /var/lib/assay
EXPOSE 8000
HEALTHCHECK --interval=15s --timeout=5s --start-period=60s \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/readyz', timeout=4)"]
ENTRYPOINT ["assay"]
CMD ["serve"]
