#!/usr/bin/env bash
# Checks docker-compose.yml with whichever Compose is installed. That needs no Docker engine.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

if docker compose version >/dev/null 2>&1; then
  compose=(docker compose)
elif command -v docker-compose >/dev/null; then
  compose=(docker-compose)
else
  echo "skipped: no docker compose"
  exit 0
fi
services=$("${compose[@]}" -f docker-compose.yml config --services | sort | tr '\n' ' ')
# Newer versions leave out services of profiles that are not asked for.
[[ $services =~ ^"init kafka-1 kafka-2 kafka-3 "("onceload ")?$ ]] || {
  echo "docker-compose.yml has other services than expected: $services" >&2
  exit 1
}
echo "docker-compose.yml is valid"
