FROM debian:12-slim AS build
WORKDIR /src
# Before the sources: a changed source file does not repeat this, the longest step.
COPY scripts/bootstrap scripts/kafka-pom.xml scripts/
RUN scripts/bootstrap --build-only
COPY . .
RUN cmake --preset quick && cmake --build --preset quick --target onceload

FROM debian:12-slim
# librdkafka is linked statically; these are the libraries that it and onceload load.
RUN apt-get update \
    && apt-get install -y --no-install-recommends \
       ca-certificates libbz2-1.0 libcurl4 libfmt9 liblz4-1 liblzma5 libprometheus-cpp-core1.0 libprometheus-cpp-pull1.0 libprotobuf32 libsasl2-2 libspdlog1.10 libsqlite3-0 libssl3 \
       libabsl20220623 libutf8proc2 libxxhash0 libzstd1 tzdata zlib1g \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --home-dir /var/lib/onceload --create-home onceload
COPY --from=build /src/build/quick/onceload /usr/local/bin/onceload
# The ledger is /var/lib/onceload/onceload.db; mount a volume there.
ENV XDG_STATE_HOME=/var/lib
USER onceload
WORKDIR /var/lib/onceload
ENTRYPOINT ["onceload"]
