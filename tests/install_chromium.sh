#!/usr/bin/env bash
# Chromium from the distribution, for the browser tests, where it is missing.
set -euo pipefail
for name in chromium chromium-browser google-chrome; do
    if command -v "$name" >/dev/null; then
        echo "found: $(command -v "$name")"
        exit 0
    fi
done
run=()
[ "$(id -u)" -eq 0 ] || run=(sudo)
echo "Chromium is missing: installing the distribution's package"
"${run[@]}" apt-get update -q
DEBIAN_FRONTEND=noninteractive "${run[@]}" apt-get install -y -q chromium
