#!/usr/bin/env bash
# packages.sh [--all]: installs the Debian packages that building and testing need, when any is missing.
# --all adds the compiler of the sanitizers and fuzzers, what tells its addresses by name, and slowhttptest.
set -euo pipefail

packages=(
  # tools
  g++ cmake ninja-build pkg-config git ca-certificates curl python3
  # libraries
  libsqlitecpp-dev libsqlite3-dev libasio-dev node-llhttp libcurl4-openssl-dev nlohmann-json3-dev libssl-dev zlib1g-dev
  libspdlog-dev libfmt-dev libyaml-cpp-dev libcli11-dev libhowardhinnant-date-dev tzdata libsystemd-dev
  # tests
  catch2 librapidcheck-dev openssl dpkg-dev file
)
# Node comes from other places than Debian as well, and then brings npm along.
if ! command -v npm >/dev/null; then packages+=(nodejs npm); fi
if [ "${1:-}" = --all ]; then packages+=(clang-19 libclang-rt-19-dev llvm-19 slowhttptest); fi

if ! command -v dpkg-query >/dev/null; then
  echo "packages.sh: this is no Debian; these packages, or their like, must be there: ${packages[*]}" >&2
  exit 0
fi

missing=()
for package in "${packages[@]}"; do
  case "$(dpkg-query --show --showformat='${db:Status-Abbrev}' "$package" 2>/dev/null)" in
    ii*) ;;
    *) missing+=("$package") ;;
  esac
done
if [ ${#missing[@]} -eq 0 ]; then exit 0; fi

as_root=()
if [ "$(id -u)" -ne 0 ]; then
  if ! command -v sudo >/dev/null; then
    echo "packages.sh: missing, and there is no sudo; as root: apt-get install ${missing[*]}" >&2
    exit 1
  fi
  as_root=(sudo)
fi

echo "Installing: ${missing[*]}"
"${as_root[@]}" apt-get update
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends "${missing[@]}"
