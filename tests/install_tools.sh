#!/usr/bin/env bash
# Chromium for the browser tests, poppler's pdftotext and pdftoppm for those of what is printed, and LibreOffice for
# those of reports in Word and Excel (with Liberation, whose letters are as wide as those of Times New Roman), and
# PostgreSQL for those of a commune that uses it, from the distribution, where they are missing.
set -euo pipefail
missing=()
found=""
for name in chromium chromium-browser google-chrome; do
    found=$(command -v "$name") && break
done
if [ -n "$found" ]; then echo "found: $found"; else missing+=(chromium); fi
if command -v pdftotext >/dev/null && command -v pdftoppm >/dev/null; then
    echo "found: $(command -v pdftotext)"
else
    missing+=(poppler-utils)
fi
if command -v soffice >/dev/null; then
    echo "found: $(command -v soffice)"
else
    missing+=(libreoffice-writer-nogui libreoffice-calc-nogui fonts-liberation)
fi
if found=$(command -v initdb || ls /usr/lib/postgresql/*/bin/initdb 2>/dev/null); then
    echo "found: $found"
else
    missing+=(postgresql)
fi
[ ${#missing[@]} -gt 0 ] || exit 0
run=()
[ "$(id -u)" -eq 0 ] || run=(sudo)
echo "Missing: ${missing[*]}; installing the distribution's packages"
"${run[@]}" apt-get update -q
DEBIAN_FRONTEND=noninteractive "${run[@]}" apt-get install -y -q "${missing[@]}"
