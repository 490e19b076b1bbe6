# One image for every process of ours; docker-compose.yml says which one a container is.
FROM python:3.12-slim AS packages
COPY requirements.txt requirements-dev.txt /build/
WORKDIR /build
# uv in the version, and with the hashes, of the lock.
RUN awk '/^uv==/ {on = 1} on {print} on && !/\\$/ {exit}' requirements-dev.txt >uv.txt \
    && pip install --no-cache-dir --require-hashes -r uv.txt \
    && python -m venv --without-pip /venv \
    && uv pip install --no-cache --python /venv/bin/python --compile-bytecode --require-hashes -r requirements.txt

FROM python:3.12-slim
RUN useradd --system --uid 10001 --create-home --home-dir /home/ipp ipp \
    && install -d -o ipp -g ipp -m 0700 /data
COPY --from=packages /venv /venv
WORKDIR /app
COPY . .
ENV PATH=/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONUTF8=1 \
    IPP_MODE=production \
    IPP_DATA_DIR=/data \
    HOST=0.0.0.0
RUN SECRET_KEY=only-while-building-no-request-is-served IPP_AUDIENCE=portal python manage.py collectstatic --noinput \
    && python -m compileall -q .
USER ipp
VOLUME /data
