# tipoff with what it needs to run, from its wheel: the service, and every other command.
FROM python:3.12-slim AS build
WORKDIR /source
COPY . .
RUN pip wheel --no-cache-dir --no-deps --wheel-dir /wheels .

FROM python:3.12-slim
# LightGBM is linked to OpenMP.
RUN apt-get update \
    && apt-get install --yes --no-install-recommends libgomp1 \
    && rm -rf /var/lib/apt/lists/*
COPY --from=build /source/requirements.lock /wheels/
COPY --from=build /wheels/*.whl /wheels/
RUN pip install --no-cache-dir --constraint /wheels/requirements.lock /wheels/*.whl

RUN useradd --create-home --uid 10001 tipoff \
    && install --directory --owner=tipoff /data
USER tipoff
WORKDIR /data
ENV TIPOFF_HOME=/data/home PYTHONUNBUFFERED=1
VOLUME /data
EXPOSE 8321
HEALTHCHECK --start-period=2m CMD ["python", "-c", "import os, urllib.request as ask; ask.urlopen(ask.Request('http://127.0.0.1:8321/health', headers={'Authorization': 'Bearer ' + os.environ['TIPOFF_SERVE_TOKEN']}))"]
ENTRYPOINT ["tipoff"]
CMD ["serve", "--host", "0.0.0.0"]
